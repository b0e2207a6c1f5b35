"""Transactions of the pages of acts, under the guard of an office."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from adapters.postgres.guarded import Guard, transaction
from adapters.postgres.unit_of_work import PostgresRecords
from contracts.clocks import ClockTable
from service.ports import Vault


class PostgresDeskReading:
    def __init__(
        self, pool: asyncpg.Pool, vault: Vault, clocks: ClockTable, guard: Guard | None = None
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._clocks = clocks
        self._guard = guard

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresRecords]:
        async with transaction(self._pool, self._guard, "repeatable_read") as connection:
            yield PostgresRecords(connection, self._vault, self._clocks)
