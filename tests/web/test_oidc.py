"""Signing in at a provider: the way out and back of a browser, with one that fails on demand and with a real one."""

import re
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from aiohttp import ClientSession, CookieJar, web

from adapters.clock import SystemClock, new_id
from adapters.main import Running
from adapters.main.background import _sweep_sessions
from adapters.settings import Settings, unmet
from service.domain.staff import StaffRole
from service.staff import Staff
from tests.browser.support.packages import npm_packages
from tests.browser.support.provider import Provider, running_provider
from tests.support.chain import HeldClock
from tests.support.identity import CLIENT, SECRET, FakeProvider, fake_provider
from tests.support.offices import office
from tests.support.packets import NOW
from tests.support.pages import Seen, Visitor, pages_platform

PUBLIC = "http://127.0.0.1:8080"


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOW)


@pytest.fixture
async def fake(clock: HeldClock) -> AsyncIterator[FakeProvider]:
    async with fake_provider(clock.now) as fake:
        yield fake


@pytest.fixture
async def running(
    database: str, tmp_path: Path, clock: HeldClock, fake: FakeProvider
) -> AsyncIterator[Running]:
    async with pages_platform(
        database, tmp_path, clock, **settings(fake.issuer, CLIENT, SECRET)
    ) as running:
        await enter(running, fake.issuer, "u-lin")
        yield running


@pytest.fixture
async def visitor(running: Running) -> AsyncIterator[Visitor]:
    async with Visitor(running.url) as visitor:
        yield visitor


def settings(issuer: str, client: str, secret: str | None) -> dict[str, object]:
    return {
        "demo_sign_in": False,
        "oidc_issuer": issuer,
        "oidc_client_id": client,
        "oidc_client_secret": secret,
        "public_url": PUBLIC,
    }


async def enter(running: Running, issuer: str, subject: str) -> None:
    ground = running.ground
    staff = Staff(ground.uow, ground.registry.now, ground.clock, new_id)
    roles = frozenset({StaffRole.REVIEWER})
    await staff.enter(issuer, subject, "林检察官", office("county-procuratorate").code, roles)


def here(address: str) -> str:
    """Give what follows the public address, which is not where the test's service listens."""
    assert address.startswith(f"{PUBLIC}/sign-in/callback?")
    return address.removeprefix(PUBLIC)


async def begin(visitor: Visitor, path: str = "/sign-in/oidc") -> str:
    sent = await visitor.get(path, follow=False)
    assert sent.status == 303
    return sent.path


async def come_in(visitor: Visitor, fake: FakeProvider, subject: str = "u-lin") -> Seen:
    return await visitor.get(here(fake.sign_in(await begin(visitor), subject)))


async def test_way_in_leads_back_to_where_somebody_wanted_to_go(
    visitor: Visitor, fake: FakeProvider
) -> None:
    seen = await visitor.get("/account")
    assert "使用单位统一身份登录" in seen.words
    (link,) = re.findall(r'href="(/sign-in/oidc[^"]*)"', seen.text)
    back = here(fake.sign_in(await begin(visitor, unescape(link)), "u-lin"))
    seen = await visitor.get(back)
    assert (seen.path, seen.status) == ("/account", 200)
    assert "林检察官" in seen.words


@pytest.mark.parametrize("path", ["//evil.example/", "https://evil.example/"])
async def test_way_back_leads_nowhere_else(visitor: Visitor, fake: FakeProvider, path: str) -> None:
    back = fake.sign_in(await begin(visitor, f"/sign-in/oidc?next={path}"), "u-lin")
    assert (await visitor.get(here(back), follow=False)).path == "/"


async def test_answer_serves_the_browser_that_asked_and_no_other(
    running: Running, visitor: Visitor, fake: FakeProvider
) -> None:
    back = here(fake.sign_in(await begin(visitor), "u-lin"))
    async with Visitor(running.url) as other:
        assert (await other.get(back)).status == 400
        await begin(other)
        seen = await other.get(back)
        assert seen.status == 400
        assert "登录没有完成" in seen.words
    assert fake.asked.count("token") == 0
    assert (await visitor.get(back)).status == 200


