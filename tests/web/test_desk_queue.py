"""The queue as a page: what a desk sees of it, in whichever role, without scripts."""

import csv
import re
from collections.abc import AsyncIterator
from io import BytesIO, StringIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import asyncpg
import pytest
from python_calamine import CalamineWorkbook

from adapters.main import Running
from adapters.web.desk.words import DESK_WORDS
from adapters.web.pages import words
from contracts.flags import flag_codes
from tests.support.case_pages import CaseScene
from tests.support.chain import HeldClock
from tests.support.packets import NOW, packet
from tests.support.pages import Seen, Visitor, pages_platform

DESK, CHIEF, AUDITOR, ELSEWHERE = "lin2", "he2", "xu2", "lin3"
NUMBER = "示市监案〔2026〕{}号"


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOW)


@pytest.fixture
async def running(database: str, tmp_path: Path, clock: HeldClock) -> AsyncIterator[Running]:
    async with pages_platform(database, tmp_path, clock) as running:
        yield running


@pytest.fixture
async def scene(running: Running) -> CaseScene:
    return CaseScene(running)


async def sign_in(visitor: Visitor, person: str) -> None:
    seen = await visitor.post("/sign-in/demo", person=person, next="/account")
    assert seen.status == 200, seen.words


@pytest.fixture
async def visitor(running: Running) -> AsyncIterator[Visitor]:
    async with Visitor(running.url) as visitor:
        await sign_in(visitor, DESK)
        yield visitor


async def arrive(scene: CaseScene, number: int, title: str = "某某食品店销售不合格电线案") -> UUID:
    """Have a case come, and its row into the queue."""
    transfer_id = await scene.post(number, case=packet(number)["case"] | {"title": title})
    await scene.running.use_cases.queue_keeping.follow()
    return transfer_id


async def follow(running: Running) -> None:
    await running.use_cases.queue_keeping.follow()


def numbers(seen: Seen) -> list[str]:
    """The cases of a page, in its order."""
    return re.findall(r'class="open" href="[^"]*">([^<]*)<', seen.text)


async def test_row_says_what_there_is_to_know(visitor: Visitor, scene: CaseScene) -> None:
    transfer_id = await arrive(scene, 1)
    await scene.acknowledge(transfer_id)
    await scene.tell(transfer_id, "county-police", "accepted")
    await follow(scene.running)
    seen = await visitor.get("/desk")
    assert seen.status == 200
    for text in (
        *(NUMBER.format(1), "某某食品店销售不合格电线案", "测试人员", "示例县市场监督管理局"),
        *("生产、销售伪劣产品罪", "达到标准", "已受案", "接收机关：决定是否立案"),
        *("2026-11-26", "剩余 3 个工作日", "3 个工作日内", "1 件未办结", "未读", "领取", "抄送"),
    ):
        assert text in seen.words, text
    assert re.search(r'from=%23t-[0-9a-f-]{36}#deadline-[0-9a-f-]{36}"', seen.text)
    assert "None" not in seen.words
    assert "style=" not in seen.text
    assert seen.text.count("<h1") == 1


async def test_words_follow_the_clock(visitor: Visitor, scene: CaseScene, clock: HeldClock) -> None:
    transfer_id = await arrive(scene, 1)
    await scene.acknowledge(transfer_id)
    await scene.tell(transfer_id, "county-police", "accepted")
    await follow(scene.running)
    for days, told, group in (
        (3, "今日 24:00 到期", "今日到期"),
        (1, "超期 1 个工作日", "已超期"),
        (7, "超期 6 个工作日", "严重超期"),
    ):
        clock.advance(days=days)
        await sign_in(visitor, DESK)
        seen = await visitor.get("/desk")
        assert told in seen.words
        assert re.search(rf"<h3[^>]*>{group}", seen.text)


