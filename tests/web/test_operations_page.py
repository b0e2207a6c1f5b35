"""The operator's page: the doctor's list, what is stuck, acting on it; and not a word of any case."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.main import Running
from adapters.postgres.operations import PostgresOperations
from adapters.web.operations_page.sections import SECTIONS
from adapters.web.pages.words import every
from tests.support.chain import HeldClock
from tests.support.offices import key_of, office
from tests.support.operator import Operator
from tests.support.packets import NOW, packet, signed
from tests.support.pages import Visitor, pages_platform
from tests.support.platform import upload_all
from tests.support.postgres import forget_newest_migration
from tests.support.running import market_client

OWN, OTHER = office("county-police").code, office("other-police").code
SECRETS = ("示市监案", "示市监案移", "测试人员", "某某食品店", "11010519491231002X", "张三拒收")


@dataclass
class Scene:
    """A running platform with a case whose dispatch to the police did not arrive, and who looks at it."""

    running: Running
    pool: asyncpg.Pool
    clock: HeldClock
    visitor: Visitor
    dispatch: UUID
    transfer: UUID

    async def set(self, **columns: object) -> None:
        names = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, 2))
        await self.pool.execute(
            f"UPDATE dispatches SET {names} WHERE id = $1", self.dispatch, *columns.values()
        )

    async def status(self, code: str) -> str | None:
        query = "SELECT status FROM dispatches WHERE office_code = $1"
        return await self.pool.fetchval(query, code)


@pytest.fixture
async def scene(database: str, pool: asyncpg.Pool, tmp_path: Path) -> AsyncIterator[Scene]:
    clock = HeldClock(NOW)
    async with (
        pages_platform(database, tmp_path, clock) as running,
        Visitor(running.url) as visitor,
    ):
        await upload_all(database)
        async with market_client(running) as client:
            await client.send_packet(signed(packet(), key_of("market")))
        clock.advance(days=4)
        await running.use_cases.deliveries.give_up()
        row = await pool.fetchrow("SELECT * FROM dispatches WHERE office_code = $1", OWN)
        await visitor.sign_in("yun")
        yield Scene(running, pool, clock, visitor, row["id"], row["transfer_id"])


def findings_in(text: str) -> list[tuple[str, str]]:
    found = re.findall(
        r'<li data-severity="(\w+)">.*?<span class="what">(.*?)</span>', text, re.DOTALL
    )
    return [(severity, unescape(what)) for severity, what in found]


async def test_list_of_what_is_wrong_is_the_doctors(
    scene: Scene, database: str, tmp_path: Path
) -> None:
    """Finding for finding, in both languages. The clocks differ: the service's is held, the command's is not."""
    scene.clock.at = await scene.pool.fetchval("SELECT clock_timestamp()")
    settings = scene.running.ground.settings
    operator = Operator(database, tmp_path)
    told = await asyncio.to_thread(
        operator.call,
        *("doctor", "--json"),
        sandbox="true",
        demo_sign_in="true",
        platform_code=settings.platform_code,
    )
    for language, member in (("zh-CN", "what_zh"), ("en", "what")):
        seen = await scene.visitor.get("/operations", **{"Accept-Language": language})
        expected = [(one["severity"], one[member]) for one in told.json["findings"]]
        assert sorted(findings_in(seen.text)) == sorted(expected)
    assert len(expected) > 10
    assert any(str(scene.dispatch) in what for _, what in expected)


async def test_page_says_what_is_stuck_since_when_and_why(scene: Scene) -> None:
    seen = await scene.visitor.get("/operations")
    assert seen.status == 200
    for text in (str(scene.dispatch), "示例县公安局", "期限内未收取", "4 天", "无法送达 2 件"):
        assert text in seen.words, text


async def test_operator_sees_no_case(scene: Scene) -> None:
    """Neither by what we know of it, nor by what an office wrote when it refused."""
    paths = ("/operations", f"/operations/dispatches/{scene.dispatch}")
    for status, problem in (
        ("undeliverable", "not taken in time"),
        ("refused", "张三拒收"),
        ("recalled", "张三拒收"),
    ):
        await scene.set(status=status, problem=problem)
        for path in paths:
            text = (await scene.visitor.get(path)).text
            assert status == "recalled" or str(scene.dispatch) in text
            assert not [secret for secret in SECRETS if secret in text]
            assert str(scene.transfer) not in text


def test_queries_of_operators_select_nothing_of_a_case() -> None:
    path = Path(__file__).parents[2] / "adapters" / "postgres" / "sql" / "operations.sql"
    statements = re.sub("--.*", "", path.read_text("utf-8"))
    told = ("sealed", "case_number", "document_number", "title", "name", "lead", "text", "reason")
    assert not [word for word in told if re.search(rf"\b{word}", statements)]
    assert PostgresOperations.__module__ == "adapters.postgres.operations"


async def test_resending_asks_once_more_and_says_that_it_was_done(scene: Scene) -> None:
    page = f"/operations/dispatches/{scene.dispatch}"
    assert "确认重新送达" in (await scene.visitor.get(page)).words
    seen = await scene.visitor.post(f"{page}/resend")
    assert seen.path == f"/operations?done=resent&id={scene.dispatch}"
    assert f"转递 {scene.dispatch} 已重新排队" in seen.words
    assert await scene.status(OWN) == "waiting"


async def test_journal_names_the_person_who_resent(scene: Scene) -> None:
    await scene.visitor.post(f"/operations/dispatches/{scene.dispatch}/resend")
    staff = await scene.pool.fetchval("SELECT id FROM staff WHERE subject = 'yun'")
    actor = await scene.pool.fetchval("SELECT actor FROM journal WHERE action = 'delivery.resent'")
    assert actor == f"desk:{staff}"


async def test_rerouting_offers_offices_of_the_kind_and_sends_to_the_chosen_one(
    scene: Scene,
) -> None:
    page = f"/operations/dispatches/{scene.dispatch}"
    seen = await scene.visitor.get(page)
    offered = re.findall(r'<option value="(\w+)"', seen.text)
    police = {office(slug).code for slug in ("other-police", "city-police")}
    assert set(offered) == police
    done = await scene.visitor.post(f"{page}/reroute", office=OTHER)
    assert "改送 示范县公安局" in done.words
    assert (await scene.status(OWN), await scene.status(OTHER)) == ("recalled", "waiting")
    line = await scene.pool.fetchrow("SELECT * FROM journal WHERE action = 'delivery.rerouted'")
    assert line["actor"].startswith("desk:")
    assert (line["data"]["from"], line["data"]["to"]) == (OWN, OTHER)


async def test_rerouting_to_nobody_asks_again(scene: Scene) -> None:
    seen = await scene.visitor.post(f"/operations/dispatches/{scene.dispatch}/reroute")
    assert seen.status == 422
    assert "请选择一个单位" in seen.words


async def test_who_comes_second_is_told_that_it_was_done_already(scene: Scene) -> None:
    path = f"/operations/dispatches/{scene.dispatch}"
    await scene.visitor.post(f"{path}/reroute", office=OTHER)
    for act, fields in (("reroute", {"office": office("city-police").code}), ("resend", {})):
        seen = await scene.visitor.post(f"{path}/{act}", **fields)
        assert seen.status == 409
        assert "没有执行" in seen.words
        assert "已收回" in seen.words
    assert await scene.status(office("city-police").code) is None


async def test_delivery_under_way_is_left_alone(scene: Scene) -> None:
    await scene.set(
        status="waiting", claim=uuid4(), lease_until=scene.clock.now() + timedelta(minutes=1)
    )
    page = f"/operations/dispatches/{scene.dispatch}"
    assert "正在投递，不能改送" in (await scene.visitor.get(page)).words
    seen = await scene.visitor.post(f"{page}/reroute", office=OTHER)
    assert (seen.status, await scene.status(OTHER)) == (409, None)


async def test_what_is_not_there_is_not_found(scene: Scene) -> None:
    for path in (f"dispatches/{uuid4()}", "dispatches/x", f"letters/{uuid4()}", "parts/nothing"):
        assert (await scene.visitor.get(f"/operations/{path}")).status == 404
    assert (await scene.visitor.post(f"/operations/dispatches/{uuid4()}/resend")).status == 404
    assert (await scene.visitor.post(f"/operations/letters/{uuid4()}/resend")).status == 404


async def test_page_is_for_operators(scene: Scene) -> None:
    async with Visitor(scene.running.url) as visitor:
        for person in ("lin", "he", "xu", "qin"):
            await visitor.sign_in(person)
            for path in ("", f"/dispatches/{scene.dispatch}", "/parts/keys"):
                assert (await visitor.get(f"/operations{path}")).status == 403
            seen = await visitor.post(f"/operations/dispatches/{scene.dispatch}/resend")
            assert seen.status == 403
    assert await scene.status(OWN) == "undeliverable"


async def test_endpoint_is_shown_with_its_breaker_in_words(scene: Scene) -> None:
    now = scene.clock.now()
    await scene.pool.execute(
        "UPDATE endpoints SET failures = 7, failing_since = $2, paused_until = $3,"
        " url = 'https://user:hush@county.example/in?key=hush' WHERE office_code = $1",
        *(OWN, now - timedelta(hours=3), now + timedelta(minutes=5)),
    )
    await scene.pool.execute(
        "UPDATE endpoints SET paused_until = $2 WHERE office_code = $1",
        *(OTHER, now + timedelta(minutes=9)),
    )
    words = (await scene.visitor.get("/operations/parts/endpoints")).words
    assert "熔断 下次尝试不早于 2026-11-27" in words
    assert "应其要求暂停 至 2026-11-27" in words
    assert "https://county.example/in" in words
    assert "hush" not in words


async def test_queue_says_how_much_waits_and_for_how_long(scene: Scene) -> None:
    await scene.set(status="waiting")
    words = (await scene.visitor.get("/operations/parts/endpoints")).words
    assert "待送达 1 件，最久已等 4 天" in words


async def test_key_that_ends_next_stands_first(scene: Scene) -> None:
    statement = "UPDATE office_keys SET valid_until = $2 WHERE kid = $1"
    for kid, days in (("tax-2026", 40), ("labour-2026", 12)):
        await scene.pool.execute(statement, kid, scene.clock.now() + timedelta(days=days))
    await scene.pool.execute("UPDATE registry_version SET version = version + 1")
    await scene.running.ground.registry.refresh()
    words = (await scene.visitor.get("/operations/parts/keys")).words
    assert words.index("labour-2026") < words.index("tax-2026")
    assert "（剩余 12 天）" in words


async def test_calendar_book_and_migrations_are_told(scene: Scene, database: str) -> None:
    words = (await scene.visitor.get("/operations")).words
    assert "自 2027-01-01 起的日期均为暂定" in words
    assert "2027： 暂定，尚未公布" in words
    assert "数据库已是最新" in words
    assert scene.running.ground.rulebook.shipped.version in words
    newest = await forget_newest_migration(database)
    assert f"待执行：{newest}" in (await scene.visitor.get("/operations/parts/migrations")).words


async def test_people_are_counted_and_not_named(scene: Scene) -> None:
    words = (await scene.visitor.get("/operations/parts/people")).words
    assert "当前在线 1 人，1 个会话" in words
    assert "林检察官" not in words


async def test_section_that_fails_says_so_and_the_others_are_shown(scene: Scene) -> None:
    await scene.pool.execute("ALTER TABLE rulebook_in_force RENAME TO elsewhere")
    await scene.pool.execute("ALTER TABLE supervisions RENAME TO elsewhere_too")
    seen = await scene.visitor.get("/operations")
    assert seen.status == 200
    assert seen.words.count("本节读取失败") == 2
    assert str(scene.dispatch) in seen.words


@pytest.mark.parametrize("name", [one.name for one in SECTIONS])
async def test_section_can_be_asked_for_alone(scene: Scene, name: str) -> None:
    seen = await scene.visitor.get(f"/operations/parts/{name}")
    assert seen.status == 200
    assert seen.text.lstrip().startswith(f'<section id="part-{name}"')
    assert "<html" not in seen.text


async def test_letter_that_did_not_arrive_is_sent_again(scene: Scene) -> None:
    letter = uuid4()
    await scene.pool.execute(
        LETTER, letter, office("county-procuratorate").code, office("market").code, NOW
    )
    assert str(letter) in (await scene.visitor.get("/operations/parts/letters")).words
    page = f"/operations/letters/{letter}"
    assert "确认重新送达" in (await scene.visitor.get(page)).words
    seen = await scene.visitor.post(f"{page}/resend")
    assert f"监督文书 {letter} 已重新排队" in seen.words
    again = await scene.visitor.post(f"{page}/resend")
    assert (again.status, "没有执行" in again.words) == (409, True)
    actor = await scene.pool.fetchval(
        "SELECT actor FROM journal WHERE action = 'supervision.resent'"
    )
    assert actor.startswith("desk:")


LETTER = """
INSERT INTO supervisions (id, office_code, letter_id, kind, agency_code, case_number, lead_ids, division, issued_at,
                          received_at, digest, status, move, retry_at, give_up_at, problem)
VALUES ($1, $2, 'l-1', 'transfer_opinion', $3, '示市监案〔2026〕1号', '{}', '339921', $4, $4, 'sha-256:0', 'undeliverable',
        1, $4, $4, NULL)
"""


async def test_page_in_english_has_no_chinese_of_ours(scene: Scene) -> None:
    """What is left are names of offices and of the notice; the words for codes are everybody's."""
    names = {one.name for one in scene.running.ground.registry.now().offices.values()}
    for path in ("/operations", f"/operations/dispatches/{scene.dispatch}"):
        seen = await scene.visitor.get(path, **{"Accept-Language": "en"})
        text = seen.text.partition("<main")[2].partition("</main>")[0]
        for name in sorted({*names, *every()}, key=len, reverse=True):
            text = text.replace(name, "")
        text = re.sub("国办发明电〔[0-9]+〕[0-9]+号", "", text)
        assert re.findall("[\u4e00-\u9fff]+", text) == []


async def test_banner_says_only_what_can_be(scene: Scene) -> None:
    for query in ("done=x&id=1", "done=resent&id=hello", f"done=other&id={uuid4()}"):
        assert 'class="banner"' not in (await scene.visitor.get(f"/operations?{query}")).text
