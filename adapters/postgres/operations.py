"""What operators are told, read in short transactions that can change nothing.

They do not run as linkage_desk: what an operator sees is of the whole platform and of no office. Row-level security
would hide it, and is not needed, because no query here selects a sealed column, or one that names a case, a party, a
lead or the words of an office. `sql/operations.sql` is short so that this can be seen; a test reads it for such names.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.postgres.named_queries import filled, load
from adapters.postgres.overview import PostgresOverview
from adapters.postgres.pool import Connection, Row
from adapters.postgres.queue_keeping import queue_lag
from contracts.appraisal_views import RescreeningView
from contracts.office import OfficeKind, Role
from service.domain.registry import EndpointKind
from service.domain.staff import StaffRole
from service.domain.transfer import DispatchStatus
from service.operations import (
    AppliedMigration,
    DispatchGlimpse,
    EndpointState,
    Lags,
    LetterGlimpse,
    PeopleCounts,
    Stuck,
    SwitchedBook,
)
from service.register_ports import BookName

_SQL = filled(load("operations"))
_COUNTED_AT_MOST = 10_000
# A page that is looked at because something is slow must not wait for it.
_LIMIT = "SET LOCAL statement_timeout = '5s'"


class PostgresOperationsReading:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def open(self) -> AsyncIterator["PostgresOperations"]:
        async with (
            self._pool.acquire(timeout=5) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute(_LIMIT)
            yield PostgresOperations(connection)


class PostgresOperations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._overview = PostgresOverview(connection)

    async def endpoints(self, now: datetime) -> Sequence[EndpointState]:
        rows = await self._connection.fetch(_SQL["endpoints"], now, _COUNTED_AT_MOST)
        return [EndpointState(**{**row, "kind": EndpointKind(row["kind"])}) for row in rows]

    async def stuck(self, limit: int) -> Stuck:
        rows = await self._connection.fetch(_SQL["stuck"], limit)
        counts = await self._connection.fetch(_SQL["stuck_counts"], _COUNTED_AT_MOST)
        return Stuck(
            [_glimpse(row) for row in rows], {row["status"]: row["count"] for row in counts}
        )

    async def dispatch(self, dispatch_id: UUID, now: datetime) -> DispatchGlimpse | None:
        row = await self._connection.fetchrow(_SQL["dispatch"], dispatch_id, now)
        return _glimpse(row) if row else None

    async def parties(self, dispatch_id: UUID) -> frozenset[str]:
        rows = await self._connection.fetch(_SQL["parties"], dispatch_id)
        return frozenset(row["office_code"] for row in rows)

    async def letters(self, limit: int) -> Sequence[LetterGlimpse]:
        rows = await self._connection.fetch(_SQL["letters"], limit)
        return [LetterGlimpse(**row) for row in rows]

    async def letter(self, letter_id: UUID) -> LetterGlimpse | None:
        row = await self._connection.fetchrow(_SQL["letter"], letter_id)
        return LetterGlimpse(**row) if row else None

    async def desk_kids(self) -> frozenset[str]:
        return frozenset(row["kid"] for row in await self._connection.fetch(_SQL["desk_kids"]))

    async def book_in_force(self) -> SwitchedBook | None:
        row = await self._connection.fetchrow(_SQL["book_in_force"])
        if row is None:
            return None
        return SwitchedBook(BookName(row["digest"], row["version"]), row["switched_at"])

    async def rescreening(self) -> RescreeningView | None:
        return await self._overview.rescreening()

    async def migrations(self) -> Sequence[AppliedMigration]:
        rows = await self._connection.fetch(_SQL["migrations"])
        return [AppliedMigration(**row) for row in rows]

    async def people(self, now: datetime, seen_after: datetime) -> PeopleCounts:
        row = await self._connection.fetchrow(_SQL["people"], now, seen_after)
        roles = await self._connection.fetch(_SQL["roles"])
        assert row is not None
        by_role = {StaffRole(one["role"]): one["count"] for one in roles}
        return PeopleCounts(**row, by_role=by_role)

    async def lags(self, now: datetime) -> Lags:
        return Lags(
            await self._overview.lag(now),
            await queue_lag(self._connection, now),
            await self._overview.cases_to_look_at(now),
        )


def _glimpse(row: Row) -> DispatchGlimpse:
    parsed = {
        "kind": OfficeKind(row["kind"]),
        "role": Role(row["role"]),
        "status": DispatchStatus(row["status"]),
    }
    return DispatchGlimpse(**{**row, **parsed})
