"""A town on a real database: the service in its processes, and offices that live in the test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from adapters.clock import new_id
from adapters.postgres.registry_admin import RegistryAdmin
from adapters.sandbox.sandbox import Rows, Sandbox
from tests.e2e.processes import Process, environment, vault
from tests.support.invariants import Found, check_invariants

_AT_REST = """
SELECT count(*) FROM dispatches WHERE status IN ('waiting', 'delivered') OR claim IS NOT NULL
"""


@dataclass
class Town:
    """The processes, the offices, and a view of the database that belongs to neither."""

    api: Process
    workers: Sequence[Process]
    sandbox: Sandbox
    pool: asyncpg.Pool

    @property
    def processes(self) -> tuple[Process, ...]:
        return (self.api, *self.workers)

    async def until_receipts(self, count: int, within: float = 60) -> None:
        """Wait until the agencies hold receipts for so many packets."""
        async with asyncio.timeout(within):
            while sum(len(one.ledger.receipts) for one in self.sandbox.agencies) < count:
                self.sandbox.check()
                await asyncio.sleep(0.1)

    async def come_to_rest(self, within: float = 90) -> None:
        """Wait until every dispatch is answered for good; the check that follows names what is not."""
        deadline = asyncio.get_running_loop().time() + within
        while await self.pool.fetchval(_AT_REST) and asyncio.get_running_loop().time() < deadline:
            self.sandbox.check()
            await asyncio.sleep(0.2)

    async def check(self) -> Found:
        self.sandbox.check()
        inboxes = self.sandbox.inboxes.values()
        return await check_invariants(
            *(self.pool, vault(), inboxes, self.sandbox.receipts),
            is_at_rest=True,
            died=any(process.kills for process in self.processes),
        )


@asynccontextmanager
async def open_town(
    sandbox: Sandbox,
    pool: asyncpg.Pool,
    database_url: str,
    folder: Path,
    *,
    workers: int = 1,
    rows: Callable[[], Rows] | None = None,
) -> AsyncIterator[Town]:
    """Register the offices, start the processes, and end them all as an operator would."""
    settings = environment(database_url, folder)
    api = Process("api", settings, folder / "api.log")
    others = [Process("worker", settings, folder / f"worker-{n}.log") for n in range(workers)]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(sandbox)
        await register(pool, rows() if rows else sandbox.rows)
        for process in (api, *others):
            stack.push_async_callback(process.stop)
        await asyncio.gather(*(process.start() for process in (api, *others)))
        yield Town(api, others, sandbox, pool)


async def register(pool: asyncpg.Pool, rows: Rows) -> None:
    async with pool.acquire() as connection:
        await RegistryAdmin(connection, new_id).load(
            rows.offices, rows.keys, rows.endpoints, datetime.now(UTC)
        )


async def stop_all(processes: Iterable[Process]) -> list[int]:
    return list(await asyncio.gather(*(process.stop() for process in processes)))
