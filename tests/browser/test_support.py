"""What the tests of pages stand on: that a page in order passes, and that each kind of trouble is seen."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import ClientSession, web
from playwright.async_api import Browser, Page, expect

from tests.browser.support.axe import axe
from tests.browser.support.chromium import new_context
from tests.browser.support.packages import npm_packages
from tests.browser.support.provider import Provider, running_provider
from tests.browser.support.trouble import Trouble
from tests.support.platform import platform
from tests.support.serving import served

STRICT = "default-src 'none'; script-src 'self'; connect-src 'self'"


@pytest.fixture
async def sandbox(database: str, tmp_path: Path) -> AsyncIterator[str]:
    async with platform(database, tmp_path, sandbox=True) as running:
        yield running.url


@pytest.fixture
async def strict() -> AsyncIterator[str]:
    """Serve a page that does what its address asks, under a strict policy."""

    async def answer(request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": STRICT}
        if request.path == "/script.js":
            return web.Response(text=request.query["do"], content_type="text/javascript")
        if request.path == "/favicon.ico":
            return web.Response(status=204)
        if request.path == "/callback":
            return web.Response(text="back")
        if request.path != "/":
            return web.Response(status=404, headers=headers)
        do, style = quote(request.query["do"]), request.query.get("style", "")
        text = f'<!doctype html><p {style}>x<script src="/script.js?do={do}"></script>'
        return web.Response(text=text, content_type="text/html", headers=headers)

    async with served(answer) as url:
        yield url


async def test_page_of_a_sandbox_is_in_order(sandbox: str, page: Page) -> None:
    await page.goto(sandbox)
    await expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    assert await page.evaluate("[navigator.language, innerWidth, innerHeight]") == [
        "zh-CN",
        1440,
        900,
    ]
    assert await page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == (
        "Asia/Shanghai"
    )
    await axe(page)


async def test_every_trouble_is_seen(strict: str, chromium: Browser) -> None:
    """A page that goes to another host gets nowhere, too."""
    for does, seen in {
        "console.error('oh')": "console error: oh",
        "undefined.nothing": "page error: Cannot read properties of undefined",
        "Promise.reject(new Error('late'))": "page error: late",
        "eval('1')": "policy violation: script-src stopped eval",
        "new Image().src = '/picture.png'": "policy violation: img-src stopped .*/picture.png",
        "fetch('/nothing')": "console error: .*404",
        "fetch('http://127.0.0.1:1/').catch(() => 0)": "policy violation: connect-src",
        "location = 'http://example.com/'": "foreign request: http://example.com/",
        "location = 'https://192.0.2.1/'": "failed request: GET https://192.0.2.1/.*NAME_NOT_RES",
        "0&style=style%3Dcolor:red": "policy violation: style-src-attr stopped inline",
    }.items():
        trouble, context = Trouble(), await new_context(chromium)
        await trouble.watch(context)
        page = await context.new_page()
        await page.goto(f"{strict}?do={does}")
        await come(trouble, seen)


async def come(trouble: Trouble, seen: str) -> None:
    for _ in range(250):
        if any(re.search(seen, one) for one in trouble.found):
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"{seen} was not seen, but {trouble.found}")


async def test_trouble_that_was_expected_must_come(strict: str, page: Page) -> None:
    trouble = Trouble()
    await trouble.watch(page.context)
    trouble.expect("never")
    await page.goto(f"{strict}?do=1")
    with pytest.raises(AssertionError, match=r"did not come: .'never'."):
        trouble.assert_none()


async def test_axe_names_the_rule_and_the_place(strict: str, page: Page) -> None:
    await page.goto(f"{strict}?do=1")
    with pytest.raises(AssertionError, match=r"(?s)html-has-lang .*at html") as found:
        await axe(page)
    assert "document-title" in str(found.value)
    await axe(
        page,
        without=(
            "document-title",
            "html-has-lang",
            "landmark-one-main",
            "region",
            "page-has-heading-one",
        ),
    )


async def test_provider_describes_itself(provider: Provider) -> None:
    address = f"{provider.issuer}/.well-known/openid-configuration"
    async with ClientSession() as session, session.get(address) as response:
        described = await response.json()
    assert described["issuer"] == provider.issuer
    assert described["code_challenge_methods_supported"] == ["S256"]


async def test_provider_signs_somebody_in(provider: Provider, page: Page, strict: str) -> None:
    client = provider.add_client(f"{strict}callback")
    asked = (
        f"{provider.issuer}/auth?client_id={client.client_id}&response_type=code&scope=openid+profile"
        f"&redirect_uri={strict}callback&state=s&nonce=n&code_challenge_method=S256"
        "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )
    await page.goto(asked)
    await page.get_by_role("button", name="林检察官").click()
    await page.wait_for_url(f"{strict}callback?*code=*state=s*")


async def test_provider_wants_proof_of_who_asked(
    provider: Provider, page: Page, strict: str
) -> None:
    client = provider.add_client(f"{strict}callback")
    await page.goto(
        f"{provider.issuer}/auth?client_id={client.client_id}&response_type=code&scope=openid"
        f"&redirect_uri={strict}callback&state=s"
    )
    await page.wait_for_url(f"{strict}callback?error=invalid_request&*")


def test_provider_leaves_nothing_behind() -> None:
    with running_provider(npm_packages()) as provider:
        process = provider._process
    assert process.returncode == 0
