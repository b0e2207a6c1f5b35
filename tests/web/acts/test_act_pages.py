"""Deciding at a page: three screens, a banner that stays, and nothing typed is lost whatever is in the way."""

from uuid import UUID

import pytest

from adapters.main import Running
from tests.support.case_pages import CaseScene
from tests.support.chain import HeldClock
from tests.support.desk_pages import (
    AUDITOR,
    PROSECUTOR,
    decide,
    draft,
    enrol_desk,
    link_to,
    move_in,
    sign_in,
)
from tests.support.pages import Visitor

TYPED = "请补充检验报告原件。\n直接送我院。"


async def test_to_open_a_case_at_a_desk_is_to_have_it(lin: Visitor, case: str) -> None:
    seen = await lin.get(case)
    assert "出具回执" in seen.words
    assert "无人办理" in seen.words


async def test_page_that_is_fetched_and_not_looked_at_has_been_received_by_nobody(
    lin: Visitor, case: str
) -> None:
    for seen in (
        await lin.get(case, **{"Sec-Purpose": "prefetch;prerender"}),
        await lin.head(case),
    ):
        assert seen.status == 200
        assert "出具回执" not in seen.words
    assert "出具回执" in (await lin.get(case)).words


async def test_auditor_reads_and_decides_nothing(
    running: Running, case: str, scene: CaseScene
) -> None:
    async with Visitor(running.url) as visitor:
        await sign_in(visitor, AUDITOR)
        seen = await visitor.get(case)
        assert seen.status == 200
        assert "出具回执" not in seen.words
        assert "领取" not in seen.words
        assert (await visitor.post(f"{case}/claim")).status == 403
        assert (await visitor.post(f"{case}/acts", kind="opinion", seen_move="1")).status == 403
    taken = await running.ground.pool.fetchval("SELECT count(delivered_at) FROM dispatches")
    assert taken == 0


async def test_decision_takes_three_screens_and_its_banner_stays(lin: Visitor, case: str) -> None:
    check = await draft(lin, case, "supplement_requested", reason=TYPED, missing_more="照片\n清单")
    for text in (
        *("核对：通知补充材料", "直接送我院", "照片", "清单", "示例县人民检察院", "林检察官2"),
        *("示例县市场监督管理局", "示例县公安局", "案件状态变为：待补充材料"),
        "没有条文规定检察院要求补充材料的期限",
        "supplement_requested",
    ):
        assert text in check.words, text
    done = await lin.post(link_to(check, "/desk/acts/[0-9a-f-]+/confirm"))
    assert done.path.startswith(f"{case}?done=")
    for text in ("已办理：通知补充材料", "林检察官2 于 2026-11-23 10:00 签署", "下一步 移送机关"):
        assert text in done.words, text
    assert "平台回单摘要 sha-256:" in done.words
    assert "已办理" in (await lin.get(done.path)).words


async def test_what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost(
    lin: Visitor, case: str
) -> None:
    seen = await draft(
        lin,
        case,
        "supplement_requested",
        reason=" ",
        missing_more="照片\n清单",
        document_number="示〔2026〕1号",
    )
    assert seen.status == 422
    assert "还有 1 处需要修改" in seen.words
    assert "此项必须填写" in seen.words
    assert "照片\n清单</textarea>" in seen.text
    assert 'value="示〔2026〕1号"' in seen.text
    move = move_in(seen)
    again = await lin.post(
        f"{case}/acts",
        kind="supplement_requested",
        seen_move=move,
        reason=TYPED,
        missing_more="照片",
    )
    assert "核对" in again.words


async def test_check_leads_back_to_the_form_as_it_was_filled(lin: Visitor, case: str) -> None:
    check = await draft(lin, case, "opinion", reason=TYPED, document_number="示检意〔2026〕1号")
    seen = await lin.get(link_to(check, "/desk/acts/[0-9a-f-]+/edit"))
    assert seen.status == 200
    assert f"{TYPED}</textarea>" in seen.text
    assert 'value="示检意〔2026〕1号"' in seen.text


async def test_confirming_again_and_going_back_end_in_the_same_banner(
    lin: Visitor, case: str, running: Running
) -> None:
    check = await draft(lin, case, "supplement_requested", reason=TYPED)
    confirm = link_to(check, "/desk/acts/[0-9a-f-]+/confirm")
    first = await lin.post(confirm)
    assert (await lin.post(confirm)).path == first.path
    assert (await lin.get(check.path)).path == first.path
    assert await running.ground.pool.fetchval("SELECT count(*) FROM reports") == 1