async def test_address_is_the_state_and_each_filter_a_tag_that_can_be_removed(
    visitor: Visitor, scene: CaseScene
) -> None:
    await arrive(scene, 1)
    await arrive(scene, 2, "销售假药案")
    seen = await visitor.get("/desk?q=假药&role=copy&claimed=nobody&from=2026-11-23")
    assert numbers(seen) == [NUMBER.format(2)]
    for tag in ("检索： 假药", "移送或者抄送： 抄送", "承办： 无人领取", "收到不早于： 2026-11-23"):
        assert tag in seen.words
    without = re.search(r'class="tag" href="([^"]*)"[^>]*><span class="faint">检索', seen.text)
    assert without
    back = await visitor.get(without[1].replace("&amp;", "&"))
    assert len(numbers(back)) == 2
    assert "q=" not in back.path
    assert 'id="f-role-copy" checked' in back.text


async def test_link_to_a_case_knows_the_way_back_to_its_row(
    visitor: Visitor, scene: CaseScene
) -> None:
    transfer_id = await arrive(scene, 1)
    seen = await visitor.get("/desk?status=dispatching&q=电线")
    link = re.search(r'class="open" href="([^"]*)"', seen.text)
    assert link
    origin = parse_qs(urlsplit(link[1].replace("&amp;", "&")).query)["from"][0]
    back = await visitor.get(f"/desk?{origin.partition('#')[0]}")
    assert numbers(back) == [NUMBER.format(1)]
    assert origin.endswith(f"#t-{transfer_id}")
    assert f'id="t-{transfer_id}"' in back.text


async def test_exact_number_opens_its_case(visitor: Visitor, scene: CaseScene) -> None:
    transfer_id = await arrive(scene, 1)
    await arrive(scene, 2)
    seen = await visitor.get("/desk?q=示市监案（2026）1号", follow=False)
    assert (seen.status, urlsplit(seen.path).path) == (303, f"/desk/transfers/{transfer_id}")
    assert (await visitor.get("/desk?q=示市监案", follow=False)).status == 200


@pytest.mark.parametrize("narrowed", ["", "&role=copy&from=2026-11-23"])
async def test_way_back_from_an_exact_number_leads_to_the_list(
    visitor: Visitor, scene: CaseScene, narrowed: str
) -> None:
    await arrive(scene, 1)
    await arrive(scene, 2)
    case = await visitor.get(f"/desk?q=示市监案（2026）1号{narrowed}")
    link = re.search(r'<a href="([^"]*)"[^>]*>[^<]*返回列表', case.text)
    assert link
    assert "q=" not in link[1]
    back = await visitor.get(link[1].replace("&amp;", "&"), follow=False)
    assert (back.status, len(numbers(back))) == (200, 2)
    assert ('id="f-role-copy" checked' in back.text) == bool(narrowed)


async def test_nothing_found_says_so_and_offers_a_way_out(
    visitor: Visitor, scene: CaseScene
) -> None:
    await arrive(scene, 1)
    seen = await visitor.get("/desk?q=鲸鱼")
    assert "没有符合条件的案件" in seen.words
    assert "清除筛选条件" in seen.words
    assert "0 件" in seen.words


async def test_search_without_a_word_says_that_there_is_nothing_to_search_for(
    visitor: Visitor, scene: CaseScene
) -> None:
    await arrive(scene, 1)
    seen = await visitor.get("/desk?q=！！！")
    assert numbers(seen) == []
    assert "没有可检索的文字" in seen.words
    assert "检索： ！！！" in seen.words
    assert "没有符合条件的案件" not in seen.words


async def test_claimed_case_says_by_whom_and_since_when(
    visitor: Visitor, scene: CaseScene, running: Running
) -> None:
    transfer_id = await arrive(scene, 1)
    await running.ground.pool.execute(
        "INSERT INTO desk_claims SELECT r.office_code, $1, 'transfer', s.id, $2::timestamptz, $2::timestamptz + interval '4 hours'"
        " FROM staff s JOIN staff_roles r ON r.staff_id = s.id WHERE s.subject = $3 LIMIT 1",
        *(transfer_id, NOW, DESK),
    )
    mine = await visitor.get("/desk")
    assert "领取于 2026-11-23 10:00" in mine.words
    assert re.search("<h3[^>]*>我领取的", mine.text)
    async with Visitor(running.url) as chief:
        await sign_in(chief, CHIEF)
        theirs = await chief.get("/desk")
        assert "林检察官2 领取于 2026-11-23 10:00" in theirs.words
        assert not re.search("<h3[^>]*>我领取的", theirs.text)


