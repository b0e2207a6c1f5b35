"""What re-screening does when it is cut off, overtaken or raced: no case is left by the old book, no lead lost or doubled."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.postgres.cases import _BUCKETS as BUCKET_LOCKS
from contracts.case_record import RecordAnswer
from service.casework import Outcome
from service.domain.errors import CollisionError, Refusal
from service.rescreening import SliceLostError
from tests.support.chain import Chain
from tests.support.register import case, firm, sold
from tests.support.rescreening import OURS, Desk, book_with, check_register, cut_in_slices

STRICTER = book_with(20_000)
STRICTEST = book_with(1_000)
LEASE = timedelta(minutes=1)


@pytest.fixture
async def desk(chain: Chain) -> Desk:
    return await Desk(chain).open()


@pytest.fixture
async def other(chain: Chain) -> Desk:
    return await Desk(chain).open()


async def fill(desk: Desk, count: int = 60) -> None:
    amounts = (5_000, 30_000, 80_000)
    await desk.take(*(case(facts=sold(amounts[number % 3])) for number in range(count)))


def held_before_settling(desk: Desk) -> tuple[asyncio.Event, asyncio.Event]:
    """Let a desk's next screening stop when it has judged and stored, before it settles; (reached, go on)."""
    reached, go_on = asyncio.Event(), asyncio.Event()
    look: Callable[..., Any] = desk.casework.look_at_all

    async def look_and_wait(*given: Any) -> Outcome:
        outcome = await look(*given)
        reached.set()
        await go_on.wait()
        return outcome

    desk.rescreening = replace(desk.rescreening, casework=_Watched(look_and_wait))
    return reached, go_on


class _Watched:
    """A casework whose looks at whole slices are the test's own."""

    def __init__(self, look_at_all: Callable[..., Any]) -> None:
        self.look_at_all = look_at_all
        self.counted: list[Outcome] = []

    def count(self, outcome: Outcome) -> None:
        self.counted.append(outcome)


async def test_records_that_arrive_while_the_book_is_switched_are_judged_by_the_new_one(
    desk, other
):
    """Batches by two processes, one of which has not heard; switches and workers in their midst."""
    parties = [firm(number) for number in range(12)]
    amounts = (5_000, 15_000, 30_000, 80_000)
    records = [
        case(facts=sold(amounts[n % 4]), party=parties[n % 12], penalty=None) for n in range(240)
    ]

    async def arrive(at: Desk, part: Sequence[dict[str, Any]], agency: str) -> list[RecordAnswer]:
        answers = []
        for start in range(0, len(part), 6):
            answers += await at.take(*part[start : start + 6], agency=agency)
        return answers

    async def switch_and_work() -> None:
        for book in (STRICTER, STRICTEST, OURS, STRICTER):
            await desk.rescreening.switch(book, "alice")
            await desk.work()

    taken, more, _, _ = await asyncio.gather(
        arrive(desk, records[:120], "market"),
        arrive(other, records[120:], "tobacco"),
        switch_and_work(),
        other.work(),
    )
    await desk.work()

    assert {answer.result.value for answer in (*taken, *more)} == {"stored"}
    assert (await desk.progress()).finished_at is not None
    assert await check_register(desk) == {"below": 120, "meets": 120}
    assert await desk.pool.fetchval("SELECT count(*) FROM leads WHERE detector = 'X5'") > 0


async def test_cancelled_worker_leaves_a_slice_that_another_one_does(desk, other, chain: Chain):
    await fill(desk)
    await desk.rescreening.switch(STRICTER, "alice")
    reached, _ = held_before_settling(desk)
    working = asyncio.create_task(desk.work())
    await reached.wait()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working

    assert await other.work() == []
    assert (await other.progress()).finished_at is None
    chain.clock.advance(seconds=LEASE.total_seconds() + 1)
    assert len(await other.work()) == 1
    assert await check_register(other) == {"below": 20, "meets": 40}


