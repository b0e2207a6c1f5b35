"""How things stand: the figures that the page, the API, the command line and the metrics all show."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta

import asyncpg

from adapters.postgres.appraisal import PostgresAppraisal
from adapters.postgres.guarded import Guard, transaction
from adapters.postgres.named_queries import filled, load
from adapters.postgres.pool import AnyConnection, Connection, Row
from contracts.appraisal_views import (
    DeadlineCounts,
    ReconciledMonth,
    RescreeningView,
    SilentAgency,
    SupervisionCounts,
)
from service.domain.scope import Scope
from service.overview import Period

_SQL = filled(load("overview"))
_COUNTED_AT_MOST = 10_000


class PostgresOverview:
    """Asks one connection; whoever wants all figures of one moment opens a snapshot around it."""

    def __init__(self, connection: AnyConnection) -> None:
        self._connection = connection

    async def deadlines(self, scope: Scope, now: datetime) -> DeadlineCounts:
        row = await self._connection.fetchrow(_SQL["deadlines"], *scope, now)
        assert row is not None
        return DeadlineCounts(**row)

    async def by_sector(self, scope: Scope, names: Sequence[str]) -> Mapping[tuple[str, str], int]:
        rows = await self._connection.fetch(_SQL["by_sector"], *scope, names)
        return {(row["name"], row["sector"]): row["count"] for row in rows}

    async def tallied(self, scope: Scope, names: Sequence[str]) -> Mapping[str, int]:
        return totals_of(await self.by_sector(scope, names))

    async def agencies_with(self, scope: Scope, name: str) -> int:
        return int(await self._connection.fetchval(_SQL["agencies_with"], *scope, name))

    async def silent_agencies(self, scope: Scope, before: datetime) -> int:
        return int(await self._connection.fetchval(_SQL["silent_agencies"], *scope, before))

    async def missing_cases(self, scope: Scope, period: Period | None = None) -> int:
        first, last = period or (None, None)
        found = await self._connection.fetchval(_SQL["missing_cases"], *scope, first, last)
        return int(found)

    async def supervisions(self, scope: Scope, now: datetime) -> SupervisionCounts:
        row = await self._connection.fetchrow(_SQL["supervisions"], *scope, now)
        assert row is not None
        return SupervisionCounts(**row)

    async def lag(self, now: datetime) -> timedelta:
        at = await self._connection.fetchval(_SQL["oldest_unseen"])
        return max(now - at, timedelta()) if at else timedelta()

    async def cases_to_look_at(self, now: datetime) -> int:
        found = await self._connection.fetchval(_SQL["cases_to_look_at"], now, _COUNTED_AT_MOST)
        return int(found)

    async def rescreening(self) -> RescreeningView | None:
        row = await self._connection.fetchrow(_SQL["rescreening"])
        return RescreeningView(**row) if row else None

    async def rulebook_in_force(self) -> str | None:
        digest: str | None = await self._connection.fetchval(_SQL["rulebook_in_force"])
        return digest

    async def silence(
        self, scope: Scope, now: datetime, before: datetime, after: tuple[int, str], limit: int
    ) -> list[tuple[int, SilentAgency]]:
        rows = await self._connection.fetch(_SQL["silence"], *scope, before, *after, limit)
        return [(row["place"], _silent(row, now)) for row in rows]

    async def reconciliation(
        self, scope: Scope, period: Period, after: tuple[date, str], limit: int
    ) -> list[ReconciledMonth]:
        rows = await self._connection.fetch(_SQL["reconciliation"], *scope, *period, *after, limit)
        return [_reconciled(row) for row in rows]


class PostgresFigureReading:
    """Snapshots, in which all figures are of the same moment; guarded ones for the pages of an office."""

    def __init__(self, pool: asyncpg.Pool, guard: Guard | None = None) -> None:
        self._pool = pool
        self._guard = guard

    @asynccontextmanager
    async def overview(self) -> AsyncIterator[PostgresOverview]:
        async with self._snapshot() as connection:
            yield PostgresOverview(connection)

    @asynccontextmanager
    async def appraisal(self) -> AsyncIterator[PostgresAppraisal]:
        async with self._snapshot() as connection:
            yield PostgresAppraisal(connection)

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[Connection]:
        async with transaction(
            self._pool, self._guard, "repeatable_read", plans_anew=True
        ) as connection:
            yield connection


def totals_of(by_sector: Mapping[tuple[str, str], int]) -> Counter[str]:
    """Sum over the sectors; a name that is not there counts 0."""
    totals: Counter[str] = Counter()
    for (name, _), count in by_sector.items():
        totals[name] += count
    return totals


def _silent(row: Row, now: datetime) -> SilentAgency:
    last = row["last_received_at"]
    return SilentAgency(
        agency=row["code"],
        name=row["name"],
        division=row["division"],
        sector=row["sector"],
        connected_at=row["connected_at"],
        last_received_at=last,
        silent_days=(now - last).days if last else None,
    )


def _reconciled(row: Row) -> ReconciledMonth:
    reported_filed = row["reported_filed"]
    is_counted = reported_filed is not None
    return ReconciledMonth(
        agency=row["agency_code"],
        name=row["name"],
        division=row["division"],
        sector=row["sector"],
        month=f"{row['month']:%Y-%m}",
        reported_at=row["reported_at"],
        reported_decided=row["reported_decided"],
        decided=row["decided"],
        missing_decided=max(0, row["reported_decided"] - row["decided"]),
        reported_filed=reported_filed,
        filed_cases=row["filed"],
        missing_filed=max(0, reported_filed - row["filed"]) if is_counted else None,
    )
