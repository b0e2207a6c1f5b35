"""Figures of the database for the metrics: computed at an interval by one process, never while they are read."""

from __future__ import annotations  # asyncpg's connection is generic to mypy alone

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from adapters.metrics import PrometheusMeasure
from adapters.postgres.named_queries import load
from adapters.postgres.overview import PostgresOverview
from adapters.postgres.queue_keeping import queue_lag
from adapters.postgres.register_figures import REGISTER_GAUGES, RegisterFigures
from contracts.office import ADDRESSEES
from service.domain.scope import EVERYTHING
from service.ports import Clock

_SQL = load("figures")
_LOCK = int.from_bytes(b"figures")
_COUNTED_AT_MOST = 10_000


@dataclass
class Figures:
    """Refreshes gauges. Of several processes one leads and shows them: a sum over all stays true."""

    url: str
    measure: PrometheusMeasure
    clock: Clock
    deliver_within: timedelta
    breaker_after: int
    register: RegisterFigures
    _connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def refresh(self) -> None:
        """Compute once, if we lead; leading is a lock of a session of its own and ends with it."""
        now = self.clock.now()
        connection = await self._connect()
        if not await connection.fetchval(_SQL["lead"], _LOCK):
            self.measure.hide(*_GAUGES)
            return
        await self._queue(connection, now)
        await self._stuck(connection)
        await self._unacknowledged(connection, now)
        await self._deadlines(connection, now)
        await self.register.refresh(connection, now)
        self.measure.set("journal_rows", await connection.fetchval(_SQL["journal_rows"]))
        self.measure.set("desk_lag_seconds", (await queue_lag(connection, now)).total_seconds())
        self.measure.set("figures_at", now.timestamp())

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close(timeout=5)

    async def _connect(self) -> asyncpg.Connection[asyncpg.Record]:
        if self._connection is None or self._connection.is_closed():
            self.measure.hide(*_GAUGES)
            self._connection = await asyncpg.connect(self.url, command_timeout=30)
        return self._connection

    async def _queue(self, connection: asyncpg.Connection[asyncpg.Record], now: datetime) -> None:
        rows = await connection.fetch(_SQL["queue"], _COUNTED_AT_MOST, self.breaker_after)
        by_kind = {row["kind"]: row for row in rows}
        for kind in _KINDS:
            row = by_kind.get(kind)
            due_at = row["due_at"] if row else None
            age = now - (due_at - self.deliver_within) if due_at else timedelta()
            self.measure.set("queue_waiting", row["waiting"] if row else 0, endpoint=kind)
            self.measure.set("queue_oldest_seconds", age.total_seconds(), endpoint=kind)
        for state in ("open", "closed"):
            self.measure.set(
                "endpoints", by_kind["push"][state] if "push" in by_kind else 0, state=state
            )

    async def _stuck(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        rows = await connection.fetch(_SQL["stuck"], _COUNTED_AT_MOST)
        found = {row["status"]: row["count"] for row in rows}
        for status in ("refused", "undeliverable"):
            self.measure.set("dispatches_stuck", found.get(status, 0), status=status)

    async def _unacknowledged(
        self, connection: asyncpg.Connection[asyncpg.Record], now: datetime
    ) -> None:
        rows = await connection.fetch(_SQL["unacknowledged"], _ADDRESSEES)
        since = {row["kind"]: row["delivered_at"] for row in rows}
        for kind in _ADDRESSEES:
            age = now - since.get(kind, now)
            self.measure.set(
                "dispatches_unacknowledged_oldest_seconds", age.total_seconds(), kind=kind
            )

    async def _deadlines(
        self, connection: asyncpg.Connection[asyncpg.Record], now: datetime
    ) -> None:
        found = await PostgresOverview(connection).deadlines(EVERYTHING, now)
        for state, count in found:
            self.measure.set("deadlines", count, state=state)


_KINDS = ("push", "mailbox")
_ADDRESSEES = sorted(kind.value for kind in ADDRESSEES)
_GAUGES = (
    "queue_waiting",
    "queue_oldest_seconds",
    "endpoints",
    "dispatches_stuck",
    "dispatches_unacknowledged_oldest_seconds",
    "deadlines",
    "journal_rows",
    "desk_lag_seconds",
    "figures_at",
    *REGISTER_GAUGES,
)
