"""A platform that ran before there were pages: the migration brings it to what it would be, and its way back is whole."""

import asyncio
import re
from importlib import resources

import asyncpg

from service.queue_keeping import QueueKeeping
from tests.support.chain import Chain
from tests.support.queue_invariants import check_queue_invariants
from tests.support.register import RegisterScene, case, sold
from tests.support.register_invariants import check_register_invariants

TEXT = (resources.files("adapters.postgres") / "migrations" / "0007_desk.sql").read_text("utf-8")
UP, DOWN = re.split(r"^-- migrate:down$", TEXT, flags=re.MULTILINE)


async def rows(pool: asyncpg.Pool, table: str) -> list[str]:
    found = await pool.fetch(f"SELECT x::text FROM {table} x ORDER BY 1")
    return [row[0] for row in found]


async def test_what_was_stored_before_is_counted_and_listed_as_what_comes_after(
    pool: asyncpg.Pool,
) -> None:
    chain = await Chain(pool).open()
    scene = RegisterScene(chain)
    await scene.take(case(facts=sold(90_000)), case(facts=sold(80_000)), case())
    await chain.send()
    await chain.deliver()
    before = {name: await rows(pool, name) for name in ("tallies", "deadlines", "leads")}

    await pool.execute(DOWN)
    assert await pool.fetchval("SELECT to_regclass('desk_items')") is None
    assert not [row for row in await rows(pool, "tallies") if "decided:" in row]
    await pool.execute(UP)

    assert {name: await rows(pool, name) for name in before} == before
    assert (await check_register_invariants(chain, scene.casework)).cases > 0
    await QueueKeeping(chain.uow, chain.clock, asyncio.to_thread).follow()
    assert await check_queue_invariants(pool, chain.vault) > 0
