"""Detection: leads raised, closed, opened again and dated anew as transfers, time, histories and calendars move."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from contracts.calendar import Calendars, CalendarYear, Holiday, Notice
from contracts.office import OfficeKind
from service.casework import Casework
from service.domain.access import Reader
from service.domain.errors import CollisionError
from service.review import Review
from tests.support.chain import Chain
from tests.support.deadlines import at
from tests.support.offices import office
from tests.support.packets import NOW
from tests.support.register import RegisterScene, case, day, firm, moment, sold
from tests.support.register_invariants import check_register_invariants
from tests.support.supervision import SupervisionScene, supervision_of

NUMBER = "示市监案〔2026〕1号"
"""The case of `packet(1)`."""


@pytest.fixture
async def scene(chain: Chain) -> AsyncIterator[RegisterScene]:
    scene = RegisterScene(chain)
    yield scene
    await scene.detection.follow()
    await scene.detection.look()
    await check_register_invariants(chain, scene.casework)


def met(**changes: Any) -> dict[str, Any]:
    return case(**{"facts": sold(60_000), "case_number": NUMBER} | changes)


async def statuses(scene: RegisterScene) -> dict[str, str]:
    rows = await scene.pool.fetch("SELECT detector, status FROM leads ORDER BY detector")
    return {row["detector"]: row["status"] for row in rows}


async def test_transfer_closes_the_leads_of_its_case(scene: RegisterScene) -> None:
    await scene.take(met())
    await scene.chain.send()
    assert await scene.detection.follow() == 1
    assert await statuses(scene) == {"X1": "transferred", "X2": "transferred"}
    assert await scene.detection.follow() == 0


async def test_transfer_that_is_withdrawn_opens_them_again(scene: RegisterScene) -> None:
    await scene.take(met())
    receipt = await scene.chain.send()
    await scene.detection.follow()
    await scene.chain.report(receipt.transfer_id, "market", "withdrawn")
    await scene.detection.follow()
    assert await statuses(scene) == {"X1": "open", "X2": "open"}
    moves = {lead["detector"]: lead["move"] for lead in (await scene.leads()).values()}
    assert moves == {"X1": 3, "X2": 3}
    assert len(await scene.chain.journal("lead.reopened")) == 2


async def test_packet_held_below_the_threshold_closes_nothing(scene: RegisterScene) -> None:
    await scene.take(met())
    await scene.chain.send(
        facts={"party_type": "person", "substandard_product": True, "sales_amount": 1}
    )
    await scene.detection.follow()
    assert await statuses(scene) == {"X1": "open", "X2": "open"}


async def test_packet_that_is_held_or_withdrawn_stops_nobody(scene: RegisterScene) -> None:
    """A case that only such a packet tells of is a case: what is behind it in the journal is looked at too."""
    await scene.take(case())
    held = {"party_type": "person", "substandard_product": True, "sales_amount": 1}
    await scene.chain.send(1, facts=held)
    receipt = await scene.chain.send(2)
    await scene.detection.follow()
    await scene.chain.report(receipt.transfer_id, "market", "withdrawn")
    await scene.detection.follow()
    assert await scene.chain.count("cases") == 3
    await scene.take(met())
    assert await scene.detectors({"case_number": NUMBER}) == ["X1", "X2"]


async def test_record_after_its_transfer_is_not_suspected_of_none(scene: RegisterScene) -> None:
    await scene.chain.send()
    await scene.detection.follow()
    await scene.take(met())
    row = await scene.case({"case_number": NUMBER})
    assert (row["version"], row["conclusion"]) == (1, "meets")
    assert await scene.leads() == {}


async def test_silence_of_the_police_is_a_lead_until_they_speak(scene: RegisterScene) -> None:
    await scene.take(case(case_number=NUMBER))
    receipt = await scene.chain.send()
    await scene.chain.deliver()
    await scene.detection.follow()
    assert await statuses(scene) == {}
    scene.chain.clock.advance(minutes=1)
    told = scene.chain.clock.now()
    await accept(scene.chain, receipt.transfer_id, told)
    await scene.detection.follow()
    row = await scene.case({"case_number": NUMBER})
    assert row["look_at"] is not None
    scene.chain.clock.at = row["look_at"]
    assert await scene.detection.look() == 0
    scene.chain.clock.at += timedelta.resolution
    assert await scene.detection.look() == 1
    assert await statuses(scene) == {"X8": "open"}
    assert await scene.detection.look() == 0
    await scene.chain.report(
        receipt.transfer_id,
        "county-police",
        "filed",
        happened_at=scene.chain.clock.now().isoformat(),
        signed_at=scene.chain.clock.now(),
    )
    await scene.detection.follow()
    assert await statuses(scene) == {"X8": "resolved"}


async def accept(chain: Chain, transfer_id: str, at: datetime) -> None:
    await chain.report(
        transfer_id, "county-police", "accepted", happened_at=at.isoformat(), signed_at=at
    )


async def test_non_filing_that_nobody_contests_is_a_lead(scene: RegisterScene) -> None:
    await scene.take(case(case_number=NUMBER))
    receipt = await scene.chain.send()
    await scene.chain.deliver()
    now = scene.chain.clock.now()
    await accept(scene.chain, receipt.transfer_id, now)
    await scene.chain.report(
        receipt.transfer_id, "county-police", "not_filed", happened_at=now.isoformat()
    )
    await scene.detection.follow()
    row = await scene.case({"case_number": NUMBER})
    scene.chain.clock.at = row["look_at"] + timedelta.resolution
    await scene.detection.look()
    assert await statuses(scene) == {"X9": "open"}
    later = scene.chain.clock.now()
    await scene.chain.report(
        receipt.transfer_id,
        "market",
        "supervision_suggested",
        happened_at=later.isoformat(),
        signed_at=later,
    )
    await scene.detection.follow()
    assert await statuses(scene) == {"X9": "resolved"}


async def test_transfer_that_never_reached_a_fed_register_is_a_lead_until_it_does(
    scene: RegisterScene,
) -> None:
    await scene.take(case())
    await scene.chain.send()
    await scene.detection.follow()
    assert await scene.detection.look() == 0
    scene.chain.clock.advance(days=8)
    assert await scene.detection.look() == 1
    assert await statuses(scene) == {"X11": "open"}
    await scene.take(met(entered_at=None, penalty=None))
    assert await statuses(scene) == {"X11": "resolved"}


async def test_transfer_before_an_agency_fed_a_register_is_nobodys_omission(
    scene: RegisterScene,
) -> None:
    """Whenever the case is looked at: what a register has from before it was fed nobody can tell."""
    receipt = await scene.chain.send()
    await scene.detection.follow()
    scene.chain.clock.advance(days=30)
    assert await scene.detection.look() == 0
    await scene.take(case())
    await accept(scene.chain, receipt.transfer_id, NOW)
    await scene.detection.follow()
    assert "X11" not in await statuses(scene)


async def test_time_alone_raises_a_lead_and_over_a_holiday_it_waits(scene: RegisterScene) -> None:
    """Established on the Wednesday before the Spring Festival of 2027."""
    scene.chain.clock.at = at("2027-02-03 10:00")
    record = met(established_on="2027-02-03", penalty=None, entered_at=None)
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
    assert await statuses(scene) == {"X1": "open"}
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
    waiting = met(established_on="2027-02-03", penalty=None, entered_at=None)
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
    assert await statuses(scene) == {}
    year = published((date(2027, 2, 5), date(2027, 2, 11)), make_up=date(2027, 2, 20))
    years = [*scene.chain.standards.calendars.years.values(), year]
    scene.chain.standards = replace(scene.chain.standards, calendars=Calendars.of(years))
    await scene.detection.recompute()
    assert await statuses(scene) == {"X11": "open"}


def penalised(acted: int, decided: int, **changes: Any) -> dict[str, Any]:
    """A small case of unlicensed tobacco of one firm, acted and decided so many days ago."""
    told = {
        "cause": "未取得烟草专卖零售许可证经营卷烟",
        "party": firm(5),
        "facts": {
            "licence_held": False,
            "illegal_business_kind": "tobacco",
            "illegal_business_amount": 2_000,
        },
        "conduct": {"started_on": day(acted), "ended_on": day(acted)},
        "penalty": {"kinds": ["罚款"], "decided_on": day(decided)},
    }
    return case(**told | changes)


async def test_penalty_by_another_agency_raises_a_repeat_and_its_revocation_ends_it(
    scene: RegisterScene,
) -> None:
    facts = {
        "licence_held": False,
        "illegal_business_kind": "tobacco",
        "illegal_business_amount": 35_000,
    }
    new = penalised(100, 40, facts=facts)
    await scene.take(new, agency="tobacco")
    await scene.take(penalised(700, 600), agency="tobacco")
    assert await scene.detectors(new) == []
    other = penalised(500, 400)
    await scene.take(other, agency="market")
    assert await scene.detectors(new) == ["X4"]
    revoked = other["penalty"] | {"status": "revoked"}
    await scene.take(other | {"penalty": revoked, "recorded_at": moment(1)}, agency="market")
    assert await scene.detectors(new) == []
    await scene.take(other | {"recorded_at": moment(0.5)}, agency="market")
    assert await scene.detectors(new) == ["X4"]
    lead = (await scene.leads())[new["case_number"], "X4"]
    assert lead["move"] == 3
    assert lead["agency_code"] == office("tobacco").code


async def test_repeat_is_raised_whichever_agency_feeds_its_register_first(
    scene: RegisterScene,
) -> None:
    facts = {
        "licence_held": False,
        "illegal_business_kind": "tobacco",
        "illegal_business_amount": 35_000,
    }
    first, second = penalised(700, 600), penalised(500, 400)
    new = penalised(100, 40, facts=facts)
    await scene.take(first, agency="market")
    await scene.take(second, new, agency="tobacco")
    assert await scene.detectors(new) == ["X4"]


async def test_transfer_of_one_part_takes_it_out_of_the_sum(scene: RegisterScene) -> None:
    parts = [
        case(
            case_number=number,
            party=firm(6),
            facts=sold(amount),
            conduct={"ended_on": day(ago)},
            penalty=None,
        )
        for number, amount, ago in ((NUMBER, 30_000, 100), ("示案〔2026〕后号", 25_000, 80))
    ]
    await scene.take(*parts)
    assert await scene.detectors(parts[1]) == ["X5"]
    receipt = await scene.chain.send()
    await scene.detection.follow()
    assert await statuses(scene) == {"X5": "resolved"}
    await scene.chain.report(receipt.transfer_id, "market", "withdrawn")
    await scene.detection.follow()
    assert await scene.detectors(parts[1]) == ["X5"]


async def test_dismissed_lead_stays_so_until_the_facts_change(chain: Chain) -> None:
    scene = SupervisionScene(chain)
    lead = await scene.suspected(penalty={"kinds": ["罚款"], "decided_on": day(40)})
    await scene.dismiss(lead["id"])
    register = scene.register
    seen = await register.case(scene.record)
    assert (await scene.lead(lead["id"]))["status"] == "dismissed"
    again = scene.record | {"title": "另一标题", "recorded_at": moment(2)}
    await register.take(again)
    await register.take(penalty_of_another(scene.record), agency="tobacco")
    chain.clock.advance(days=30)
    await register.detection.look()
    await register.detection.recompute()
    assert (await scene.lead(lead["id"]))["status"] == "dismissed"
    assert (await register.case(scene.record))["version"] == seen["version"] + 1
    await register.take(again | {"facts": sold(95_000), "recorded_at": moment(1)})
    reopened = await scene.lead(lead["id"])
    assert (reopened["status"], reopened["reason"], reopened["move"]) == ("open", None, 3)
    await check_register_invariants(chain, register.casework)


def penalty_of_another(record: dict[str, Any]) -> dict[str, Any]:
    """Another agency's case of the same party: nothing to the dismissed lead."""
    return case(party=record["party"], cause="占道经营", facts={})


