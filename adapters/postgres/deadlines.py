"""Statutory clocks as rows: the table of clocks gives them back their law."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection, Row
from contracts.clocks import ClockTable
from service.domain.deadlines import Deadline
from service.stored import StoredDeadline

_SQL = load("deadlines")


class PostgresDeadlines:
    def __init__(self, connection: Connection, table: ClockTable) -> None:
        self._connection = connection
        self._table = table

    async def of_transfers(self, transfer_ids: Sequence[UUID]) -> list[StoredDeadline]:
        return self._read(await self._connection.fetch(_SQL["of_transfers"], transfer_ids))

    async def add(self, rows: Sequence[StoredDeadline]) -> None:
        if rows:
            columns = zip(*map(_row, rows), strict=True)
            await self._connection.execute(_SQL["add"], *map(list, columns))

    async def update(self, rows: Sequence[StoredDeadline]) -> None:
        if rows:
            columns = zip(*map(_changed_row, rows), strict=True)
            await self._connection.execute(_SQL["update"], *map(list, columns))

    async def void(self, transfer_id: UUID, at: datetime) -> None:
        await self._connection.execute(_SQL["void"], transfer_id, at)

    async def claim_near(self, now: datetime, limit: int) -> list[StoredDeadline]:
        return self._read(await self._connection.fetch(_SQL["claim_near"], now, limit))

    async def claim_missed(self, now: datetime, limit: int) -> list[StoredDeadline]:
        return self._read(await self._connection.fetch(_SQL["claim_missed"], now, limit))

    async def provisional(self, limit: int, after: UUID | None) -> list[StoredDeadline]:
        return self._read(await self._connection.fetch(_SQL["provisional"], limit, after))

    def _read(self, rows: Iterable[Row]) -> list[StoredDeadline]:
        return [stored_deadline(row, self._table) for row in rows]


def stored_deadline(row: Row, table: ClockTable) -> StoredDeadline:
    """Read a row of `deadlines` with the law of its clock."""
    deadline = Deadline(
        clock=table.get(row["clock"]),
        starts_at=row["starts_at"],
        due_at=row["due_at"],
        strict_due_at=row["strict_due_at"],
        provisional=row["provisional"],
        strict=row["is_strict"],
        met_at=row["met_at"],
        voided_at=row["voided_at"],
    )
    return StoredDeadline(row["id"], row["transfer_id"], row["agency_code"], deadline)


def _row(stored: StoredDeadline) -> tuple[Any, ...]:
    deadline = stored.deadline
    return (
        stored.id,
        stored.transfer_id,
        stored.agency_code,
        deadline.clock.id,
        deadline.actor.value,
        deadline.nature.value,
        deadline.strict,
        *_dates(deadline),
    )


def _changed_row(stored: StoredDeadline) -> tuple[Any, ...]:
    return (stored.id, stored.deadline.clock.id, *_dates(stored.deadline))


def _dates(deadline: Deadline) -> tuple[Any, ...]:
    return (
        deadline.starts_at,
        deadline.near_at,
        deadline.due_at,
        deadline.strict_due_at,
        deadline.provisional,
        deadline.met_at,
        deadline.voided_at,
    )
