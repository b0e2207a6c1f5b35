"""Acts on leads and letters: 检察意见, 督办函, dismissal and outcome, signed at a desk."""

from typing import Any
from uuid import UUID

import pytest

from contracts import jws
from contracts.document import parse
from contracts.supervision import Supervision
from service.domain.act_forms import FormFaults
from service.domain.claims import Subject
from service.domain.errors import Refusal
from service.domain.staff import Seat, StaffRole
from tests.support.chain import Chain
from tests.support.desk import DeskScene
from tests.support.supervision import CASE

LEAD, LETTER = Subject.LEAD, Subject.SUPERVISION


@pytest.fixture
async def desk(chain: Chain) -> DeskScene:
    desk = DeskScene(chain)
    for slug in ("county-procuratorate", "county-justice"):
        await desk.enrol(slug, mailbox=False)
    return desk


@pytest.fixture
async def lin(desk: DeskScene) -> Seat:
    return await desk.seat("county-procuratorate", "lin")


@pytest.fixture
async def shen(desk: DeskScene) -> Seat:
    return await desk.seat("county-justice", "shen", StaffRole.SUPERVISOR)


async def kinds(desk: DeskScene, seat: Seat, subject: Subject, subject_id: UUID) -> set[str]:
    return set((await desk.reading(seat).offered(seat, subject, subject_id)).kinds)


def signed(desk: DeskScene) -> Supervision:
    return parse(Supervision, jws.open_envelope(desk.faults.calls[-1]).payload)


async def letter_id(desk: DeskScene) -> UUID:
    return await desk.chain.pool.fetchval("SELECT id FROM supervisions")


async def test_office_is_offered_the_letters_that_it_may_issue(
    desk: DeskScene, lin: Seat, shen: Seat
) -> None:
    lead = (await desk.supervision.suspected())["id"]
    assert await kinds(desk, lin, LEAD, lead) == {
        *("reasons_demand", "transfer_opinion", "penalty_opinion", "dismissal"),
    }
    assert await kinds(desk, shen, LEAD, lead) == {
        *("reasons_demand", "supervisory_letter", "supervision_opinion"),
        *("supervision_decision", "dismissal"),
    }


async def test_letter_begins_with_a_draft_out_of_the_evidence(desk: DeskScene, lin: Seat) -> None:
    lead = (await desk.supervision.suspected())["id"]
    reading = desk.reading(lin)
    matter = (await reading.offered(lin, LEAD, lead)).matter
    filled = reading.offer(lin, matter, "transfer_opinion").filled
    [text] = filled["text"]
    for part in (
        *("示例县市场监督管理局", CASE, "销售金额：90,000元", "《中华人民共和国刑法》第一百四十条"),
        *("请依法将该案移送公安机关", "第7条"),
    ):
        assert part in text
    assert filled["reply_by"] == ("2026-12-08",)
    assert reading.offer(lin, matter, "dismissal").filled == {}


async def test_letter_is_issued_and_moves_the_lead(desk: DeskScene, lin: Seat) -> None:
    lead = (await desk.supervision.suspected())["id"]
    done = await desk.act(
        lin,
        lead,
        "transfer_opinion",
        subject=LEAD,
        text="请移送。",
        document_number="示检意〔2026〕1号",
    )
    letter = signed(desk)
    assert (letter.letter_id, letter.lead_id) == (str(done.id), str(lead))
    assert (letter.case_number, letter.text) == (CASE, "请移送。")
    assert (await desk.supervision.lead(lead))["status"] == "supervised"
    assert "dismissal" not in await kinds(desk, lin, LEAD, lead)
    [line] = await desk.chain.journal("desk.decided")
    assert (line["subject_id"], line["agency_code"]) == (lead, None)


async def test_day_of_the_reply_is_its_last_moment_and_lies_ahead(
    desk: DeskScene, lin: Seat
) -> None:
    lead = (await desk.supervision.suspected())["id"]
    given: dict[str, Any] = {"subject": LEAD, "text": "请移送。"}
    for day, code in (
        ("2026-11-22", "in_the_past"),
        ("soon", "not_a_day"),
        ("9999-12-31", "not_a_day"),
    ):
        with pytest.raises(FormFaults) as told:
            await desk.draft(lin, lead, "transfer_opinion", reply_by=day, **given)
        assert told.value.faults == {"reply_by": code}
    await desk.act(lin, lead, "transfer_opinion", reply_by="2026-12-31", **given)
    assert str(signed(desk).reply_by) == "2027-01-01 00:00:00+08:00"


async def test_letter_lengthens_no_time_that_the_law_fixes(desk: DeskScene, lin: Seat) -> None:
    lead = (await desk.supervision.suspected())["id"]
    with pytest.raises(FormFaults) as told:
        await desk.draft(
            lin, lead, "penalty_opinion", subject=LEAD, text="请处罚。", reply_by="2027-12-31"
        )
    assert told.value.faults == {"reply_by": "too_late"}


async def test_lead_is_put_aside_with_a_reason(desk: DeskScene, shen: Seat) -> None:
    lead = (await desk.supervision.suspected())["id"]
    with pytest.raises(FormFaults):
        await desk.draft(shen, lead, "dismissal", subject=LEAD)
    await desk.act(shen, lead, "dismissal", subject=LEAD, text="已另案处理。")
    assert (await desk.supervision.lead(lead))["status"] == "dismissed"
    assert await kinds(desk, shen, LEAD, lead) == set()


