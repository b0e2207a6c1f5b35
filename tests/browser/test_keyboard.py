"""Without a mouse: every flow goes by keys alone, what has the focus is seen, and no swap takes it away."""

import re

from playwright.async_api import Locator, Page, expect

from tests.browser.support.stage import Stage

_MOST_TABS = 150
_SEEN = """() => {
  const held = document.activeElement, style = getComputedStyle(held);
  const shown = held.getClientRects().length > 0;
  return held !== document.body && shown && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""


async def test_keys_alone_lead_from_the_door_to_a_signed_request(stage: Stage, page: Page) -> None:
    await stage.hand_over(stage.case("云栖"))
    await page.goto(f"{stage.url}/sign-in")
    await _tab_to(page, page.get_by_role("button", name="林检察官"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("移送案件")
    await page.wait_for_load_state()
    await _filters_without_losing_the_focus(page)
    await _shows_its_keys(page)
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type("云栖")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("1 件未办结")
    await page.wait_for_load_state()
    await _claims_and_opens(page)
    await _asks_for_a_supplement(page)
    await page.keyboard.press("u")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("1 件未办结")


async def test_keys_alone_go_through_the_rows_of_a_list_and_back(stage: Stage, page: Page) -> None:
    await page.goto(f"{stage.url}/sign-in")
    await _tab_to(page, page.get_by_role("button", name="顾处长"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("监督总览")
    await page.wait_for_load_state()
    await page.keyboard.press("j")
    await expect(page.locator("#tiles a").first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("应移送未移送")
    await page.wait_for_load_state()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    first = page.get_by_role("rowheader").first.get_by_role("link")
    await expect(first).to_be_focused()
    await page.keyboard.press("Enter")
    await _tab_to(page, page.locator("summary", has_text="督办函"))
    await page.keyboard.press("Space")
    text = page.get_by_role("form", name="督办函").get_by_label("正文")
    await _fill(page, text, "请于十五日内书面回复。")
    await _goes_on(page, "督办函")


async def _tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab until it is there; on the way the focus is always seen."""
    await expect(wanted).to_be_visible()
    for _ in range(_MOST_TABS):
        await page.keyboard.press(key)
        assert await page.evaluate(_SEEN), await page.evaluate("document.activeElement.outerHTML")
        if await wanted.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError(f"{_MOST_TABS} tabs do not lead to {wanted}")


async def _filters_without_losing_the_focus(page: Page) -> None:
    """A filter applies at once, and the list below changes under a focus that stays."""
    box = page.get_by_role("checkbox", name="市场监管")
    await _tab_to(page, box)
    for address in (re.compile("market_supervision"), re.compile("^(?!.*market_supervision)")):
        await page.keyboard.press("Space")
        await page.wait_for_url(address)
        await expect(box).to_be_focused()


async def _shows_its_keys(page: Page) -> None:
    held = await page.evaluate_handle("document.activeElement")
    await page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="快捷键")
    await expect(keys).to_contain_text("领取")
    await page.keyboard.press("Escape")
    await expect(keys).to_be_hidden()
    assert await page.evaluate("(held) => held === document.activeElement", held)


async def _claims_and_opens(page: Page) -> None:
    link = page.get_by_role("link", name="示案stage-1")
    await page.keyboard.press("j")
    await expect(link).to_be_focused()
    await page.keyboard.press("k")
    await expect(link).to_be_focused()
    await page.keyboard.press("c")
    await expect(page.get_by_role("button", name="放回 示案stage-1")).to_be_visible()
    await expect(link).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("由我办理")).to_be_visible()


async def _asks_for_a_supplement(page: Page) -> None:
    await _tab_to(page, page.locator("summary", has_text="通知补充材料"))
    await page.keyboard.press("Enter")
    form = page.get_by_role("form", name="通知补充材料")
    await _fill(page, form.get_by_label("怎样补充、为何需要"), "请补充抽样记录。")
    await _goes_on(page, "通知补充材料")


async def _fill(page: Page, field: Locator, text: str) -> None:
    await _tab_to(page, field)
    await page.keyboard.press("Control+a")
    await page.keyboard.type(text)


async def _goes_on(page: Page, title: str) -> None:
    """Check, change one's mind and come back, confirm."""
    await _tab_to(page, page.get_by_role("form", name=title).get_by_role("button"))
    await page.keyboard.press("Enter")
    confirm = page.get_by_role("button", name="确认并签署")
    await _tab_to(page, confirm)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Shift+Tab")
    await expect(confirm).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").filter(has_text=f"已办理：{title}")).to_be_visible()
