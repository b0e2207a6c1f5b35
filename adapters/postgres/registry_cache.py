"""The registry in memory: one immutable snapshot, changed when the stored version has changed."""

import asyncpg
from structlog.stdlib import BoundLogger

from adapters.metrics import PrometheusMeasure
from adapters.postgres.bell import Bell
from adapters.postgres.registry import PostgresRegistries
from service.domain.registry import Registry


class RegistryCache:
    """What batches are judged by. It may be behind for a moment: what must not be is checked in the commit."""

    def __init__(self, pool: asyncpg.Pool, measure: PrometheusMeasure, log: BoundLogger) -> None:
        self.bell = Bell()
        self._pool = pool
        self._measure = measure
        self._log = log
        self._registry: Registry | None = None

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
            await self.bell.wait(seconds)
            try:
                await self.refresh()
            except Exception:  # noqa: BLE001 (the database may be gone for a while; the snapshot is not)
                self._log.exception("registry.refresh_failed")