async def test_what_is_dismissed_does_not_open_by_the_order_of_reading(chain: Chain) -> None:
    """Penalties of other agencies are told in the order of their days, whenever they are read."""
    supervision = supervision_of(chain)
    assert supervision is not None
    scene = SupervisionScene(chain)
    register = scene.register
    facts = {
        "licence_held": False,
        "illegal_business_kind": "tobacco",
        "illegal_business_amount": 35_000,
    }
    new = penalised(100, 40, facts=facts)
    await register.take(penalised(700, 600), new, agency="tobacco")
    await register.take(penalised(500, 400), agency="market")
    lead = (await register.leads())[new["case_number"], "X4"]
    await scene.dismiss(lead["id"])
    await register.take(new | {"title": "另一标题", "recorded_at": moment(1)}, agency="tobacco")
    assert (await scene.lead(lead["id"]))["status"] == "dismissed"
    await check_register_invariants(chain, register.casework)


async def test_agency_never_reads_that_it_is_suspected(
    scene: RegisterScene, review: Review
) -> None:
    await scene.take(met())
    await scene.chain.send()
    await scene.detection.follow()
    assert len(await scene.chain.journal("lead.raised", "lead.closed")) == 4
    market = Reader(office("market").code, OfficeKind.AGENCY, office("market").kid)
    page = await review.events(market, None, 100)
    actions = {event.action for event in page.events}
    assert {"record.received", "packet.received"} <= actions
    assert not any(action.startswith("lead.") for action in actions)
    police = office("county-police")
    page = await review.events(Reader(police.code, police.kind, police.kid), None, 100)
    assert not any(event.action.startswith(("lead.", "record.")) for event in page.events)


async def test_one_follows_the_journal_at_a_time(scene: RegisterScene) -> None:
    await scene.take(met())
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
