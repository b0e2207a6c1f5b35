"""Detection: leads raised, closed, opened again and dated anew as transfers, time, histories and calendars move."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.office import OfficeKind
from service.domain.access import Reader
from service.review import Review
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.packets import NOW, packet
from tests.support.register import RegisterScene, case, day, firm, moment, sold
from tests.support.register_invariants import check_register_invariants
from tests.support.supervision import SupervisionScene, supervision_of
from tests.support.suspected import NUMBER, fined


@pytest.fixture
async def scene(chain: Chain) -> AsyncIterator[RegisterScene]:
    scene = RegisterScene(chain)
    yield scene
    await scene.settle()


async def test_transfer_closes_the_leads_of_its_case(scene: RegisterScene) -> None:
    await scene.take(fined())
    await scene.chain.send()
    assert await scene.detection.follow() == 1
    assert await scene.statuses() == {"X1": "transferred", "X2": "transferred"}
    assert await scene.detection.follow() == 0


async def test_transfer_that_is_withdrawn_opens_them_again(scene: RegisterScene) -> None:
    await scene.take(fined())
    receipt = await scene.chain.send()
    await scene.detection.follow()
    await scene.chain.report(receipt.transfer_id, "market", "withdrawn")
    await scene.detection.follow()
    assert await scene.statuses() == {"X1": "open", "X2": "open"}
    moves = {lead["detector"]: lead["move"] for lead in (await scene.leads()).values()}
    assert moves == {"X1": 3, "X2": 3}
    assert len(await scene.chain.journal("lead.reopened")) == 2


async def test_agency_does_not_choose_who_supervises_a_case_that_only_a_packet_tells_of(
    scene: RegisterScene,
) -> None:
    elsewhere = packet(1)["case"] | {"division": "330106"}
    await scene.chain.send(1, case=elsewhere)
    await scene.detection.follow()
    [found] = await scene.chain.pool.fetch("SELECT division FROM cases")
    assert found["division"] == office("market").division


async def test_packet_held_below_the_threshold_closes_nothing(scene: RegisterScene) -> None:
    await scene.take(fined())
    await scene.chain.send(
        facts={"party_type": "person", "substandard_product": True, "sales_amount": 1}
    )
    await scene.detection.follow()
    assert await scene.statuses() == {"X1": "open", "X2": "open"}


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
    await scene.take(fined())
    assert await scene.detectors({"case_number": NUMBER}) == ["X1", "X2"]


async def test_record_after_its_transfer_is_not_suspected_of_none(scene: RegisterScene) -> None:
    await scene.chain.send()
    await scene.detection.follow()
    await scene.take(fined())
    row = await scene.case({"case_number": NUMBER})
    assert (row["version"], row["conclusion"]) == (1, "meets")
    assert await scene.leads() == {}


async def test_silence_of_the_police_is_a_lead_until_they_speak(scene: RegisterScene) -> None:
    await scene.take(case(case_number=NUMBER))
    receipt = await scene.chain.send()
    await scene.chain.deliver()
    await scene.detection.follow()
    assert await scene.statuses() == {}
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
    assert await scene.statuses() == {"X8": "open"}
    assert await scene.detection.look() == 0
    await scene.chain.report(
        receipt.transfer_id,
        "county-police",
        "filed",
        happened_at=scene.chain.clock.now().isoformat(),
        signed_at=scene.chain.clock.now(),
    )
    await scene.detection.follow()
    assert await scene.statuses() == {"X8": "resolved"}


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
    assert await scene.statuses() == {"X9": "open"}
    later = scene.chain.clock.now()
    await scene.chain.report(
        receipt.transfer_id,
        "market",
        "supervision_suggested",
        happened_at=later.isoformat(),
        signed_at=later,
    )
    await scene.detection.follow()
    assert await scene.statuses() == {"X9": "resolved"}


async def test_transfer_that_never_reached_a_fed_register_is_a_lead_until_it_does(
    scene: RegisterScene,
) -> None:
    await scene.take(case())
    await scene.chain.send()
    await scene.detection.follow()
    assert await scene.detection.look() == 0
    scene.chain.clock.advance(days=8)
    assert await scene.detection.look() == 1
    assert await scene.statuses() == {"X11": "open"}
    await scene.take(fined(entered_at=None, penalty=None))
    assert await scene.statuses() == {"X11": "resolved"}


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
    assert "X11" not in await scene.statuses()


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
    assert await scene.statuses() == {"X5": "resolved"}
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
    await scene.take(fined())
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
