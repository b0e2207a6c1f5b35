"""Reads for offices: the rows that answers are made of, with who may see them in every query."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property
from typing import Literal
from uuid import UUID

import asyncpg

from adapters.postgres.guarded import Guard, transaction
from adapters.postgres.named_queries import fill, filled, load
from adapters.postgres.pool import Connection, Row
from adapters.postgres.unit_of_work import PostgresRecords
from contracts.answers import DeadlineState, DispatchView, HistoryEntry, MailboxItem
from contracts.clocks import ClockTable
from contracts.receipt import Flag
from service.domain.access import Reader
from service.domain.cursors import Place
from service.domain.glimpses import (
    CaseRow,
    ClockRow,
    EventRow,
    EventScan,
)
from service.domain.journal import Action
from service.domain.transfer import Status
from service.ports import Vault

_Isolation = Literal["repeatable_read", "read_committed"]

WINDOW = 5000
"""Journal lines that one page of events looks at: some 20 ms, whoever asks."""

# Who watches its transfers by reading them would otherwise be told of its own reading for ever; and who works on what
# at the desks of an office is that office's own matter.
_UNTOLD = [
    action.value
    for action in Action
    if action.value.startswith("desk.")
    or action
    in {
        *(Action.TRANSFER_READ, Action.DISPATCH_READ, Action.MATERIAL_READ),
        *(Action.SUPERVISION_READ, Action.LEAD_READ),
    }
]
# Where the clocks of a state are to be looked for; the expression of the state itself decides.
_WHICH: Mapping[DeadlineState | None, str] = {
    None: "whichever",
    "open": "ahead",
    "near": "ahead",
    "overdue": "past",
    "lapsed": "past",
    "met": "ended",
    "met_late": "ended",
    "void": "ended",
}
_TEXTS = load("views")
_SQL = filled(_TEXTS)
_DEADLINES = {
    (is_agency, which): fill(
        _TEXTS["deadlines"],
        {
            "whose": _TEXTS["of_agency" if is_agency else "of_addressee"],
            "which": _TEXTS[which],
            **_TEXTS,
        },
    )
    for is_agency in (True, False)
    for which in set(_WHICH.values())
}


class PostgresViews:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find_case(self, office_code: str, transfer_id: UUID) -> CaseRow | None:
        row = await self._connection.fetchrow(_SQL["find_case"], office_code, transfer_id)
        return _case(row) if row else None

    async def dispatches(self, transfer_id: UUID) -> list[DispatchView]:
        rows = await self._connection.fetch(_SQL["dispatches"], transfer_id)
        return [DispatchView.model_validate(dict(row)) for row in rows]

    async def clocks(self, transfer_id: UUID, now: datetime) -> list[ClockRow]:
        return _clocks(await self._connection.fetch(_SQL["clocks"], now, transfer_id))

    async def history(self, transfer_id: UUID) -> list[HistoryEntry]:
        rows = await self._connection.fetch(_SQL["history"], transfer_id, _UNTOLD)
        return [HistoryEntry.model_validate(dict(row)) for row in rows]

    async def events(self, reader: Reader, after: Place, limit: int) -> EventScan:
        rows = await self._connection.fetch(
            _SQL["events_of_agency" if reader.is_agency else "events_of_addressee"],
            reader.office_code,
            str(after.number),
            after.id,
            limit,
            WINDOW,
            _UNTOLD,
        )
        return _scan(rows, after, limit)

    async def deadlines(
        self,
        reader: Reader,
        now: datetime,
        state: DeadlineState | None,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[ClockRow]:
        due_at, row_id = after or (None, None)
        query = _DEADLINES[reader.is_agency, _WHICH[state]]
        return _clocks(
            await self._connection.fetch(
                query, now, reader.office_code, state, due_at, row_id, limit
            )
        )

    async def mailbox(self, office_code: str, limit: int) -> list[MailboxItem]:
        rows = await self._connection.fetch(_SQL["mailbox"], office_code, limit)
        return [MailboxItem(**row, href=f"/v1/mailbox/{row['dispatch_id']}") for row in rows]


class PostgresReads(PostgresRecords):
    """The stores of one transaction, and the views beside them."""

    @cached_property
    def views(self) -> PostgresViews:
        return PostgresViews(self._connection)


class PostgresReading:
    """Transactions for readers, on a pool; guarded ones for the pages of an office."""

    def __init__(
        self, pool: asyncpg.Pool, vault: Vault, clocks: ClockTable, guard: Guard | None = None
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._clocks = clocks
        self._guard = guard

    @asynccontextmanager
    async def begin(self, *, snapshot: bool = False) -> AsyncIterator[PostgresReads]:
        # What was read is shown only after its journal line is committed, so a commit that is cut off
        # shows nothing, and needs no word of its own.
        isolation: _Isolation = "repeatable_read" if snapshot else "read_committed"
        async with transaction(self._pool, self._guard, isolation) as connection:
            yield PostgresReads(connection, self._vault, self._clocks)


def _case(row: Row) -> CaseRow:
    return CaseRow(
        **{
            **row,
            "status": Status(row["status"]),
            "flags": tuple(Flag.model_validate(flag) for flag in row["flags"]),
        }
    )


def _clocks(rows: Sequence[Row]) -> list[ClockRow]:
    return [ClockRow(**row) for row in rows]


def _scan(rows: Sequence[Row], after: Place, limit: int) -> EventScan:
    """End a page at its last line, or where the look ended if nothing more of it is shown."""
    shown = [_event(row) for row in rows if row["is_shown"]]
    if len(shown) > limit:
        return EventScan(shown[:limit], shown[limit - 1].place, more=True)
    if not rows:
        return EventScan([], after, more=False)
    return EventScan(shown, _place(rows[-1]), more=rows[-1]["looked_at"] == WINDOW)


def _place(row: Row) -> Place:
    return Place(row["recorded_in"], row["id"])


def _event(row: Row) -> EventRow:
    return EventRow(
        place=_place(row),
        transfer_id=row["transfer_id"],
        subject_id=row["subject_id"],
        action=row["action"],
        actor=row["actor"],
        at=row["at"],
        data=row["data"],
    )