async def test_zombie_whose_slice_was_done_by_another_stores_nothing(desk, other, chain: Chain):
    await fill(desk)
    await desk.rescreening.switch(STRICTER, "alice")
    zombie = await desk.claimed()
    chain.clock.advance(seconds=LEASE.total_seconds() + 1)
    assert len(await other.work()) == 1
    before = await chain.journal()
    done = await chain.pool.fetch("SELECT * FROM rescreening_slices")

    assert await desk.rescreening.screen(zombie) is None
    assert await chain.journal() == before
    assert await chain.pool.fetch("SELECT * FROM rescreening_slices") == done


async def test_zombie_that_wakes_while_another_has_its_slice_rolls_all_back(
    desk, other, chain: Chain
):
    """It has judged and written, and its lease is another's: it must take everything back."""
    await fill(desk)
    await desk.rescreening.switch(STRICTER, "alice")
    zombie = await desk.claimed()
    reached, go_on = held_before_settling(desk)
    late = asyncio.create_task(desk.rescreening.screen(zombie))
    await reached.wait()
    chain.clock.advance(seconds=LEASE.total_seconds() + 1)
    fresh = await other.claimed()
    assert (fresh.buckets, fresh.claim == zombie.claim) == (zombie.buckets, False)
    go_on.set()

    assert await late is None
    assert await chain.pool.fetchval("SELECT count(*) FROM cases WHERE conclusion = 'meets'") == 20
    assert await chain.journal("rulebook.rescreened") == []
    found = await other.rescreening.screen(fresh)
    assert found is not None
    assert found.changed == 20
    assert await check_register(other) == {"below": 20, "meets": 40}


async def test_many_workers_share_the_slices_and_none_is_done_twice(desk, other):
    await fill(desk, 120)
    await desk.rescreening.switch(STRICTER, "alice")
    await cut_in_slices(desk.pool, 16)

    done = await asyncio.gather(desk.work(), desk.work(), other.work(), other.work())

    buckets = [one.buckets for of_worker in done for one in of_worker]
    assert len(buckets) == len({*buckets}) == 16
    progress = await desk.progress()
    assert (progress.slices, progress.slices_left, progress.found.screened) == (16, 0, 120)
    assert progress.found.differences["below>meets"] == 40
    assert await desk.chain.journal("rulebook.rescreened") != []
    assert await check_register(desk) == {"below": 40, "meets": 80}


async def test_switch_during_a_rescreening_makes_what_is_left_of_it_moot(desk, other):
    await fill(desk)
    await desk.rescreening.switch(STRICTER, "alice")
    await cut_in_slices(desk.pool, 4)
    first = await desk.progress()
    done, held = await desk.claimed(), await other.claimed()
    assert await desk.rescreening.screen(done) is not None

    await desk.rescreening.switch(STRICTEST, "alice")

    assert await other.rescreening.screen(held) is None
    await other.work()
    rows = await desk.pool.fetch("SELECT id, finished_at FROM rescreenings ORDER BY started_at, id")
    assert [row["finished_at"] is None for row in rows] == [False, False]
    assert rows[0]["id"] == first.id
    left = "SELECT count(*) FROM rescreening_slices WHERE rescreening_id = $1 AND done_at IS NULL"
    assert await desk.pool.fetchval(left, first.id) == 3
    assert (await desk.chain.journal("rulebook.switched"))[1]["data"]["ended"] == str(first.id)
    assert len(await desk.chain.journal("rulebook.rescreened")) == 1
    assert await check_register(desk) == {"meets": 60}


async def test_switching_back_before_it_is_done_leaves_the_register_as_it_was(desk):
    await fill(desk)
    await desk.rescreening.switch(STRICTER, "alice")
    await cut_in_slices(desk.pool, 4)
    await desk.rescreening.screen(await desk.claimed())
    await desk.rescreening.switch(OURS, "alice")
    await desk.work()

    assert await check_register(desk) == {"below": 40, "meets": 20}


