"""Acts: a decision at a desk is one signed document, through the use cases that systems use, by whoever may decide."""

from uuid import uuid4

import pytest

from contracts import jws
from contracts.document import parse
from contracts.report import Report
from service.domain.act_forms import FormFaults
from service.domain.claims import ClaimedError, Subject
from service.domain.errors import Refusal
from service.domain.staff import Seat, StaffRole
from tests.support.chain import Chain
from tests.support.desk import DeskScene

MISSING = ["检验报告原件", "涉案物品照片"]


async def test_acknowledgement_of_a_desk_is_the_office_s_own(desk: DeskScene, qin: Seat) -> None:
    transfer_id = await desk.taken(qin)
    done = await desk.act(qin, transfer_id, "acknowledge", reference="示公受〔2026〕1号")

    [line] = await desk.chain.journal("acknowledgement.received")
    assert (line["actor"], line["data"]["digest"]) == (qin.office.code, done.digest)
    [decided] = await desk.chain.journal("desk.decided")
    assert decided["data"] == {
        "staff": str(qin.staff_id),
        "act": str(done.id),
        "kind": "acknowledge",
        "digest": done.digest,
    }
    status = await desk.chain.pool.fetchval(
        "SELECT status FROM dispatches WHERE office_code = $1", qin.office.code
    )
    assert status == "acknowledged"
    assert done.receipt is not None
    assert await desk.chain.pool.fetchval("SELECT met_at FROM deadlines WHERE clock = 'P01'")
    assert desk.brought_up[-1] == transfer_id


async def test_refusal_at_a_desk_says_why(desk: DeskScene, qin: Seat) -> None:
    transfer_id = await desk.taken(qin)
    with pytest.raises(FormFaults) as told:
        await desk.draft(qin, transfer_id, "refuse", reason=" ")
    assert told.value.faults == {"reason": "missing"}
    await desk.act(qin, transfer_id, "refuse", reason="不属于本机关管辖")
    assert (
        await desk.chain.pool.fetchval(
            "SELECT status FROM dispatches WHERE office_code = $1", qin.office.code
        )
        == "refused"
    )


async def test_prosecutor_asks_for_a_supplement_in_the_words_that_were_typed(
    desk: DeskScene, lin: Seat
) -> None:
    transfer_id = await desk.taken(lin)
    done = await desk.act(
        lin,
        transfer_id,
        "supplement_requested",
        missing_more="\n".join(MISSING),
        reason="请在补齐后重新报送。\n附原件核对。",
    )
    signed = await desk.acts._do(done)  # the same bytes again
    assert signed.repeated
    raw = desk.faults.calls[0]
    report = parse(Report, jws.open_envelope(raw).payload)
    assert (report.report_id, report.missing) == (str(done.id), MISSING)
    assert report.reason == "请在补齐后重新报送。\n附原件核对。"
    assert await desk.chain.status(str(transfer_id)) == "supplement_requested"
    assert await desk.chain.count("reports") == 1