async def test_auditor_reads_and_has_no_button_that_acts(
    running: Running, scene: CaseScene
) -> None:
    await arrive(scene, 1)
    async with Visitor(running.url) as auditor:
        await sign_in(auditor, AUDITOR)
        seen = await auditor.get("/desk")
        assert numbers(seen) == [NUMBER.format(1)]
        assert "/claim" not in seen.text
        assert 'name="transfer"' not in seen.text
        assert "/desk/bulk" not in seen.text


async def test_other_office_sees_none_of_it(running: Running, scene: CaseScene) -> None:
    await arrive(scene, 1)
    async with Visitor(running.url) as other:
        await sign_in(other, ELSEWHERE)
        seen = await other.get("/desk?scope=all&q=电线")
        assert seen.status == 200
        assert numbers(seen) == []


async def test_pages_lead_on_and_back_and_the_first_has_one_address(
    visitor: Visitor, scene: CaseScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.queue.PAGE", 2)
    for number in range(1, 6):
        await arrive(scene, number)
    first = await visitor.get("/desk")
    seen, all_numbers = first, numbers(first)
    while link := re.search(r'href="([^"]*)" rel="next"', seen.text):
        seen = await visitor.get(link[1].replace("&amp;", "&"))
        all_numbers += numbers(seen)
    assert sorted(all_numbers) == [NUMBER.format(number) for number in range(1, 6)]
    while link := re.search(r'href="([^"]*)" rel="prev"', seen.text):
        seen = await visitor.get(link[1].replace("&amp;", "&"))
    assert seen.path == "/desk"
    assert numbers(seen) == numbers(first)


async def test_broken_cursor_is_refused_as_a_page(visitor: Visitor) -> None:
    seen = await visitor.get("/desk?after=nonsense")
    assert seen.status == 400
    assert "<h1" in seen.text


async def test_views_are_ones_own_and_the_offices_by_chiefs(
    running: Running, visitor: Visitor, scene: CaseScene
) -> None:
    await arrive(scene, 1)
    seen = await visitor.post("/desk/views", name="我的电线", query="role=copy&nonsense=1")
    assert "视图已保存" in seen.words
    assert "我的电线" in seen.words
    assert seen.path == "/desk?role=copy&saved=saved"
    assert (await visitor.post("/desk/views", {"for": "office"}.items(), name="x")).status == 403
    async with Visitor(running.url) as chief:
        await sign_in(chief, CHIEF)
        assert "我的电线" not in (await chief.get("/desk")).words
        await chief.post("/desk/views", {"for": "office"}.items(), name="全院假药", query="q=假药")
    seen = await visitor.get("/desk")
    assert "全院假药 本单位" in seen.words
    deletable = re.findall(r"/desk/views/([0-9a-f-]{36})/delete", seen.text)
    assert len(deletable) == 1
    assert "视图已删除" in (await visitor.post(f"/desk/views/{deletable[0]}/delete")).words
    assert "我的电线" not in (await visitor.get("/desk")).words


async def test_view_of_another_cannot_be_deleted(
    running: Running, visitor: Visitor, pool: asyncpg.Pool
) -> None:
    await visitor.post("/desk/views", name="我的", query="")
    view_id = await pool.fetchval("SELECT id FROM desk_views")
    for person in (CHIEF, ELSEWHERE):
        async with Visitor(running.url) as other:
            await sign_in(other, person)
            assert (await other.post(f"/desk/views/{view_id}/delete")).status == 404
    assert (await visitor.post("/desk/views/nonsense/delete")).status == 404
    assert await pool.fetchval("SELECT count(*) FROM desk_views") == 1


async def test_view_with_too_long_a_name_says_so_and_hands_it_back(
    running: Running, pool: asyncpg.Pool
) -> None:
    name = "销售不合格电线的案件" * 5
    async with Visitor(running.url) as chief:
        await sign_in(chief, CHIEF)
        seen = await chief.post(
            "/desk/views", {"for": "office"}.items(), name=name, query="role=copy"
        )
    assert "视图未保存：名称过长" in seen.words
    assert f'value="{name}"' in seen.text
    assert 'name="for" value="office" checked' in seen.text
    assert 'id="f-role-copy" checked' in seen.text
    assert await pool.fetchval("SELECT count(*) FROM desk_views") == 0


async def test_view_without_a_name_is_not_kept(visitor: Visitor, pool: asyncpg.Pool) -> None:
    seen = await visitor.post("/desk/views", name="  ", query="role=copy")
    assert "视图未保存：请填写名称" in seen.words
    assert await pool.fetchval("SELECT count(*) FROM desk_views") == 0


async def test_export_asks_first_and_drops_what_names_anybody_when_it_leaves(
    visitor: Visitor, scene: CaseScene, running: Running
) -> None:
    await arrive(scene, 1)
    seen = await visitor.get("/desk/export?role=copy")
    assert "对外提供" in seen.words
    assert "请先说明" in (await visitor.post("/desk/export", query="role=copy")).words
    both = "status=delivered&status=filed"
    asked_again = await visitor.post("/desk/export", query=both, follow=False)
    assert asked_again.path == f"/desk/export?{both}&fault=outside"

    inside = await visitor.post("/desk/export", query="role=copy", outside="no", format="csv")
    assert inside.headers["Content-Disposition"].startswith("attachment; filename=")
    [head, row] = csv.reader(StringIO(inside.text.lstrip("\ufeff")))
    told = dict(zip(head, row, strict=True))
    assert told["案号"] == NUMBER.format(1)
    assert told["嫌疑人"] == "测试人员"
    assert told["移送机关"] == "示例县市场监督管理局"

    outside = await visitor.post("/desk/export", query="role=copy", outside="yes", format="csv")
    for secret in ("测试人员", "电线", "〔2026〕", "林检察官"):
        assert secret not in outside.text
    assert "示例县市场监督管理局" in outside.text

    lines = await running.ground.pool.fetch(
        "SELECT data FROM journal WHERE action = 'desk.exported' ORDER BY recorded_in, id"
    )
    assert [(line["data"]["outside"], line["data"]["rows"]) for line in lines] == [
        (False, 1),
        (True, 1),
    ]
    assert lines[0]["data"]["filters"] == ["role"]


async def test_export_is_a_workbook_too(
    running: Running, visitor: Visitor, scene: CaseScene
) -> None:
    await arrive(scene, 1)
    async with visitor._session.post(
        f"{running.url}/desk/export",
        data={"query": "", "outside": "no", "format": "xlsx"},
        headers={"Sec-Fetch-Site": "same-origin"},
    ) as answer:
        book = CalamineWorkbook.from_filelike(BytesIO(await answer.read()))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[1][0] == NUMBER.format(1)


async def test_formula_in_a_title_is_text_in_a_sheet(visitor: Visitor, scene: CaseScene) -> None:
    await arrive(scene, 1, "=HYPERLINK(1)案")
    seen = await visitor.post("/desk/export", query="", outside="no", format="csv")
    assert "'=HYPERLINK(1)案" in seen.text


async def test_title_is_text_on_the_page(visitor: Visitor, scene: CaseScene) -> None:
    await arrive(scene, 1, "<script>alert(1)</script>案")
    assert "<script>alert" not in (await visitor.get("/desk")).text


async def test_navigation_counts_what_is_unread(visitor: Visitor, scene: CaseScene) -> None:
    await arrive(scene, 1)
    await arrive(scene, 2)
    seen = await visitor.get("/account", Accept="text/html")
    assert re.search(r'class="badge">2<', seen.text)
    assert 'class="badge"' not in (await visitor.get("/account")).text


async def test_page_speaks_english(visitor: Visitor, scene: CaseScene) -> None:
    await arrive(scene, 1)
    await visitor.post("/preferences", language="en", look="care", next="/desk")
    seen = await visitor.get("/desk?status=dispatching&from=2026-11-01&claimed=nobody&scope=all")
    main = re.sub(r"<[^>]*>", " ", seen.text.partition("<main")[2].partition("</main>")[0])
    chinese = {*re.findall(r"[\u4e00-\u9fff]+", main)}
    of_the_case = {
        "示市监案",
        "号",
        "某某食品店销售不合格电线案",
        "测试人员",
        "示例县市场监督管理局",
    }
    assert chinese <= of_the_case | words.every()


def test_every_flag_has_a_word() -> None:
    assert DESK_WORDS["flag"].keys() == flag_codes()
