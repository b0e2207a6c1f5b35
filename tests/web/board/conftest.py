"""The whole service with its pages, a register to make cases in, and a supervisor who looks at the board."""

from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from adapters.main import Running
from adapters.main import web as main_web
from adapters.main.pages import page_services
from adapters.web.pages.services import PageServices
from tests.support.chain import Chain, HeldClock
from tests.support.packets import NOW
from tests.support.pages import Visitor, pages_platform
from tests.support.supervision import SupervisionScene


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOW)


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> list[PageServices]:
    """The pages' services of the service that a test runs."""
    found: list[PageServices] = []

    def wire(*given: Any) -> PageServices:
        found.append(page_services(*given))
        return found[-1]

    monkeypatch.setattr(main_web, "page_services", wire)
    return found


@pytest.fixture
async def running(
    database: str, tmp_path: Path, clock: HeldClock, wired: list[PageServices]
) -> AsyncIterator[Running]:
    vault = b64encode(b"v" * 32).decode()
    async with pages_platform(database, tmp_path, clock, vault_key=vault) as running:
        yield running


@pytest.fixture
async def scene(running: Running, pool: asyncpg.Pool, clock: HeldClock) -> SupervisionScene:
    chain = Chain(pool, clock)
    await chain.reload()
    return SupervisionScene(chain)


@pytest.fixture
async def visitor(running: Running) -> AsyncIterator[Visitor]:
    async with Visitor(running.url) as visitor:
        await visitor.sign_in("he")
        yield visitor
