"""Signing in and out: sessions, their limits, the door of a sandbox, and what another site may not do."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from aiohttp import ClientSession

from adapters.main import Running
from adapters.settings import Settings, unmet
from adapters.web.pages.page import Page
from adapters.web.pages.places import local_path
from adapters.web.pages.services import PageLimits, PageServices
from tests.support.chain import HeldClock
from tests.support.packets import NOW
from tests.support.pages import Visitor, pages_platform


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOW)


@pytest.fixture
async def running(database: str, tmp_path: Path, clock: HeldClock) -> AsyncIterator[Running]:
    async with pages_platform(database, tmp_path, clock) as running:
        yield running


@pytest.fixture
async def visitor(running: Running) -> AsyncIterator[Visitor]:
    async with Visitor(running.url) as visitor:
        yield visitor


async def test_page_of_somebody_unknown_leads_to_the_sign_in_page_and_back(
    visitor: Visitor,
) -> None:
    seen = await visitor.get("/account", follow=False)
    assert (seen.status, seen.path) == (303, "/sign-in?next=%2Faccount")
    assert "林检察官" in (await visitor.get("/account")).words
    seen = await visitor.post("/sign-in/demo", person="lin", next="/account")
    assert (seen.path, seen.status) == ("/account", 200)
    assert "示例市人民检察院" in seen.words


async def test_session_ends_when_it_is_idle(visitor: Visitor, clock: HeldClock) -> None:
    await visitor.sign_in("lin")
    clock.advance(minutes=29)
    assert (await visitor.get("/account")).path == "/account"
    clock.advance(minutes=29)
    assert (await visitor.get("/account")).path == "/account"
    clock.advance(minutes=31)
    assert (await visitor.get("/account")).path.startswith("/sign-in")


async def test_session_ends_after_its_longest_life_however_busy_it_is(
    visitor: Visitor, clock: HeldClock
) -> None:
    await visitor.sign_in("lin")
    for _ in range(47):
        clock.advance(minutes=15)
        assert (await visitor.get("/account")).path == "/account"
    clock.advance(minutes=16)
    assert (await visitor.get("/account")).path.startswith("/sign-in")


async def test_database_knows_no_cookie(visitor: Visitor, pool: asyncpg.Pool) -> None:
    await visitor.sign_in("lin")
    text = await pool.fetchval("SELECT string_agg(sessions::text, ' ') FROM sessions")
    assert visitor.cookies["linkage"] not in text


async def test_signing_in_gives_a_new_cookie(running: Running, visitor: Visitor) -> None:
    await visitor.sign_in("lin")
    before = visitor.cookies["linkage"]
    await visitor.sign_in("zhou")
    assert visitor.cookies["linkage"] != before
    async with Visitor(running.url) as thief:
        seen = await thief.get("/account", Cookie=f"linkage={before}")
        assert seen.path.startswith("/sign-in")


async def test_signing_out_ends_the_session_and_not_only_the_cookie(
    running: Running, visitor: Visitor
) -> None:
    await visitor.sign_in("lin")
    before = visitor.cookies["linkage"]
    assert (await visitor.post("/sign-out")).path == "/sign-in?said=out"
    async with Visitor(running.url) as thief:
        assert (await thief.get("/account", Cookie=f"linkage={before}")).path.startswith("/sign-in")


async def test_signing_out_everywhere_ends_the_other_browser_too(
    running: Running, visitor: Visitor
) -> None:
    async with Visitor(running.url) as other:
        await other.sign_in("lin")
        await visitor.sign_in("lin")
        await visitor.post("/sign-out/everywhere")
        assert (await other.get("/account")).path.startswith("/sign-in")


async def test_who_is_shut_out_is_out_at_once(
    visitor: Visitor, pool: asyncpg.Pool, running: Running
) -> None:
    await visitor.sign_in("lin")
    await pool.execute("UPDATE staff SET disabled_at = now() WHERE subject = 'lin'")
    assert (await visitor.get("/account")).path.startswith("/sign-in")
    seen = await visitor.post("/sign-in/demo", person="lin")
    assert seen.status == 403
    assert "此账号尚未开通" in seen.words


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": ""},
    ],
)
async def test_post_of_another_site_is_refused(visitor: Visitor, headers: dict[str, str]) -> None:
    await visitor.sign_in("lin")
    seen = await visitor.post("/sign-out/everywhere", headers=headers)
    assert seen.status == 403
    assert (await visitor.get("/account")).path == "/account"


@pytest.mark.parametrize(
    ("origin", "status"), [("ours", 303), ("https://x.example", 403), ("http://[", 403), ("", 403)]
)
async def test_browser_that_tells_no_site_tells_its_origin(
    visitor: Visitor, origin: str, status: int
) -> None:
    headers = {"Origin": visitor.url if origin == "ours" else origin} if origin else {}
    async with ClientSession(headers=headers) as session:
        place, form = f"{visitor.url}/sign-in/demo", {"person": "lin"}
        async with session.post(place, data=form, allow_redirects=False) as answer:
            assert answer.status == status


async def test_cookie_is_for_us_alone(visitor: Visitor) -> None:
    seen = await visitor.post("/sign-in/demo", person="lin", follow=False)
    cookie = seen.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


@pytest.mark.parametrize(
    "path", ["//evil.example/", "https://evil.example/", "/\\evil.example", ""]
)
async def test_sign_in_leads_nowhere_else(visitor: Visitor, path: str) -> None:
    seen = await visitor.post("/sign-in/demo", person="lin", next=path, follow=False)
    assert (seen.status, seen.path) == (303, "/")


async def test_every_page_has_the_policy_and_is_kept_nowhere(visitor: Visitor) -> None:
    for path in ("/sign-in", "/account"):
        seen = await visitor.get(path)
        assert "unsafe" not in seen.headers["Content-Security-Policy"]
        assert seen.headers["Content-Security-Policy"].startswith(
            "default-src 'none'; script-src 'self'"
        )
        assert seen.headers["Cache-Control"] == "no-store"
        assert seen.headers["Server-Timing"].startswith("app;dur=")


async def test_page_speaks_english_when_it_is_asked_to(visitor: Visitor) -> None:
    assert 'lang="zh-CN"' in (await visitor.get("/sign-in")).text
    seen = await visitor.post("/preferences", language="en", look="care", next="/sign-in")
    assert '<html lang="en" class="care">' in seen.text


async def test_door_of_a_sandbox_is_not_there_outside_one(database: str, tmp_path: Path) -> None:
    real = {"sandbox": False, "demo_sign_in": False}
    async with (
        pages_platform(database, tmp_path, **real) as running,
        Visitor(running.url) as visitor,
    ):
        assert "林检察官" not in (await visitor.get("/sign-in")).words
        assert (await visitor.post("/sign-in/demo", person="lin")).status == 404


def test_door_of_a_sandbox_refuses_to_start_outside_one() -> None:
    faults = unmet(Settings(sandbox=False, demo_sign_in=True))
    assert any("LINKAGE_DEMO_SIGN_IN" in fault for fault in faults)
    with pytest.raises(ValueError, match="sandbox only"):
        PageServices(
            None,
            None,
            None,
            None,
            None,
            None,
            PageLimits(sandbox=False),
            has_demo_door=True,  # type: ignore[arg-type]
        )


def test_page_for_nobody_in_particular_is_an_error() -> None:
    with pytest.raises(ValueError, match="say which"):
        Page("x", "GET", "/x", None)  # type: ignore[arg-type]
    assert PageLimits().idle < timedelta(hours=1)


async def test_text_that_the_database_cannot_hold_is_the_visitors_mistake(visitor: Visitor) -> None:
    assert (await visitor.post("/sign-in/demo", person="\x00")).status == 400
    await visitor.sign_in("lin2")
    for path in ("/desk?agency=%00", "/desk/views", "/leads?offence=%00"):
        seen = await (
            visitor.get(path) if "?" in path else visitor.post(path, name="a\x00", query="")
        )
        assert seen.status == 400, path


async def test_cookie_that_is_bound_to_tls_is_taken_away_as_it_was_set(
    database: str, tmp_path: Path, clock: HeldClock
) -> None:
    async with (
        pages_platform(database, tmp_path, clock, public_url="https://linkage.example") as running,
        Visitor(running.url) as visitor,
    ):
        seen = await visitor.post("/sign-in/demo", person="lin", follow=False)
        cookie, _, told = seen.headers["Set-Cookie"].partition(";")
        assert cookie.startswith("__Host-linkage=")
        assert {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"} == set(told.strip().split("; "))
        left = await visitor.post("/sign-out", follow=False, headers={"Cookie": cookie})
        assert left.headers["Set-Cookie"].startswith("__Host-linkage=")
        assert {"Max-Age=0", "Path=/", "Secure"} <= set(left.headers["Set-Cookie"].split("; "))
        assert not await running.ground.pool.fetchval("SELECT count(*) FROM sessions")


BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.mark.parametrize("path", ["/nowhere", "/desk/", "/static", "/v1x"])
async def test_unknown_address_is_a_page_for_a_browser(visitor: Visitor, path: str) -> None:
    await visitor.sign_in("lin")
    seen = await visitor.get(path, Accept=BROWSER)
    assert (seen.status, seen.way_back) == (404, path)
    assert "未找到" in seen.words
    assert "林检察官" in seen.words
    assert seen.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (
        "There is no such thing here"
        in (await visitor.get(path, Accept=BROWSER, **{"Accept-Language": "en"})).words
    )
    program = await visitor.get(path, Accept="*/*")
    assert (program.status, program.headers["Content-Type"]) == (404, "application/problem+json")


async def test_address_that_takes_forms_only_says_so_to_a_browser(visitor: Visitor) -> None:
    seen = await visitor.get("/account/seat", Accept=BROWSER)
    assert (seen.status, seen.headers["Allow"]) == (405, "POST")
    assert "此地址只接收表单提交" in seen.words


@pytest.mark.parametrize(("path", "status"), [("/v1", 404), ("/v1/x", 404), ("/v1/reports", 405)])
async def test_unknown_address_of_the_api_is_a_problem_for_a_browser_too(
    visitor: Visitor, path: str, status: int
) -> None:
    seen = await visitor.get(path, Accept=BROWSER)
    assert (seen.status, seen.headers["Content-Type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "",
        "desk",
        "https://x.example/",
        "//x.example",
        "/\\x.example",
        "/\t/[",
        "/\t/x",
        "/desk\r\nX: 1",
    ],
)
def test_path_to_go_back_to_leads_nowhere_else(elsewhere: str) -> None:
    assert local_path(elsewhere, "/home") == "/home"


def test_path_to_go_back_to_keeps_its_query() -> None:
    assert local_path("/desk?q=电线#t-1") == "/desk?q=%E7%94%B5%E7%BA%BF#t-1"


async def test_place_that_is_no_address_leads_to_the_first_one(visitor: Visitor) -> None:
    assert (await visitor.get("/sign-in?next=/%09/[")).status == 200
    seen = await visitor.post("/sign-in/demo", person="lin", next="/\t/[", follow=False)
    assert (seen.status, seen.path) == (303, "/")
