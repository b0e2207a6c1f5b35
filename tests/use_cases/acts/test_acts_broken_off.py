"""Acts that are broken off take effect once, and acts on an older state not at all: neither loses what was typed."""

import asyncio

import pytest

from service.domain.errors import OutcomeUnknownError, Refusal
from service.domain.staff import Seat
from tests.support.desk import DeskScene


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


async def test_act_that_cannot_be_opened_keeps_no_other_from_being_settled(
    desk: DeskScene, lin: Seat
) -> None:
    drafts = []
    for number in (1, 2):
        transfer_id = await desk.taken(lin, number)
        drafts.append(await desk.draft(lin, transfer_id, "opinion", reason="请及时受案"))
        desk.faults.before = [OutcomeUnknownError(), OutcomeUnknownError()]
        with pytest.raises(OutcomeUnknownError):
            await desk.acts.confirm(lin, drafts[-1].id)
    broken, whole = drafts
    await desk.chain.pool.execute("UPDATE desk_acts SET sealed = $1 WHERE id = $2", b"", broken.id)
    desk.chain.clock.advance(minutes=1)
    with pytest.raises(ExceptionGroup) as told:
        await desk.acts.recover()
    assert [f"act {broken.id}"] == [note for one in told.value.exceptions for note in one.__notes__]
    assert (await desk.row(whole.id))["outcome"] == "done"


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
