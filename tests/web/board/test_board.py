"""The board: every number is the length of the list behind it and a count in plain SQL, and says so in a sentence."""

import asyncio
import html
import re
from datetime import timedelta

import asyncpg
import pytest

from adapters.main import Running
from adapters.postgres import board as store
from tests.support.chain import HeldClock
from tests.support.figures import FAR, LONG_AGO, add_count, add_deadline, add_feed
from tests.support.offices import MEMBERS, office
from tests.support.packets import NOW
from tests.support.pages import Seen, Visitor
from tests.support.register import case, sold
from tests.support.supervision import SupervisionScene


async def supervisor_of(running: Running, slug: str) -> str:
    """Name the demo supervisor of an office."""
    async with running.ground.pool.acquire() as connection:
        return await connection.fetchval(
            "SELECT s.subject FROM staff s JOIN staff_roles r ON r.staff_id = s.id"
            " WHERE r.office_code = $1 AND r.role = 'supervisor' ORDER BY s.subject LIMIT 1",
            office(slug).code,
        )


def rows_of(seen: Seen) -> int:
    """Count the rows of the list on a page."""
    body = seen.text.partition('<table class="rows">')[2].partition("</table>")[0]
    return body.partition("<tbody>")[2].count("<tr>")


def tiles_of(seen: Seen) -> str:
    text = seen.text.partition('<ul class="plain tiles">')[2].partition("</ul>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())


def links_of(seen: Seen) -> dict[str, int]:
    """Give every number of the tiles by the list that it opens."""
    tiles = seen.text.partition('<ul class="plain tiles">')[2].partition("</ul>")[0]
    found = re.findall(r'<a class="figure" href="([^"]+)">([\d,]+)', tiles)
    return {html.unescape(href): int(number.replace(",", "")) for href, number in found}


async def fill(scene: SupervisionScene) -> None:
    """Bring about something for every tile."""
    register, pool = scene.register, scene.pool
    await register.take(case(facts=sold(90_000)), case(facts=sold(80_000)), case())
    await register.take(case(facts={"substandard_product": True}))
    await register.take(case(facts=sold(70_000)), agency="fishery")
    for agency in ("market", "tax"):
        await add_deadline(pool, agency, LONG_AGO)
    await add_deadline(pool, "market", NOW + timedelta(days=2), near_at=NOW - timedelta(days=1))
    await add_deadline(pool, "market", FAR)
    await add_deadline(pool, "market", LONG_AGO, nature="right")
    await pool.execute("DELETE FROM register_feeds")
    await add_feed(pool, "market", NOW - timedelta(days=23))
    await add_feed(pool, "tobacco", NOW)
    await add_count(pool, "market", "2026-10", 7)
    await add_count(pool, "tobacco", "2026-10", 0)
    await letters(scene)


async def letters(scene: SupervisionScene) -> None:
    """Issue letters that stand in every way."""
    numbers = [
        row["case_number"]
        for row in await scene.pool.fetch(
            "SELECT DISTINCT case_number FROM leads WHERE agency_code = $1 ORDER BY 1",
            office("market").code,
        )
    ]
    first = await scene.issue(case_number=numbers[0])
    second = await scene.issue(case_number=numbers[1])
    await scene.reply(second.supervision_id)
    third = await scene.issue(kind="reasons_demand", case_number=numbers[0])
    await scene.pool.execute(
        "UPDATE supervisions SET status = 'delivered', move = 2, delivered_at = $2, clock = 'T15', starts_at = $2,"
        " near_at = $2, due_at = $3, strict_due_at = $3, escalations = 1, escalated_at = $2 WHERE id = $1::text::uuid",
        *(first.supervision_id, LONG_AGO, NOW - timedelta(days=3)),
    )
    await scene.pool.execute(
        "UPDATE supervisions SET status = 'undeliverable' WHERE id = $1::text::uuid",
        third.supervision_id,
    )


async def test_board_says_in_sentences_that_there_is_nothing(
    visitor: Visitor, running: Running
) -> None:
    tiles = tiles_of(await visitor.get("/board"))
    for sentence in (
        "没有应移送未移送的案件",
        "没有超期的法定期限",
        "没有即将到期的法定期限",
        "没有因缺少事实而不能判断的案件",
        "8 家单位静默，均从未报送，应每",
        "各单位月报与平台登记相符",
        "没有逾期未回复的监督文书",
        "没有等待回复的监督文书",
    ):
        assert sentence in tiles
    assert "No data" not in tiles


async def test_tiles_are_sentences_with_a_deadline(
    visitor: Visitor, scene: SupervisionScene
) -> None:
    await fill(scene)
    tiles = tiles_of(await visitor.get("/board"))
    assert re.search(
        r"2 家单位 3 件应移送未移送，最早 20\d\d-\d\d-\d\d 到期（超期 \d+ 个工作日）", tiles
    )
    assert "2 家单位的移送案件有 2 个法定期限已超期，最早" in tiles
    assert "1 个法定期限即将到期，最近 2026-11-25（剩余 2 个工作日）" in tiles
    assert "1 家单位 1 件缺少事实，尚不能判断是否应移送" in tiles
    assert "7 家单位静默，最久 23 天，应每" in tiles
    assert "其中 6 家从未报送" in tiles
    assert "1 件监督文书逾期未回复" in tiles
    assert "其中 1 件已报上级" in tiles
    assert "1 件监督文书无法送达" in tiles
    assert "1 件监督文书已回复，等待确定监督结果" in tiles


async def test_every_number_is_the_length_of_the_list_behind_it(
    visitor: Visitor, scene: SupervisionScene
) -> None:
    await fill(scene)
    numbers = links_of(await visitor.get("/board"))
    assert len(numbers) == 10, numbers
    for href, number in numbers.items():
        seen = await visitor.get(href)
        assert seen.status == 200
        shown = rows_of(seen)
        if href.startswith("/reconciliation"):  # its rows are months; the number is what they lack
            assert f"少 {number} 件" in seen.words
        else:
            assert shown == number, href


async def test_near_clocks_and_letters_are_told_exactly_among_many(
    visitor: Visitor, scene: SupervisionScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(scene)
    monkeypatch.setattr(store, "CAP", 2)
    for _ in range(5):  # they run out within the month, and are not near
        later = NOW + timedelta(days=22)
        await add_deadline(scene.pool, "market", later + timedelta(days=3), near_at=later)
    number = await scene.pool.fetchval("SELECT min(case_number) FROM supervisions")
    for _ in range(4):
        await scene.issue(kind="reasons_demand", case_number=number)
    await scene.pool.execute(
        "UPDATE supervisions SET status = 'undeliverable' WHERE status = 'issued'"
    )
    tiles = tiles_of(await visitor.get("/board"))
    assert "1 个法定期限即将到期，最近 2026-11-25（剩余 2 个工作日）" in tiles
    assert "5 件监督文书无法送达" in tiles


async def test_numbers_are_those_of_plain_sql(
    visitor: Visitor, scene: SupervisionScene, pool: asyncpg.Pool
) -> None:
    await fill(scene)
    numbers = links_of(await visitor.get("/board"))
    for href, statement in {
        "/leads?list=never": "SELECT count(DISTINCT (agency_code, case_number)) FROM leads WHERE status IN ('open',"
        " 'supervised') AND detector IN ('X1', 'X2', 'X4', 'X5', 'X6')",
        "/deadlines?state=overdue": "SELECT count(*) FROM deadlines WHERE met_at IS NULL AND voided_at IS NULL"
        f" AND due_at < '{NOW.isoformat()}' AND nature = 'duty'",
        "/undetermined": "SELECT count(*) FROM cases WHERE undetermined <> '[]'",
        "/letters?state=undeliverable&own=1": "SELECT count(*) FROM supervisions WHERE status = 'undeliverable'",
    }.items():
        assert numbers[href] == await pool.fetchval(statement), href


async def test_funnel_and_ages_count_what_their_lists_show(
    visitor: Visitor, scene: SupervisionScene
) -> None:
    await fill(scene)
    filed = {
        "decision": "approved",
        "decided_at": "2026-10-20T02:00:00Z",
        "transferred_at": "2026-10-21T02:00:00Z",
        "addressee": "public_security",
        "accepted_at": "2026-10-22T02:00:00Z",
        "filed_at": "2026-10-23T02:00:00Z",
    }
    await scene.register.take(case(facts=sold(90_000), transfer=filed))
    seen = await visitor.get("/board")
    found = re.findall(
        r'<a href="((?:/transfers|/leads|/deadlines)\?[^"]+)">([\d,]+)</a>', seen.text
    )
    assert len(found) >= 7
    stages = {html.unescape(href): int(number) for href, number in found}
    assert [number for href, number in stages.items() if "stage=filed&" in f"{href}&"] == [1]
    for href, number in stages.items():
        assert rows_of(await visitor.get(href)) == min(number, 50), href


async def test_funnel_is_of_the_months_asked_for_whoever_asked_before(
    visitor: Visitor, scene: SupervisionScene
) -> None:
    await fill(scene)
    for first in ("2026-11", "2026-10", "2026-11"):
        seen = await visitor.get(f"/board?from={first}&to=2026-11")
        assert f"{first} 至 2026-11" in seen.words
        found = re.findall(r'<a href="(/transfers\?[^"]+)">([\d,]+)</a>', seen.text)
        assert len(found) == 5
        for href, number in found:
            assert f"from={first}&" in html.unescape(href)
            assert rows_of(await visitor.get(html.unescape(href))) == int(number), href


async def test_supervisor_of_another_county_sees_nothing_of_this_one(
    running: Running, scene: SupervisionScene
) -> None:
    await fill(scene)
    lead_id = await scene.pool.fetchval(
        "SELECT id FROM leads WHERE division = $1 LIMIT 1", office("market").division
    )
    letter_id = await scene.pool.fetchval("SELECT id FROM supervisions LIMIT 1")
    async with Visitor(running.url) as other:
        await other.sign_in(await supervisor_of(running, "other-procuratorate"))
        tiles = tiles_of(await other.get("/board"))
        assert "1 家单位 1 件应移送未移送" in tiles  # its own
        assert "没有超期的法定期限" in tiles
        assert "没有逾期未回复的监督文书" in tiles
        for path in (
            "/leads",
            "/undetermined",
            "/letters",
            "/silence",
            "/deadlines",
            "/transfers?stage=suspected",
        ):
            words = (await other.get(path)).words
            assert office("market").name not in words
            assert office("tax").name not in words
        for path in (
            f"/leads/{lead_id}",
            f"/letters/{letter_id}",
            f"/letters/{letter_id}/document",
        ):
            assert (await other.get(path)).status == 404
        code = office("market").code
        assert (await other.get(f"/leads?agency={code}")).status == 400


async def test_offices_that_supervise_nobody_have_no_board(running: Running) -> None:
    async with Visitor(running.url) as police:
        await police.sign_in("tang")
        for path in ("/board", "/board/events", "/leads", "/letters", "/appraisal", "/silence"):
            assert (await police.get(path)).status == 403


async def test_home_leads_to_where_one_begins(running: Running, visitor: Visitor) -> None:
    seen = await visitor.get("/", follow=False)
    assert (seen.status, seen.path) == (303, "/desk")
    async with Visitor(running.url) as somebody:
        seen = await somebody.get("/", follow=False)
        assert (seen.status, seen.path) == (303, "/sign-in")
        await somebody.post("/sign-in/demo", person="shen", follow=False)
        seen = await somebody.get("/", follow=False)
        assert (seen.status, seen.path) == (303, "/board")


async def test_agency_and_sector_narrow_every_number(
    visitor: Visitor, scene: SupervisionScene
) -> None:
    await fill(scene)
    seen = await visitor.get(f"/board?agency={office('fishery').code}")
    assert "1 家单位 1 件应移送未移送" in tiles_of(seen)
    [href] = [one for one in links_of(seen) if one.startswith("/leads")]
    assert rows_of(await visitor.get(href)) == 1
    seen = await visitor.get("/board?sector=tax")
    assert "没有应移送未移送的案件" in tiles_of(seen)
    assert "1 家单位的移送案件有 1 个法定期限已超期" in tiles_of(seen)


@pytest.mark.parametrize(
    "query",
    [
        "sector=x",
        "agency=1",
        "from=2026-13",
        "from=2020-01&to=2026-10",
        "from=2026-10&to=2026-09",
        "to=x",
    ],
)
async def test_address_that_makes_no_sense_is_refused(visitor: Visitor, query: str) -> None:
    assert (await visitor.get(f"/board?{query}")).status == 400


async def test_snapshot_is_made_by_one_for_all(
    running: Running, visitor: Visitor, clock: HeldClock
) -> None:
    """A few seconds old it is shown at once; the next one is made behind the reader."""
    await visitor.get("/board")
    pool = running.ground.pool
    await add_deadline(pool, "market", LONG_AGO)
    assert "没有超期的法定期限" in tiles_of(await visitor.get("/board"))
    clock.advance(seconds=6)
    assert "没有超期的法定期限" in tiles_of(await visitor.get("/board"))
    await asyncio.sleep(0.5)
    seen = await visitor.get("/board")
    assert "1 个法定期限已超期" in tiles_of(seen)
    assert "截至 2026-11-23 10:00:06" in seen.words


async def test_board_needs_no_script(visitor: Visitor, scene: SupervisionScene) -> None:
    await fill(scene)
    seen = await visitor.get("/board")
    assert '<table id="trend-table">' in seen.text
    assert seen.text.count("<rect") > 300
    assert not re.search(r"<script(?![^>]*\bsrc=)| style=| on[a-z]+=", seen.text)


async def test_board_speaks_english(visitor: Visitor, scene: SupervisionScene) -> None:
    await fill(scene)
    await visitor.post("/preferences", language="en", next="/board")
    for path in (
        "/board",
        "/leads",
        "/leads?list=never",
        "/undetermined",
        "/letters",
        "/silence",
        "/reconciliation",
        "/deadlines",
        "/transfers",
        "/appraisal",
    ):
        seen = await visitor.get(path)
        assert seen.status == 200
        main = seen.text.partition("<main")[2].partition("</main>")[0]
        words = re.sub(r"<[^>]+>", "", main)
        for name in {one.name for one in MEMBERS}:
            words = words.replace(name, "")
        assert not re.search(r"件|家单位|期限|没有", words), path
