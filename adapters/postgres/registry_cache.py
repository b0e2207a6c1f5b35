"""The registry in memory: one immutable snapshot, changed when the stored version has changed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import asyncpg
from structlog.stdlib import BoundLogger

from adapters.metrics import PrometheusMeasure
from adapters.postgres.registry import PostgresRegistries
from adapters.postgres.registry_admin import CHANNEL
from service.domain.registry import Registry

_CONNECT_WITHIN = 10.0
_HANG_AGAIN_AFTER = 5.0


class RegistryCache:
    """What batches are judged by. It may be behind for a moment: what must not be is checked in the commit."""

    def __init__(self, pool: asyncpg.Pool, measure: PrometheusMeasure, log: BoundLogger) -> None:
        self._pool = pool
        self._measure = measure
        self._log = log
        self._registry: Registry | None = None
        self._rung = asyncio.Event()

    def now(self) -> Registry:
        assert self._registry is not None, "refresh comes first"
        return self._registry

    async def refresh(self) -> None:
        """Load the registry if its version is another one."""
        async with self._pool.acquire() as connection:
            stored = PostgresRegistries(connection)
            if self._registry is None or await stored.version() != self._registry.version:
                self._registry = await stored.load()
                self._measure.set("registry_version", self._registry.version)
                self._log.info("registry.loaded", version=self._registry.version)

    async def keep(self, seconds: float) -> None:
        """Refresh for ever: when the bell has rung, and every so many seconds all the same."""
        while True:
            with suppress(TimeoutError):
                # Not wait_for, which before Python 3.12 may swallow the cancellation that stops us.
                async with asyncio.timeout(seconds):
                    await self._rung.wait()
            self._rung.clear()
            try:
                await self.refresh()
            except Exception:  # noqa: BLE001 (the database may be gone for a while; the snapshot is not)
                self._log.exception("registry.refresh_failed")

    async def listen(self, url: str) -> None:
        """Hang up a bell that a change of the registry rings, and hang it up again when it is lost."""
        while True:
            try:
                await _hear(url, CHANNEL, self._rung.set)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                self._log.warning("registry.bell_lost", exc_info=True)
            await asyncio.sleep(_HANG_AGAIN_AFTER)


async def _hear(url: str, channel: str, ring: Callable[[], None]) -> None:
    """Ring at every notification, until the connection is lost."""
    lost = asyncio.Event()
    connection = await asyncpg.connect(url, timeout=_CONNECT_WITHIN)
    try:
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener(channel, _ringer(ring))
        ring()  # for what came while nobody listened
        await lost.wait()
    finally:
        # Cancelled by a stop: the server need not be asked for leave.
        connection.terminate()


def _ringer(ring: Callable[[], None]) -> Callable[..., None]:
    def heard(*_: Any) -> None:  # noqa: ANN401 (connection, process, channel, payload)
        ring()

    return heard
