"""Worker processes killed in the middle of a slice: the register is judged to the end all the same, and once."""

import asyncio
import itertools
from pathlib import Path

import asyncpg

from adapters.clock import SystemClock
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from tests.e2e.processes import Process, environment, vault
from tests.e2e.town import stop_all
from tests.support.chain import STANDARDS, Chain
from tests.support.register import case, sold
from tests.support.rescreening import Desk, book_with, check_register, cut_in_slices

_CASES, _SLICES, _ROUNDS = 3_000, 128, 3
_AMOUNTS = (5_000, 30_000, 80_000)
_SETTINGS = {"LINKAGE_RESCREENING_LEASE": "2s", "LINKAGE_RESCREENING_POLL": "50ms"}
_WAITING = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO tallies%'
"""


async def test_workers_killed_in_the_middle_of_their_slices_lose_and_double_nothing(
    pool: asyncpg.Pool, database: str, tmp_path: Path
) -> None:
    """Each kill falls when a slice is judged and written, and not committed: its figures are kept from it."""
    desk = await open_desk(pool)
    await desk.rescreening.switch(book_with(20_000), "alice")
    await cut_in_slices(pool, _SLICES)
    settings = environment(database, tmp_path, **_SETTINGS)
    workers = [Process("worker", settings, tmp_path / f"worker-{n}.log") for n in range(2)]
    try:
        for number in range(_ROUNDS):
            await asyncio.gather(*(worker.start() for worker in workers))
            await until(
                pool,
                "SELECT count(*) >= $1 FROM rescreening_slices WHERE done_at <> 'infinity'",
                8 * number,
            )
            await kill_in_the_middle(pool, workers)
        await asyncio.gather(*(worker.start() for worker in workers))
        await until(pool, "SELECT finished_at IS NOT NULL FROM rescreenings")
    finally:
        codes = await stop_all(workers)

    assert codes == [0, 0]
    assert [worker.kills for worker in workers] == [_ROUNDS, _ROUNDS]
    progress = await desk.progress()
    assert (progress.slices, progress.slices_left) == (_SLICES, 0)
    assert (progress.found.screened, progress.found.changed) == (_CASES, _CASES // 3)
    assert progress.found.differences["below>meets"] == _CASES // 3
    assert len(await desk.chain.journal("rulebook.rescreened")) == 1
    assert await check_register(desk) == {"below": _CASES // 3, "meets": 2 * _CASES // 3}


async def open_desk(pool: asyncpg.Pool) -> Desk:
    """Fill a register, sealed as the processes open it."""
    chain = Chain(pool)
    chain.clock = SystemClock()  # type: ignore[assignment] # the processes have no other
    chain.vault = vault()
    chain.uow = PostgresUnitOfWork(pool, chain.vault, STANDARDS.clocks)
    await chain.open()
    desk = await Desk(chain).open()
    amounts = itertools.cycle(_AMOUNTS)
    for _ in range(_CASES // 500):
        await desk.take(*(case(facts=sold(next(amounts))) for _ in range(500)))
    return desk


async def kill_in_the_middle(pool: asyncpg.Pool, workers: list[Process]) -> None:
    """Keep the figures from both until both wait for them, with all else written, and kill them then."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM tallies FOR UPDATE")
        await until(pool, f"SELECT ({_WAITING}) >= $1", len(workers))
        for worker in workers:
            await worker.kill()


async def until(pool: asyncpg.Pool, is_so: str, *values: object) -> None:
    async with asyncio.timeout(60):
        while not await pool.fetchval(is_so, *values):  # noqa: ASYNC110 (other processes)
            await asyncio.sleep(0.01)
