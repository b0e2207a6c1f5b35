"""Pages in a real browser. Whatever a test looks at, its pages must not be in trouble when it ends."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser.support.chromium import find_chromium, launched, new_context
from tests.browser.support.packages import npm_packages
from tests.browser.support.provider import Provider, running_provider
from tests.browser.support.stage import Played, Stage, played, staged
from tests.browser.support.trouble import Trouble

Contexts = Callable[..., Awaitable[BrowserContext]]


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Launch a browser for this test.

    It costs less than half a second, and so everything of a test runs on one loop: the browser's
    connection, the service, and the fixtures that any other test has.
    """
    executable = find_chromium()
    if executable is None:
        pytest.skip("no Chromium here: install Debian's chromium, or run `deploy/setup browser`")
    async with launched(executable) as browser:
        yield browser


@pytest.fixture
def trouble() -> Iterator[Trouble]:
    """Give what keeps the trouble of this test; at the end there must be what was expected and no other."""
    kept = Trouble()
    yield kept
    kept.assert_none()


@pytest.fixture
def contexts(chromium: Browser, trouble: Trouble) -> Contexts:
    """Give what opens one more context: another person, or one with `java_script_enabled=False`."""

    async def opened(**options: Any) -> BrowserContext:
        context = await new_context(chromium, **options)
        await trouble.watch(context)
        return context

    return opened


@pytest.fixture
async def context(contexts: Contexts) -> BrowserContext:
    return await contexts()


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """Run one OpenID provider; each test registers a client of its own, and each context has its own sign-in there."""
    with running_provider(npm_packages()) as provider:
        yield provider


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def weeks(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Played]:
    """Play the weeks behind every stage, once in a process of tests."""
    async with played(server_url, template, tmp_path_factory.mktemp("stage")) as weeks:
        yield weeks


@pytest.fixture
async def stage(server_url: str, weeks: Played) -> AsyncIterator[Stage]:
    """Run the service on a clone of the weeks, which is this test's alone."""
    async with staged(server_url, weeks) as stage:
        yield stage