async def test_long_slice_keeps_its_lease_page_by_page(desk, other, chain: Chain, monkeypatch):
    await fill(desk)
    await desk.rescreening.switch(STRICTER, "alice")
    in_pages_of(monkeypatch, 25)
    claimed = await desk.claimed()
    renewed = []
    claims: Callable[..., Any] = other.rescreening.claim

    async def judge_slowly(*given: Any) -> Any:
        chain.clock.advance(seconds=LEASE.total_seconds() * 0.7)
        renewed.append(await claims())
        return await judged(*given)

    judged = type(desk.casework)._judge.__get__(desk.casework)
    monkeypatch.setattr(type(desk.casework), "_judge", lambda _, *given: judge_slowly(*given))
    found = await desk.rescreening.screen(claimed)

    # Two leases and more went by, and nobody else got it.
    assert renewed == [None, None, None]
    assert found is not None
    assert found.screened == 60


async def test_long_slice_that_was_lost_ends_at_the_next_page(
    desk, other, chain: Chain, monkeypatch
):
    await fill(desk)
    await desk.rescreening.switch(STRICTER, "alice")
    in_pages_of(monkeypatch, 25)
    zombie = await desk.claimed()
    chain.clock.advance(seconds=LEASE.total_seconds() + 1)
    fresh = await other.claimed()

    assert await desk.rescreening.screen(zombie) is None
    with pytest.raises(SliceLostError):
        await desk.rescreening._keep_on(zombie)
    assert await other.rescreening.screen(fresh) is not None
    await other.work()
    assert await check_register(other) == {"below": 20, "meets": 40}


def in_pages_of(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    from service import casework  # noqa: PLC0415 (its pages are what is patched)

    pages_of = casework.pages_of
    monkeypatch.setattr(casework, "pages_of", lambda places: pages_of(places, size))


async def test_party_with_more_cases_than_a_page_is_judged_all_the_same(desk, monkeypatch):
    party = firm(1)
    await desk.take(*(case(party=party, facts=sold(30_000)) for _ in range(40)))
    await desk.rescreening.switch(STRICTER, "alice")
    in_pages_of(monkeypatch, 15)
    await desk.work()

    assert (await desk.progress()).found.screened == 40
    stands = await desk.pool.fetch("SELECT DISTINCT conclusion FROM cases")
    assert [row["conclusion"] for row in stands] == ["meets"]


async def test_slice_that_fails_leaves_nothing_and_is_done_later(
    desk, other, chain: Chain, monkeypatch
):
    await fill(desk)
    await desk.rescreening.switch(STRICTER, "alice")
    claimed = await desk.claimed()
    monkeypatch.setattr("service.casework.judge", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await desk.rescreening.screen(claimed)
    monkeypatch.undo()

    assert await chain.pool.fetchval("SELECT count(*) FROM cases WHERE conclusion = 'meets'") == 20
    chain.clock.advance(seconds=LEASE.total_seconds() + 1)
    await other.work()
    assert await check_register(other) == {"below": 20, "meets": 40}


async def test_slice_that_meets_another_look_in_a_ring_is_done_again(desk, chain: Chain):
    """A look that takes a low bucket after a high one: the database ends one of the two."""
    await fill(desk)
    await desk.rescreening.switch(STRICTER, "alice")
    claimed = await desk.claimed()
    hold = "SELECT pg_advisory_xact_lock($1::int, $2)"
    async with chain.pool.acquire() as connection, connection.transaction():
        await connection.execute(hold, BUCKET_LOCKS, 1_000)
        screening = asyncio.create_task(desk.rescreening.screen(claimed))
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not await chain.pool.fetchval(waiting):  # noqa: ASYNC110 (a database does not say when)
            await asyncio.sleep(0.01)
        await connection.execute(hold, BUCKET_LOCKS, 0)
    found = await screening

    assert found is not None
    assert found.screened == 60
    assert (
        await chain.pool.fetchval(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        == 1
    )
    await desk.work()
    assert await check_register(desk) == {"below": 20, "meets": 40}


async def test_slice_that_collides_again_and_again_is_left_to_its_lease(desk, monkeypatch):
    await fill(desk)
    await desk.rescreening.switch(STRICTER, "alice")
    tries = []

    async def collide(*_: Any) -> Outcome:
        tries.append(1)
        raise CollisionError("deadlock detected")

    desk.rescreening = replace(desk.rescreening, casework=_Watched(collide))
    with pytest.raises(Refusal, match="overloaded"):
        await desk.rescreening.screen(await desk.claimed())
    assert len(tries) == 5
