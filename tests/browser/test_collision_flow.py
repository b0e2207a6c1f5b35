"""Two prosecutors at one case, and a list that somebody comes back to: nobody's work is lost."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Contexts
from tests.browser.support.people import be_in, look_for, sign, unfold
from tests.browser.support.stage import Stage
from tests.browser.support.trouble import Trouble

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
OPINION = "建议补查进货渠道，并核对销售账册的原始凭证。"
REQUEST = "无法确认样品来源，请补充抽样记录。"


async def _type(page: Page, title: str, label: str, text: str) -> Locator:
    """Fill a form and leave it at that; gives the button that goes on."""
    form = await unfold(page, title)
    await form.get_by_label(label).fill(text)
    return form.get_by_role("button", name="下一步：核对")


@SCRIPTS
async def test_two_decide_on_one_case_and_neither_loses_work(
    stage: Stage, contexts: Contexts, trouble: Trouble, *, scripts: bool
) -> None:
    case = f"{stage.url}/desk/transfers/{await stage.hand_over(stage.case('云栖'))}"
    lin, zhou = [
        await be_in(stage, await contexts(java_script_enabled=scripts), subject)
        for subject in ("lin", "zhou")
    ]
    await lin.goto(case)
    await zhou.goto(case)
    goes_on = await _type(zhou, "提出检察意见", "意见内容", OPINION)
    await (await _type(lin, "通知补充材料", "怎样补充、为何需要", REQUEST)).click()
    await sign(lin, "通知补充材料")
    trouble.expect("status of 409")
    await goes_on.click()
    await _takes_over(zhou)
    trouble.expect("status of 412")
    await _sees_the_difference(zhou)
    await zhou.get_by_role("button", name="按现在的情况继续").click()
    await expect(zhou.get_by_text(OPINION, exact=True)).to_be_visible()
    await sign(zhou, "提出检察意见")
    await _is_told_who_took_over(lin, case)
    for page in (lin, zhou):
        await page.goto(case)
        timeline = page.locator("#timeline")
        await expect(timeline).to_contain_text("通知补充材料")
        await expect(timeline).to_contain_text("检察意见")
        await expect(timeline).to_contain_text("周检察官 提出检察意见")


async def _takes_over(page: Page) -> None:
    """Another works on the case: who, since when; with a reason one goes on, and what was typed comes along."""
    await expect(page.get_by_role("heading", level=1)).to_have_text("另有人正在办理")
    await expect(page.get_by_role("alert")).to_contain_text("林检察官 自 10:00 起办理")
    await page.get_by_label("接手的理由").fill("林检察官今日出庭")
    await page.get_by_role("button", name="接手并继续").click()


async def _sees_the_difference(page: Page) -> None:
    await expect(page.get_by_role("heading", level=1)).to_contain_text("案件已有变化")
    await expect(page.get_by_role("table")).to_contain_text("通知补充材料")
    await expect(page.get_by_text("待补充材料").first).to_be_visible()
    await expect(page.get_by_text(OPINION, exact=True)).to_be_visible()


async def _is_told_who_took_over(page: Page, case: str) -> None:
    await page.goto(case)
    await expect(page.get_by_text("他人办理中")).to_be_visible()
    await expect(page.get_by_text("自 林检察官 接手")).to_be_visible()


@SCRIPTS
async def test_back_keeps_filters_page_and_selection(
    stage: Stage, contexts: Contexts, *, scripts: bool
) -> None:
    await stage.hand_over_many("云栖", 45)
    page = await be_in(stage, await contexts(java_script_enabled=scripts), "lin")
    filtered = re.compile(r"/desk\?(?!.*after=).*sector=market_supervision")
    await page.goto(f"{stage.url}/desk")
    await page.get_by_role("checkbox", name="市场监管").check()
    if not scripts:
        await page.get_by_role("button", name="应用筛选").click()
    await expect(page).to_have_url(filtered)
    await _chosen(page).first.check()
    await page.get_by_role("link", name="下一页").click()
    await expect(page.get_by_role("link", name="上一页")).to_be_visible()
    where = page.url
    await _chosen(page).nth(1).check()
    opened = page.locator("a.open").nth(2)
    number = await opened.inner_text()
    await opened.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    await page.go_back()
    await expect(page).to_have_url(where)
    await expect(page.get_by_role("link", name=number)).to_be_visible()
    await expect(page.get_by_role("checkbox", name="市场监管")).to_be_checked()
    if scripts:
        await expect(page.get_by_text("已选 2 件")).to_be_visible()
    await expect(_chosen(page).nth(1)).to_be_checked()
    await page.go_back()
    await expect(page).to_have_url(filtered)
    await expect(_chosen(page).first).to_be_checked()
    await look_for(page, "云栖")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("45 件未办结")


def _chosen(page: Page) -> Locator:
    return page.get_by_role("checkbox", name="选择 ")