async def test_answer_serves_once(visitor: Visitor, fake: FakeProvider) -> None:
    back = here(fake.sign_in(await begin(visitor), "u-lin"))
    await visitor.get(back)
    await visitor.post("/sign-out")
    assert (await visitor.get(back)).status == 400
    assert fake.asked.count("token") == 1
    assert (await visitor.get("/account")).path.startswith("/sign-in")


async def test_each_tab_may_sign_in(visitor: Visitor, fake: FakeProvider) -> None:
    first = here(fake.sign_in(await begin(visitor, "/sign-in/oidc?next=/account"), "u-lin"))
    second = here(fake.sign_in(await begin(visitor, "/sign-in/oidc?next=/account?2"), "u-lin"))
    assert (await visitor.get(first)).path == "/account"
    assert (await visitor.get(second)).path == "/account?2"


async def test_browser_may_not_ask_without_end(
    visitor: Visitor, fake: FakeProvider, pool: asyncpg.Pool, clock: HeldClock
) -> None:
    backs = []
    for _ in range(5):
        backs.append(here(fake.sign_in(await begin(visitor), "u-lin")))
        clock.advance(seconds=1)
    assert await pool.fetchval("SELECT count(*) FROM sessions") == 1
    assert (await visitor.get(backs[0])).status == 400
    assert (await visitor.get(backs[1])).status == 200


async def test_signing_in_takes_ten_minutes_at_most(
    visitor: Visitor, fake: FakeProvider, clock: HeldClock
) -> None:
    back = here(fake.sign_in(await begin(visitor), "u-lin"))
    clock.advance(minutes=11)
    assert (await visitor.get(back)).status == 400


async def test_session_of_nobody_ends_soon(visitor: Visitor, pool: asyncpg.Pool) -> None:
    await begin(visitor)
    lives = await pool.fetchval("SELECT ends_at - began_at FROM sessions WHERE staff_id IS NULL")
    assert lives.total_seconds() == 600


async def test_sessions_that_are_over_are_swept(
    running: Running, visitor: Visitor, pool: asyncpg.Pool, clock: HeldClock
) -> None:
    await begin(visitor)
    await _sweep_sessions(running.ground)
    assert await pool.fetchval("SELECT count(*) FROM sessions") == 1
    clock.advance(minutes=11)
    await _sweep_sessions(running.ground)
    assert await pool.fetchval("SELECT count(*) FROM sessions") == 0


async def test_signing_in_gives_a_new_cookie(visitor: Visitor, fake: FakeProvider) -> None:
    back = here(fake.sign_in(await begin(visitor), "u-lin"))
    before = visitor.cookies["linkage"]
    await visitor.get(back)
    assert visitor.cookies["linkage"] != before


async def test_who_is_signed_in_is_not_asked_again(visitor: Visitor, fake: FakeProvider) -> None:
    await come_in(visitor, fake)
    assert await begin(visitor, "/sign-in/oidc?next=/account") == "/account"


async def test_account_that_nobody_entered_says_by_what_to_enter_it(
    visitor: Visitor, fake: FakeProvider
) -> None:
    seen = await come_in(visitor, fake, "u-stranger")
    assert seen.status == 403
    assert "此账号尚未开通" in seen.words
    assert (
        f"linkage staff add --issuer {fake.issuer} --subject u-stranger --name 'u-stranger 先生'"
        in seen.words
    )
    assert (await visitor.get("/account")).path.startswith("/sign-in")


@pytest.mark.parametrize("error", ["access_denied", "<script>alert(1)</script>"])
async def test_no_of_the_provider_is_told(visitor: Visitor, fake: FakeProvider, error: str) -> None:
    state = re.search(r"state=([^&]+)", await begin(visitor))
    assert state
    seen = await visitor.get(f"/sign-in/callback?state={state[1]}&error={error}")
    assert seen.status == 400
    assert ("取消登录" in seen.words) == (error == "access_denied")
    assert "<script>alert" not in seen.text