async def test_draft_signs_nothing_and_claims_the_case(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    drafted = await desk.draft(lin, transfer_id, "opinion", reason="请依法及时受案。")
    row = await desk.row(drafted.id)
    assert (row["signed"], row["settled_at"]) == (None, None)
    assert "请依法".encode() not in row["sealed"]
    assert await desk.chain.count("reports") == 0
    assert await desk.chain.pool.fetchval("SELECT staff_id FROM desk_claims") == lin.staff_id


async def test_another_s_claim_stops_a_draft_and_a_take_over_with_a_reason_lets_it_through(
    desk: DeskScene, lin: Seat
) -> None:
    zhou = await desk.seat("county-procuratorate", "zhou")
    transfer_id = await desk.taken(lin)
    mine = await desk.draft(lin, transfer_id, "opinion", reason="甲")
    with pytest.raises(ClaimedError):
        await desk.draft(zhou, transfer_id, "opinion", reason="乙")
    theirs = await desk.draft(zhou, transfer_id, "opinion", reason="乙", over="林检察官休假")
    with pytest.raises(ClaimedError):
        await desk.acts.confirm(lin, mine.id)
    assert (await desk.acts.confirm(zhou, theirs.id)).is_done
    assert await desk.chain.count("reports") == 1


# who may


async def test_office_without_a_key_keeps_the_draft_and_signs_nothing(chain: Chain) -> None:
    desk = DeskScene(chain)
    kid = (await desk.enrol("county-procuratorate")).kid
    lin = await desk.seat("county-procuratorate")
    transfer_id = await desk.taken(lin)
    drafted = await desk.draft(lin, transfer_id, "opinion", reason="请及时受案")
    await chain.pool.execute("UPDATE office_keys SET revoked_at = now() WHERE kid = $1", kid)
    await chain.pool.execute("UPDATE registry_version SET version = version + 1")
    await chain.reload()
    with pytest.raises(Refusal, match="no_desk_key"):
        await desk.acts.confirm(lin, drafted.id)
    await desk.enrol("county-procuratorate")
    assert (await desk.acts.confirm(lin, drafted.id)).is_done


async def test_key_revoked_after_signing_takes_no_effect(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    drafted = await desk.draft(lin, transfer_id, "opinion", reason="请及时受案")
    desk.faults.before = [ConnectionResetError()]
    with pytest.raises(ConnectionResetError):
        await desk.acts.confirm(lin, drafted.id)
    await desk.revoke_keys()
    assert (await desk.acts.confirm(lin, drafted.id)).outcome == "key_revoked"
    assert await desk.chain.count("reports") == 0


@pytest.mark.parametrize("kind", ["opinion", "acknowledge"])
async def test_key_revoked_after_a_lost_answer_does_not_undo_what_took_effect(
    desk: DeskScene, lin: Seat, kind: str
) -> None:
    transfer_id = await desk.taken(lin)
    given = {"reason": "请及时受案"} if kind == "opinion" else {}
    drafted = await desk.draft(lin, transfer_id, kind, **given)
    desk.faults.after = [ConnectionResetError()]
    with pytest.raises(ConnectionResetError):
        await desk.acts.confirm(lin, drafted.id)
    await desk.revoke_keys()
    desk.chain.clock.advance(minutes=1)
    assert await desk.acts.recover() == 1
    row = await desk.row(drafted.id)
    receipt = await desk.chain.pool.fetchval(
        "SELECT digest FROM documents WHERE kind = 'receipt' AND subject <> transfer_id"
    )
    assert (row["outcome"], row["receipt"]) == ("done", receipt)


@pytest.mark.parametrize("role", [StaffRole.AUDITOR, StaffRole.OPERATOR, StaffRole.SUPERVISOR])
async def test_who_does_not_decide_drafts_nothing(
    desk: DeskScene, lin: Seat, role: StaffRole
) -> None:
    transfer_id = await desk.taken(lin)
    seat = await desk.seat("county-procuratorate", "xu", role)
    assert await desk.kinds(seat, transfer_id) == set()
    with pytest.raises(Refusal, match="not_permitted"):
        await desk.draft(seat, transfer_id, "opinion", reason="x")


async def test_act_of_another_is_not_found(desk: DeskScene, lin: Seat, qin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    drafted = await desk.draft(lin, transfer_id, "opinion", reason="x")
    zhou = await desk.seat("county-procuratorate", "zhou")
    for seat in (qin, zhou):
        for asked in (
            desk.acts.confirm(seat, drafted.id),
            desk.acts.redraft(seat, drafted.id, 1),
            desk.reading(seat).check(seat, drafted.id),
        ):
            with pytest.raises(Refusal, match="not_found"):
                await asked
    await desk.acts.confirm(lin, drafted.id)
    assert await desk.reading(qin).done(qin, drafted.id) is None
    assert (await desk.reading(zhou).done(zhou, drafted.id)) is not None
    with pytest.raises(Refusal, match="not_found"):
        await desk.acts.confirm(lin, uuid4())


async def test_transfer_of_another_office_is_not_found(desk: DeskScene) -> None:
    stranger = await desk.seat("other-procuratorate", "lin2")
    lin = await desk.seat("county-procuratorate")
    transfer_id = await desk.taken(lin)
    with pytest.raises(Refusal, match="not_found"):
        await desk.draft(stranger, transfer_id, "opinion", seen_move=1, reason="x")
    with pytest.raises(Refusal, match="not_found"):
        await desk.reading(stranger).offered(stranger, Subject.TRANSFER, transfer_id)


async def test_acts_are_read_by_their_office_alone_whatever_the_query_says(
    desk: DeskScene, lin: Seat, qin: Seat
) -> None:
    transfer_id = await desk.taken(lin)
    drafted = await desk.draft(lin, transfer_id, "opinion", reason="x")
    async with desk.reading(qin).reading.begin() as records:
        assert await records.acts.find(drafted.id) is None
        assert await records.claims.find(lin.office.code, transfer_id) is None
    async with desk.reading(lin).reading.begin() as records:
        assert await records.acts.find(drafted.id) is not None
