"""`make screenshots`: every page as it looks, at two widths, with the cases of the demonstration on a held day."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser

from adapters import logs
from adapters.postgres.local import database_url
from contracts.office import OfficeKind
from tests.browser.support.chromium import ROOT, find_chromium, launched, new_context
from tests.browser.support.stage import Stage, played, staged
from tests.browser.support.walk import Stop, drawn, stops_of
from tests.support.packets import NOW
from tests.support.pages import SAME_ORIGIN, Visitor
from tests.support.postgres import template_database

FOLDER = ROOT / ".local" / "screenshots"
WIDTHS = (1440, 800)
KEPT = ("desk", "board")
"""What README shows of a page: as much as a window does. Copied by hand to deploy/screenshots."""
_CASES, _RECORDS = 150, 1200
_LOOKS = {"": {}, "-care": {"linkage-look": "care"}, "-en": {"linkage-language": "en"}}
_ALSO = ("desk", "case", "board", "act")
"""The pages that are shown in English and in the large look too."""


async def main(only: Sequence[str]) -> None:
    executable = find_chromium()
    if executable is None:
        sys.exit("no Chromium here: run `deploy/setup browser`")
    FOLDER.mkdir(parents=True, exist_ok=True)
    logs.configure("error", "auto")
    with TemporaryDirectory() as home, database_url(None, fast=True) as server:
        async with (
            template_database(server) as template,
            played(server, template, Path(home), cases=_CASES, records=_RECORDS) as weeks,
            staged(server, weeks) as stage,
            launched(executable) as browser,
        ):
            await _read_what_is_old(stage)
            await _take_all(browser, stage, only)


async def _read_what_is_old(stage: Stage) -> None:
    """Somebody who works has read what came before the last days."""
    old = await stage.running.ground.pool.fetch(
        "SELECT transfer_id FROM desk_items WHERE office_code = $1 AND arrived_at < $2",
        *(stage.office(OfficeKind.PROCURATORATE).code, NOW - timedelta(days=3)),
    )
    async with Visitor(stage.url) as visitor:
        await visitor.sign_in("lin")
        for row in old:
            await visitor.get(f"/desk/transfers/{row['transfer_id']}")


async def _take_all(browser: Browser, stage: Stage, only: Sequence[str]) -> None:
    for stop in await stops_of(stage):
        if only and stop.file not in only:
            continue
        for suffix, cookies in _LOOKS.items():
            if not suffix or stop.file in _ALSO:
                await _take(browser, stage, stop, suffix, cookies)
    print(f"{len([*FOLDER.glob('*.png')])} screenshots are in {FOLDER}")  # noqa: T201 (this is what it tells)


async def _take(
    browser: Browser, stage: Stage, stop: Stop, suffix: str, cookies: dict[str, str]
) -> None:
    """Take one page at every width; the browser's clock stands where the service's does."""
    context = await new_context(browser, reduced_motion="reduce")
    await context.clock.set_fixed_time(NOW)
    chosen = [{"name": n, "value": v, "url": stage.url} for n, v in cookies.items()]
    await context.add_cookies(chosen)  # type: ignore[arg-type] # a cookie's shape is Playwright's own
    if stop.person:
        form = {"person": stop.person, "next": "/account"}
        await context.request.post(
            f"{stage.url}/sign-in/demo", form=form, headers=SAME_ORIGIN, max_redirects=0
        )
    page = await context.new_page()
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        await page.goto(f"{stage.url}{stop.path}")
        await drawn(page)
        name = f"{stop.file}{suffix}"
        await page.screenshot(
            path=FOLDER / f"{name}-{width}.png", full_page=True, animations="disabled"
        )
        if name in KEPT and width == WIDTHS[0]:
            await page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
    await context.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
