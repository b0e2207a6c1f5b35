"""Building the service by its role, and taking it down in the opposite order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from adapters.clock import SystemClock, new_id
from adapters.main.background import (
    Background,
    keep_up,
    start_delivery,
    start_rescreening,
    start_rounds,
)
from adapters.main.ground import Ground, lay_ground
from adapters.main.use_cases import UseCases, make_use_cases
from adapters.main.web import start_web
from adapters.settings import Settings
from service.delivery import Deliveries
from service.foresight import Foresight
from service.ports import Clock
from service.register import Register
from service.rescreening import Rescreening
from service.staff import Staff
from service.supervision_delivery import LetterDeliveries


@dataclass(frozen=True, slots=True)
class Running:
    """A service that runs; `url` is where it listens, also when the settings left the port open."""

    url: str
    ground: Ground
    use_cases: UseCases
    background: Background


@asynccontextmanager
async def deliveries(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Deliveries]:
    """Give the delivery use case alone, to an operator who acts on a dispatch by hand."""
    async with AsyncExitStack() as stack:
        ground = await lay_ground(settings, clock or SystemClock(), stack)
        yield (await make_use_cases(ground, stack)).deliveries


@asynccontextmanager
async def letters(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[LetterDeliveries]:
    """Give the delivery of letters alone, to an operator who acts on one by hand."""
    async with AsyncExitStack() as stack:
        ground = await lay_ground(settings, clock or SystemClock(), stack)
        yield (await make_use_cases(ground, stack)).supervision.deliveries


@asynccontextmanager
async def register(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Register]:
    """Give the register's use case alone, to an operator who imports a file."""
    async with AsyncExitStack() as stack:
        ground = await lay_ground(settings, clock or SystemClock(), stack)
        yield (await make_use_cases(ground, stack)).register


@asynccontextmanager
async def staff(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Staff]:
    """Give the people's use case alone, to an operator who enters them."""
    async with AsyncExitStack() as stack:
        ground = await lay_ground(settings, clock or SystemClock(), stack)
        yield Staff(ground.uow, ground.registry.now, ground.clock, new_id)


@asynccontextmanager
async def rescreening(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[tuple[Rescreening, Foresight]]:
    """Give what switches rule books, and what says beforehand what a switch would change."""
    async with AsyncExitStack() as stack:
        ground = await lay_ground(settings, clock or SystemClock(), stack)
        use_cases = await make_use_cases(ground, stack)
        yield use_cases.rescreening, use_cases.foresight


@asynccontextmanager
async def build(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Running]:
    """Run the service until the block ends; raises what keeps it from running.

    What is started last is stopped first: new requests end, then attempts, then what both stand on.
    """
    async with AsyncExitStack() as stack:
        ground = await lay_ground(settings, clock or SystemClock(), stack)
        use_cases = await make_use_cases(ground, stack)
        background = Background()
        stack.push_async_callback(background.stop)
        keep_up(ground, background)
        if settings.role != "api":
            start_rounds(ground, use_cases, background)
            start_rescreening(ground, use_cases, background)
            start_delivery(ground, use_cases, background, stack)
        url = await start_web(ground, use_cases, stack)
        yield Running(url, ground, use_cases, background)
