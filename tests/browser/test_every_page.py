"""Every page, by rule: no fault of accessibility, no wider than a window of 800 pixels, in both languages and both looks."""

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Contexts
from tests.browser.support.axe import axe
from tests.browser.support.people import be_in
from tests.browser.support.stage import Stage
from tests.browser.support.trouble import Trouble
from tests.browser.support.walk import Stop, drawn, pages_to_see, stops_of

_OVER = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("look", ["normal", "care"])
async def test_every_page_is_clean_by_rule_and_fits(
    stage: Stage, contexts: Contexts, trouble: Trouble, language: str, look: str
) -> None:
    trouble.expect(
        "status of 404 .*/sign-in/callback"
    )  # nobody began to sign in, and there is no provider
    stops = await stops_of(stage)
    missed = pages_to_see() - {stop.page for stop in stops}
    assert not missed, (
        f"nobody looks at {sorted(missed)}: add them to tests/browser/support/walk.py"
    )
    chosen = {"linkage-language": language, "linkage-look": look}
    pages = {
        person: await _page_of(stage, contexts, person, chosen)
        for person in {stop.person for stop in stops}
    }
    faults = [fault for stop in stops if (fault := await _fault(stage, pages[stop.person], stop))]
    assert not faults, "\n\n".join(faults)


async def _page_of(
    stage: Stage, contexts: Contexts, person: str | None, chosen: dict[str, str]
) -> Page:
    context = await contexts(viewport={"width": 800, "height": 900})
    await context.add_cookies(
        [{"name": n, "value": v, "url": stage.url} for n, v in chosen.items()]
    )
    return await be_in(stage, context, person) if person else await context.new_page()


async def _fault(stage: Stage, page: Page, stop: Stop) -> str:
    """Say what is wrong with a page, if anything is."""
    await page.goto(f"{stage.url}{stop.path}")
    await drawn(page)
    await page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    over = await page.evaluate(_OVER)
    if over:
        return f"{stop.file} is {over} pixels too wide"
    try:
        await axe(page)
    except AssertionError as found:
        return f"{stop.file}: {found}"
    return ""
