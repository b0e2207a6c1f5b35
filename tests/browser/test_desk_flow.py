"""A prosecutor's day: from a search to an acknowledged case, with scripts and without."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect

from adapters.clock import SystemClock, new_id
from adapters.main import pages
from contracts.office import OfficeKind
from service.domain.staff import StaffRole
from service.staff import Staff
from tests.browser.conftest import Contexts
from tests.browser.support.people import come_in, look_for, sign, unfold
from tests.browser.support.provider import Provider
from tests.browser.support.stage import Played, Stage, staged

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])


@SCRIPTS
async def test_case_goes_from_two_characters_to_its_acknowledgement(
    stage: Stage, contexts: Contexts, *, scripts: bool
) -> None:
    await stage.hand_over(stage.case("云栖"))
    page = await (await contexts(java_script_enabled=scripts)).new_page()
    await come_in(stage, page, "林检察官")
    await _from_two_characters_to_acknowledgement(stage, page, scripts=scripts)


@SCRIPTS
async def test_prosecutor_comes_in_by_the_provider_of_his_office(
    server_url: str,
    weeks: Played,
    provider: Provider,
    contexts: Contexts,
    monkeypatch: pytest.MonkeyPatch,
    *,
    scripts: bool,
) -> None:
    page = await (await contexts(java_script_enabled=scripts)).new_page()
    async with _with_provider(server_url, weeks, provider, monkeypatch) as stage:
        await stage.hand_over(stage.case("云栖"))
        await page.goto(f"{stage.url}/desk?status=filed")
        await page.get_by_role("link", name="使用单位统一身份登录").click()
        await page.get_by_role("button", name="林检察官").click()
        await expect(page).to_have_url(f"{stage.url}/desk?status=filed")
        await expect(page.get_by_role("banner")).to_contain_text("林检察官 示例县人民检察院")
        await page.get_by_role("link", name="全部清除").click()
        await look_for(page, "云栖")
        await expect(page.get_by_text("云栖长虹路农资店销售劣质复合肥案")).to_be_visible()
        await page.get_by_role("button", name="退出").click()
        await expect(page.get_by_role("status")).to_contain_text("已退出")
        await page.goto(f"{stage.url}/desk")
        await expect(page.get_by_role("heading", level=1)).to_have_text("登录")


async def _from_two_characters_to_acknowledgement(
    stage: Stage, page: Page, *, scripts: bool
) -> None:
    await look_for(page, "云栖")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("1 件未办结")
    await page.get_by_role("link", name="示案stage-1").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("云栖")
    await _reads_why(page, scripts=scripts)
    await page.get_by_role("button", name="领取").click()
    await expect(page.get_by_text("由我办理")).to_be_visible()
    await _asks_for_a_supplement(page)
    await page.reload()
    await expect(page.get_by_role("status").filter(has_text="已办理")).to_be_visible()
    await stage.follow_up()
    await page.goto(page.url.partition("?")[0])
    await expect(page.locator("#timeline")).to_contain_text("示例县市场监督管理局 补充材料")
    await expect(page.locator("#document").get_by_role("link", name="补充材料")).to_be_visible()
    form = await unfold(page, "出具回执")
    await form.get_by_label("本单位收文编号").fill("示检收〔2026〕7号")
    await form.get_by_role("button", name="下一步：核对").click()
    await sign(page, "出具回执")
    await expect(page.locator("#delivery")).to_contain_text("已回执")


async def _reads_why(page: Page, *, scripts: bool) -> None:
    """Clause, fact, value, limit, met; the article; and the very page of the material that states the fact."""
    clauses = page.locator("#clauses")
    row = clauses.get_by_role("row").filter(has_text="销售金额").first
    await expect(row).to_contain_text("175,000")
    await expect(row).to_contain_text("50,000")
    await expect(row).to_contain_text("符合")
    await expect(clauses).to_contain_text("施行日期")
    await row.get_by_role("link", name="调查报告").click()
    if scripts:
        await expect(page.locator(".textLayer")).to_contain_text("175")
        await expect(page.locator("[data-said]")).to_have_text("第 2 页，共 3 页")
    else:
        document = page.locator("#document")
        await expect(document).to_contain_text("涉嫌犯罪案件情况的调查报告")
        await expect(document.get_by_role("link", name="下载")).to_be_visible()


async def _asks_for_a_supplement(page: Page) -> None:
    form = await unfold(page, "通知补充材料")
    await form.get_by_label("其他需要补充的").fill("抽样记录原件")
    await form.get_by_label("怎样补充、为何需要").fill("无法确认样品来源，请补充抽样记录。")
    await form.get_by_role("button", name="下一步：核对").click()
    await expect(page.get_by_text("案件状态变为：待补充材料")).to_be_visible()
    await expect(page.get_by_text("示例县市场监督管理局").first).to_be_visible()
    await sign(page, "通知补充材料")


@asynccontextmanager
async def _with_provider(
    server_url: str, weeks: Played, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """Run the service with the provider as its door; the provider lives today, not on the held day."""
    provider_of, port = pages.provider_of, _free_port()
    monkeypatch.setattr(
        pages, "provider_of", lambda settings, _: provider_of(settings, SystemClock().now)
    )
    address = f"http://127.0.0.1:{port}"
    client = provider.add_client(f"{address}/sign-in/callback")
    given = {
        "port": port,
        "public_url": address,
        "oidc_issuer": provider.issuer,
        "oidc_client_id": client.client_id,
        "oidc_client_secret": client.client_secret,
    }
    async with staged(server_url, weeks, **given) as stage:
        ground = stage.running.ground
        staff = Staff(ground.uow, ground.registry.now, ground.clock, new_id)
        office = stage.office(OfficeKind.PROCURATORATE).code
        roles = frozenset({StaffRole.REVIEWER})
        await staff.enter(provider.issuer, "u-lin", "林检察官", office, roles)
        yield stage


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
