"""Answers to posts: a page that loses nothing typed, whether the session has ended or the text is far too long."""

import re
from html import unescape

import pytest

from tests.support.chain import HeldClock
from tests.support.desk_pages import (
    PROSECUTOR,
    draft,
    move_in,
)
from tests.support.pages import Visitor

TYPED = "请补充检验报告原件。\n直接送我院。"


async def test_language_is_changed_at_the_answer_to_a_post_too(
    lin: Visitor, zhou: Visitor, case: str
) -> None:
    wrong = await draft(lin, case, "supplement_requested", reason=" ")
    assert (wrong.status, wrong.way_back) == (422, case)
    seen = await lin.post("/preferences", language="en", next=wrong.way_back)
    assert (seen.status, seen.path) == (200, case)
    move = move_in(await zhou.get(case))
    await lin.post(f"{case}/claim")
    claimed = await zhou.post(f"{case}/acts", kind="opinion", seen_move=move, reason=TYPED)
    assert (claimed.status, claimed.way_back) == (409, case)
    nothing = await lin.post("/desk/views/1/delete")
    assert (nothing.status, nothing.way_back) == (404, "/desk")


@pytest.mark.parametrize(
    ("told", "back"),
    [
        ("{url}/desk?state=near&q=%E7%83%9F", "/desk?state=near&q=%E7%83%9F"),
        ("{url}{case}?from=%2Fboard", "{case}?from=%2Fboard"),
        ("{url}{case}/acts", "{case}"),
        ("{url}/nowhere", "{case}"),
        ("{url}//evil.example/", "{case}"),
        ("https://evil.example/desk", "{case}"),
        ("http://[", "{case}"),
    ],
)
async def test_answer_to_a_post_is_left_for_the_page_of_ours_that_it_was_posted_from(
    lin: Visitor, case: str, told: str, back: str
) -> None:
    headers = {"Referer": told.format(url=lin.url, case=case)}
    seen = await lin.post(f"{case}/acts", kind="opinion", seen_move="", headers=headers)
    assert (seen.status, seen.way_back) == (400, back.format(case=case))


async def test_session_that_has_ended_gives_back_what_was_typed(
    lin: Visitor, case: str, clock: HeldClock
) -> None:
    move = move_in(await lin.get(case))
    clock.advance(minutes=31)
    text = f"{TYPED}</textarea><b>"
    fields = {"kind": "supplement_requested", "seen_move": move, "next": "/desk", "reason": text}
    missing = [("missing", "照片"), ("missing", "清单"), ("missing_more", " ")]
    seen = await lin.post(f"{case}/acts", missing, **fields)
    assert seen.status == 401
    assert "登录已结束，请重新登录" in seen.words
    assert "JWT" not in seen.words
    assert f'href="/sign-in?next={case}"' in seen.text
    kept = re.findall(r"<textarea [^>]*readonly>([^<]*)</textarea>", seen.text)
    assert [unescape(one) for one in kept] == ["照片\n清单", text]
    assert seen.headers["Cache-Control"] == "no-store"
    back = await lin.post("/sign-in/demo", person=PROSECUTOR, next=case)
    assert (back.status, back.path) == (200, case)


@pytest.mark.parametrize("path", ["corrections", "take-over"])
async def test_ended_session_leads_back_to_where_the_form_stood(
    lin: Visitor, case: str, clock: HeldClock, path: str
) -> None:
    clock.advance(minutes=31)
    headers = {"Referer": f"{lin.url}{case}?part=facts"}
    seen = await lin.post(f"{case}/{path}", reason="误录", headers=headers)
    assert seen.status == 401
    assert f'href="/sign-in?next={case}%3Fpart%3Dfacts"' in seen.text
    assert ">误录</textarea>" in seen.text


async def test_ended_session_with_a_form_that_cannot_be_read_still_leads_to_the_sign_in_page(
    lin: Visitor, case: str, clock: HeldClock
) -> None:
    clock.advance(minutes=31)
    headers = {"Accept-Language": "en"}
    seen = await lin.post(f"{case}/acts", reason="\x00", headers=headers)
    assert seen.status == 401
    assert "Your session has ended: please sign in again" in seen.words
    assert f'href="/sign-in?next={case}"' in seen.text
    assert "<textarea" not in seen.text


async def test_text_that_is_far_too_long_comes_back_with_its_fault(lin: Visitor, case: str) -> None:
    text = "补" * 30_000
    seen = await draft(lin, case, "supplement_requested", reason=text)
    assert seen.status == 422
    assert "文字过长" in seen.words
    assert f"{text}</textarea>" in seen.text


async def test_form_that_is_too_large_to_be_read_is_told_to_a_person(
    lin: Visitor, case: str
) -> None:
    seen = await draft(lin, case, "supplement_requested", reason="补" * 120_000)
    assert (seen.status, seen.way_back) == (413, case)
    assert "请用浏览器的“后退”回到表单" in seen.words
    assert "材料上传" not in seen.words
    assert "bytes" not in seen.words
