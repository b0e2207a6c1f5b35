"""A supervisor's way from a number to a letter, and an operator's from a problem to its end."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Contexts
from tests.browser.support.people import come_in, sign, unfold
from tests.browser.support.stage import Stage

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])


@SCRIPTS
async def test_number_leads_to_the_list_to_a_lead_to_a_supervisory_letter(
    stage: Stage, contexts: Contexts, *, scripts: bool
) -> None:
    page = await (await contexts(java_script_enabled=scripts)).new_page()
    await come_in(stage, page, "顾处长")
    await expect(page).to_have_url(f"{stage.url}/board")
    tile = page.get_by_role("listitem").filter(has_text="件应移送未移送")
    number = tile.get_by_role("link")
    count = await number.inner_text()
    await number.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(f"应移送未移送 {count} 件")
    rows = page.get_by_role("row").filter(has=page.get_by_role("rowheader"))
    await expect(rows).to_have_count(int(count))
    await rows.filter(has_text="待处理").first.get_by_role("link").click()
    form = await unfold(page, "督办函")
    await form.get_by_label("正文").fill("请于十五日内办理移送并书面回复。")
    await form.get_by_role("button", name="下一步：核对").click()
    await sign(page, "督办函")
    await expect(page.get_by_role("region", name="经过")).to_contain_text("顾处长 · 督办函")
    await expect(page.get_by_role("region", name="本案")).to_contain_text("督办函")
    await page.get_by_role("link", name="督办函").first.click()
    await expect(page.get_by_text("请于十五日内办理移送并书面回复。")).to_be_visible()


@SCRIPTS
async def test_operator_sends_again_what_was_refused(
    stage: Stage, contexts: Contexts, *, scripts: bool
) -> None:
    page = await (await contexts(java_script_enabled=scripts)).new_page()
    await come_in(stage, page, "云运维")
    await expect(page.get_by_role("heading", level=1)).to_have_text("平台运行")
    await expect(page.get_by_role("region", name="问题与处理")).to_contain_text("被拒收")
    row = page.get_by_role("row").filter(has_text="拒收").last
    await row.get_by_role("link", name="重新送达").click()
    await page.get_by_role("button", name="重新送达").click()
    await expect(page.get_by_role("status")).to_contain_text("已重新排队")
    await expect(page.get_by_role("link", name="重新送达")).to_have_count(0)