async def test_two_collide_and_the_second_goes_on_with_what_he_typed(
    lin: Visitor, qin: Visitor, case: str
) -> None:
    check = await draft(lin, case, "opinion", reason=TYPED)
    assert "已办理" in (await decide(qin, case, "accepted")).words
    seen = await lin.post(link_to(check, "/desk/acts/[0-9a-f-]+/confirm"))
    assert seen.status == 412
    for text in (
        *("案件已有变化", "您看到时", "已受案", "示例县公安局", "收到办理反馈：受案"),
        *("直接送我院", "按现在的情况继续"),
    ):
        assert text in seen.words, text
    assert (await lin.get(seen.path)).status == 412
    again = await lin.post(link_to(seen, "/desk/acts/[0-9a-f-]+/redraft"), seen_move=move_in(seen))
    assert "核对：提出检察意见" in again.words
    done = await lin.post(link_to(again, "/desk/acts/[0-9a-f-]+/confirm"))
    assert "已办理：提出检察意见" in done.words


async def test_what_an_agency_reported_meanwhile_is_told_in_words(
    lin: Visitor, scene: CaseScene, case: str
) -> None:
    transfer_id = UUID(case.rpartition("/")[2])
    await scene.tell(transfer_id, "county-police", "not_filed", reason="没有犯罪事实")
    check = await draft(lin, case, "opinion", reason=TYPED)
    await scene.tell(transfer_id, "market", "supervision_suggested", reason="应当立案")
    seen = await lin.post(link_to(check, "/desk/acts/[0-9a-f-]+/confirm"))
    assert seen.status == 412
    assert "收到办理反馈：建议立案监督" in seen.words


async def test_step_that_is_not_possible_any_more_says_so(
    lin: Visitor, qin: Visitor, case: str
) -> None:
    check = await draft(lin, case, "supplement_requested", reason=TYPED)
    await decide(qin, case, "filed")
    seen = await lin.post(link_to(check, "/desk/acts/[0-9a-f-]+/confirm"))
    assert seen.status == 412
    assert "案件现状不允许此步骤" in seen.words
    assert "按现在的情况继续" not in seen.words
    assert "直接送我院" in seen.words


async def test_case_that_another_works_on_is_taken_over_with_what_was_typed(
    lin: Visitor, zhou: Visitor, case: str
) -> None:
    move = move_in(await zhou.get(case))
    await lin.post(f"{case}/claim")
    seen = await zhou.post(f"{case}/acts", kind="opinion", seen_move=move, reason=TYPED)
    assert seen.status == 409
    assert "林检察官2 自 10:00 起办理，领取有效至 10:30" in seen.words
    assert TYPED in seen.text.replace("&#10;", "\n")
    fields = {"kind": "opinion", "seen_move": move, "reason": TYPED}
    without = await zhou.post(f"{case}/acts", over="", **fields)
    assert "接手必须说明理由" in without.words
    assert TYPED in without.text
    turned = await zhou.post(f"{case}/acts", over="休\u202e假", **fields)
    assert "含有不能使用的控制字符" in turned.words
    assert 'value="休\u202e假"' in turned.text
    held = await zhou.post(f"{case}/take-over", reason="休\u202e假")
    assert held.status == 422
    assert "含有不能使用的控制字符" in held.words
    assert 'value="休\u202e假"' in held.text
    check = await zhou.post(f"{case}/acts", over="林检察官休假", **fields)
    assert "核对：提出检察意见" in check.words
    done = await zhou.post(link_to(check, "/desk/acts/[0-9a-f-]+/confirm"))
    assert "自 林检察官2 接手" in done.words


async def test_taken_over_between_check_and_confirmation(
    lin: Visitor, zhou: Visitor, case: str
) -> None:
    check = await draft(lin, case, "opinion", reason=TYPED)
    await zhou.post(f"{case}/take-over", reason="急件")
    seen = await lin.post(link_to(check, "/desk/acts/[0-9a-f-]+/confirm"))
    assert "周检察官2 自" in seen.words
    assert 'id="confirm"' not in seen.text
    back = await lin.post(f"{case}/take-over", reason="我的案件", next=seen.path)
    assert back.path == seen.path
    assert "已办理" in (await lin.post(link_to(back, "/desk/acts/[0-9a-f-]+/confirm"))).words


