"""The rule book in memory: the one in force, whoever switched it, and the last known one while nobody can be asked."""

import asyncio

import asyncpg
import pytest
import structlog
from structlog.testing import capture_logs

from adapters.postgres import rulebook_cache
from adapters.postgres.rulebook_cache import RuleBookCache
from adapters.postgres.rulebook_switch import PostgresRuleBookSwitch
from adapters.postgres.rulebooks import PostgresRuleBooks
from contracts.facts import load_vocabulary
from service.domain.rulebook import compile_rulebook
from tests.support.packets import NOW
from tests.support.rescreening import OURS, book_with

SHIPPED = compile_rulebook(OURS, load_vocabulary())
OTHER = book_with(20_000)


@pytest.fixture
async def cache(pool: asyncpg.Pool) -> RuleBookCache:
    cache = RuleBookCache(pool, SHIPPED, structlog.get_logger())
    await cache.begin(OURS.to_json(), NOW)
    return cache


async def switch(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await PostgresRuleBooks(connection).add(OTHER.digest, OTHER.version, OTHER.to_json(), NOW)
        await PostgresRuleBookSwitch(connection).set(OTHER.digest, NOW)


async def test_first_book_of_a_database_is_in_force(pool, cache):
    assert cache.now() is SHIPPED
    assert await pool.fetchval("SELECT digest FROM rulebook_in_force") == OURS.digest


async def test_book_that_somebody_switched_on_stays_in_force_when_another_version_starts(
    pool, cache
):
    await switch(pool)
    later = RuleBookCache(pool, SHIPPED, structlog.get_logger())
    await later.begin(OURS.to_json(), NOW)

    assert later.now().digest == OTHER.digest
    assert later.now().digest != later.shipped.digest


async def test_who_hears_at_the_same_time_compiles_once(pool, cache, monkeypatch):
    compiled = rulebook_cache._compiled
    texts: list[str] = []
    monkeypatch.setattr(
        rulebook_cache, "_compiled", lambda text: texts.append(text) or compiled(text)
    )
    await switch(pool)
    await asyncio.gather(*(cache.refresh() for _ in range(4)))

    assert cache.now().digest == OTHER.digest
    assert len(texts) == 1


async def test_bell_is_heard_and_a_database_that_is_gone_does_not_end_the_keeping(pool, cache):
    class Gone:
        async def fetchval(self, *_: object) -> object:
            raise OSError("gone")

    with capture_logs() as lines:
        keeping = asyncio.create_task(cache.keep(3600))
        cache._pool = Gone()
        cache.bell.ring()
        await until(lambda: lines)
        cache._pool = pool
        await switch(pool)
        cache.bell.ring()
        await until(lambda: cache.now().digest == OTHER.digest)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    assert [line["event"] for line in lines] == ["rulebook.refresh_failed", "rulebook.loaded"]


async def until(is_so) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 (the loop under test has no event to wait for)
            await asyncio.sleep(0.001)
