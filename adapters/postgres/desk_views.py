"""Saved views in PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.postgres.guarded import Guard, transaction
from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection
from service.desk_views import SavedView

_SQL = load("desk_views")


class PostgresDeskViews:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of(self, office_code: str, staff_id: UUID) -> list[SavedView]:
        rows = await self._connection.fetch(_SQL["of"], office_code, staff_id)
        return [SavedView(**row) for row in rows]

    async def find(self, view_id: UUID) -> SavedView | None:
        row = await self._connection.fetchrow(_SQL["find"], view_id)
        return SavedView(**row) if row else None

    async def add(self, view: SavedView, at: datetime) -> None:
        await self._connection.execute(_SQL["add"], *view, at)

    async def remove(self, view_id: UUID) -> None:
        await self._connection.execute(_SQL["remove"], view_id)


class PostgresViewReads:
    """What one transaction of a reader of views has."""

    def __init__(self, connection: Connection) -> None:
        self.desk_views = PostgresDeskViews(connection)


class PostgresViewReading:
    """Transactions for the views of an office, under its guard."""

    def __init__(self, pool: asyncpg.Pool, guard: Guard) -> None:
        self._pool = pool
        self._guard = guard

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresViewReads]:
        async with transaction(self._pool, self._guard) as connection:
            yield PostgresViewReads(connection)
