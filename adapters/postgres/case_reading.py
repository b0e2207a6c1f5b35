"""The docket of one transfer, read under the guard of an office."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg

from adapters.postgres.documents import context
from adapters.postgres.guarded import Guard, Isolation, transaction
from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection, Row
from adapters.postgres.views import PostgresReads, PostgresViews
from contracts.answers import DispatchView
from contracts.clocks import ClockTable
from contracts.receipt import Flag
from contracts.supervision import SupervisionKind
from service.domain.docket import (
    CorrectionRow,
    HistoryLine,
    LetterAbout,
    TransferRow,
    VersionRow,
)
from service.domain.journal import Action
from service.domain.signatures import KeptDocument
from service.domain.staff import Seat
from service.domain.transfer import Status
from service.ports import Vault

_SQL = load("case_reading")
_READINGS = [
    action.value for action in (Action.TRANSFER_READ, Action.DISPATCH_READ, Action.MATERIAL_READ)
]
LATEST_READINGS = 50
_AT_A_DESK = re.compile(r"desk:([0-9a-f-]{36})")


class PostgresDockets:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def find(self, transfer_id: UUID, seat: Seat) -> TransferRow | None:
        row = await self._connection.fetchrow(
            _SQL["find"], transfer_id, seat.office.code, seat.staff_id
        )
        return _transfer(row) if row else None

    async def documents(
        self, transfer_id: UUID, kinds: Sequence[str] | None = None
    ) -> list[KeptDocument]:
        rows = await self._connection.fetch(_SQL["documents"], transfer_id, kinds)
        return [self._kept(transfer_id, row) for row in rows]

    def _kept(self, transfer_id: UUID, row: Row) -> KeptDocument:
        kind, subject, digest, sealed, stored_at = row
        try:
            content = self._vault.open(sealed, context(transfer_id, kind, subject))
        except ValueError:
            content = None  # its signature will say so, and the rest of the case is still there
        return KeptDocument(kind, subject, digest, content, stored_at)

    async def dispatches(self, transfer_id: UUID) -> list[DispatchView]:
        return await PostgresViews(self._connection).dispatches(transfer_id)

    async def history(self, transfer_id: UUID) -> list[HistoryLine]:
        rows = await self._connection.fetch(_SQL["history"], transfer_id, _READINGS)
        return [_line(row) for row in rows]

    async def readings(self, transfer_id: UUID) -> list[HistoryLine]:
        rows = await self._connection.fetch(
            _SQL["readings"], transfer_id, _READINGS, LATEST_READINGS
        )
        return [_line(row) for row in rows]

    async def corrections(self, transfer_id: UUID) -> list[CorrectionRow]:
        rows = await self._connection.fetch(_SQL["corrections"], transfer_id)
        return [CorrectionRow(**row) for row in rows]

    async def letters(self, agency_code: str, case_number: str) -> list[LetterAbout]:
        rows = await self._connection.fetch(_SQL["letters"], agency_code, case_number)
        return [LetterAbout(**{**row, "kind": SupervisionKind(row["kind"])}) for row in rows]

    async def versions(self, transfer: TransferRow) -> list[VersionRow]:
        rows = await self._connection.fetch(
            _SQL["versions"], transfer.id, transfer.agency_code, transfer.case_number
        )
        return [VersionRow(**{**row, "status": Status(row["status"])}) for row in rows]

    async def people(self, staff_ids: Iterable[UUID]) -> Mapping[UUID, str]:
        wanted = sorted(staff_ids)
        rows = await self._connection.fetch(_SQL["people"], wanted) if wanted else []
        return {row["id"]: row["name"] for row in rows}

    async def was_opened(
        self, transfer_id: UUID, digest: str, kid: str, since: datetime, *, alone: bool = False
    ) -> bool:
        if alone:
            await self._connection.execute(_SQL["alone"], f"{transfer_id} {digest} {kid}")
        found: bool = await self._connection.fetchval(
            _SQL["was_opened"], transfer_id, digest, kid, since
        )
        return found


class PostgresDocketReads(PostgresReads):
    """The stores of one transaction, and the dockets beside them."""

    @cached_property
    def dockets(self) -> PostgresDockets:
        return PostgresDockets(self._connection, self._vault)


class PostgresDocketReading:
    """Guarded transactions of one office, on a pool."""

    def __init__(self, pool: asyncpg.Pool, vault: Vault, clocks: ClockTable, guard: Guard) -> None:
        self._pool = pool
        self._vault = vault
        self._clocks = clocks
        self._guard = guard

    @asynccontextmanager
    async def begin(self, *, snapshot: bool = False) -> AsyncIterator[PostgresDocketReads]:
        # What was read is shown only after its line is committed: a commit that is cut off shows nothing.
        isolation: Isolation = "repeatable_read" if snapshot else "read_committed"
        async with transaction(self._pool, self._guard, isolation) as connection:
            yield PostgresDocketReads(connection, self._vault, self._clocks)


def _transfer(row: Row) -> TransferRow:
    return TransferRow(
        **{
            **row,
            "status": Status(row["status"]),
            "flags": tuple(Flag.model_validate(flag) for flag in row["flags"]),
        }
    )


def _line(row: Row) -> HistoryLine:
    return HistoryLine(**row, staff_id=_staff_of(row["data"]))


def _staff_of(data: Mapping[str, Any]) -> UUID | None:
    """Tell who did it at a desk: acts name him, readings have him in the key that they were made by."""
    if staff := data.get("staff"):
        return UUID(str(staff))
    desk = _AT_A_DESK.fullmatch(str(data.get("kid", "")))
    return UUID(desk[1]) if desk else None
