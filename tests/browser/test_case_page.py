"""The case page in a real browser: the document beside the clauses, by mouse, by keys, and without scripts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from adapters.main import Running
from tests.browser.conftest import Contexts
from tests.browser.support.axe import axe
from tests.support.case_pages import GBK, PNG, CaseScene
from tests.support.chain import HeldClock
from tests.support.packets import NOW, digest_of
from tests.support.pages import SAME_ORIGIN, pages_platform
from tests.support.pdf import pages_pdf

REPORT = pages_pdf("检验报告第一页", "不合格项目：绝缘厚度", "结论：不合格")
EVIDENCE = {
    "sales_amount": [{"material": digest_of(REPORT), "page": 3}],
    "substandard_product": [{"material": digest_of(PNG)}],
}
FACTS = {"party_type": "person", "substandard_product": True, "sales_amount": 60000}


@pytest.fixture
async def running(database: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with pages_platform(database, tmp_path, HeldClock(NOW)) as running:
        yield running


@pytest.fixture
async def case(running: Running) -> str:
    files = [
        (REPORT, {"title": "检验报告全文", "media_type": "application/pdf", "pages": 3}),
        (PNG, {"title": "现场照片一", "media_type": "image/png"}),
        (GBK, {"title": "检查笔录", "media_type": "text/plain"}),
    ]
    scene = CaseScene(running)
    transfer_id = await scene.post(files=files, facts=FACTS, evidence=EVIDENCE)
    await scene.acknowledge(transfer_id)
    return f"{running.url}/desk/transfers/{transfer_id}"


async def sign_in(context: BrowserContext, running: Running) -> None:
    await context.request.post(
        f"{running.url}/sign-in/demo",
        form={"person": "lin2", "next": "/account"},
        headers=SAME_ORIGIN,
    )


@pytest.fixture
async def opened(page: Page, running: Running, case: str) -> Page:
    """Open the case at the report."""
    await sign_in(page.context, running)
    await page.goto(f"{case}?material={digest_of(REPORT)}&from=status%3Dopen")
    await expect(page.locator(".viewer")).to_have_attribute("data-drawn", "1")
    return page


async def test_characters_of_fonts_that_are_not_embedded_are_drawn_and_can_be_selected(
    opened: Page,
) -> None:
    await expect(opened.locator(".textLayer")).to_contain_text("检验报告第一页")
    dark = await opened.evaluate(
        """() => { const canvas = document.querySelector(".viewer canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let dark = 0; for (let at = 0; at < data.length; at += 4) if (data[at] < 100) dark += 1;
        return dark; }"""
    )
    assert dark > 500
    box = await opened.locator(".textLayer span").first.bounding_box()
    canvas = await opened.locator(".viewer canvas").bounding_box()
    assert box is not None
    assert canvas is not None
    # The text lies where it is drawn: 40 points from the left of 595, and as wide as seven characters of 24.
    assert abs((box["x"] - canvas["x"]) / canvas["width"] - 40 / 595) < 0.01
    assert abs(box["width"] / canvas["width"] - 7 * 24 / 595) < 0.02


async def test_clause_leads_to_the_page_that_proves_it_and_leaves_everything_else(
    opened: Page,
) -> None:
    await opened.evaluate("scrollTo(0, 40)")
    await opened.locator(".clauses .proof", has_text="第 3 页").first.click()
    await expect(opened.locator(".textLayer")).to_contain_text("结论：不合格")
    assert "page=3" in opened.url
    assert await opened.evaluate("scrollY") == 40
    await expect(opened.locator("[data-said]")).to_have_text("第 3 页，共 3 页")


async def test_other_material_is_opened_in_its_pane_and_back_brings_the_first_again(
    opened: Page,
) -> None:
    await opened.evaluate("document.querySelector('#deadlines details').open = true")
    await opened.locator(".clauses .proof", has_text="现场照片一").first.click()
    await expect(opened.locator("#document img")).to_have_attribute("alt", "现场照片一")
    assert await opened.evaluate("document.querySelector('#deadlines details').open")
    await opened.go_back()
    await expect(opened.locator(".viewer")).to_have_attribute("data-drawn", "1")
    await expect(opened.locator(".textLayer")).to_contain_text("检验报告第一页")


async def test_keys_turn_pages_and_lead_to_every_part(opened: Page, running: Running) -> None:
    await opened.keyboard.press("]")
    await expect(opened.locator(".textLayer")).to_contain_text("不合格项目：绝缘厚度")
    await opened.keyboard.press("[")
    await expect(opened.locator(".textLayer")).to_contain_text("检验报告第一页")
    await opened.keyboard.press("g")
    await opened.keyboard.press("d")
    await expect(opened.locator("#deadlines")).to_be_focused()
    await opened.keyboard.press("m")
    await expect(opened.locator("#document img")).to_be_visible()
    await opened.keyboard.press("?")
    await expect(opened.locator("#keys")).to_be_visible()
    await opened.keyboard.press("Escape")
    async with opened.expect_navigation():
        await opened.keyboard.press("u")
    assert opened.url.startswith(f"{running.url}/desk?status=open")
    # The queue listens for arrivals, and must not be left listening when the service ends.
    await opened.goto("about:blank")


async def test_page_zooms_and_goes_to_a_number(opened: Page) -> None:
    width = await opened.evaluate("document.querySelector('.viewer canvas').clientWidth")
    await opened.get_by_role("button", name="放大").click()
    await opened.wait_for_function(
        f"document.querySelector('.viewer canvas').clientWidth > {width * 1.2}"
    )
    await opened.locator(".page-number").fill("9")
    await opened.locator(".page-number").press("Enter")
    await expect(opened.locator(".textLayer")).to_contain_text("结论：不合格")


async def test_page_reads_whole_without_scripts(
    contexts: Contexts, running: Running, case: str
) -> None:
    context = await contexts(java_script_enabled=False)
    await sign_in(context, running)
    page = await context.new_page()
    await page.goto(f"{case}?material={digest_of(REPORT)}")
    await expect(page.get_by_text("在此处显示 PDF 需要启用脚本")).to_be_visible()
    await expect(page.get_by_role("link", name="下载")).to_be_visible()
    await page.locator(".clauses .proof", has_text="现场照片一").first.click()
    await expect(page.locator("#document img")).to_be_visible()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("look", ["normal", "care"])
async def test_page_is_clean_by_rule_at_both_widths(
    opened: Page, running: Running, case: str, language: str, look: str
) -> None:
    await opened.context.add_cookies(
        [
            {"name": "linkage-language", "value": language, "url": running.url},
            {"name": "linkage-look", "value": look, "url": running.url},
        ]
    )
    for path in (f"{case}?material={digest_of(REPORT)}&correct=/case/title", f"{case}/record"):
        for width in (1440, 800):
            await opened.set_viewport_size({"width": width, "height": 900})
            await opened.goto(path)
            await opened.evaluate(
                "document.querySelectorAll('details').forEach((one) => one.open = true)"
            )
            await axe(opened)
            overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await opened.evaluate(overflow) == 0
