"""A platform to look at: beside its register its transfers, and ten people who work with it."""

import asyncio
import time
from datetime import UTC, datetime

import asyncpg

from adapters.clock import new_id
from adapters.postgres import pool as postgres
from adapters.postgres.registry_admin import RegistryAdmin
from adapters.web.pages.sign_in import DEMO_ISSUER
from service.domain.registry import Endpoint, EndpointKind
from service.queue_keeping import QueueKeeping
from service.staff import Staff
from tests.bench.pages.copies import Copies
from tests.bench.pages.models import make_models
from tests.bench.pages.people import PEOPLE
from tests.bench.pages.senders import more_keys, more_offices, senders
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.packets import materials

_LINES = 20_000


async def fill(url: str, transfers: int) -> dict[str, float]:
    """Bring transfers and people to a database that has a register; tells how many seconds each part took."""
    async with await postgres.connect(url, most=4, timeout=600) as pool:
        began = time.perf_counter()
        chain = await _open(pool)
        await _transfer(url, chain, transfers)
        transferred = time.perf_counter()
        await pool.execute("ANALYZE")
        await QueueKeeping(chain.uow, chain.clock, asyncio.to_thread).follow(_LINES)
        queued = time.perf_counter()
        await _enter(chain)
        await _reach(pool, EndpointKind.MAILBOX, chain.clock.now())
        await pool.execute("VACUUM (ANALYZE)")
    return {
        "transfers_seconds": round(transferred - began, 1),
        "queue_seconds": round(queued - transferred, 1),
        "vacuum_seconds": round(time.perf_counter() - queued, 1),
    }


async def _open(pool: asyncpg.Pool) -> Chain:
    """Put the offices of these figures beside the register's, all reachable, their materials uploaded."""
    chain = Chain(pool)
    now = chain.clock.at = datetime.now(UTC)
    async with pool.acquire() as connection:
        await RegistryAdmin(connection, new_id).load(more_offices(), more_keys(), [], now)
    await _reach(pool, EndpointKind.PUSH, now)
    await chain.reload()
    async with chain.uow.begin() as records:
        for sender in senders():
            for one in materials():
                await records.materials.add(sender.office.code, one["digest"], one["size"], now)
    return chain


async def _reach(pool: asyncpg.Pool, kind: EndpointKind, now: datetime) -> None:
    """Let addressees be called; in the end each has a mailbox, so that nothing is sent while pages are looked at."""
    slugs = {slug for one in senders() for slug in (one.police, one.procuratorate)}
    url = "http://addressee.example/" if kind is EndpointKind.PUSH else None
    endpoints = [Endpoint(office(slug).code, kind, url, 200, 100_000.0) for slug in sorted(slugs)]
    async with pool.acquire() as connection:
        await RegistryAdmin(connection, new_id).load([], [], endpoints, now)


async def _transfer(url: str, chain: Chain, count: int) -> None:
    models = await make_models(chain, datetime.now(UTC))
    # A connection of its own: rows are copied as they are, with no codec between.
    connection = await asyncpg.connect(url)
    try:
        await Copies(connection, chain.vault, datetime.now(UTC)).write(models, count)
    finally:
        await connection.close()


async def _enter(chain: Chain) -> None:
    staff = Staff(chain.uow, lambda: chain.registry, chain.clock, new_id)
    for person in PEOPLE:
        await staff.enter(
            DEMO_ISSUER, person.subject, person.subject, person.office_code, person.roles
        )
