"""`linkage registry load | show | revoke`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer
import yaml

from adapters.cli.app import new_app
from adapters.cli.output import Json, StopError, guarded, say, say_json, say_table, wait_for
from adapters.clock import new_id
from adapters.keys import public_jwk, read_private_key
from adapters.main import database_url
from adapters.postgres import pool as postgres
from adapters.postgres.registry import PostgresRegistries
from adapters.postgres.registry_admin import Change, RegistryAdmin
from adapters.registry_file import RegistryFile, read_registry, warnings
from adapters.settings import Settings, read_settings
from service.domain.registry import Endpoint, Office, OfficeKey, Registry

app = new_app(help="Load, show and change the registry of offices, keys and endpoints.")


@app.command()
@guarded
def load(
    file: Annotated[Path, typer.Argument(help="The registry as YAML.")],
    *,
    check: Annotated[bool, typer.Option("--check", help="Only read the file and warn.")] = False,
    as_json: Json = False,
) -> None:
    """Add what is new in a file and change what differs, all of it or nothing.

    What the file does not name stays, and a revoked key stays revoked. Running services judge by the
    new registry at once.
    """
    given, now = read_registry(file), datetime.now(UTC)
    warned = warnings(given, now)
    if not as_json:
        for line in warned:
            typer.echo(f"warning: {line}", err=True)
    change = None if check else wait_for(_load(given, now))
    _tell_change(change, warned, as_json=as_json)


async def _load(given: RegistryFile, now: datetime) -> Change:
    async with _connected() as connection:
        return await RegistryAdmin(connection, new_id).load(
            given.offices_given(), given.keys_given(), given.endpoints_given(), now
        )


def _tell_change(change: Change | None, warned: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        parts = ("version", "offices", "keys", "endpoints")
        told = {part: getattr(change, part) for part in parts} if change else {}
        say_json({**told, "warnings": warned})
    elif change is None:
        say("the file can be loaded")
    elif change.version is None:
        say("nothing was changed: the registry is as the file says")
    else:
        say(
            f"version {change.version}: {len(change.offices)} offices, {len(change.keys)} keys and "
            f"{len(change.endpoints)} endpoints are new or changed"
        )


@app.command()
@guarded
def show(
    *,
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="Print a file that `load` and `verify` take.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show the offices that are registered, their keys and how they are reached."""
    settings = read_settings()
    registry = wait_for(_read(settings))
    if as_json or as_yaml:
        content = {"platform": _platform(settings), "offices": _entries(registry)}
        content = {name: value for name, value in content.items() if value is not None}
        if as_json:
            say_json({"version": registry.version, **content})
        else:
            say(yaml.safe_dump(content, sort_keys=False, allow_unicode=True).rstrip())
        return
    say(f"version {registry.version}")
    say_table(
        ("office", "name", "kind", "division", "level", "keys", "endpoint"),
        [_row(office, registry) for office in _sorted(registry)],
    )


async def _read(settings: Settings) -> Registry:
    async with _connected(settings) as connection:
        return await PostgresRegistries(connection).load()


def _sorted(registry: Registry) -> list[Office]:
    return sorted(registry.offices.values(), key=lambda office: office.code)


def _keys_of(office: Office, registry: Registry) -> list[OfficeKey]:
    return sorted(
        (key for key in registry.keys.values() if key.office_code == office.code),
        key=lambda key: key.valid_from,
    )


def _row(office: Office, registry: Registry) -> tuple[object, ...]:
    endpoint = registry.endpoints.get(office.code)
    keys = ", ".join(
        f"{key.kid}{' (revoked)' if key.revoked_at else ''}" for key in _keys_of(office, registry)
    )
    reached = (endpoint.url or endpoint.kind) if endpoint else None
    return office.code, office.name, office.kind, office.division, office.level, keys, reached


def _entries(registry: Registry) -> list[dict[str, Any]]:
    return [_entry(office, registry) for office in _sorted(registry)]


def _entry(office: Office, registry: Registry) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "code": office.code,
        "name": office.name,
        "kind": office.kind.value,
        "division": office.division,
        "level": office.level.value,
        "sector": office.sector.value if office.sector else None,
        "causes": sorted(office.causes) if office.causes is not None else None,
        "keys": [_key_entry(key) for key in _keys_of(office, registry)],
    }
    if endpoint := registry.endpoints.get(office.code):
        entry["endpoint"] = _endpoint_entry(endpoint)
    return {name: value for name, value in entry.items() if value is not None}


def _key_entry(key: OfficeKey) -> dict[str, Any]:
    times = ("valid_from", "valid_until", "revoked_at")
    told = {name: getattr(key, name) for name in times}
    jwk = public_jwk(key.key) | {"kid": key.kid}
    return {"jwk": jwk} | {name: at.isoformat() if at else None for name, at in told.items()}


def _endpoint_entry(endpoint: Endpoint) -> dict[str, Any]:
    url = {"url": endpoint.url} if endpoint.url else {}
    pace = {"max_in_flight": endpoint.max_in_flight, "per_second": endpoint.per_second}
    return {"kind": endpoint.kind.value, **url, **pace}


def _platform(settings: Settings) -> dict[str, Any] | None:
    """Describe the platform for those who verify its receipts, as far as this machine knows it."""
    if settings.platform_key_file is None:
        return None
    jwk = public_jwk(read_private_key(settings.platform_key_file))
    since = datetime(2000, 1, 1, tzinfo=UTC).isoformat()  # when it began is not recorded anywhere
    return {
        "code": settings.platform_code or "platform",
        "name": settings.platform_name,
        "keys": [{"jwk": jwk, "valid_from": since}],
    }


@app.command()
@guarded
def revoke(
    kid: Annotated[str, typer.Argument(help="The key, by its kid.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands in the journal.")],
    as_json: Json = False,
) -> None:
    """Revoke a key at once and for good: nothing that it signs is accepted from this moment on."""
    version = wait_for(_revoke(kid, reason))
    if version is None:
        raise StopError(
            f"no key in force has the kid {kid!r}", "`linkage registry show` lists the keys"
        )
    if as_json:
        say_json({"version": version, "revoked": kid})
        return
    say(f"version {version}: {kid} is revoked")


async def _revoke(kid: str, reason: str) -> int | None:
    async with _connected() as connection:
        return await RegistryAdmin(connection, new_id).revoke(kid, reason, datetime.now(UTC))


@asynccontextmanager
async def _connected(settings: Settings | None = None) -> AsyncIterator[Any]:
    pool: asyncpg.Pool = await postgres.connect(database_url(settings or read_settings()), most=1)
    try:
        async with pool.acquire() as connection:
            yield connection
    finally:
        await pool.close()
