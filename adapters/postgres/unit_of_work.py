"""One transaction with all its stores."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from typing import Any

import asyncpg

from adapters.postgres.acts import PostgresActs
from adapters.postgres.cases import PostgresCases
from adapters.postgres.claims import PostgresClaims
from adapters.postgres.deadlines import PostgresDeadlines
from adapters.postgres.desk_notes import PostgresCorrections, PostgresSeen
from adapters.postgres.desk_views import PostgresDeskViews
from adapters.postgres.dispatches import PostgresDispatches
from adapters.postgres.documents import PostgresDocuments
from adapters.postgres.journal import PostgresJournal
from adapters.postgres.leads import PostgresLeads
from adapters.postgres.materials import PostgresMaterials
from adapters.postgres.pool import Connection
from adapters.postgres.queue_keeping import PostgresQueueRows
from adapters.postgres.record_batches import PostgresBatches
from adapters.postgres.registry import PostgresRegistries
from adapters.postgres.reports import PostgresReports
from adapters.postgres.rescreenings import PostgresRescreenings
from adapters.postgres.rulebook_switch import PostgresRuleBookSwitch
from adapters.postgres.rulebooks import PostgresRuleBooks
from adapters.postgres.staff import PostgresStaff
from adapters.postgres.supervisions import PostgresSupervisions
from adapters.postgres.tallies import PostgresTallies
from adapters.postgres.transfers import PostgresTransfers
from contracts.clocks import ClockTable
from service.domain.errors import CollisionError, OutcomeUnknownError
from service.ports import Vault

# Each of these, during COMMIT, leaves open whether the server has committed. So does a cancellation, but
# it stays one: whoever is cancelled hears no answer, and a loop that took it for an error would never end.
_CUT_OFF = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.QueryCanceledError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
_WARNING = "01000"


class PostgresRecords:
    """The stores of one transaction, made when they are first asked for."""

    def __init__(self, connection: Connection, vault: Vault, clocks: ClockTable) -> None:
        self._connection = connection
        self._vault = vault
        self._clocks = clocks

    @cached_property
    def transfers(self) -> PostgresTransfers:
        return PostgresTransfers(self._connection, self._vault)

    @cached_property
    def dispatches(self) -> PostgresDispatches:
        return PostgresDispatches(self._connection)

    @cached_property
    def documents(self) -> PostgresDocuments:
        return PostgresDocuments(self._connection, self._vault)

    @cached_property
    def reports(self) -> PostgresReports:
        return PostgresReports(self._connection)

    @cached_property
    def deadlines(self) -> PostgresDeadlines:
        return PostgresDeadlines(self._connection, self._clocks)

    @cached_property
    def journal(self) -> PostgresJournal:
        return PostgresJournal(self._connection)

    @cached_property
    def materials(self) -> PostgresMaterials:
        return PostgresMaterials(self._connection)

    @cached_property
    def registries(self) -> PostgresRegistries:
        return PostgresRegistries(self._connection)

    @cached_property
    def rulebooks(self) -> PostgresRuleBooks:
        return PostgresRuleBooks(self._connection)

    @cached_property
    def cases(self) -> PostgresCases:
        return PostgresCases(self._connection, self._vault, self._clocks)

    @cached_property
    def leads(self) -> PostgresLeads:
        return PostgresLeads(self._connection, self._vault)

    @cached_property
    def tallies(self) -> PostgresTallies:
        return PostgresTallies(self._connection)

    @cached_property
    def batches(self) -> PostgresBatches:
        return PostgresBatches(self._connection, self._vault)

    @cached_property
    def switch(self) -> PostgresRuleBookSwitch:
        return PostgresRuleBookSwitch(self._connection)

    @cached_property
    def rescreenings(self) -> PostgresRescreenings:
        return PostgresRescreenings(self._connection)

    @cached_property
    def supervisions(self) -> PostgresSupervisions:
        return PostgresSupervisions(self._connection, self._vault, self._clocks)

    @cached_property
    def claims(self) -> PostgresClaims:
        return PostgresClaims(self._connection, self._vault)

    @cached_property
    def acts(self) -> PostgresActs:
        return PostgresActs(self._connection, self._vault, self._clocks)

    @cached_property
    def staff(self) -> PostgresStaff:
        return PostgresStaff(self._connection)

    @cached_property
    def desk_views(self) -> PostgresDeskViews:
        return PostgresDeskViews(self._connection)

    @cached_property
    def queue_rows(self) -> PostgresQueueRows:
        return PostgresQueueRows(self._connection, self._vault)

    @cached_property
    def seen(self) -> PostgresSeen:
        return PostgresSeen(self._connection)

    @cached_property
    def corrections(self) -> PostgresCorrections:
        return PostgresCorrections(self._connection)


class PostgresUnitOfWork:
    """Transactions on a pool."""

    def __init__(self, pool: asyncpg.Pool, vault: Vault, clocks: ClockTable) -> None:
        self._pool = pool
        self._vault = vault
        self._clocks = clocks

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresRecords]:
        async with self._pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield PostgresRecords(connection, self._vault, self._clocks)
            except BaseException as error:
                # The server rolls back by itself when the connection is what broke.
                with suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
                    await transaction.rollback()
                if isinstance(error, asyncpg.DeadlockDetectedError):
                    raise CollisionError(str(error)) from error
                raise
            await _commit(connection, transaction)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[PostgresRecords]:
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield PostgresRecords(connection, self._vault, self._clocks)


async def _commit(connection: Any, transaction: Any) -> None:  # noqa: ANN401 (a pool's proxy)
    """Commit, and tell "it failed" from "nobody knows".

    A wait for a synchronous standby that is cancelled from the server's side ends in a success with
    only a warning: the row is on one disk, not on two, so that too is unknown.
    """
    warnings: list[str] = []

    def note(_: object, message: asyncpg.PostgresLogMessage) -> None:
        if message.sqlstate == _WARNING:
            warnings.append(str(message))

    connection.add_log_listener(note)
    try:
        await transaction.commit()
    except _CUT_OFF as error:
        raise OutcomeUnknownError(type(error).__name__) from error
    finally:
        with suppress(asyncpg.InterfaceError):
            connection.remove_log_listener(note)
    if warnings:
        raise OutcomeUnknownError(warnings[0])