async def test_claim_is_taken_released_and_told(lin: Visitor, zhou: Visitor, case: str) -> None:
    seen = await lin.post(f"{case}/claim", next=f"{case}?from=status%3Dopen")
    assert seen.path == f"{case}?from=status%3Dopen"
    assert "由我办理" in seen.words
    second = await zhou.post(f"{case}/claim")
    assert second.status == 409
    assert "林检察官2 自 10:00 起办理" in second.words
    assert "他人办理中" in (await zhou.get(case)).words
    no_reason = await zhou.post(f"{case}/take-over", reason=" ")
    assert no_reason.status == 422
    assert "无人办理" in (await lin.post(f"{case}/release")).words
    assert "由我办理" in (await zhou.post(f"{case}/claim")).words


async def test_reading_one_s_own_case_renews_the_claim(
    lin: Visitor, zhou: Visitor, case: str, clock: HeldClock
) -> None:
    await lin.post(f"{case}/claim")
    clock.advance(minutes=20)
    await zhou.get(case)
    await lin.get(case)
    clock.advance(minutes=20)
    assert "他人办理中" in (await zhou.get(case)).words
    clock.advance(minutes=29)
    assert "无人办理" in (await zhou.get(case)).words


async def test_claim_leads_nowhere_else(lin: Visitor, case: str) -> None:
    seen = await lin.post(f"{case}/claim", next="//evil.example/", follow=False)
    assert (seen.status, seen.path) == (303, case)


async def test_office_without_a_key_is_told_and_offered_nothing(
    running: Running, scene: CaseScene
) -> None:
    await running.ground.pool.execute(
        "UPDATE office_keys SET revoked_at = now() WHERE starts_with(kid, 'desk-')"
    )
    await running.ground.pool.execute("UPDATE registry_version SET version = version + 1")
    await running.ground.registry.refresh()
    case = f"/desk/transfers/{await scene.post()}"
    async with Visitor(running.url) as visitor:
        await sign_in(visitor, PROSECUTOR)
        seen = await visitor.get(case)
        assert "尚未开通页面签署" in seen.words
        assert "提出检察意见" not in seen.words
        check = await visitor.post(f"{case}/acts", kind="opinion", seen_move="1", reason=TYPED)
        assert "内容已保存，尚未签署" in check.words
        act = check.path
        assert "尚未开通" in (await visitor.post(f"{act}/confirm")).words
        await enrol_desk(running, "county-procuratorate")
        assert "已办理" in (await visitor.post(f"{act}/confirm")).words


async def test_act_of_another_office_or_person_is_not_there(
    lin: Visitor, zhou: Visitor, qin: Visitor, case: str
) -> None:
    check = await draft(lin, case, "opinion", reason=TYPED)
    for visitor in (zhou, qin):
        for asked in (
            visitor.get(check.path),
            visitor.get(f"{check.path}/edit"),
            visitor.post(f"{check.path}/confirm"),
            visitor.post(f"{check.path}/redraft", seen_move="1"),
        ):
            seen = await asked
            assert seen.status == 404
            assert TYPED not in seen.text
    for path in ("/desk/acts/nonsense", "/desk/acts/00000000-0000-7000-8000-000000000000"):
        assert (await lin.get(path)).status == 404


async def test_banner_of_another_case_is_not_shown(
    lin: Visitor, case: str, scene: CaseScene
) -> None:
    done = await decide(lin, case, "opinion", reason=TYPED)
    other = f"/desk/transfers/{await scene.post(2)}"
    query = done.path.partition("?")[2]
    assert "已办理" not in (await lin.get(f"{other}?{query}")).words
    assert (await lin.get(f"{case}?done=nonsense")).status == 200


@pytest.mark.parametrize("move", ["", "x", "-1", "1" * 30])
async def test_form_that_does_not_say_what_was_seen_is_refused(
    lin: Visitor, case: str, move: str
) -> None:
    seen = await lin.post(f"{case}/acts", kind="opinion", seen_move=move, reason="x")
    assert seen.status == 400


async def test_pages_of_acts_speak_english(lin: Visitor, case: str) -> None:
    await lin.post("/preferences", language="en", next="/account")
    assert "Ask for a supplement" in (await lin.get(case)).words
    check = await draft(lin, case, "supplement_requested", reason=TYPED)
    assert "Check: Ask for a supplement" in check.words
    assert "No article sets a time" in check.words
