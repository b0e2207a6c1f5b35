"""`linkage keygen`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from adapters.cli.output import Json, StopError, say, say_json
from adapters.keys import (
    Algorithm,
    generate_key,
    generate_vault_key,
    public_jwk,
    write_private_key,
    write_secret,
)
from contracts import jws


def keygen(
    out: Annotated[Path, typer.Option(help="File to write; it must not be there yet.")],
    *,
    alg: Annotated[Algorithm, typer.Option(help="How the key signs.")] = "ES256",
    kid: Annotated[
        str | None, typer.Option(help="Name of the key; its thumbprint if absent.")
    ] = None,
    vault: Annotated[
        bool, typer.Option("--vault", help="Make a key that seals the database instead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a key for an office, the platform or the vault.

    The private key goes into a file that only you may read. What is printed is public: send it to
    whoever keeps the platform's registry.
    """
    if vault:
        _make_vault_key(out, as_json=as_json)
        return
    if kid is not None and not kid.isprintable():
        raise StopError("a kid is printable text")
    key = generate_key(alg, kid)
    write_private_key(out, key)
    entry = _registry_entry(public_jwk(key))
    if as_json:
        say_json({"kid": jws.key_id(key), "file": str(out), "registry": entry})
        return
    say(
        f"# the private key is in {out}; keep it there. For the registry, under `keys:` of your office:"
    )
    say(yaml.safe_dump([entry], sort_keys=False, allow_unicode=True).rstrip())


def _make_vault_key(out: Path, *, as_json: bool) -> None:
    write_secret(out, generate_vault_key() + "\n")
    if as_json:
        say_json({"file": str(out), "variable": "LINKAGE_VAULT_KEY_FILE"})
        return
    say(f"set LINKAGE_VAULT_KEY_FILE={out}")
    say("Keep a copy elsewhere: without it, what is stored can never be read again.")


def _registry_entry(jwk: dict[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC).replace(microsecond=0)
    return {"jwk": jwk, "valid_from": now.isoformat(), "valid_until": None, "revoked_at": None}
