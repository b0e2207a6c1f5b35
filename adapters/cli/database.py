"""The database as commands read it: one connection, for as long as they need it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.cli.output import StopError
from adapters.main import database_url
from adapters.postgres import pool as postgres
from adapters.postgres.pool import Connection
from adapters.postgres.registry import PostgresRegistries
from adapters.settings import read_settings
from contracts.office import OfficeKind


@asynccontextmanager
async def connected(*, readonly: bool = True) -> AsyncIterator[Connection]:
    """Connect to the database of the settings, in one transaction: what is read is of one moment."""
    pool = await postgres.connect(database_url(read_settings()), most=1)
    try:
        async with (
            pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=readonly),
        ):
            yield connection
    finally:
        await pool.close()


async def check_agency(code: str) -> None:
    """Raise StopError unless the registry has such an agency."""
    async with connected() as connection:
        registry = await PostgresRegistries(connection).load()
    office = registry.offices.get(code)
    if office is None or office.kind is not OfficeKind.AGENCY:
        raise StopError(
            f"{code} is not an agency that is registered", "`linkage registry show` lists them"
        )
