"""What is offered at a desk, what a form lacks, and what a check foretells."""

from typing import Any

import pytest
from pydantic_core import from_json

from contracts import jws
from contracts.document import parse
from contracts.report import Report
from service.domain.act_forms import FormFaults
from service.domain.claims import Subject
from service.domain.errors import Refusal
from service.domain.staff import Seat, StaffRole
from tests.support.desk import DeskScene
from tests.support.offices import office


async def test_police_are_offered_the_steps_of_their_case(desk: DeskScene, qin: Seat) -> None:
    transfer_id = await desk.taken(qin)
    before = {"accepted", "forwarded", "supplement_requested", "filed", "not_filed"}
    assert await desk.kinds(qin, transfer_id) == {"acknowledge", "refuse", *before}
    await desk.act(qin, transfer_id, "acknowledge")
    assert await desk.kinds(qin, transfer_id) == before
    await desk.act(qin, transfer_id, "accepted")
    assert await desk.kinds(qin, transfer_id) == before - {"accepted"}
    await desk.act(qin, transfer_id, "not_filed", reason="没有犯罪事实")
    assert await desk.kinds(qin, transfer_id) == {"filed", "notified", "closed"}


async def test_prosecutors_are_offered_supervision_of_filing(
    desk: DeskScene, lin: Seat, qin: Seat
) -> None:
    transfer_id = await desk.taken(lin)
    await desk.taking.take(qin, transfer_id)
    await desk.act(qin, transfer_id, "not_filed", reason="没有犯罪事实")
    assert {"reasons_demanded", "opinion"} <= await desk.kinds(lin, transfer_id)
    await desk.act(lin, transfer_id, "reasons_demanded", reason="请说明不立案的理由")
    assert "reasons_given" in await desk.kinds(qin, transfer_id)
    await desk.act(qin, transfer_id, "reasons_given", reason="金额未达标准")
    await desk.act(lin, transfer_id, "filing_notified", reason="理由不能成立")
    await desk.act(qin, transfer_id, "filed")
    assert await desk.chain.status(str(transfer_id)) == "filed"


async def test_check_foretells_the_clocks_that_then_run(
    desk: DeskScene, lin: Seat, qin: Seat
) -> None:
    transfer_id = await desk.taken(qin)
    drafted = await desk.draft(qin, transfer_id, "accepted")
    check = await desk.reading(qin).check(qin, drafted.id)
    foretold = {one.clock.id: one.due_at for one in check.foretold.clocks.started}
    assert {one.clock.id for one in check.foretold.clocks.met} == {"P01"}
    assert check.foretold.status == "accepted"
    await desk.acts.confirm(qin, drafted.id)
    stored = await desk.chain.pool.fetch("SELECT clock, due_at FROM deadlines")
    assert foretold.items() <= {row["clock"]: row["due_at"] for row in stored}.items()

    asked = await desk.draft(lin, transfer_id, "supplement_requested", reason="x")
    assert (await desk.reading(lin).check(lin, asked.id)).foretold.clocks == ((), (), ())


async def test_supplement_offers_what_flags_and_screening_lack(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin, materials=[], approvals={}, facts={})
    reading = desk.reading(lin)
    matter = (await reading.offered(lin, Subject.TRANSFER, transfer_id)).matter
    offer = reading.offer(lin, matter, "supplement_requested")
    missing = offer.choices["missing"]
    assert "缺少法定移送材料：涉嫌犯罪案件移送书" in missing
    assert any("销售金额" in one for one in missing)
    done = await desk.act(
        lin, transfer_id, "supplement_requested", missing=[missing[0]], reason="x"
    )
    report = parse(Report, jws.open_envelope(desk.faults.calls[-1]).payload)
    assert (report.missing, done.is_done) == ([missing[0]], True)
    with pytest.raises(FormFaults) as told:
        await desk.draft(lin, transfer_id, "supplement_requested", missing=["别的"], reason="x")
    assert told.value.faults == {"missing": "unknown_choice"}


async def test_supplement_names_facts_by_their_words_alone(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin, evidence={})
    reading = desk.reading(lin)
    matter = (await reading.offered(lin, Subject.TRANSFER, transfer_id)).matter
    missing = reading.offer(lin, matter, "supplement_requested").choices["missing"]
    assert "下列事实未指明证明材料：当事人类型、伪劣产品、销售金额" in missing


@pytest.mark.parametrize(
    ("kind", "given", "faults"),
    [
        ("accepted", {"happened_at": "2026-11-23T10:30"}, {"happened_at": "in_the_future"}),
        ("accepted", {"happened_at": "gestern"}, {"happened_at": "not_a_moment"}),
        ("accepted", {"happened_at": "0001-01-01T10:00"}, {"happened_at": "not_a_moment"}),
        ("accepted", {"happened_at": "9999-12-31T23:00Z"}, {"happened_at": "not_a_moment"}),
        ("accepted", {"happened_at": "2026-11-23T02:30Z"}, {"happened_at": "in_the_future"}),
        ("not_filed", {}, {"reason": "missing"}),
        ("not_filed", {"reason": "x" * 8001}, {"reason": "too_long"}),
        ("not_filed", {"reason": "a\u202eb"}, {"reason": "sign"}),
        ("not_filed", {"reason": "\u200b \u2060"}, {"reason": "missing"}),
        ("forwarded", {}, {"forwarded_to": "missing"}),
        ("forwarded", {"forwarded_to": "1" * 18}, {"forwarded_to": "unknown_choice"}),
        ("filed", {"document_number": "x" * 201}, {"document_number": "too_long"}),
        (
            "supplement_requested",
            {"missing_more": "\n".join(map(str, range(101)))},
            {"missing_more": "too_many", "reason": "missing"},
        ),
    ],
)
async def test_every_fault_is_told_by_its_field(
    desk: DeskScene, qin: Seat, kind: str, given: dict[str, Any], faults: dict[str, str]
) -> None:
    transfer_id = await desk.taken(qin)
    with pytest.raises(FormFaults) as told:
        await desk.draft(qin, transfer_id, kind, **given)
    assert told.value.faults.items() <= faults.items()
    assert await desk.chain.count("desk_acts") == 0