async def test_letter_whose_answer_was_lost_took_effect_although_its_key_was_revoked_then(
    desk: DeskScene, lin: Seat
) -> None:
    lead = (await desk.supervision.suspected())["id"]
    drafted = await desk.draft(lin, lead, "transfer_opinion", subject=LEAD, text="请移送。")
    desk.faults.after = [ConnectionResetError()]
    with pytest.raises(ConnectionResetError):
        await desk.acts.confirm(lin, drafted.id)
    await desk.revoke_keys()
    settled = await desk.acts.confirm(lin, drafted.id)
    assert settled.is_done
    assert settled.receipt is not None


async def test_letter_ends_by_its_own_office(desk: DeskScene, lin: Seat, shen: Seat) -> None:
    lead = (await desk.supervision.suspected())["id"]
    await desk.act(lin, lead, "transfer_opinion", subject=LEAD, text="请移送。")
    letter = await letter_id(desk)
    with pytest.raises(Refusal, match="not_found"):
        await kinds(desk, shen, LETTER, letter)
    assert await kinds(desk, lin, LETTER, letter) == {"outcome"}
    with pytest.raises(FormFaults) as told:
        await desk.draft(lin, letter, "outcome", subject=LETTER, result="maybe", text="x")
    assert told.value.faults == {"result": "unknown_choice"}
    await desk.act(lin, letter, "outcome", subject=LETTER, result="withdrawn", text="已补充材料。")
    assert await kinds(desk, lin, LETTER, letter) == set()
    assert (await desk.supervision.lead(lead))["status"] == "open"


async def test_lead_that_moved_meanwhile_is_stale(desk: DeskScene, lin: Seat, shen: Seat) -> None:
    lead = (await desk.supervision.suspected())["id"]
    drafted = await desk.draft(lin, lead, "transfer_opinion", subject=LEAD, text="请移送。")
    await desk.act(shen, lead, "supervisory_letter", subject=LEAD, text="请核查。")
    with pytest.raises(Refusal, match="stale"):
        await desk.acts.confirm(lin, drafted.id)
    check = await desk.reading(lin).check(lin, drafted.id)
    assert "lead.supervised" in [line.entry.action for line in check.since]
    again = await desk.acts.redraft(lin, drafted.id, check.matter.move)
    assert (await desk.acts.confirm(lin, again.id)).is_done
    assert await desk.chain.count("supervisions") == 2


async def test_lead_outside_the_jurisdiction_is_not_found(desk: DeskScene) -> None:
    lead = (await desk.supervision.suspected())["id"]
    stranger = await desk.seat("other-procuratorate", "lin2")
    with pytest.raises(Refusal, match="not_found"):
        await desk.draft(stranger, lead, "dismissal", subject=LEAD, seen_move=1, text="x")


async def test_check_says_who_gets_a_letter_and_which_time_then_runs(
    desk: DeskScene, lin: Seat
) -> None:
    lead = (await desk.supervision.suspected())["id"]
    reading = desk.reading(lin)
    letter = await desk.draft(lin, lead, "transfer_opinion", subject=LEAD, text="请移送。")
    check = await reading.check(lin, letter.id)
    assert [office.name for office in check.addressees] == ["示例县市场监督管理局"]
    assert check.foretold.reply is not None
    dismissal = await desk.draft(lin, lead, "dismissal", subject=LEAD, text="不成立。")
    check = await reading.check(lin, dismissal.id)
    assert (check.addressees, check.foretold.reply) == ((), None)
    assert (await desk.acts.confirm(lin, letter.id)).is_done
    ending = await desk.draft(
        lin, await letter_id(desk), "outcome", subject=LETTER, result="adopted", text="已采纳。"
    )
    assert [one.name for one in (await reading.check(lin, ending.id)).addressees] == [
        "示例县市场监督管理局"
    ]


async def test_draft_that_time_has_overtaken_says_where(desk: DeskScene, lin: Seat) -> None:
    lead = (await desk.supervision.suspected())["id"]
    drafted = await desk.draft(
        lin, lead, "transfer_opinion", subject=LEAD, text="请移送。", reply_by="2026-11-24"
    )
    desk.chain.clock.advance(days=3)
    check = await desk.reading(lin).check(lin, drafted.id)
    assert (check.document, check.faults) == (None, {"reply_by": "in_the_past"})
    with pytest.raises(FormFaults):
        await desk.acts.confirm(lin, drafted.id)
    assert (await desk.row(drafted.id))["signed"] is None


async def test_lead_without_a_clause_has_a_draft_too(desk: DeskScene, lin: Seat) -> None:
    lead = (await desk.supervision.suspected())["id"]
    await desk.chain.pool.execute("UPDATE leads SET evidence = '{}'")
    reading = desk.reading(lin)
    matter = (await reading.offered(lin, LEAD, lead)).matter
    [text] = reading.offer(lin, matter, "reasons_demand").filled["text"]
    assert "存在应当移送而未移送的情形。" in text
    assert "《行政执法机关移送涉嫌犯罪案件的规定》第14条" in text
