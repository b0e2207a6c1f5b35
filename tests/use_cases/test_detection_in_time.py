"""Looks at cases when nothing happened but time, a holiday or a calendar; and looks that go through pages."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from contracts.calendar import Calendars, CalendarYear, Holiday, Notice
from service.casework import Casework
from service.domain.errors import CollisionError
from tests.support.chain import Chain
from tests.support.deadlines import at
from tests.support.packets import NOW
from tests.support.register import RegisterScene, case, day, sold
from tests.support.suspected import fined


@pytest.fixture
async def scene(chain: Chain) -> AsyncIterator[RegisterScene]:
    scene = RegisterScene(chain)
    yield scene
    await scene.settle()


async def test_time_alone_raises_a_lead_and_over_a_holiday_it_waits(scene: RegisterScene) -> None:
    """Established on the Wednesday before the Spring Festival of 2027."""
    scene.chain.clock.at = at("2027-02-03 10:00")
    record = fined(established_on="2027-02-03", penalty=None, entered_at=None)
    await scene.take(record)
    due = (await scene.case(record))["look_at"]
    for _ in range(3):
        scene.chain.clock.advance(days=1)
        assert await scene.detection.look() == 0
    assert await scene.leads() == {}
    scene.chain.clock.at = due
    assert await scene.detection.look() == 0
    scene.chain.clock.at = due + timedelta.resolution
    assert await scene.detection.look() == 1
    assert await scene.statuses() == {"X1": "open"}
    scene.chain.clock.advance(days=9)
    assert await scene.detection.look() == 0


def published(*days: tuple[date, date], make_up: date) -> CalendarYear:
    notice = Notice(number="国办发明电〔2026〕0号", issued_on=date(2026, 11, 1), title="测试")
    [(first, last)] = days
    festival = Holiday(
        festival="春节",
        festival_en="Spring Festival",
        first=first,
        last=last,
        make_up_days=(make_up,),
    )
    return CalendarYear(year=2027, notice=notice, holidays=(festival,))


def publish(chain: Chain) -> None:
    """The notice of 2027 comes: the Spring Festival is three days longer than the law alone gives it."""
    year = published((date(2027, 2, 5), date(2027, 2, 11)), make_up=date(2027, 2, 13))
    years = [*chain.standards.calendars.years.values(), year]
    chain.standards = replace(chain.standards, calendars=Calendars.of(years))


async def test_calendar_that_is_published_late_moves_dates_and_doubles_nothing(
    scene: RegisterScene,
) -> None:
    scene.chain.clock.at = at("2027-02-03 10:00")
    waiting = fined(established_on="2027-02-03", penalty=None, entered_at=None)
    punished = case(
        facts=sold(60_000),
        established_on="2027-02-03",
        penalty={"kinds": ["罚款"], "decided_on": "2027-02-03"},
        entered_at=None,
    )
    await scene.take(waiting, punished)
    before = (await scene.case(waiting))["look_at"]
    [lead] = (await scene.leads()).values()
    assert (lead["detector"], lead["provisional"]) == ("X2", True)
    lines = len(await scene.chain.journal())
    publish(scene.chain)
    assert await scene.detection.recompute() == 2
    after = await scene.case(waiting)
    assert after["look_at"] > before
    assert not after["look_is_provisional"]
    [again] = (await scene.leads()).values()
    assert (again["id"], again["move"], again["provisional"]) == (lead["id"], 1, False)
    assert again["due_at"] > lead["due_at"]
    assert again["fingerprint"] == lead["fingerprint"]
    assert len(await scene.chain.journal()) == lines  # the facts bear what they bore
    assert await scene.detection.recompute() == 0


async def test_calendar_that_ends_a_clock_earlier_finds_the_late_entry(
    scene: RegisterScene,
) -> None:
    """Entered on the last day, a Monday after a weekend on which work turns out to be made up."""
    scene.chain.clock.at = at("2027-02-22 10:00")
    penalty = {"kinds": ["罚款"], "decided_on": "2027-02-13"}
    entered = "2027-02-22T09:00:00+08:00"
    record = case(penalty=penalty, established_on="2027-02-01", entered_at=entered)
    await scene.take(record)
    assert await scene.statuses() == {}
    year = published((date(2027, 2, 5), date(2027, 2, 11)), make_up=date(2027, 2, 20))
    years = [*scene.chain.standards.calendars.years.values(), year]
    scene.chain.standards = replace(scene.chain.standards, calendars=Calendars.of(years))
    await scene.detection.recompute()
    assert await scene.statuses() == {"X11": "open"}


async def test_one_follows_the_journal_at_a_time(scene: RegisterScene) -> None:
    await scene.take(fined())
    await scene.chain.send()
    async with scene.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM detection_cursor FOR UPDATE")
        assert await scene.detection.follow() == 0
    assert await scene.detection.follow() == 1


async def test_journal_and_due_cases_are_gone_through_in_pages(scene: RegisterScene) -> None:
    records = [
        case(facts=sold(60_000), penalty=None, established_on=day(0), entered_at=None)
        for _ in range(5)
    ]
    await scene.take(*records)
    await scene.chain.send()
    assert await scene.detection.follow(limit=1) >= 1
    scene.chain.clock.advance(days=10)
    assert await scene.detection.look(limit=2) == 6
    assert len(await scene.leads()) == 6


async def test_calendar_is_gone_through_in_pages(scene: RegisterScene) -> None:
    scene.chain.clock.at = at("2027-02-03 10:00")
    records = [
        case(facts=sold(60_000), penalty=None, established_on="2027-02-03", entered_at=None)
        for _ in range(5)
    ]
    await scene.take(*records)
    publish(scene.chain)
    assert await scene.detection.recompute(limit=2) == 5


async def test_look_by_a_book_that_was_switched_fetches_it(
    scene: RegisterScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = case(facts=sold(60_000), penalty=None, established_on=day(0), entered_at=None)
    await scene.take(record)
    digest = scene.chain.standards.book.digest
    await in_force(scene.pool, "sha-256:other")

    async def fetch() -> None:
        await in_force(scene.pool, digest)

    scene.chain.clock.advance(days=10)
    detection = replace(scene.detection, fetch_rulebook=fetch)
    assert await detection.look() == 1
    assert await scene.detectors(record) == ["X1"]


async def test_look_that_met_another_one_is_begun_again(
    scene: RegisterScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = case(facts=sold(60_000), penalty=None, established_on=day(0), entered_at=None)
    await scene.take(record)
    scene.chain.clock.advance(days=10)
    look, meetings = Casework.look, [CollisionError("deadlock detected")]

    async def meets_another(self: Casework, *args: Any) -> Any:
        if meetings:
            raise meetings.pop()
        return await look(self, *args)

    monkeypatch.setattr(Casework, "look", meets_another)
    assert await scene.detection.look() == 1
    assert await scene.detectors(record) == ["X1"]


async def in_force(pool: asyncpg.Pool, digest: str) -> None:
    await pool.execute(
        "INSERT INTO rulebooks VALUES ($1, 'v', '{}', now()) ON CONFLICT DO NOTHING", digest
    )
    await pool.execute(
        """INSERT INTO rulebook_in_force (digest, switched_at) VALUES ($1, now())
               ON CONFLICT (is_only) DO UPDATE SET digest = excluded.digest""",
        digest,
    )


async def test_looking_at_nothing_does_nothing(scene: RegisterScene) -> None:
    assert await scene.detection.look() == 0
    assert await scene.detection.follow() == 0
    assert await scene.detection.recompute() == 0
    async with scene.chain.uow.begin() as records:
        outcome = await scene.casework.look(records, [], NOW)
    assert outcome.looked_at == 0
