"""How fast the delivery queue gives out what waits and takes back what became of it, with no sending in between."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import asyncpg

from adapters.postgres.dispatches import PostgresDispatches
from adapters.postgres.pool import connect
from contracts.jws import digest_of
from service.domain.delivery import ClaimedDispatch, Outcome, Patience, Settlement

_AT_ONCE = 32
_LEASE = timedelta(minutes=2)
_DIGEST = digest_of(b"what was sent")


def claim_rate(database_url: str) -> float:
    """Claim and settle everything that waits; gives dispatches a second."""
    return asyncio.run(_drain(database_url))


async def _drain(database_url: str) -> float:
    pool = await connect(database_url)
    async with pool:
        began = time.perf_counter()
        # A second ahead at every claim, so that the endpoints' pace is never what is waited for.
        now, drained = datetime.now(UTC), 0
        while claimed := await _claim(pool, now):
            await _settle(pool, claimed, now)
            drained += len(claimed)
            now += timedelta(seconds=1)
        return drained / (time.perf_counter() - began)


async def _claim(pool: asyncpg.Pool, now: datetime) -> list[ClaimedDispatch]:
    async with pool.acquire() as connection, connection.transaction():
        return await PostgresDispatches(connection).claim(
            now, now + _LEASE, _AT_ONCE, Patience().breaker_after
        )


async def _settle(pool: asyncpg.Pool, claimed: list[ClaimedDispatch], now: datetime) -> None:
    settlements = [Settlement(dispatch, Outcome.TAKEN, now) for dispatch in claimed]
    async with pool.acquire() as connection, connection.transaction():
        dispatches = PostgresDispatches(connection)
        await dispatches.compose([(one.id, one.claim, _DIGEST) for one in claimed])
        settled = await dispatches.settle(settlements, Patience(), lambda: 0.0)
    if len(settled) < len(claimed):
        raise RuntimeError(f"{len(settled)} of {len(claimed)} claims could be settled")
