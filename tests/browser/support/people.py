"""What people do at the pages, by what they read there: names of links, buttons and fields."""

from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.browser.support.stage import Stage
from tests.support.pages import SAME_ORIGIN


async def come_in(stage: Stage, page: Page, name: str) -> None:
    """Sign in by the door of the sandbox."""
    await page.goto(f"{stage.url}/sign-in")
    await page.get_by_role("button", name=name, exact=True).click()
    await expect(page.get_by_role("button", name="退出")).to_be_visible()


async def be_in(stage: Stage, context: BrowserContext, subject: str) -> Page:
    """Give a page of somebody who is signed in already."""
    form = {"person": subject, "next": "/account"}
    await context.request.post(f"{stage.url}/sign-in/demo", form=form, headers=SAME_ORIGIN)
    return await context.new_page()


async def look_for(page: Page, text: str) -> None:
    await page.get_by_role("searchbox", name="检索").fill(text)
    await page.get_by_role("button", name="检索", exact=True).click()


async def unfold(page: Page, title: str) -> Locator:
    """Open the form of an act on the page of a matter."""
    await page.locator("summary", has_text=title).click()
    return page.get_by_role("form", name=title)


async def sign(page: Page, title: str) -> None:
    """Check what is to be signed, confirm, and find the banner."""
    await expect(page.get_by_role("heading", level=1)).to_contain_text(f"核对：{title}")
    await page.get_by_role("button", name="确认并签署").click()
    await expect(page.get_by_role("status").filter(has_text=f"已办理：{title}")).to_be_visible()
