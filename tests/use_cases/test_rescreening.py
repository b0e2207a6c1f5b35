"""Another rule book is put in force, and the register is judged by it: to the end, and by nobody twice."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from contracts.calendar import Calendars
from service.casework import RuleBookMovedError
from tests.support.chain import Chain
from tests.support.register import case, firm, sold
from tests.support.rescreening import OURS, Desk, book_with, check_register

STRICTER = book_with(20_000)
STRICTEST = book_with(1_000)


@pytest.fixture
async def desk(chain: Chain) -> Desk:
    return await Desk(chain).open()


async def fill(desk: Desk, count: int = 60) -> None:
    """A register of small, middling and large cases, a third each."""
    amounts = (5_000, 30_000, 80_000)
    records = [case(facts=sold(amounts[number % 3])) for number in range(count)]
    await desk.take(*records)


async def test_switch_puts_a_book_in_force_and_cuts_the_register(desk):
    await fill(desk)
    switched = await desk.rescreening.switch(STRICTER, "alice")

    assert switched is not None
    assert switched.before is not None
    assert (switched.before.digest, switched.after.digest) == (OURS.digest, STRICTER.digest)
    assert (switched.cases, switched.slices) == (60, 1)
    assert await desk.pool.fetchval("SELECT digest FROM rulebook_in_force") == STRICTER.digest
    [line] = await desk.chain.journal("rulebook.switched")
    assert line["actor"] == "platform"
    assert line["data"] == {
        "before": {"digest": OURS.digest, "version": OURS.version},
        "after": {"digest": STRICTER.digest, "version": "sold-20000"},
        "by": "alice",
        "cases": 60,
        "slices": 1,
        "ended": None,
    }


async def test_switch_to_the_book_in_force_does_nothing(desk):
    assert await desk.rescreening.switch(OURS, "alice") is None
    assert await desk.chain.journal("rulebook.switched") == []
    assert await desk.chain.count("rescreenings") == 0


async def test_register_is_judged_by_the_new_book(desk):
    await fill(desk)
    assert await check_register(desk) == {"below": 40, "meets": 20}
    await desk.rescreening.switch(STRICTER, "alice")
    await desk.work()

    assert await check_register(desk) == {"below": 20, "meets": 40}
    progress = await desk.progress()
    assert (progress.slices_left, progress.cases) == (0, 60)
    assert progress.finished_at == desk.chain.clock.now()
    assert (progress.found.screened, progress.found.changed) == (60, 20)
    assert progress.found.differences["below>meets"] == 20
    assert progress.found.differences["raised:X2"] == 20


async def test_end_is_told_once_with_what_came_out_otherwise(desk):
    await fill(desk)
    await desk.rescreening.switch(STRICTER, "alice")
    await desk.work()
    await desk.work()

    [line] = await desk.chain.journal("rulebook.rescreened")
    assert line["data"]["book"]["digest"] == STRICTER.digest
    assert line["data"]["screened"] == 60
    assert line["data"]["differences"]["below>meets"] == 20
    [begun] = await desk.chain.journal("rulebook.switched")
    assert line["subject_id"] == begun["subject_id"]


async def test_switching_back_closes_what_was_raised_and_leaves_no_trace_in_figures(desk):
    await fill(desk)
    before = await desk.pool.fetch("SELECT * FROM tallies WHERE count <> 0 ORDER BY 1, 2, 3")
    for book in (STRICTER, OURS):
        await desk.rescreening.switch(book, "alice")
        await desk.work()

    assert await check_register(desk) == {"below": 40, "meets": 20}
    assert (
        await desk.pool.fetch("SELECT * FROM tallies WHERE count <> 0 ORDER BY 1, 2, 3") == before
    )
    assert (await desk.progress()).found.differences["closed:X2"] == 20
    leads = await desk.pool.fetch("SELECT status FROM leads WHERE detector = 'X2'")
    assert Counter(lead["status"] for lead in leads) == {"open": 20, "resolved": 20}


async def test_case_that_is_as_it_was_is_not_written(desk):
    await fill(desk)
    before = await desk.pool.fetch(
        "SELECT id, xmin FROM cases WHERE conclusion = 'below' ORDER BY id"
    )
    await desk.rescreening.switch(book_with(70_000), "alice")
    await desk.work()

    ids = [row["id"] for row in before]
    after = await desk.pool.fetch("SELECT id, xmin FROM cases WHERE id = ANY ($1) ORDER BY id", ids)
    assert after == before
    assert (await desk.progress()).found.screened == 60


async def test_register_without_a_case_is_judged_at_once(desk):
    switched = await desk.rescreening.switch(STRICTER, "alice")
    assert switched is not None
    assert (switched.cases, switched.slices) == (0, 1)
    await desk.work()

    assert (await desk.progress()).found.screened == 0
    assert (await desk.progress()).finished_at is not None


async def test_first_book_of_a_database_has_none_before_it(chain: Chain):
    desk = Desk(chain)
    switched = await desk.rescreening.switch(OURS, "alice")
    assert switched is not None
    assert switched.before is None
    assert (await chain.journal("rulebook.switched"))[0]["data"]["before"] is None


async def test_process_that_has_not_heard_judges_nothing_by_the_old_book(desk, chain: Chain):
    other = await Desk(chain).open()
    await desk.rescreening.switch(STRICTER, "alice")
    record = case(facts=sold(30_000))

    async with chain.uow.begin() as records:
        with pytest.raises(RuleBookMovedError):
            await other.casework.look(records, [], chain.clock.now())
    [answer] = await other.take(record)

    assert answer.conclusion == "meets"
    assert other.rulebook.now().digest == STRICTER.digest


async def test_worker_that_has_not_heard_fetches_the_book(desk, chain: Chain):
    await fill(desk)
    other = await Desk(chain).open()
    await desk.rescreening.switch(STRICTER, "alice")

    assert len(await other.work()) == 1
    assert await check_register(desk) == {"below": 20, "meets": 40}


async def test_same_book_switched_twice_at_once_is_switched_once(desk, chain: Chain):
    other = await Desk(chain).open()
    both = await asyncio.gather(
        desk.rescreening.switch(STRICTER, "alice"), other.rescreening.switch(STRICTER, "bob")
    )

    assert [one is None for one in both].count(True) == 1
    assert await chain.count("rescreenings") == 1
    assert len(await chain.journal("rulebook.switched")) == 1


async def test_estimate_follows_the_pace(desk):
    await fill(desk)
    await desk.rescreening.switch(STRICTER, "alice")
    begun, now = await desk.progress(), desk.chain.clock.now()
    assert begun.estimated_end(now) is None
    await desk.pool.execute(
        "INSERT INTO rescreening_slices SELECT rescreening_id, -3 + n, -3 + n, NULL, NULL, now()"
        "  FROM rescreening_slices, generate_series(0, 2) AS n"
    )
    desk.chain.clock.advance(minutes=3)
    later = await desk.progress()
    end = later.estimated_end(desk.chain.clock.now())

    assert end is not None
    assert (end - desk.chain.clock.now()).total_seconds() == 60
    await desk.work()
    assert (await desk.progress()).estimated_end(desk.chain.clock.now()) is None


async def test_one_party_stays_together_across_agencies(desk):
    """Two acts that reach the number of the new book together only, and lie with two agencies."""
    party = firm(1)
    await desk.take(case(party=party, facts=sold(12_000), penalty=None), agency="market")
    await desk.take(case(party=party, facts=sold(13_000), penalty=None), agency="tobacco")
    await desk.rescreening.switch(STRICTER, "alice")
    await desk.work()

    assert await check_register(desk) == {"below": 2}
    [lead] = await desk.pool.fetch("SELECT * FROM leads WHERE detector = 'X5'")
    assert lead["evidence"]["sum"] == {"sales_amount": 25_000.0, "unsold_goods_value": 0.0}


async def test_date_that_a_calendar_moves_is_no_difference(desk, chain: Chain):
    await desk.take(case(facts=sold(80_000)))
    chain.standards = replace(chain.standards, calendars=Calendars.of([]))
    await desk.rescreening.switch(book_with(50_000), "alice")
    await desk.work()

    found = (await desk.progress()).found
    assert (found.changed, found.differences) == (1, {})
    assert await chain.pool.fetchval("SELECT bool_and(provisional) FROM leads")
    assert len(await chain.journal("lead.raised", "lead.changed")) == 2
