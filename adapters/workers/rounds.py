"""Rounds: something done again and again at an interval, whatever happened the last time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from structlog.stdlib import BoundLogger


class Rounds:
    """Runs `work` every `seconds`; an error is logged and the next round comes all the same."""

    def __init__(
        self, name: str, work: Callable[[], Awaitable[object]], seconds: float, log: BoundLogger
    ) -> None:
        self._name = name
        self._work = work
        self._seconds = seconds
        self._log = log
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        while not self._stopped.is_set():
            try:
                await self._work()
            except Exception:  # noqa: BLE001 (a round that fails must not end the rounds)
                self._log.exception("round.failed", round=self._name)
            with suppress(TimeoutError):
                # Not wait_for, which before Python 3.12 may swallow the cancellation that stops us.
                async with asyncio.timeout(self._seconds):
                    await self._stopped.wait()

    def stop(self) -> None:
        self._stopped.set()
