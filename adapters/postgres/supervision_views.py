"""Reads of supervision and of leads, in transactions that note who read what."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property
from uuid import UUID

import asyncpg

from adapters.postgres.guarded import Guard, transaction
from adapters.postgres.named_queries import filled, load
from adapters.postgres.pool import Connection
from adapters.postgres.register_views import PostgresRegisterViews
from adapters.postgres.supervisions import read_state
from adapters.postgres.unit_of_work import PostgresRecords
from contracts.answers import HistoryEntry
from contracts.clocks import ClockTable
from contracts.supervision_views import SupervisionStanding
from service.domain.journal import Action
from service.domain.scope import Scope
from service.domain.supervision import SupervisionState
from service.ports import Vault

_SQL = filled(load("supervision_views"), columns=load("supervisions")["columns"])
_READINGS = [Action.SUPERVISION_READ.value]


class PostgresSupervisionViews:
    def __init__(self, connection: Connection, clocks: ClockTable) -> None:
        self._connection = connection
        self._clocks = clocks

    async def supervisions(
        self,
        scope: Scope,
        now: datetime,
        standing: SupervisionStanding | None,
        after: UUID,
        limit: int,
    ) -> list[SupervisionState]:
        rows = await self._connection.fetch(
            _SQL["supervisions"], now, *scope, standing, after, limit
        )
        return [read_state(row, self._clocks) for row in rows]

    async def history(self, supervision_id: UUID) -> list[HistoryEntry]:
        rows = await self._connection.fetch(_SQL["history"], supervision_id, _READINGS)
        return [HistoryEntry.model_validate(dict(row)) for row in rows]


class PostgresSupervisionReads(PostgresRecords):
    """The stores of one transaction, and the views of supervision and of the register beside them."""

    @cached_property
    def letters(self) -> PostgresSupervisionViews:
        return PostgresSupervisionViews(self._connection, self._clocks)

    @cached_property
    def register(self) -> PostgresRegisterViews:
        return PostgresRegisterViews(self._connection)


class PostgresSupervisionReading:
    """Transactions for those who read letters and leads, on a pool; guarded ones for the pages of an office."""

    def __init__(
        self, pool: asyncpg.Pool, vault: Vault, clocks: ClockTable, guard: Guard | None = None
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._clocks = clocks
        self._guard = guard

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresSupervisionReads]:
        # What was read is shown only after its line is committed: a commit that is cut off shows nothing.
        async with transaction(self._pool, self._guard) as connection:
            yield PostgresSupervisionReads(connection, self._vault, self._clocks)
