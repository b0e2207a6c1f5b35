"""Pages behind the board: a lead with its evidence, letters, what was taken out, and appraisal."""

import html
import re
import threading
from io import BytesIO
from uuid import UUID

import asyncpg
import pytest
from python_calamine import CalamineWorkbook

from adapters.web.board import exports, lists
from tests.support.offices import office
from tests.support.pages import Visitor
from tests.support.register import case, firm, sold
from tests.support.supervision import CASE, SupervisionScene


async def actions_of(pool: asyncpg.Pool, subject_id: UUID) -> list[str]:
    rows = await pool.fetch(
        "SELECT action FROM journal WHERE subject_id = $1 ORDER BY recorded_in, id", subject_id
    )
    return [row["action"] for row in rows]


async def test_list_says_of_each_lead_what_it_rests_on(
    visitor: Visitor, scene: SupervisionScene
) -> None:
    await scene.suspected()
    words = (await visitor.get("/leads?detector=X2")).words
    for word in (
        "以行政处罚代替移送",
        CASE,
        office("market").name,
        "生产、销售伪劣产品罪",
        "销售金额 90,000元，标准 50,000元，达到 180%",
        "已作行政处罚",
        "超期",
        "待处理",
    ):
        assert word in words
    assert "达到追诉标准而未移送 " + CASE not in words


async def test_filters_are_tags_that_can_be_taken_away(
    visitor: Visitor, scene: SupervisionScene
) -> None:
    await scene.suspected()
    seen = await visitor.get(
        "/leads?detector=X1&detector=X2&overdue=1&score=10&sector=market_supervision&after=100.00000000-0000-0000-0000-000000000000"
    )
    tags = seen.text.partition('class="plain tags"')[2].partition("</ul>")[0]
    assert tags.count("<li>") == 5
    assert (
        'href="/leads?detector=X1&amp;overdue=1&amp;score=10&amp;sector=market_supervision"' in tags
    )
    assert "after" not in tags
    for query in (
        "detector=X99",
        "status=x",
        "score=101",
        "score=x",
        "division=33a",
        "after=1",
        "list=x",
        "age=1",
    ):
        assert (await visitor.get(f"/leads?{query}")).status == 400, query


async def test_pages_of_a_list_miss_nothing(visitor: Visitor, scene: SupervisionScene) -> None:
    await scene.register.take(*(case(facts=sold(60_000 + 100 * n)) for n in range(60)))
    seen = await visitor.get("/leads?list=never")
    assert "60 件" in seen.words
    found = {*_numbers(seen.text)}
    assert len(found) == 50
    following = seen.text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    found |= {*_numbers((await visitor.get(following)).text)}
    assert len(found) == 60


async def test_case_is_listed_by_whichever_of_its_leads_is_asked_for(
    visitor: Visitor, scene: SupervisionScene
) -> None:
    await scene.suspected()
    for detector in ("X1", "X2"):
        seen = await visitor.get(f"/leads?list=never&detector={detector}")
        assert len(_numbers(seen.text)) == 1, detector
        assert "1 件" in seen.words
    assert len(_numbers((await visitor.get("/leads?list=never&detector=X1&detector=X2")).text)) == 1


