"""The whole service with a case at two desks, and who works there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.main import Running
from tests.support.case_pages import CaseScene
from tests.support.chain import HeldClock
from tests.support.desk_pages import (
    COLLEAGUE,
    OFFICER,
    PROSECUTOR,
    enrol_desk,
    sign_in,
)
from tests.support.packets import NOW
from tests.support.pages import Visitor, pages_platform

TYPED = "请补充检验报告原件。\n直接送我院。"


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOW)


@pytest.fixture
async def running(database: str, tmp_path: Path, clock: HeldClock) -> AsyncIterator[Running]:
    async with pages_platform(database, tmp_path, clock) as running:
        await enrol_desk(running, "county-procuratorate", "county-police")
        yield running


@pytest.fixture
async def scene(running: Running) -> CaseScene:
    return CaseScene(running)


@pytest.fixture
async def lin(running: Running) -> AsyncIterator[Visitor]:
    async with Visitor(running.url) as visitor:
        yield await sign_in(visitor, PROSECUTOR)


@pytest.fixture
async def zhou(running: Running) -> AsyncIterator[Visitor]:
    async with Visitor(running.url) as visitor:
        yield await sign_in(visitor, COLLEAGUE)


@pytest.fixture
async def qin(running: Running) -> AsyncIterator[Visitor]:
    async with Visitor(running.url) as visitor:
        yield await sign_in(visitor, OFFICER)


@pytest.fixture
async def case(scene: CaseScene) -> str:
    return f"/desk/transfers/{await scene.post()}"
