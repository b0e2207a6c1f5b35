"""The watch against a real database: each clock is raised once, and dates move when calendars come."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from contracts.calendar import Calendars, Notice
from tests.support.chain import STANDARDS, Chain
from tests.support.packets import NOW


async def filed(chain: Chain) -> str:
    """Bring a case to the clock T11: items to be handed over within three days."""
    receipt = await chain.send()
    await chain.deliver()
    await chain.report(receipt.transfer_id, "county-police", "filed")
    return receipt.transfer_id


async def raised(chain: Chain) -> list[tuple[str, str]]:
    lines = await chain.journal("deadline.near", "deadline.missed", "deadline.lapsed")
    return [(line["action"], line["data"]["clock"]) for line in lines]


async def test_nothing_is_raised_before_it_is_near(chain: Chain) -> None:
    await filed(chain)
    assert await chain.watch.look() == 0


async def test_near_and_missed_are_raised_once_each(chain: Chain) -> None:
    await filed(chain)
    due_at = await chain.pool.fetchval("SELECT due_at FROM deadlines WHERE clock = 'T11'")
    chain.clock.at = due_at - timedelta(hours=1)
    for _ in range(3):
        await chain.watch.look()
    assert await raised(chain) == [("deadline.near", "T11")]
    chain.clock.at = due_at
    assert await chain.watch.look() == 0
    chain.clock.at = due_at + timedelta(seconds=1)
    for _ in range(3):
        await chain.watch.look()
    assert await raised(chain) == [("deadline.near", "T11"), ("deadline.missed", "T11")]


async def test_many_watchers_raise_a_clock_once(chain: Chain) -> None:
    await filed(chain)
    chain.clock.advance(days=30)
    await asyncio.gather(*(chain.watch.look() for _ in range(8)))
    assert await raised(chain) == [("deadline.missed", "T11")]


async def test_what_was_met_in_time_is_never_raised(chain: Chain) -> None:
    transfer_id = await filed(chain)
    await chain.report(transfer_id, "market", "items_handed_over", happened_at=NOW.isoformat())
    chain.clock.advance(days=30)
    assert await chain.watch.look() == 0


async def test_right_that_was_not_used_lapses_and_nobody_is_in_breach(chain: Chain) -> None:
    receipt = await chain.send()
    await chain.deliver()
    await chain.report(receipt.transfer_id, "county-police", "not_filed")
    chain.clock.advance(days=30)
    await chain.watch.look()
    assert ("deadline.lapsed", "T08") in await raised(chain)
    assert ("deadline.missed", "T08") not in await raised(chain)


async def test_clock_moved_over_a_holiday_is_due_after_it(chain: Chain) -> None:
    chain.clock.at = datetime(2026, 9, 30, 2, tzinfo=UTC)
    receipt = await chain.send(1, approvals={})
    at = chain.clock.at
    await chain.report(
        receipt.transfer_id, "county-police", "filed", happened_at=at.isoformat(), signed_at=at
    )
    due_at = await chain.pool.fetchval("SELECT due_at FROM deadlines WHERE clock = 'T11'")
    assert due_at > datetime(2026, 10, 8, tzinfo=UTC)


async def test_provisional_date_is_computed_anew_when_the_calendar_comes(chain: Chain) -> None:
    """A year without a notice has no make-up days; the notice moves the date, and the journal says so."""
    chain.clock.at = datetime(2026, 12, 31, 2, tzinfo=UTC)
    receipt = await chain.send(1, approvals={})
    await chain.deliver()
    await chain.report(
        receipt.transfer_id, "county-police", "filed", happened_at=chain.clock.at.isoformat()
    )
    row = await chain.pool.fetchrow("SELECT * FROM deadlines WHERE clock = 'T11'")
    assert row["provisional"]
    assert await chain.watch.recompute() == 0

    chain.standards = replace(STANDARDS, calendars=with_notice_for_2027())
    assert await chain.watch.recompute() == 1
    again = await chain.pool.fetchrow("SELECT * FROM deadlines WHERE clock = 'T11'")
    assert not again["provisional"]
    assert again["due_at"] != row["due_at"]
    [line] = await chain.journal("deadline.recomputed")
    assert line["data"]["moved_to"] == again["due_at"].isoformat()
    assert await chain.watch.recompute() == 0


def with_notice_for_2027() -> Calendars:
    """A made-up notice: the first week of 2027 is off."""
    years = STANDARDS.calendars.years
    notice = Notice(number="测试〔2026〕1号", issued_on=date(2026, 11, 20), title="测试通知")
    new_year = years[2027].holidays[0].model_copy(update={"last": date(2027, 1, 7)})
    fixed = years[2027].model_copy(
        update={"notice": notice, "holidays": (new_year, *years[2027].holidays[1:])}
    )
    return Calendars.of([*years.values(), fixed])