async def test_provider_that_is_down_has_a_page_that_says_so(
    visitor: Visitor, fake: FakeProvider
) -> None:
    fake.answers["openid-configuration"] = lambda: web.Response(status=500)
    seen = await visitor.get("/sign-in/oidc")
    assert seen.status == 503
    assert "身份提供方没有正常应答" in seen.words
    assert "linkage doctor" in seen.words
    assert (await visitor.get("/sign-in")).status == 200


async def test_signed_out_page_offers_to_sign_out_there_too(
    visitor: Visitor, fake: FakeProvider
) -> None:
    await come_in(visitor, fake)
    seen = await visitor.post("/sign-out")
    assert f'href="{fake.issuer}/end?client_id={CLIENT}"' in seen.text
    assert "/end" not in (await visitor.get("/sign-in")).text


async def test_without_a_provider_there_is_no_way_to_one(database: str, tmp_path: Path) -> None:
    async with pages_platform(database, tmp_path) as running, Visitor(running.url) as visitor:
        assert (await visitor.get("/sign-in/oidc")).status == 404
        assert (await visitor.get("/sign-in/callback?code=x&state=y")).status == 404


@pytest.mark.parametrize(
    ("given", "is_fine"),
    [
        ({"oidc_issuer": "https://id.example"}, True),
        ({"oidc_issuer": "http://id.example"}, False),
        ({"oidc_issuer": "http://127.0.0.1:9000"}, True),
        ({"oidc_issuer": "http://id.example", "sandbox": True}, True),
        ({"oidc_issuer": "ldap://id.example"}, False),
    ],
)
def test_provider_in_the_open_is_no_setting(given, is_fine) -> None:
    faults = unmet(Settings(oidc_client_id=CLIENT, **given))
    assert any("OIDC_ISSUER" in fault for fault in faults) is not is_fine


@pytest.fixture(scope="module")
def real() -> Iterator[Provider]:
    with running_provider(npm_packages()) as provider:
        yield provider


async def answered_there(address: str, subject: str) -> str:
    """Do what somebody does at the real provider, and give where it sends his browser back to."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
        async with browser.get(address) as page:
            (action,) = re.findall(r'action="([^"]+)"', await page.text())
        where, form = f"{origin}{action}", {"sub": subject}
        answer = await browser.post(where, data=form, allow_redirects=False)
        while (where := answer.headers["Location"]).startswith((origin, "/")):
            where = where if where.startswith(origin) else f"{origin}{where}"
            answer = await browser.get(where, allow_redirects=False)
    return where


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
async def test_real_provider_proves_who_somebody_is(
    database: str, tmp_path: Path, real: Provider, method: str
) -> None:
    client = real.add_client(f"{PUBLIC}/sign-in/callback", token_endpoint_auth_method=method)
    secret = None if method == "none" else client.client_secret
    given = settings(real.issuer, client.client_id, secret)
    clock = SystemClock()
    async with (
        pages_platform(database, tmp_path, clock, **given) as running,
        Visitor(running.url) as visitor,
    ):
        await enter(running, real.issuer, "u-lin")
        address = await begin(visitor, "/sign-in/oidc?next=/account")
        back = here(await answered_there(address, "u-lin"))
        seen = await visitor.get(back)
        assert (seen.path, seen.status) == ("/account", 200)
        assert "林检察官" in seen.words
        assert (await visitor.get(back)).status == 400
        stranger = await answered_there(await begin_anew(visitor), "u-stranger")
        assert "u-stranger" in (await visitor.get(here(stranger))).words
        cancelled = await answered_there(await begin(visitor), "")
        assert "取消登录" in (await visitor.get(here(cancelled))).words


async def begin_anew(visitor: Visitor) -> str:
    assert "/session/end?client_id=" in (await visitor.post("/sign-out")).text
    return await begin(visitor)
