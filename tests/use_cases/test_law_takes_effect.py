"""A number of the book in force begins to apply on a day on which nobody switches anything."""

import asyncio
import json
from datetime import timedelta

import pytest

from contracts.rulebook import RuleBook
from service.domain.working_days import SHANGHAI
from tests.support.chain import Chain
from tests.support.packets import NOW
from tests.support.register import case, day, sold
from tests.support.rescreening import OURS, Desk

TAKES_EFFECT = (NOW + timedelta(days=10)).astimezone(SHANGHAI).date()


def book_with_a_milder_number_to_come() -> RuleBook:
    """Our book, in which the number for substandard goods rises to 80 000 in ten days."""
    content = json.loads(OURS.to_json())
    [m01] = [one for one in content["offences"] if one["row"] == "M01"]
    branch = m01["branches"][0]
    [edition] = branch["editions"]
    until = (TAKES_EFFECT - timedelta(days=1)).isoformat()
    later = {
        **edition,
        "from": TAKES_EFFECT.isoformat(),
        "when": {**branch["when"], "at_least": "80000"},
    }
    branch["editions"] = [{**edition, "until": until}, later]
    return RuleBook.from_json(json.dumps(content | {"version": "milder-soon"}))


@pytest.fixture
async def desk(chain: Chain) -> Desk:
    desk = await Desk(chain).open()
    await desk.rescreening.switch(book_with_a_milder_number_to_come(), "alice")
    await desk.rulebook.refresh()
    await desk.work()
    return desk


async def conclusion(desk: Desk) -> str:
    return await desk.pool.fetchval("SELECT conclusion FROM cases")


async def test_register_is_judged_anew_on_the_day_and_not_before(desk: Desk) -> None:
    """The milder law of the two governs (G13), so a case that was met is near from that day on."""
    await desk.take(case(facts=sold(70_000), conduct={"ended_on": day(90)}))
    assert await conclusion(desk) == "meets"
    desk.chain.clock.advance(days=9)
    assert await desk.rescreening.keep_up() is None

    desk.chain.clock.advance(days=1)
    begun = await desk.rescreening.keep_up()
    await desk.work()

    assert begun is not None
    assert (begun.cases, begun.before) == (1, begun.after)
    assert await conclusion(desk) == "near"
    lines = await desk.chain.journal("rulebook.took_effect")
    assert len(lines) == 1
    assert (
        await desk.pool.fetchval(
            "SELECT count(*) FROM leads WHERE status = 'open' AND detector = 'X2'"
        )
        == 0
    )


async def test_day_is_noticed_once_however_many_look(desk: Desk) -> None:
    await desk.take(case(facts=sold(70_000)))
    desk.chain.clock.advance(days=11)
    other = await Desk(desk.chain).open()

    begun = await asyncio.gather(*(one.rescreening.keep_up() for one in (desk, other, desk)))

    assert sum(one is not None for one in begun) == 1
    assert await desk.rescreening.keep_up() is None
    assert len(await desk.chain.journal("rulebook.took_effect")) == 1


async def test_process_that_has_not_heard_of_a_switch_begins_nothing(desk: Desk) -> None:
    late = Desk(desk.chain)
    late.rulebook = desk.rulebook
    other = await Desk(desk.chain).open()
    await other.rescreening.switch(OURS, "bob")
    desk.chain.clock.advance(days=11)

    assert await desk.rescreening.keep_up() is None
    assert await desk.chain.journal("rulebook.took_effect") == []


async def test_without_a_book_in_force_no_day_is_a_day_of_change(chain: Chain) -> None:
    assert await Desk(chain).rescreening.keep_up() is None
