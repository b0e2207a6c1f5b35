"""Deciding in a real browser: by rule, by keyboard, and without scripts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from adapters.main import Running
from tests.browser.conftest import Contexts
from tests.browser.support.axe import axe
from tests.browser.support.trouble import Trouble
from tests.support.case_pages import CaseScene
from tests.support.chain import HeldClock
from tests.support.desk_pages import COLLEAGUE, OFFICER, PROSECUTOR, enrol_desk
from tests.support.packets import NOW
from tests.support.pages import SAME_ORIGIN, pages_platform

TYPED = "请补充检验报告原件。"


@pytest.fixture
async def running(database: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with pages_platform(database, tmp_path, HeldClock(NOW)) as running:
        await enrol_desk(running, "county-procuratorate", "county-police")
        yield running


@pytest.fixture
async def case(running: Running) -> str:
    transfer_id = await CaseScene(running).post(materials=[], approvals={}, facts={})
    return f"{running.url}/desk/transfers/{transfer_id}"


async def sign_in(context: BrowserContext, running: Running, person: str) -> Page:
    await context.request.post(
        f"{running.url}/sign-in/demo",
        form={"person": person, "next": "/account"},
        headers=SAME_ORIGIN,
    )
    return await context.new_page()


async def fill(page: Page, case: str) -> None:
    await page.goto(case)
    await page.locator("summary", has_text="通知补充材料").click()
    await page.get_by_label("怎样补充、为何需要").fill(TYPED)
    await page.locator("input[name=missing]").first.check()
    await page.locator("details[open] button.primary").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
async def test_two_prosecutors_collide_and_neither_loses_work(
    contexts: Contexts, running: Running, case: str, trouble: Trouble, *, scripts: bool
) -> None:
    trouble.expect("412")
    lin = await sign_in(await contexts(java_script_enabled=scripts), running, PROSECUTOR)
    qin = await sign_in(await contexts(java_script_enabled=scripts), running, OFFICER)
    await fill(lin, case)
    await expect(lin.locator("h1")).to_contain_text("核对：通知补充材料")

    await qin.goto(case)
    await qin.locator("summary", has_text="受案").click()
    await qin.locator("details[open] button.primary").click()
    await qin.locator("#confirm").click()
    await expect(qin.locator("#done")).to_contain_text("已办理：受案")

    await lin.locator("#confirm").click()
    await expect(lin.locator("h1")).to_contain_text("案件已有变化")
    await expect(lin.locator(".typed")).to_contain_text(TYPED)
    await lin.locator("#go-on").click()
    await lin.locator("#confirm").click()
    await expect(lin.locator("#done")).to_contain_text("已办理：通知补充材料")
    await lin.go_back()
    await expect(lin.locator("#done, #go-on, #confirm").first).to_be_visible()
    await lin.goto(case)
    await expect(lin.locator(".case-state")).to_contain_text("待补充材料")


async def test_keyboard_alone_decides(context: BrowserContext, running: Running, case: str) -> None:
    page = await sign_in(context, running, PROSECUTOR)
    await page.goto(case)
    summary = page.locator("summary", has_text="提出检察意见")
    await summary.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type("请依法及时受案。")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#confirm")).to_be_visible()
    await page.locator("#confirm").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#done")).to_contain_text("已办理：提出检察意见")


async def look(page: Page, running: Running) -> None:
    """Hold the page, as it is, to the rules in both languages, both looks and both widths."""
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for language, care in (("zh-CN", "normal"), ("en", "care")):
        await page.context.add_cookies(
            [
                {"name": "linkage-language", "value": language, "url": running.url},
                {"name": "linkage-look", "value": care, "url": running.url},
            ]
        )
        await page.reload()
        await page.evaluate(
            "document.querySelectorAll('details').forEach((one) => one.open = true)"
        )
        for width in (1440, 800):
            await page.set_viewport_size({"width": width, "height": 900})
            await axe(page)
            assert await page.evaluate(overflow) == 0
    await page.context.clear_cookies(name="linkage-language")
    await page.context.clear_cookies(name="linkage-look")
    await page.reload()


async def test_pages_are_clean_by_rule(
    contexts: Contexts, running: Running, case: str, trouble: Trouble
) -> None:
    for status in ("412", "409", "422"):
        trouble.expect(status)
    lin = await sign_in(await contexts(), running, PROSECUTOR)
    zhou = await sign_in(await contexts(), running, COLLEAGUE)
    qin = await sign_in(await contexts(), running, OFFICER)
    await zhou.goto(case)
    await zhou.locator("summary", has_text="提出检察意见").click()
    await zhou.get_by_label("意见内容").fill(TYPED)
    await fill(lin, case)
    await look(lin, running)  # the check
    await zhou.locator("details[open] button.primary").click()
    await look(zhou, running)  # another works on it
    await qin.goto(case)
    await look(qin, running)  # what is offered
    await qin.locator("summary", has_text="受案").click()
    await qin.locator("details[open] button.primary").click()
    await qin.locator("#confirm").click()
    await look(qin, running)  # the banner
    await lin.locator("#confirm").click()
    await look(lin, running)  # the difference
    await qin.goto(case)
    await qin.evaluate(
        "for (const one of document.querySelectorAll('[required]')) one.required = false"
    )
    await qin.locator("summary", has_text="不予立案").click()
    await qin.locator("details[open] button.primary").click()
    await look(qin, running)  # what is missing


async def test_bulk_pages_are_clean_by_rule(
    context: BrowserContext, running: Running, case: str
) -> None:
    page = await sign_in(context, running, OFFICER)
    await page.goto(case)
    await page.goto(f"{running.url}/account")
    chosen = [case.rpartition("/")[2], "01982f5c-7a10-7c3e-9f00-6d1f3a2b4c5d"]
    await page.evaluate(
        """(chosen) => { const form = document.createElement("form"); form.method = "post"; form.action = "/desk/bulk";
        for (const [name, value] of [["kind", "acknowledge"], ...chosen.map((one) => ["transfer", one])]) {
          const input = document.createElement("input"); input.name = name; input.value = value; form.append(input); }
        document.body.append(form); form.submit(); }""",
        chosen,
    )
    await page.wait_for_url("**/desk/bulk/**")
    await look(page, running)
    await page.locator("#confirm").click()
    await look(page, running)
