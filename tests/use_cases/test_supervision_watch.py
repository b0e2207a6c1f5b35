"""Silence: near and missed are said once each, then the levels above are told, one a period."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from contracts.calendar import Calendars, Notice
from tests.support.chain import STANDARDS, Chain
from tests.support.offices import office
from tests.support.reading import reader
from tests.support.supervision import SupervisionScene


@pytest.fixture
async def scene(chain: Chain) -> SupervisionScene:
    return SupervisionScene(chain)


async def taken(
    scene: SupervisionScene, slug: str = "county-procuratorate", **changes: object
) -> str:
    """Issue a letter that its agency has taken, and give its id."""
    receipt = await scene.issue(slug, **changes)
    assert receipt.supervision_id is not None
    await scene.cases.review.document(reader("market"), UUID(receipt.supervision_id))
    return receipt.supervision_id


async def look(scene: SupervisionScene, times: int = 3) -> None:
    for _ in range(times):
        await scene.cases.watch.look()


async def lines(scene: SupervisionScene, *actions: str) -> list[dict[str, object]]:
    found = await scene.chain.journal(*(f"supervision.{action}" for action in actions))
    return [line["data"] for line in found]


async def test_nothing_runs_before_the_agency_has_the_letter(scene: SupervisionScene) -> None:
    await scene.issue()
    scene.chain.clock.advance(days=60)
    await look(scene)
    assert await lines(scene, "near", "missed", "escalated") == []


async def test_near_and_missed_are_raised_once_each(scene: SupervisionScene) -> None:
    row = await scene.row(await taken(scene))
    scene.chain.clock.at = row["near_at"]
    await look(scene)
    assert [one["clock"] for one in await lines(scene, "near")] == ["T15"]
    scene.chain.clock.at = row["due_at"]
    await look(scene)
    assert await lines(scene, "missed") == []
    scene.chain.clock.advance(seconds=1)
    await look(scene)
    assert [one["basis"] for one in await lines(scene, "missed")] == ["SPP21 Art 7; SPP21 Art 11"]
    assert len(await lines(scene, "near")) == 1


async def test_many_watchers_raise_and_escalate_once(scene: SupervisionScene) -> None:
    await taken(scene)
    scene.chain.clock.advance(days=30)
    await asyncio.gather(*(scene.cases.watch.look() for _ in range(6)))
    assert len(await lines(scene, "missed")) == 1
    assert len(await lines(scene, "escalated")) == 1


async def test_silence_goes_up_one_level_a_period_until_nobody_is_above(
    scene: SupervisionScene,
) -> None:
    letter = await taken(scene)
    city = office("city-procuratorate").code
    scene.chain.clock.at = (await scene.row(letter))["due_at"] + timedelta(seconds=1)
    await look(scene)
    row = await scene.row(letter)
    assert (row["escalations"], row["escalated_to"], row["status"]) == (1, city, "delivered")
    assert row["escalated_at"] == scene.chain.clock.now() < row["escalate_at"]
    scene.chain.clock.at = row["escalate_at"] + timedelta(seconds=1)
    await look(scene)
    row = await scene.row(letter)
    assert (row["escalations"], row["escalated_to"], row["escalate_at"]) == (2, city, None)
    scene.chain.clock.advance(days=90)
    await look(scene)
    told = await lines(scene, "escalated")
    assert [(one.get("to"), one.get("problem")) for one in told] == [
        (city, None),
        (None, "no superior is registered"),
    ]


async def test_judicial_administration_is_named_with_the_first_silence_about_an_opinion(
    scene: SupervisionScene,
) -> None:
    letter = await taken(scene)
    scene.chain.clock.at = (await scene.row(letter))["due_at"] + timedelta(seconds=1)
    await look(scene)
    scene.chain.clock.advance(days=60)
    await look(scene)
    [notice] = await lines(scene, "notified")
    assert (notice["to"], notice["basis"]) == (office("county-justice").code, "SPP21 Art 11")


async def test_notice_says_when_no_judicial_administration_is_registered(
    scene: SupervisionScene,
) -> None:
    letter = await taken(scene)
    justice = office("county-justice").code
    offices = {code: one for code, one in scene.chain.registry.offices.items() if code != justice}
    scene.chain.registry = replace(scene.chain.registry, offices=offices)
    scene.chain.clock.at = (await scene.row(letter))["due_at"] + timedelta(seconds=1)
    await look(scene)
    [notice] = await lines(scene, "notified")
    assert notice["problem"] == "no such office is registered"


async def test_office_that_left_the_registry_has_nobody_above(scene: SupervisionScene) -> None:
    letter = await taken(scene)
    scene.chain.clock.at = (await scene.row(letter))["due_at"] + timedelta(seconds=1)
    scene.chain.registry = replace(scene.chain.registry, offices={})
    await look(scene)
    row = await scene.row(letter)
    assert (row["escalations"], row["escalated_to"], row["escalate_at"]) == (1, None, None)
    assert [one["problem"] for one in await lines(scene, "escalated")] == [
        "no superior is registered"
    ]


async def test_letter_of_the_judicial_administration_goes_up_its_own_line(
    scene: SupervisionScene,
) -> None:
    letter = await taken(scene, "county-justice", kind="supervisory_letter")
    scene.chain.clock.advance(days=30)
    await look(scene)
    assert (await scene.row(letter))["escalated_to"] == office("city-justice").code
    assert await lines(scene, "notified") == []


async def test_reply_and_outcome_stop_the_clock(scene: SupervisionScene) -> None:
    replied, closed = await taken(scene), await taken(scene)
    await scene.reply(replied)
    await scene.close(closed, "withdrawn")
    scene.chain.clock.advance(days=90)
    await look(scene)
    assert await lines(scene, "near", "missed", "escalated") == []
    assert (await scene.row(closed))["voided_at"] is not None


async def test_late_reply_after_escalation_ends_it(scene: SupervisionScene) -> None:
    letter = await taken(scene)
    scene.chain.clock.advance(days=30)
    await look(scene)
    await scene.reply(letter)
    scene.chain.clock.advance(days=90)
    await look(scene)
    assert (await scene.row(letter))["escalations"] == 1


async def test_date_of_the_letter_binds_where_the_law_leaves_it_to_the_letter(
    scene: SupervisionScene,
) -> None:
    by = scene.chain.clock.now() + timedelta(days=5)
    letter = await taken(scene, reply_by=by.isoformat())
    row = await scene.row(letter)
    assert (row["due_at"], row["strict_due_at"], row["provisional"]) == (by, by, False)
    fixed = await taken(scene, kind="penalty_opinion", reply_by=by.isoformat())
    assert (await scene.row(fixed))["due_at"] > by


async def test_date_that_was_past_when_the_letter_arrived_binds_nobody(
    scene: SupervisionScene,
) -> None:
    by = scene.chain.clock.now() + timedelta(days=1)
    receipt = await scene.issue(reply_by=by.isoformat())
    assert receipt.supervision_id is not None
    scene.chain.clock.advance(days=2)
    await scene.cases.review.document(reader("market"), UUID(receipt.supervision_id))
    row = await scene.row(receipt.supervision_id)
    assert row["due_at"] > scene.chain.clock.now() > by


def published(last: int = 7) -> Calendars:
    """The calendars after the notice for 2027, by which its first holiday ends on that day of January."""
    years = STANDARDS.calendars.years
    notice = Notice(number="测试〔2026〕1号", issued_on=date(2026, 12, 25), title="测试通知")
    new_year = years[2027].holidays[0].model_copy(update={"last": date(2027, 1, last)})
    fixed = years[2027].model_copy(
        update={"notice": notice, "holidays": (new_year, *years[2027].holidays[1:])}
    )
    return Calendars.of([*years.values(), fixed])


async def test_provisional_date_moves_when_its_calendar_comes(scene: SupervisionScene) -> None:
    scene.chain.clock.at = datetime(2026, 12, 21, 2, tzinfo=UTC)
    letter = await taken(scene)
    before = await scene.row(letter)
    assert before["provisional"]
    assert await scene.cases.watch.recompute() == 0
    scene.chain.standards = replace(STANDARDS, calendars=published())
    assert await scene.cases.watch.recompute(1) == 1
    after = await scene.row(letter)
    assert (after["provisional"], after["escalate_at"]) == (False, after["due_at"])
    assert after["due_at"] > before["due_at"]
    [line] = await lines(scene, "recomputed")
    assert line["moved_to"] == after["due_at"].isoformat()
    assert await scene.cases.watch.recompute() == 0


async def test_date_that_its_calendar_confirms_is_provisional_no_more(
    scene: SupervisionScene,
) -> None:
    scene.chain.clock.at = datetime(2026, 12, 21, 2, tzinfo=UTC)
    letter = await taken(scene)
    before = await scene.row(letter)
    scene.chain.standards = replace(STANDARDS, calendars=published(last=3))
    assert await scene.cases.watch.recompute() == 0
    after = await scene.row(letter)
    assert (after["provisional"], after["due_at"]) == (False, before["due_at"])
    assert await lines(scene, "recomputed") == []