@pytest.mark.parametrize(
    "happened_at",
    ["2026-11-23T09:30", "2026-11-23T01:30Z", "2026-11-23T09:30+08:00", "2026-11-22T20:30-05:00"],
)
async def test_moment_is_as_beijing_has_it_unless_it_says_where(
    desk: DeskScene, qin: Seat, happened_at: str
) -> None:
    transfer_id = await desk.taken(qin)
    await desk.act(qin, transfer_id, "accepted", happened_at=happened_at)
    report = from_json(jws.open_envelope(desk.faults.calls[-1]).payload)
    assert report["happened_at"] == "2026-11-23T09:30:00+08:00"


async def test_case_is_forwarded_to_an_organ_of_the_list(desk: DeskScene, qin: Seat) -> None:
    transfer_id = await desk.taken(qin)
    city = office("city-police").code
    await desk.act(qin, transfer_id, "forwarded", forwarded_to=city, happened_at="2026-11-23T10:00")
    assert (
        await desk.chain.pool.fetchval(
            "SELECT count(*) FROM dispatches WHERE office_code = $1", city
        )
        == 1
    )


async def test_kind_that_there_is_not_is_not_found(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    with pytest.raises(Refusal, match="not_found"):
        await desk.draft(lin, transfer_id, "nonsense")
    with pytest.raises(Refusal, match="illegal_move"):
        await desk.draft(lin, transfer_id, "filed")


async def test_extension_is_offered_where_a_clock_knows_one(desk: DeskScene) -> None:
    """Ten days to decide on economic crime, thirty with an approval (EC17 Art 16)."""
    await desk.enrol("city-police")
    officer = await desk.seat("city-police", "qin")
    transfer_id = await desk.taken(officer, 9, agency="tax")
    await desk.act(officer, transfer_id, "accepted")
    assert "extended" in await desk.kinds(officer, transfer_id)
    before = await desk.chain.pool.fetchval("SELECT due_at FROM deadlines WHERE clock = 'T06b'")
    await desk.act(officer, transfer_id, "extended", extension="county_approval")
    due_at = "SELECT due_at FROM deadlines WHERE clock LIKE 'T06%'"
    assert await desk.chain.pool.fetchval(due_at) > before


async def test_answer_foretells_its_clocks_and_a_refusal_none(
    desk: DeskScene, qin: Seat, lin: Seat
) -> None:
    transfer_id = await desk.taken(qin)
    await desk.taking.take(lin, transfer_id)
    for seat, kind, met in (
        (qin, "acknowledge", {"P01"}),
        (qin, "refuse", set()),
        (lin, "acknowledge", set()),
    ):
        drafted = await desk.draft(seat, transfer_id, kind, reason="x")
        foretold = (await desk.reading(seat).check(seat, drafted.id)).foretold
        assert {one.clock.id for one in foretold.clocks.met} == met
        assert foretold.status is None


async def test_superseded_transfer_is_decided_on_no_more(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    await desk.act(lin, transfer_id, "acknowledge")
    await desk.chain.send(1, packet_id="packet-1-again", supersedes="packet-1")
    assert await desk.kinds(lin, transfer_id) == set()


async def test_office_that_is_no_addressee_has_no_transfers(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    shen = await desk.seat("county-justice", "shen", StaffRole.CHIEF)
    with pytest.raises(Refusal, match="not_found"):
        await desk.draft(shen, transfer_id, "opinion", seen_move=1, reason="x")


async def test_what_a_form_has_beside_its_fields_is_not_kept(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    drafted = await desk.draft(lin, transfer_id, "opinion", reason="a\r\nb", office="x", kind2="y")
    assert drafted.form == {"reason": ("a\nb",)}


async def test_check_says_that_a_decision_contradicts_what_was_told(
    desk: DeskScene, qin: Seat
) -> None:
    transfer_id = await desk.taken(qin)
    await desk.act(qin, transfer_id, "acknowledge")
    await desk.act(qin, transfer_id, "accepted", happened_at="2026-11-23T10:00")
    early = await desk.draft(qin, transfer_id, "filed", happened_at="2026-11-23T09:30")
    check = await desk.reading(qin).check(qin, early.id)
    assert (check.is_possible, check.faults) == (False, {"happened_at": "contradicts"})
    in_time = await desk.draft(qin, transfer_id, "filed", happened_at="2026-11-23T10:00")
    check = await desk.reading(qin).check(qin, in_time.id)
    assert check.is_possible
    assert check.foretold.status == "filed"
