"""Connections to PostgreSQL: JSON goes in as text that is written already, and comes out parsed."""

from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pydantic_core import from_json

Connection = PoolConnectionProxy
AnyConnection: TypeAlias = "Connection | asyncpg.Connection[asyncpg.Record]"
"""One of a pool, or one of its own: for what only asks."""
Row = asyncpg.Record


async def connect(url: str, *, least: int = 1, most: int = 10, timeout: float = 60) -> asyncpg.Pool:  # noqa: ASYNC109 (of each statement)
    """Open a pool; a statement that hangs longer than `timeout` seconds is cancelled."""
    return await asyncpg.create_pool(
        url, min_size=least, max_size=most, command_timeout=timeout, init=prepare, reset=_leave
    )


async def _leave(_: asyncpg.Connection) -> None:
    """Put a connection back as it is: every setting and lock of ours ends with its transaction, which has ended.

    The driver would reset what is none of ours at every use, which costs a round trip.
    """


async def prepare(connection: asyncpg.Connection) -> None:
    """Teach a connection how the stores read and write JSON, and to compile no statement.

    All of ours are short. What row-level security makes them seem to cost would have them compiled, for ten times as
    long as they run.
    """
    await connection.execute("SET jit = off")
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_as_it_is, decoder=from_json, format="text"
    )


def _as_it_is(text: str) -> str:
    return text
