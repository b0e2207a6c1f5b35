"""The operator's page in a real browser: with scripts and without, by keyboard, and while somebody looks at it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.conftest import Contexts
from tests.support.chain import HeldClock
from tests.support.offices import key_of, office
from tests.support.packets import NOW, packet, signed
from tests.support.pages import pages_platform
from tests.support.platform import upload_all
from tests.support.running import market_client


@dataclass
class Stuck:
    url: str
    pool: asyncpg.Pool
    dispatch: str

    async def sign_in(self, context: BrowserContext) -> Page:
        page = await context.new_page()
        await page.goto(f"{self.url}/sign-in?next=/operations")
        await page.get_by_role("button", name="云运维", exact=True).click()
        return page


@pytest.fixture
async def stuck(database: str, pool: asyncpg.Pool, tmp_path: Path) -> AsyncIterator[Stuck]:
    clock = HeldClock(NOW)
    async with pages_platform(database, tmp_path, clock) as running:
        await upload_all(database)
        async with market_client(running) as client:
            await client.send_packet(signed(packet(), key_of("market")))
        clock.advance(days=4)
        await running.use_cases.deliveries.give_up()
        code = office("county-police").code
        found = await pool.fetchval("SELECT id FROM dispatches WHERE office_code = $1", code)
        yield Stuck(running.url, pool, str(found))


@pytest.mark.parametrize("scripts", [True, False])
async def test_stuck_dispatch_is_sent_to_another_office(
    stuck: Stuck, contexts: Contexts, *, scripts: bool
) -> None:
    page = await stuck.sign_in(await contexts(java_script_enabled=scripts))
    await page.get_by_role("link", name=f"改送 {stuck.dispatch}").click()
    await page.get_by_label("改送至").select_option(office("other-police").code)
    await page.get_by_role("button", name="确认改送").click()
    await expect(page.get_by_role("status")).to_contain_text("改送 示范县公安局")
    await expect(page.get_by_role("link", name=f"改送 {stuck.dispatch}")).to_have_count(0)


async def test_sections_refresh_themselves_and_leave_alone_what_is_in_use(
    stuck: Stuck, contexts: Contexts
) -> None:
    context = await contexts()
    await context.clock.install()
    page = await stuck.sign_in(context)
    await expect(page.locator("#part-dispatches")).to_contain_text("无法送达 2 件")
    await page.get_by_role("link", name=f"改送 {stuck.dispatch}").focus()
    await stuck.pool.execute("UPDATE dispatches SET status = 'waiting'")
    await context.clock.run_for(16_000)
    await expect(page.locator("#part-endpoints")).to_contain_text("待送达 2 件")
    await expect(page.locator("#part-dispatches")).to_contain_text("无法送达 2 件")
    await page.locator("h1").click()
    await page.evaluate("document.activeElement.blur()")
    await context.clock.run_for(16_000)
    await expect(page.locator("#part-dispatches")).to_contain_text("没有需要处理的转递")
