"""The documentation in a real browser: under the policy, with nothing from elsewhere, and to be used by everybody."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Contexts
from tests.browser.support.axe import axe
from tests.support.pages import pages_platform


@pytest.fixture
async def url(database: str, tmp_path: Path) -> AsyncIterator[str]:
    async with pages_platform(database, tmp_path) as running:
        yield running.url


async def test_swagger_shows_every_operation_and_has_no_fault_that_axe_finds(
    url: str, page: Page
) -> None:
    await page.goto(f"{url}/docs/try")
    await expect(page.get_by_text("/v1/transfers:validate")).to_be_visible()
    await axe(page)
    await page.locator("#operations-reading-get_transfer .opblock-summary-control").click()
    await expect(page.locator(".opblock-body").first).to_be_visible()
    await page.get_by_role("button", name="Authorize").click()
    await expect(page.get_by_text("Available authorizations")).to_be_visible()
    await axe(page)


async def test_operation_can_be_tried_from_the_page(url: str, page: Page) -> None:
    await page.goto(f"{url}/docs/try")
    row = page.locator("#operations-about-list_problems")
    await row.locator(".opblock-summary-control").click()
    await row.get_by_role("button", name="Try it out").click()
    await row.get_by_role("button", name="Execute").click()
    await expect(row.locator(".live-responses-table")).to_contain_text("packet_id_reused")


async def test_facts_are_chosen_without_scripts(url: str, contexts: Contexts) -> None:
    page = await (await contexts(java_script_enabled=False)).new_page()
    await page.goto(f"{url}/docs")
    await page.get_by_role("link", name="案件事实词汇").click()
    await page.get_by_label("含有文字").fill("卷烟")
    await page.get_by_role("button", name="筛选").click()
    await expect(page.locator("#cigarettes")).to_be_visible()
    await expect(page.locator("#evaded_tax")).to_have_count(0)
