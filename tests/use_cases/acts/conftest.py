"""A prosecutor and an officer of the police, at desks that can sign."""

import pytest

from service.domain.staff import Seat
from tests.support.chain import Chain
from tests.support.desk import DeskScene


@pytest.fixture
async def desk(chain: Chain) -> DeskScene:
    desk = DeskScene(chain)
    for slug in ("county-procuratorate", "county-police"):
        await desk.enrol(slug)
    return desk


@pytest.fixture
async def lin(desk: DeskScene) -> Seat:
    return await desk.seat("county-procuratorate", "lin")


@pytest.fixture
async def qin(desk: DeskScene) -> Seat:
    return await desk.seat("county-police", "qin")
