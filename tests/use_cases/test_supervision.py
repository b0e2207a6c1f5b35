"""Letters of supervising offices against a real database: who may, about what, and what follows for the lead."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.jws import digest_of
from service.casework import RuleBookMovedError
from service.domain.errors import Refusal
from tests.support.chain import Chain
from tests.support.offices import key_of, office
from tests.support.register import moment, sold
from tests.support.scene import refusal_of
from tests.support.supervision import CASE, SupervisionScene, receipt_in


@pytest.fixture
def scene(chain: Chain) -> SupervisionScene:
    return SupervisionScene(chain)


async def test_letter_is_kept_receipted_and_moves_the_lead(scene: SupervisionScene) -> None:
    lead = await scene.suspected()
    raw = scene.letter(lead_id=str(lead["id"]))
    answered = await scene.cases.acts.supervise(raw)
    receipt = receipt_in(answered.receipt)
    assert (receipt.of.digest, receipt.status) == (digest_of(raw), "issued")
    assert (receipt.lead_id, answered.repeated) == (str(lead["id"]), False)
    row = await scene.row(receipt.supervision_id)
    assert (row["lead_ids"], row["division"], row["due_at"]) == ([lead["id"]], "339921", None)
    assert (await scene.lead(lead["id"]))["status"] == "supervised"
    assert await scene.actions(receipt.supervision_id) == ["supervision.issued"]


async def test_lead_is_found_however_its_id_is_written(scene: SupervisionScene) -> None:
    lead = await scene.suspected()
    receipt = await scene.issue(lead_id=str(lead["id"]).upper())
    assert (await scene.row(receipt.supervision_id))["lead_ids"] == [lead["id"]]


async def test_clock_of_a_reply_is_that_of_the_province(scene: SupervisionScene) -> None:
    await scene.suspected()
    receipt = await scene.issue()
    async with scene.cases.deliveries.uow.begin() as records:
        state = await records.supervisions.hold(UUID(receipt.supervision_id))
    assert state is not None
    assert scene.cases.acts.supervising.context_of(state).region == "33"


async def test_line_of_a_lead_names_no_agency_and_that_of_a_letter_does(
    scene: SupervisionScene,
) -> None:
    lead = await scene.suspected()
    await scene.issue()
    of_lead = await scene.chain.journal("lead.supervised")
    assert lead["id"] in {one["subject_id"] for one in of_lead}
    assert {one["agency_code"] for one in of_lead} == {None}
    [issued] = await scene.chain.journal("supervision.issued")
    assert issued["agency_code"] == office("market").code


async def test_letter_without_a_lead_moves_every_open_one_of_the_case(
    scene: SupervisionScene,
) -> None:
    lead = await scene.suspected(entered_at=None)
    receipt = await scene.issue(agency=office("market").code)
    row = await scene.row(receipt.supervision_id)
    of_case = await scene.register.leads()
    assert set(row["lead_ids"]) == {one["id"] for one in of_case.values()}
    assert lead["id"] in row["lead_ids"]
    assert {one["status"] for one in of_case.values()} == {"supervised"}


async def test_figures_follow_the_lead(scene: SupervisionScene) -> None:
    await scene.suspected()
    await scene.issue()
    assert await scene.tallies("never_transferred") == {"never_transferred": 1}
    await scene.suspected(case_number="示案〔2026〕900号")
    assert await scene.tallies("never_transferred") == {"never_transferred": 2}
    for (number, _), lead in (await scene.register.leads("open")).items():
        assert number == "示案〔2026〕900号"
        await scene.dismiss(lead["id"])
    assert await scene.tallies("never_transferred") == {"never_transferred": 1}


@pytest.mark.parametrize(
    ("slug", "kind"),
    [
        ("county-procuratorate", "supervisory_letter"),
        ("county-justice", "transfer_opinion"),
        ("county-justice", "penalty_opinion"),
        ("county-police", "reasons_demand"),
        ("market", "reasons_demand"),
    ],
)
async def test_office_issues_only_what_the_law_lets_it(
    scene: SupervisionScene, slug: str, kind: str
) -> None:
    await scene.suspected()
    assert await refusal_of(scene.issue(slug, kind=kind)) == "not_permitted"
    assert await scene.chain.count("supervisions") == 0


@pytest.mark.parametrize("slug", ["county-justice", "city-justice", "city-procuratorate"])
async def test_both_kinds_and_both_levels_of_a_place_may_demand_reasons(
    scene: SupervisionScene, slug: str
) -> None:
    await scene.suspected()
    assert (await scene.issue(slug, kind="reasons_demand")).status == "issued"


async def test_case_of_another_county_is_not_there(scene: SupervisionScene) -> None:
    lead = await scene.suspected()
    assert await refusal_of(scene.issue("other-procuratorate")) == "not_found"
    assert await refusal_of(scene.dismiss(lead["id"], "other-procuratorate")) == "not_found"
    assert (await scene.lead(lead["id"]))["status"] == "open"


async def test_letter_is_to_an_agency_and_about_its_own_lead(scene: SupervisionScene) -> None:
    lead = await scene.suspected()
    police = {"agency": office("county-police").code}
    assert await refusal_of(scene.issue(**police)) == "not_found"
    assert await refusal_of(scene.issue(lead_id=str(uuid4()))) == "not_found"
    other = {"case_number": "别的案件", "lead_id": str(lead["id"])}
    assert await refusal_of(scene.issue(**other)) == "not_found"


async def test_opinion_to_penalise_needs_no_case_of_the_register(scene: SupervisionScene) -> None:
    lead = await scene.suspected()
    receipt = await scene.issue(kind="penalty_opinion", case_number="示检不诉〔2026〕3号")
    assert (await scene.row(receipt.supervision_id))["lead_ids"] == []
    known = await scene.issue(kind="penalty_opinion")
    assert (await scene.row(known.supervision_id))["lead_ids"] == []
    assert (await scene.lead(lead["id"]))["status"] == "open"


async def test_same_bytes_get_the_same_receipt_and_other_bytes_are_refused(
    scene: SupervisionScene,
) -> None:
    await scene.suspected()
    raw = scene.letter(letter_id="mine-1")
    first = await scene.cases.acts.supervise(raw)
    again = await scene.cases.acts.supervise(raw)
    assert (again.receipt, again.repeated) == (first.receipt, True)
    assert again.supervision_id == first.supervision_id
    assert await refusal_of(scene.issue(letter_id="mine-1", text="另一份")) == "letter_id_reused"
    assert await scene.chain.count("supervisions") == 1


async def test_same_letter_sent_many_times_at_once_is_one(scene: SupervisionScene) -> None:
    await scene.suspected()
    raw = scene.letter()
    answers = await asyncio.gather(*(scene.cases.acts.supervise(raw) for _ in range(6)))
    assert len({one.receipt for one in answers}) == 1
    assert sum(not one.repeated for one in answers) == 1
    assert await scene.chain.count("supervisions") == 1
    assert await scene.tallies("opinions_issued") == {"opinions_issued": 1}


async def test_letter_of_tomorrow_is_refused(scene: SupervisionScene) -> None:
    at = scene.chain.clock.now() + timedelta(hours=1)
    with pytest.raises(Refusal) as caught:
        await scene.issue(issued_at=at.isoformat())
    assert caught.value.faults[0].pointer == "/issued_at"


async def test_refused_letter_leaves_a_line_and_nothing_else(scene: SupervisionScene) -> None:
    assert await refusal_of(scene.issue("county-police")) == "not_permitted"
    [line] = await scene.chain.journal("document.refused", "supervision.issued")
    assert (line["action"], line["actor"]) == ("document.refused", office("county-police").code)


async def test_dismissed_lead_keeps_the_reason_and_stays_until_its_facts_change(
    scene: SupervisionScene,
) -> None:
    lead = await scene.suspected()
    receipt = await scene.dismiss(lead["id"])
    assert (receipt.status, receipt.supervision_id) == ("dismissed", None)
    row = await scene.lead(lead["id"])
    async with scene.chain.uow.begin() as records:
        kept = await records.leads.get(lead["id"])
    assert kept is not None
    assert (row["status"], kept.reason) == ("dismissed", "请依法移送。")
    assert "请依法移送。".encode() not in row["reason"]
    [line] = await scene.chain.journal("lead.dismissed")
    assert (line["subject_id"], line["agency_code"]) == (lead["id"], None)
    assert await scene.tallies("lead:X2") == {}
    await scene.suspected(facts=sold(190_000), recorded_at=moment(1))
    assert (await scene.lead(lead["id"]))["status"] == "open"


async def test_closed_lead_is_not_dismissed_again(scene: SupervisionScene) -> None:
    lead = await scene.suspected()
    await scene.dismiss(lead["id"])
    assert await refusal_of(scene.dismiss(lead["id"])) == "illegal_move"
    assert await refusal_of(scene.dismiss(uuid4())) == "not_found"
    assert await refusal_of(_dismissal(scene, "no-id")) == "not_found"


def _dismissal(scene: SupervisionScene, lead_id: str) -> Any:
    return scene.issue(kind="dismissal", lead_id=lead_id, agency=None, case_number=None)


async def test_lead_under_a_letter_is_dismissed_only_after_its_outcome(
    scene: SupervisionScene,
) -> None:
    lead = await scene.suspected()
    receipt = await scene.issue()
    assert await refusal_of(scene.dismiss(lead["id"], "county-justice")) == "illegal_move"
    await scene.close(receipt.supervision_id, "adopted")
    assert (await scene.lead(lead["id"]))["status"] == "supervised"
    assert (await scene.dismiss(lead["id"], "county-justice")).status == "dismissed"


@pytest.mark.parametrize("result", ["not_adopted", "withdrawn"])
async def test_letter_that_came_to_nothing_opens_the_lead_again(
    scene: SupervisionScene, result: str
) -> None:
    lead = await scene.suspected()
    receipt = await scene.issue()
    closed = await scene.close(receipt.supervision_id, result)
    assert (closed.status, closed.supervision_id) == ("closed", receipt.supervision_id)
    assert (await scene.lead(lead["id"]))["status"] == "open"
    row = await scene.row(receipt.supervision_id)
    assert (row["outcome"], row["status"]) == (result, "closed")
    assert "lead.reopened" in {line["action"] for line in await scene.chain.journal()}


async def test_lead_stays_supervised_while_another_letter_runs(scene: SupervisionScene) -> None:
    lead = await scene.suspected()
    opinion = await scene.issue()
    await scene.issue("county-justice", kind="supervisory_letter")
    await scene.close(opinion.supervision_id, "withdrawn")
    assert (await scene.lead(lead["id"]))["status"] == "supervised"


async def test_supervision_is_ended_once_and_by_its_own_office(scene: SupervisionScene) -> None:
    await scene.suspected()
    receipt = await scene.issue()
    stranger = scene.close(receipt.supervision_id, "adopted", "city-procuratorate")
    assert await refusal_of(stranger) == "not_found"
    assert await refusal_of(scene.close("no-id", "adopted")) == "not_found"
    assert await refusal_of(scene.close(str(uuid4()), "adopted")) == "not_found"
    await scene.close(receipt.supervision_id, "adopted")
    assert await refusal_of(scene.close(receipt.supervision_id, "withdrawn")) == "illegal_move"


async def test_transfer_of_the_case_closes_the_lead_by_itself(scene: SupervisionScene) -> None:
    lead = await scene.suspected()
    await scene.issue()
    packet = {
        "case_number": CASE,
        "title": "案",
        "cause": "销售伪劣产品",
        "sector": "market_supervision",
    }
    await scene.chain.send(case={**packet, "division": "339921"})
    await scene.register.detection.follow()
    assert (await scene.lead(lead["id"]))["status"] == "transferred"


async def test_reply_by_may_not_lengthen_what_the_law_fixes(scene: SupervisionScene) -> None:
    at = scene.chain.clock.now()
    much_later = (at + timedelta(days=90)).isoformat()
    with pytest.raises(Refusal) as caught:
        await scene.issue(kind="penalty_opinion", reply_by=much_later)
    assert caught.value.faults[0].pointer == "/reply_by"
    sooner = (at + timedelta(days=20)).isoformat()
    assert (await scene.issue(kind="penalty_opinion", reply_by=sooner)).status == "issued"
    assert (await scene.issue(kind="transfer_opinion", reply_by=much_later)).status == "issued"


async def test_letter_waits_for_the_rule_book_that_was_switched_on(
    scene: SupervisionScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.suspected()
    moved = [RuleBookMovedError("sha-256:other")]
    hold = type(scene.register.casework).hold

    async def held(casework: Any, records: Any, keys: Any) -> Any:
        if moved:
            raise moved.pop()
        return await hold(casework, records, keys)

    monkeypatch.setattr(type(scene.register.casework), "hold", held)
    assert (await scene.issue()).status == "issued"
    assert scene.register.fetched == 1
    moved += [RuleBookMovedError("sha-256:other")] * 9
    assert await refusal_of(scene.issue()) == "overloaded"


async def test_key_of_another_office_signs_nothing(scene: SupervisionScene) -> None:
    raw = scene.letter(office=office("city-procuratorate").code)
    assert await refusal_of(scene.cases.acts.supervise(raw)) == "signer_mismatch"
    assert key_of("city-procuratorate") != key_of("county-procuratorate")


async def test_every_signed_document_is_kept_sealed(scene: SupervisionScene) -> None:
    await scene.suspected()
    raw = scene.letter()
    answered = await scene.cases.acts.supervise(raw)
    row = await scene.pool.fetchrow("SELECT * FROM supervision_letters")
    assert raw not in row["sealed"]
    async with scene.chain.uow.begin() as records:
        assert await records.supervisions.letter_of(UUID(str(answered.supervision_id))) == raw
        assert await records.supervisions.letter_of(uuid4()) is None


async def test_act_on_an_older_state_is_stale_and_its_repeat_is_not(
    scene: SupervisionScene,
) -> None:
    lead = await scene.suspected()
    letter = scene.letter(lead_id=str(lead["id"]))
    dismissal = scene.letter(
        kind="dismissal", lead_id=str(lead["id"]), agency=None, case_number=None
    )
    for raw in (letter, dismissal):
        with pytest.raises(Refusal, match="stale"):
            await scene.cases.acts.supervise(raw, seen_move=lead["move"] + 1)

    answered = await scene.cases.acts.supervise(letter, seen_move=lead["move"])
    assert (await scene.cases.acts.supervise(letter, seen_move=lead["move"])).repeated

    outcome = scene.letter(
        kind="outcome",
        supervision_id=str(answered.supervision_id),
        result="withdrawn",
        agency=None,
        case_number=None,
    )
    with pytest.raises(Refusal, match="stale"):
        await scene.cases.acts.supervise(outcome, seen_move=9)
    await scene.cases.acts.supervise(outcome, seen_move=1)
