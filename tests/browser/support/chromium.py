"""A real Chromium, as somebody in an office in China has one; it reaches this machine and nothing else."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, async_playwright

ROOT = Path(__file__).parents[3]
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_BROUGHT = ".local/playwright/chromium*/*/*headless*shell"
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Better than intercepting requests, which would switch off the browser's cache: no other host exists.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
_USUAL: dict[str, Any] = {
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
    "viewport": {"width": 1440, "height": 900},
}
_PATIENCE = 10_000  # milliseconds, on a machine that does other things too


def find_chromium() -> str | None:
    """Give the machine's own, else the one that `deploy/setup browser` brought."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    return next((str(path) for path in ROOT.glob(_BROUGHT) if os.access(path, os.X_OK)), None)


@asynccontextmanager
async def launched(executable: str) -> AsyncIterator[Browser]:
    """Run a browser until the block ends."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


async def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """Give somebody a browser of his own, with no cookies; `options` are Playwright's."""
    context = await browser.new_context(**(_USUAL | options))
    context.set_default_timeout(_PATIENCE)
    return context
