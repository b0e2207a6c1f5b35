"""Keeping the queue: every row is what the record says, whatever was repeated, raced or cut off meanwhile."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from service.queue_keeping import ItemText, QueueKeeping
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.queue_invariants import check_queue_invariants


@dataclass
class Desk:
    """A chain, and the keeping of its queues."""

    chain: Chain

    def __post_init__(self) -> None:
        self.keeping = QueueKeeping(self.chain.uow, self.chain.clock, asyncio.to_thread)

    async def check(self) -> int:
        return await check_queue_invariants(self.chain.pool, self.chain.vault)

    async def rows(self, slug: str) -> list[asyncpg.Record]:
        return await self.chain.pool.fetch(
            "SELECT * FROM desk_items WHERE office_code = $1 ORDER BY listed", office(slug).code
        )


@pytest.fixture
async def desk(pool: asyncpg.Pool) -> Desk:
    return Desk(await Chain(pool).open())


async def test_transfer_comes_into_the_queue_of_every_office_that_is_party(desk: Desk) -> None:
    await desk.chain.send()
    await desk.keeping.follow()
    assert [row["role"] for row in await desk.rows("county-police")] == ["principal"]
    assert [row["role"] for row in await desk.rows("county-procuratorate")] == ["copy"]
    assert await desk.check() == 2


async def test_row_follows_a_transfer_through_its_life(desk: Desk) -> None:
    receipt = await desk.chain.send()
    await desk.keeping.follow()
    await desk.chain.deliver()
    await desk.keeping.follow()
    await desk.check()
    for kind in ("accepted", "filed", "closed"):
        await desk.chain.report(receipt.transfer_id, "county-police", kind)
        await desk.keeping.follow()
        await desk.check()
    [row] = await desk.rows("county-police")
    assert (row["status"], row["is_open"]) == ("closed", False)


async def test_what_is_held_is_in_no_queue_until_the_agency_insists(desk: Desk) -> None:
    receipt = await desk.chain.send(
        facts={"party_type": "person", "substandard_product": True, "sales_amount": 1000}
    )
    await desk.keeping.follow()
    assert await desk.check() == 0
    await desk.chain.report(receipt.transfer_id, "market", "insisted")
    await desk.keeping.follow()
    assert await desk.check() == 2


async def test_what_is_withdrawn_before_it_was_sent_leaves_the_queue(desk: Desk) -> None:
    receipt = await desk.chain.send()
    await desk.keeping.follow()
    assert await desk.check() == 2
    await desk.chain.report(receipt.transfer_id, "market", "withdrawn")
    await desk.keeping.follow()
    assert await desk.check() == 0


async def test_who_changed_something_sees_it_at_once(desk: Desk) -> None:
    receipt = await desk.chain.send()
    await desk.keeping.bring_up([receipt.transfer_id])
    assert await desk.check() == 2
    await desk.chain.deliver()
    await desk.keeping.bring_up([receipt.transfer_id])
    assert await desk.check() == 2
    await desk.keeping.follow()
    assert await desk.check() == 2


async def test_queue_is_made_from_nothing_when_there_was_none(desk: Desk) -> None:
    """A database that existed before has a journal and no queue."""
    for number in range(1, 8):
        await desk.chain.send(number)
    await desk.chain.deliver()
    assert await desk.keeping.follow(limit=3) > 0
    assert await desk.check() == 14


async def test_following_again_changes_nothing(desk: Desk) -> None:
    await desk.chain.send()
    await desk.keeping.follow()
    before = await desk.rows("county-police")
    await desk.chain.pool.execute("UPDATE desk_cursor SET recorded_in = '0'")
    await desk.keeping.follow()
    assert await desk.rows("county-police") == before
    await desk.check()


async def test_crash_leaves_the_cursor_where_it_was(desk: Desk) -> None:
    await desk.chain.send()

    async def dies(_: Any) -> Any:
        raise ConnectionError("cut off")

    with pytest.raises(ConnectionError):
        await replace(desk.keeping, aside=dies).follow()
    assert await desk.chain.count("desk_items") == 0
    await desk.keeping.follow()
    assert await desk.check() == 2


async def test_several_processes_at_once_make_the_same_queue(desk: Desk) -> None:
    receipts = [await desk.chain.send(number) for number in range(1, 12)]
    ids = [receipt.transfer_id for receipt in receipts]
    work = [desk.keeping.follow(limit=4) for _ in range(4)]
    work += [desk.keeping.bring_up(ids[at : at + 3]) for at in range(9)]
    await asyncio.gather(*work, desk.chain.deliver())
    await desk.keeping.follow()
    assert await desk.check() == 22


async def test_older_reading_never_overwrites_a_newer_one(desk: Desk) -> None:
    """Who makes rows anew waits for who does, and reads afterwards."""
    receipt = await desk.chain.send()
    await desk.keeping.follow()
    async with desk.chain.uow.begin() as records:
        await records.queue_rows.hold()
        late = asyncio.create_task(desk.keeping.bring_up([receipt.transfer_id]))
        await asyncio.sleep(0.1)
        await desk.chain.deliver()
        await records.queue_rows.refresh([receipt.transfer_id])
    await late
    await desk.check()


async def test_line_of_a_slow_transaction_is_not_passed_by(desk: Desk) -> None:
    await desk.chain.send()
    async with desk.chain.pool.acquire() as slow, slow.transaction():
        await slow.execute("SELECT pg_current_xact_id()")
        await desk.chain.send(2)
        await desk.keeping.follow()
        assert await desk.chain.count("desk_items") == 2
    await desk.keeping.follow()
    assert await desk.check() == 4


async def test_lag_is_the_age_of_the_oldest_line_not_seen(desk: Desk) -> None:
    await desk.chain.send()
    desk.chain.clock.advance(seconds=30)
    assert await desk.keeping.lag() >= timedelta(seconds=30)
    await desk.keeping.follow()
    assert await desk.keeping.lag() == timedelta()


async def test_rows_tell_no_name(desk: Desk) -> None:
    await desk.chain.send()
    await desk.keeping.follow()
    items = await desk.chain.pool.fetchval("SELECT string_agg(i::text, ' ') FROM desk_items i")
    texts = await desk.chain.pool.fetchval("SELECT string_agg(t::text, ' ') FROM desk_texts t")
    for secret in ("测试人员", "电线", "11010519491231002X"):
        assert secret not in items + texts


async def test_reading_makes_no_row_anew(desk: Desk) -> None:
    await desk.chain.send()
    await desk.keeping.follow()
    await desk.chain.pool.execute(
        "INSERT INTO journal (id, transfer_id, action, actor, at, data)"
        " SELECT gen_random_uuid(), id, 'transfer.read', 'x', now(), '{}' FROM transfers"
    )
    assert await desk.keeping.follow() == 0


async def test_what_is_taken_back_while_its_text_is_made_leaves_nothing_behind(desk: Desk) -> None:
    """A text without its row would be in the way of the next one, and of everybody's queue behind it."""
    ids = [UUID((await desk.chain.send()).transfer_id)]
    async with desk.chain.uow.begin() as records:
        await records.queue_rows.hold()
        lacking = await records.queue_rows.refresh(ids)
        await desk.chain.pool.execute("UPDATE dispatches SET status = 'recalled'")
        texts = [ItemText(one.office_code, one.transfer_id, b"{}", {"x"}) for one in lacking]
        await records.queue_rows.add(ids, texts)
    assert len(lacking) == 2
    assert await desk.chain.count("desk_texts") == 0
    await desk.chain.pool.execute("UPDATE dispatches SET status = 'waiting'")
    await desk.keeping.follow()
    assert await desk.check() == 2


async def test_packet_that_cannot_be_opened_keeps_nobody_s_out_of_the_queue(desk: Desk) -> None:
    broken = UUID((await desk.chain.send(1)).transfer_id)
    await desk.chain.send(2)
    async with desk.chain.pool.acquire() as connection, connection.transaction():
        await connection.execute("ALTER TABLE documents DISABLE TRIGGER ALL")
        await connection.execute(
            "UPDATE documents SET sealed = 'x' WHERE transfer_id = $1 AND kind = 'packet'", broken
        )
        await connection.execute("ALTER TABLE documents ENABLE TRIGGER ALL")
    await desk.keeping.follow()
    rows = await desk.rows("county-police")
    assert len(rows) == 2
    assert broken in {row["transfer_id"] for row in rows}
    assert await desk.keeping.lag() == timedelta()
