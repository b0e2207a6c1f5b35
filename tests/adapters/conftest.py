"""An office that is called, and the courier that calls it."""

from collections.abc import AsyncIterator

import pytest

from adapters.endpoints.push import HttpCourier
from tests.support.addressee import FaultyAddressee
from tests.support.sending import QUICK, Frozen


@pytest.fixture
async def police() -> AsyncIterator[FaultyAddressee]:
    async with FaultyAddressee("county-police") as addressee:
        yield addressee


@pytest.fixture
async def courier() -> AsyncIterator[HttpCourier]:
    async with HttpCourier(Frozen(), QUICK) as courier:
        yield courier
