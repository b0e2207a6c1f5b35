"""Bells: a process hears at once what another one has changed, and looks by itself all the same."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import asyncpg
from structlog.stdlib import BoundLogger

_CONNECT_WITHIN = 10.0
_HANG_AGAIN_AFTER = 5.0


class Bell:
    """Wakes who waits for it; it is only a saving of time, and polling is what is relied upon."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Wait until it rings, and so many seconds at most."""
        with suppress(TimeoutError):
            # Not wait_for, which before Python 3.12 may swallow the cancellation that stops us.
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()


async def hang_up(url: str, bells: Mapping[str, Bell], log: BoundLogger) -> None:
    """Hang up a bell for each channel, and hang them up again when they are lost, for ever."""
    while True:
        try:
            await _hear(url, bells)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            log.warning("bells.lost", exc_info=True)
        await asyncio.sleep(_HANG_AGAIN_AFTER)


async def _hear(url: str, bells: Mapping[str, Bell]) -> None:
    """Ring at every notification, until the connection is lost."""
    lost = asyncio.Event()
    connection = await asyncpg.connect(url, timeout=_CONNECT_WITHIN)
    try:
        connection.add_termination_listener(lambda _: lost.set())
        for channel, bell in bells.items():
            await connection.add_listener(channel, _ringer(bell.ring))
            bell.ring()  # for what came while nobody listened
        await lost.wait()
    finally:
        # Cancelled by a stop: the server need not be asked for leave.
        connection.terminate()


def _ringer(ring: Callable[[], None]) -> Callable[..., None]:
    def heard(*_: Any) -> None:  # noqa: ANN401 (connection, process, channel, payload)
        ring()

    return heard
