import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from adapters.clock import new_id
from adapters.postgres.registry import PostgresRegistries
from adapters.postgres.registry_admin import (
    CHANNEL,
    Change,
    RegistryAdmin,
    RegistryConflictError,
)
from adapters.registry_file import RegistryFile, read_registry
from service.domain.registry import Registry
from tests.support.offices import key as make_key

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FILE = read_registry(Path(__file__).parents[2] / "contracts" / "vectors" / "registry.yaml")


async def load(pool: asyncpg.Pool, file: RegistryFile = FILE, **changes) -> Change:
    given = {
        "offices": file.offices_given(),
        "keys": file.keys_given(),
        "endpoints": file.endpoints_given(),
    } | changes
    async with pool.acquire() as connection:
        return await RegistryAdmin(connection, new_id).load(**given, now=NOW)


async def stored(pool: asyncpg.Pool) -> Registry:
    async with pool.acquire() as connection:
        return await PostgresRegistries(connection).load()


async def revoke(pool: asyncpg.Pool, kid: str, at: datetime = NOW) -> int | None:
    async with pool.acquire() as connection:
        return await RegistryAdmin(connection, new_id).revoke(kid, "lost laptop", at)


def comparable(registry: Registry) -> tuple[object, ...]:
    keys = {
        kid: (key.office_code, key.key.as_dict(private=False), key.valid_until, key.revoked_at)
        for kid, key in registry.keys.items()
    }
    return registry.offices, keys, registry.endpoints


async def test_loaded_registry_is_read_back_as_it_was_written(pool):
    change = await load(pool)

    assert change.version == 1
    assert len(change.offices) == len(FILE.offices)
    assert comparable(await stored(pool)) == comparable(FILE.registry())


async def test_loading_the_same_file_again_changes_nothing(pool):
    await load(pool)

    change = await load(pool)

    assert change == Change(None, [], [], [])
    assert (await stored(pool)).version == 1
    assert await pool.fetchval("SELECT count(*) FROM journal") == 1


async def test_change_is_one_version_and_one_journal_line(pool):
    await load(pool)
    moved = replace(FILE.offices_given()[0], name="另一名称")

    change = await load(pool, offices=[moved], keys=[], endpoints=[])

    assert change == Change(2, [moved.code], [], [])
    line = await pool.fetchrow("SELECT * FROM journal ORDER BY recorded_in DESC LIMIT 1")
    assert (line["action"], line["actor"], line["at"]) == ("registry.changed", "platform", NOW)
    assert line["data"] == {"version": 2, "offices": {"count": 1, "first": [moved.code]}}


async def test_what_the_file_does_not_name_stays(pool):
    await load(pool)

    await load(pool, offices=[], keys=[], endpoints=[])

    assert comparable(await stored(pool)) == comparable(FILE.registry())


async def test_kid_of_another_office_is_refused_and_nothing_is_stored(pool):
    await load(pool)
    first, second = FILE.offices_given()[:2]
    mine = next(key for key in FILE.keys_given() if key.office_code == first.code)

    with pytest.raises(RegistryConflictError, match="belongs to"):
        await load(
            pool,
            offices=[replace(second, name="另一名称")],
            keys=[replace(mine, office_code=second.code)],
        )

    assert comparable(await stored(pool)) == comparable(FILE.registry())
    assert (await stored(pool)).version == 1


async def test_kid_never_comes_to_name_another_key(pool):
    await load(pool)
    mine = FILE.keys_given()[0]

    with pytest.raises(RegistryConflictError, match="new kid"):
        await load(pool, keys=[replace(mine, key=make_key("somebody-else"))])


async def test_loading_takes_no_revocation_back(pool):
    await load(pool)
    await revoke(pool, "market-2026")

    await load(pool)

    assert (await stored(pool)).keys["market-2026"].revoked_at == NOW


async def test_earliest_revocation_stands(pool):
    await load(pool)
    await revoke(pool, "market-2026")
    earlier = replace(
        next(key for key in FILE.keys_given() if key.kid == "market-2026"),
        revoked_at=NOW - timedelta(days=3),
    )

    await load(pool, keys=[earlier])

    assert (await stored(pool)).keys["market-2026"].revoked_at == NOW - timedelta(days=3)


async def test_revoked_key_raises_the_version_and_says_why(pool):
    await load(pool)

    assert await revoke(pool, "market-2026") == 2

    assert (await stored(pool)).keys["market-2026"].revoked_at == NOW
    data = await pool.fetchval("SELECT data FROM journal ORDER BY recorded_in DESC LIMIT 1")
    assert data["revoked"] == "market-2026"
    assert data["reason"] == "lost laptop"


async def test_key_is_revoked_once_and_a_strange_one_never(pool):
    await load(pool)
    await revoke(pool, "market-2026")

    assert await revoke(pool, "market-2026", NOW + timedelta(days=1)) is None
    assert await revoke(pool, "nobody-2026") is None
    assert (await stored(pool)).version == 2


async def test_endpoint_that_moved_is_tried_at_once(pool):
    await load(pool)
    police = next(one for one in FILE.endpoints_given() if one.url)
    await pool.execute(
        "UPDATE endpoints SET failures = 9, paused_until = now() + interval '1 hour' WHERE office_code = $1",
        police.office_code,
    )

    await load(pool, endpoints=[replace(police, per_second=7.0)])
    assert await pool.fetchval("SELECT max(failures) FROM endpoints") == 9

    await load(pool, endpoints=[replace(police, url="https://elsewhere.example/in")])
    assert await pool.fetchval("SELECT max(failures) FROM endpoints") == 0
    assert not await pool.fetchval("SELECT count(*) FROM endpoints WHERE paused_until > now()")


async def test_change_rings_the_bell(pool, database):
    heard: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(database)
    await connection.add_listener(CHANNEL, lambda *told: heard.put_nowait(told[3]))

    await load(pool)

    assert await asyncio.wait_for(heard.get(), 10) == "1"
    await connection.close()


async def test_loads_at_once_take_turns(pool):
    changes = await asyncio.gather(*(load(pool) for _ in range(5)))

    assert sorted(change.version or 0 for change in changes) == [0, 0, 0, 0, 1]
