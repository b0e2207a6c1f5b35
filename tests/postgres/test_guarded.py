"""A page's connection: nothing of its office stays on it for whoever comes next, whatever happened in between."""

from contextlib import suppress

import asyncpg
import pytest

from adapters.postgres import pool as postgres
from adapters.postgres.guarded import Guard, transaction

GUARD = Guard("113399219000000000", "=3399")
_WHO = """SELECT current_user, coalesce(current_setting('linkage.office', true), ''),
                 coalesce(current_setting('linkage.jurisdiction', true), '')"""


@pytest.mark.parametrize("statement", ["SELECT 1", "SELECT FROM nothing_of_that_name"])
async def test_connection_of_a_page_comes_to_the_next_as_it_was(
    database: str, statement: str
) -> None:
    async with await postgres.connect(database, most=1) as pool:
        before = await _who(pool)
        with suppress(asyncpg.UndefinedTableError):
            async with transaction(pool, GUARD) as connection:
                assert tuple(await connection.fetchrow(_WHO)) == ("linkage_desk", *GUARD)
                await connection.execute(statement)
        assert await _who(pool) == before


async def test_no_statement_is_compiled(database: str) -> None:
    async with await postgres.connect(database, most=1) as pool:
        for _ in range(2):  # a connection keeps to it when it has been put back
            assert await pool.fetchval("SHOW jit") == "off"


async def _who(pool: asyncpg.Pool) -> tuple[str, ...]:
    return tuple(await pool.fetchrow(_WHO))
