"""`linkage desk`: offices that decide at the pages, and the keys that they sign with there."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from adapters.cli.app import new_app
from adapters.cli.output import (
    Json,
    guarded,
    local,
    say,
    say_json,
    say_table,
    wait_for,
    with_moments,
)
from adapters.clock import new_id
from adapters.main import database_url
from adapters.main.ground import vault_of
from adapters.postgres import desk_keys
from adapters.postgres import pool as postgres
from adapters.postgres.desk_keys import DeskKey, Enrolled
from adapters.settings import SettingsError, read_settings, unmet

app = new_app(help="Let offices decide at the pages: give their desks keys to sign with.")


@app.command()
@guarded
def enrol(
    *,
    office: Annotated[str, typer.Option(help="The office, by its code.")],
    as_json: Json = False,
) -> None:
    """Give an office's desk a new key; what an earlier one signed stays valid until that is revoked.

    The private key lies in the database, sealed by the vault key; the public one stands in the registry like any other.
    """
    enrolled = wait_for(_enrol(office))
    if as_json:
        say_json({"office": office, **enrolled._asdict()})
        return
    say(f"version {enrolled.version}: the desk of {office} signs with {enrolled.kid}")


async def _enrol(office: str) -> Enrolled:
    settings = read_settings()
    if settings.vault_key is None:
        raise SettingsError([fault for fault in unmet(settings) if "VAULT_KEY" in fault])
    pool = await postgres.connect(database_url(settings), most=1)
    try:
        async with pool.acquire() as connection:
            now = datetime.now(UTC)
            return await desk_keys.enrol(connection, vault_of(settings), office, new_id, now)
    finally:
        await pool.close()


@app.command("list")
@guarded
def list_desks(*, as_json: Json = False) -> None:
    """List the desks that can sign, each with its key and until when that is good."""
    found = wait_for(_list())
    if as_json:
        say_json([with_moments(one._asdict()) for one in found])
        return
    say_table(
        ("office", "name", "kid", "made", "until", "revoked"),
        [
            (
                *(one.office_code, one.name, one.kid, local(one.made_at)),
                *(local(one.valid_until), local(one.revoked_at)),
            )
            for one in found
        ],
    )


async def _list() -> Sequence[DeskKey]:
    pool = await postgres.connect(database_url(read_settings()), most=1)
    try:
        async with pool.acquire() as connection:
            return await desk_keys.list_desks(connection)
    finally:
        await pool.close()
