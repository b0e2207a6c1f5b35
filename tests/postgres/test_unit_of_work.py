"""Commits that are cut off, on a database that takes its time to commit."""

import asyncio

import asyncpg
import pytest
import structlog

from adapters.keys import AesVault
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.workers.rounds import Rounds
from contracts import clocks
from service.domain.errors import OutcomeUnknownError

_SLOW_TO_COMMIT = """
CREATE TABLE slow (id int);
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER dawdles AFTER INSERT ON slow
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle();
"""
_COMMITTING = "FROM pg_stat_activity WHERE datname = current_database() AND query = 'COMMIT;' AND state = 'active'"


@pytest.fixture
async def uow(pool: asyncpg.Pool) -> PostgresUnitOfWork:
    await pool.execute(_SLOW_TO_COMMIT)
    return PostgresUnitOfWork(pool, AesVault({1: b"v" * 32}), clocks.load())


async def store(uow: PostgresUnitOfWork) -> None:
    async with uow.begin() as records:
        await records._connection.execute("INSERT INTO slow VALUES (1)")


async def until_committing(pool: asyncpg.Pool) -> None:
    async with asyncio.timeout(10):
        while not await pool.fetchval(f"SELECT count(*) {_COMMITTING}"):  # noqa: ASYNC110 (the server has no event)
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("cut", ["pg_terminate_backend", "pg_cancel_backend"])
async def test_commit_that_the_server_cuts_off_is_unknown(uow, pool, cut):
    storing = asyncio.create_task(store(uow))
    await until_committing(pool)
    await pool.execute(f"SELECT {cut}(pid) {_COMMITTING}")

    with pytest.raises(OutcomeUnknownError):
        await storing


async def test_rounds_that_are_stopped_in_a_commit_end(uow, pool):
    """A cancellation that came out of the commit as an error would be logged, and the rounds go on for ever."""
    rounds = Rounds("storing", lambda: store(uow), 3600, structlog.get_logger())
    running = asyncio.create_task(rounds.run())
    await until_committing(pool)
    running.cancel()

    ended, _ = await asyncio.wait([running], timeout=10)

    assert ended
    assert running.cancelled()