async def test_silent_that_never_came_are_paged_too(
    visitor: Visitor, scene: SupervisionScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PAGE", 3)
    await scene.pool.execute("DELETE FROM register_feeds")
    path: str | None = "/silence"
    found: list[str] = []
    while path:
        seen = await visitor.get(path)
        assert seen.status == 200
        found += re.findall(r'<th scope="row">([^<]+)</th>', seen.text)
        path = html.unescape(seen.text.partition('rel="next" href="')[2].partition('"')[0]) or None
    assert len(found) == len({*found}) > 3
    assert f"{len(found)} 家" in seen.words


def _numbers(text: str) -> list[str]:
    return [part.partition('"')[0] for part in text.split('<a href="/leads/')[1:]]


async def test_values_of_facts_are_told_in_words(
    visitor: Visitor, scene: SupervisionScene, pool: asyncpg.Pool
) -> None:
    facts = {"food_danger_situation": "gravely_over_limit", "food_over_limit": True}
    await scene.register.take(case(cause="经营不符合安全标准的食品", facts=facts))
    leads = await pool.fetch("SELECT id FROM leads WHERE evidence -> 'facts' IS NOT NULL")
    assert leads
    for lead in leads:
        words = (await visitor.get(f"/leads/{lead['id']}")).words
        assert "严重超出标准限量" in words
        assert "gravely_over_limit" not in words


async def test_lead_is_shown_whole_and_reading_it_leaves_a_line(
    visitor: Visitor, scene: SupervisionScene, pool: asyncpg.Pool
) -> None:
    lead = await scene.suspected()
    receipt = await scene.issue(lead_id=str(lead["id"]))
    seen = await visitor.get(f"/leads/{lead['id']}")
    for word in (
        "销售金额",
        "90,000元",
        "50,000元",
        "180%",
        "期限怎样计算",
        "起算",
        "计入",
        "本案的其他线索",
        "检察意见书（移送）",
        "平台没有收到本案的移送",
        "打开登记记录",
        "监督中",
    ):
        assert word in seen.words, word
    assert f"/letters/{receipt.supervision_id}" in seen.text
    assert "lead.read" in await actions_of(pool, lead["id"])
    assert "测试公司" not in seen.words


async def test_record_is_opened_only_when_asked_and_with_a_line(
    visitor: Visitor, scene: SupervisionScene, pool: asyncpg.Pool
) -> None:
    lead = await scene.suspected(party=firm(7))
    case_id = await pool.fetchval("SELECT id FROM cases")
    await visitor.get(f"/leads/{lead['id']}")
    assert "record.read" not in await actions_of(pool, case_id)
    seen = await visitor.get(f"/leads/{lead['id']}?record=1")
    assert "测试公司7" in seen.words
    assert "处罚决定日期" in seen.words
    [line] = await pool.fetch("SELECT * FROM journal WHERE action = 'record.read'")
    assert line["subject_id"] == case_id
    assert line["agency_code"] is None
    assert line["data"]["case_number"] == CASE


async def test_lead_of_split_cases_names_them_all(
    visitor: Visitor, scene: SupervisionScene, pool: asyncpg.Pool
) -> None:
    split = [case(party=firm(7), facts=sold(20_000), penalty=None) for _ in range(3)]
    await scene.register.take(*split)
    lead_id = await pool.fetchval("SELECT id FROM leads WHERE detector = 'X5' LIMIT 1")
    words = (await visitor.get(f"/leads/{lead_id}")).words
    for record in split:
        assert record["case_number"] in words
    assert "合计 销售金额 60,000元" in words


async def test_undetermined_cases_name_the_facts_that_would_settle_them(
    visitor: Visitor, scene: SupervisionScene
) -> None:
    await scene.register.take(case(facts={"substandard_product": True}))
    words = (await visitor.get("/undetermined")).words
    assert "达到追诉标准而未移送：" in words
    assert "销售金额" in words
    assert "没有因缺少事实" in (await visitor.get("/undetermined?detector=X9")).words


async def test_lead_and_letter_lead_back_to_the_list_as_it_was_narrowed(
    visitor: Visitor, scene: SupervisionScene
) -> None:
    lead = await scene.suspected()
    await scene.issue(lead_id=str(lead["id"]))
    for listed in ("/leads?status=supervised&own=1", "/letters?own=1&state=waiting"):
        rows = await visitor.get(listed)
        [path] = {*re.findall(r'href="(/(?:leads|letters)/[0-9a-f-]{36}[^"]*)"', rows.text)}
        seen = await visitor.get(html.unescape(path))
        assert f'class="back no-print"><a href="{html.escape(listed)}"' in seen.text
    for elsewhere in ("//evil.example/", "https://evil.example/", "x" * 3000):
        seen = await visitor.get(f"/leads/{lead['id']}?from={elsewhere}")
        assert 'class="back no-print"><a href="/leads"' in seen.text


async def test_letter_is_shown_with_its_answer_and_can_be_taken_out_as_it_was_signed(
    visitor: Visitor, scene: SupervisionScene
) -> None:
    await scene.suspected()
    raw = scene.letter("county-procuratorate", text="请于期限内移送。")
    answered = await scene.cases.acts.supervise(raw)
    assert answered.receipt
    supervision_id = await scene.pool.fetchval("SELECT id FROM supervisions")
    path = f"/letters/{supervision_id}"
    before = (await visitor.get(path)).words
    assert "请于期限内移送。" in before
    assert "待签收" in before
    assert "尚未回复" in before
    await scene.reply(str(supervision_id), "explained", text="已查明并说明。")
    after = (await visitor.get(path)).words
    for word in (
        "已回复，待定结果",
        "已说明",
        "已查明并说明。",
        "监督机关：确定监督结果",
        "期限怎样计算",
    ):
        assert word in after, word
    async with visitor._session.get(f"{visitor.url}{path}/document") as document:
        assert await document.read() == raw
        assert (
            document.headers["Content-Disposition"]
            == f'attachment; filename="{supervision_id}.jws"'
        )


async def test_files_for_outside_have_no_case_number_and_no_evidence_in_words(
    visitor: Visitor, scene: SupervisionScene, pool: asyncpg.Pool
) -> None:
    await scene.suspected()
    inside = await download(visitor, external="no", format="csv", query="list=never")
    outside = await download(visitor, external="yes", format="csv", query="list=never")
    assert CASE in inside.decode("utf-8-sig")
    assert "180%" in inside.decode("utf-8-sig")
    assert CASE not in outside.decode("utf-8-sig")
    assert "180%" not in outside.decode("utf-8-sig")
    assert len(outside.decode("utf-8-sig").splitlines()) == 2
    lines = await pool.fetch(
        "SELECT actor, data FROM journal WHERE action = 'desk.exported' ORDER BY recorded_in, id"
    )
    told = [line["data"] for line in lines]
    assert [(one["list"], one["rows"], one["external"]) for one in told] == [
        ("leads", 1, False),
        ("leads", 1, True),
    ]
    assert all(one["kid"].startswith("desk:") for one in told)


@pytest.mark.parametrize("fields", [{}, {"external": "yes", "format": "pdf"}, {"format": "csv"}])
async def test_nothing_is_taken_out_before_it_is_said_for_whom(
    visitor: Visitor, fields: dict[str, str]
) -> None:
    assert (await visitor.post("/leads/export", **fields)).status == 400


async def test_workbook_opens(visitor: Visitor, scene: SupervisionScene) -> None:
    await scene.suspected()
    content = await download(visitor, external="no", format="xlsx", query="")
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    rows = book.get_sheet_by_name("线索").to_python()
    assert rows[0][0] == "线索"
    assert len(rows) == 1 + await scene.pool.fetchval(
        "SELECT count(*) FROM leads WHERE status = 'open'"
    )


async def test_file_is_written_beside_what_others_are_answered(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bool] = []

    def write(_: object) -> bytes:
        written.append(threading.current_thread() is threading.main_thread())
        return b"PK"

    monkeypatch.setattr(exports, "to_xlsx", write)
    assert await download(visitor, external="no", format="xlsx", query="") == b"PK"
    assert await download(visitor, "/appraisal/export", format="xlsx") == b"PK"
    assert written == [False, False]


async def download(visitor: Visitor, path: str = "/leads/export", **fields: str) -> bytes:
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with visitor._session.post(
        f"{visitor.url}{path}", data=fields, headers=headers
    ) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        return await answer.read()


async def test_appraisal_shows_both_numbers_and_ranks_nobody(
    visitor: Visitor, scene: SupervisionScene, pool: asyncpg.Pool
) -> None:
    await scene.register.take(case(facts=sold(90_000)), case())
    seen = await visitor.get("/appraisal?month=2026-10")
    codes = sorted(
        one["code"] for one in await pool.fetch("SELECT code FROM offices WHERE kind = 'agency'")
    )
    places = [seen.text.index(f"row-{code}") for code in codes]
    assert places == sorted(places)
    for word in ("移送率", "0 / 1", "件数少", "不作单位之间的排名", "上年同期"):
        assert word in seen.words, word
    for query in ("by=region", "by=sector", "by=region&level=county", "months=12"):
        assert (await visitor.get(f"/appraisal?{query}")).status == 200
    for query in ("by=x", "month=2026-13", "months=0", "months=99", "level=x"):
        assert (await visitor.get(f"/appraisal?{query}")).status == 400
    content = await download(
        visitor, "/appraisal/export", format="xlsx", month="2026-10", by="office"
    )
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    assert book.sheet_names == ["指标", "走势", "件数", "说明"]
    [line] = await pool.fetch("SELECT data FROM journal WHERE action = 'desk.exported'")
    assert line["data"]["list"] == "appraisal"
