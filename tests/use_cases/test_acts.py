"""Acts: a decision at a desk is one signed document, through the use cases that systems use, and takes effect once."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts import jws
from contracts.document import parse
from contracts.report import Report
from service.domain.act_forms import FormFaults
from service.domain.claims import ClaimedError, Subject
from service.domain.errors import OutcomeUnknownError, Refusal
from service.domain.staff import Seat, StaffRole
from tests.support.chain import Chain
from tests.support.desk import DeskScene
from tests.support.offices import office

MISSING = ["检验报告原件", "涉案物品照片"]


@pytest.fixture
async def desk(chain: Chain) -> DeskScene:
    desk = DeskScene(chain)
    for slug in ("county-procuratorate", "county-police"):
        await desk.enrol(slug)
    return desk


@pytest.fixture
async def lin(desk: DeskScene) -> Seat:
    return await desk.seat("county-procuratorate", "lin")


@pytest.fixture
async def qin(desk: DeskScene) -> Seat:
    return await desk.seat("county-police", "qin")


async def kinds(desk: DeskScene, seat: Seat, transfer_id: UUID) -> set[str]:
    return set((await desk.reading(seat).offered(seat, Subject.TRANSFER, transfer_id)).kinds)


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


# what is broken off


async def test_crash_after_signing_is_made_good_by_the_round(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    drafted = await desk.draft(lin, transfer_id, "supplement_requested", reason="缺少检验报告")
    desk.faults.before = [ConnectionResetError()]
    with pytest.raises(ConnectionResetError):
        await desk.acts.confirm(lin, drafted.id)
    assert (await desk.row(drafted.id))["signed"]
    assert await desk.chain.count("reports") == 0

    assert await desk.acts.recover() == 0  # it has its time to itself first
    desk.chain.clock.advance(seconds=31)
    assert await desk.acts.recover() == 1
    assert (await desk.row(drafted.id))["outcome"] == "done"
    assert await desk.chain.count("reports") == 1
    assert len(await desk.chain.journal("desk.decided")) == 1
    assert await desk.acts.recover() == 0


@pytest.mark.parametrize("mend", ["confirm", "recover"])
async def test_lost_answer_takes_effect_once(desk: DeskScene, lin: Seat, mend: str) -> None:
    transfer_id = await desk.taken(lin)
    drafted = await desk.draft(lin, transfer_id, "supplement_requested", reason="缺少检验报告")
    desk.faults.after = [ConnectionResetError()]
    with pytest.raises(ConnectionResetError):
        await desk.acts.confirm(lin, drafted.id)
    assert await desk.chain.count("reports") == 1

    if mend == "confirm":
        assert (await desk.acts.confirm(lin, drafted.id)).is_done
    else:
        desk.chain.clock.advance(minutes=1)
        assert await desk.acts.recover() == 1
    row = await desk.row(drafted.id)
    assert (row["outcome"], row["receipt"] is not None) == ("done", True)
    assert await desk.chain.count("reports") == 1


async def test_commit_that_nobody_knows_of_is_asked_again(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    drafted = await desk.draft(lin, transfer_id, "opinion", reason="请及时受案")
    desk.faults.after = [OutcomeUnknownError()]
    assert (await desk.acts.confirm(lin, drafted.id)).is_done
    assert len(desk.faults.calls) == 2
    assert desk.faults.calls[0] == desk.faults.calls[1]
    assert await desk.chain.count("reports") == 1


async def test_outcome_that_stays_unknown_is_left_open(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    drafted = await desk.draft(lin, transfer_id, "opinion", reason="请及时受案")
    desk.faults.before = [OutcomeUnknownError(), OutcomeUnknownError()]
    with pytest.raises(OutcomeUnknownError):
        await desk.acts.confirm(lin, drafted.id)
    assert (await desk.row(drafted.id))["settled_at"] is None
    assert (await desk.acts.confirm(lin, drafted.id)).is_done


async def test_refusal_that_passes_leaves_the_act_open(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    drafted = await desk.draft(lin, transfer_id, "opinion", reason="请及时受案")
    desk.faults.before = [Refusal("overloaded")]
    with pytest.raises(Refusal, match="overloaded"):
        await desk.acts.confirm(lin, drafted.id)
    desk.chain.clock.advance(minutes=1)
    desk.faults.before = [Refusal("overloaded")]
    assert await desk.acts.recover() == 0
    assert await desk.acts.recover() == 1


async def test_double_click_takes_effect_once(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    drafted = await desk.draft(lin, transfer_id, "supplement_requested", reason="缺少检验报告")
    done = await asyncio.gather(*(desk.acts.confirm(lin, drafted.id) for _ in range(4)))
    assert {act.outcome for act in done} == {"done"}
    assert len({act.digest for act in done}) == len({act.receipt for act in done}) == 1
    assert len(await desk.chain.journal("desk.decided")) == 1
    assert await desk.chain.count("reports") == 1


async def test_clicking_again_after_the_end_changes_nothing(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    done = await desk.act(lin, transfer_id, "supplement_requested", reason="缺少检验报告")
    calls = len(desk.faults.calls)
    assert await desk.acts.confirm(lin, done.id) == done
    assert await desk.acts.redraft(lin, done.id, 99) == done
    assert len(desk.faults.calls) == calls


# older states


async def test_two_who_collide_lose_nothing(desk: DeskScene, lin: Seat, qin: Seat) -> None:
    """The police accept while the prosecutor types: he is told, keeps his text, and goes on upon what is now."""
    transfer_id = await desk.taken(lin)
    await desk.taking.take(qin, transfer_id)
    drafted = await desk.draft(lin, transfer_id, "opinion", reason="请依法及时受案。")
    await desk.act(qin, transfer_id, "accepted")

    with pytest.raises(Refusal, match="stale"):
        await desk.acts.confirm(lin, drafted.id)
    assert (await desk.row(drafted.id))["signed"] is None
    check = await desk.reading(lin).check(lin, drafted.id)
    assert (check.is_fresh, check.is_possible) == (False, True)
    assert (check.status_then, check.matter.status) == ("delivered", "accepted")
    assert "report.received" in [line.entry.action for line in check.since]
    assert check.act.form["reason"] == ("请依法及时受案。",)

    again = await desk.acts.redraft(lin, drafted.id, check.matter.move)
    assert (await desk.acts.confirm(lin, again.id)).is_done


async def test_report_that_changes_no_status_makes_an_older_screen_stale_all_the_same(
    desk: DeskScene, lin: Seat, qin: Seat
) -> None:
    transfer_id = await desk.taken(lin)
    await desk.taking.take(qin, transfer_id)
    await desk.act(qin, transfer_id, "supplement_requested", reason="缺少检验报告")
    drafted = await desk.draft(lin, transfer_id, "opinion", reason="请依法及时受案。")
    await desk.act(qin, transfer_id, "supplement_requested", reason="缺少扣押清单")

    with pytest.raises(Refusal, match="stale"):
        await desk.acts.confirm(lin, drafted.id)
    check = await desk.reading(lin).check(lin, drafted.id)
    assert not check.is_fresh
    assert check.status_then == check.matter.status
    assert [line.entry.action for line in check.since if line.move] == ["report.received"]


async def test_move_between_signing_and_the_use_case_is_found_under_its_lock(
    desk: DeskScene, lin: Seat, qin: Seat
) -> None:
    transfer_id = await desk.taken(lin)
    await desk.taking.take(qin, transfer_id)
    drafted = await desk.draft(lin, transfer_id, "opinion", reason="请依法及时受案。")
    desk.faults.before = [ConnectionResetError()]
    with pytest.raises(ConnectionResetError):
        await desk.acts.confirm(lin, drafted.id)
    await desk.act(qin, transfer_id, "accepted")

    ended = await desk.acts.confirm(lin, drafted.id)
    assert (ended.outcome, ended.receipt) == ("stale", None)
    assert await desk.chain.count("reports") == 1
    again = await desk.acts.redraft(lin, drafted.id, await desk.move(transfer_id))
    assert (again.id != drafted.id, (await desk.acts.confirm(lin, again.id)).is_done) == (
        True,
        True,
    )


async def test_form_of_an_older_page_is_kept_and_shows_the_difference(
    desk: DeskScene, lin: Seat, qin: Seat
) -> None:
    transfer_id = await desk.taken(lin)
    seen = await desk.move(transfer_id)
    await desk.taking.take(qin, transfer_id)
    await desk.act(qin, transfer_id, "filed", document_number="示公立〔2026〕1号")
    drafted = await desk.draft(
        lin, transfer_id, "supplement_requested", seen_move=seen, reason="缺少检验报告"
    )
    check = await desk.reading(lin).check(lin, drafted.id)
    assert (check.is_fresh, check.is_possible) == (False, False)
    assert check.act.form["reason"] == ("缺少检验报告",)


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
    assert await kinds(desk, seat, transfer_id) == set()
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


# what is offered


async def test_police_are_offered_the_steps_of_their_case(desk: DeskScene, qin: Seat) -> None:
    transfer_id = await desk.taken(qin)
    before = {"accepted", "forwarded", "supplement_requested", "filed", "not_filed"}
    assert await kinds(desk, qin, transfer_id) == {"acknowledge", "refuse", *before}
    await desk.act(qin, transfer_id, "acknowledge")
    assert await kinds(desk, qin, transfer_id) == before
    await desk.act(qin, transfer_id, "accepted")
    assert await kinds(desk, qin, transfer_id) == before - {"accepted"}
    await desk.act(qin, transfer_id, "not_filed", reason="没有犯罪事实")
    assert await kinds(desk, qin, transfer_id) == {"filed", "notified", "closed"}


async def test_prosecutors_are_offered_supervision_of_filing(
    desk: DeskScene, lin: Seat, qin: Seat
) -> None:
    transfer_id = await desk.taken(lin)
    await desk.taking.take(qin, transfer_id)
    await desk.act(qin, transfer_id, "not_filed", reason="没有犯罪事实")
    assert {"reasons_demanded", "opinion"} <= await kinds(desk, lin, transfer_id)
    await desk.act(lin, transfer_id, "reasons_demanded", reason="请说明不立案的理由")
    assert "reasons_given" in await kinds(desk, qin, transfer_id)
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


@pytest.mark.parametrize(
    ("kind", "given", "faults"),
    [
        ("accepted", {"happened_at": "2026-11-23T10:30"}, {"happened_at": "in_the_future"}),
        ("accepted", {"happened_at": "gestern"}, {"happened_at": "not_a_moment"}),
        ("accepted", {"happened_at": "0001-01-01T10:00"}, {"happened_at": "not_a_moment"}),
        ("not_filed", {}, {"reason": "missing"}),
        ("not_filed", {"reason": "x" * 8001}, {"reason": "too_long"}),
        ("not_filed", {"reason": "a\u202eb"}, {"reason": "sign"}),
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
    assert "extended" in await kinds(desk, officer, transfer_id)
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
    assert await kinds(desk, lin, transfer_id) == set()


async def test_office_that_is_no_addressee_has_no_transfers(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    shen = await desk.seat("county-justice", "shen", StaffRole.CHIEF)
    with pytest.raises(Refusal, match="not_found"):
        await desk.draft(shen, transfer_id, "opinion", seen_move=1, reason="x")


async def test_what_a_form_has_beside_its_fields_is_not_kept(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    drafted = await desk.draft(lin, transfer_id, "opinion", reason="a\r\nb", office="x", kind2="y")
    assert drafted.form == {"reason": ("a\nb",)}
