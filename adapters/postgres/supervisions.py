"""Letters of supervision as rows: kept with their signed bytes, moved only from where they stood."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from adapters.postgres.named_queries import filled, load
from adapters.postgres.pool import Connection, Row
from contracts.clocks import ClockTable
from contracts.supervision import OutcomeResult, ReplyResult, SupervisionKind
from service.domain.deadlines import Deadline
from service.domain.registry import Endpoint, EndpointKind
from service.domain.supervision import Escalation, SupervisionState, SupervisionStatus
from service.ports import Vault
from service.supervision_ports import ClaimedLetter, LetterKey, StoredLetter

_SQL = filled(load("supervisions"))


class PostgresSupervisions:
    def __init__(self, connection: Connection, vault: Vault, clocks: ClockTable) -> None:
        self._connection = connection
        self._vault = vault
        self._clocks = clocks

    async def add_letter(self, letter: StoredLetter) -> None:
        await self._connection.execute(
            _SQL["add_letter"],
            *letter.key,
            letter.id,
            letter.supervision_id,
            letter.digest,
            letter.received_at,
            self._vault.seal(letter.content, _context(letter.id, "letter")),
            self._vault.seal(letter.receipt, _context(letter.id, "receipt")),
        )

    async def hold_letter(self, key: LetterKey) -> StoredLetter | None:
        await self._connection.execute(_SQL["hold_letter"], "/".join(key))
        row = await self._connection.fetchrow(_SQL["find_letter"], *key)
        if row is None:
            return None
        return StoredLetter(
            id=row["id"],
            key=key,
            supervision_id=row["supervision_id"],
            digest=row["digest"],
            received_at=row["received_at"],
            content=self.open_letter(row["id"], row["sealed"]),
            receipt=self.open_receipt(row["id"], row["receipt"]),
        )

    def open_letter(self, letter_id: UUID, sealed: bytes) -> bytes:
        """Open a signed document of supervision, byte for byte."""
        return self._vault.open(sealed, _context(letter_id, "letter"))

    def open_receipt(self, letter_id: UUID, sealed: bytes) -> bytes:
        """Open our receipt for one."""
        return self._vault.open(sealed, _context(letter_id, "receipt"))

    async def letter_of(self, supervision_id: UUID) -> bytes | None:
        row = await self._connection.fetchrow(_SQL["letter_of"], supervision_id)
        return self._vault.open(row["sealed"], _context(row["id"], "letter")) if row else None

    async def add(self, state: SupervisionState) -> None:
        await self._connection.execute(
            _SQL["add"],
            state.id,
            state.office_code,
            state.letter_id,
            state.kind.value,
            state.agency_code,
            state.case_number,
            list(state.lead_ids),
            state.division,
            state.sector,
            state.document_number,
            state.issued_at,
            state.received_at,
            state.reply_by,
            state.digest,
            state.status.value,
            state.move,
            state.give_up_at,
            to_json(state.counted).decode(),
        )

    async def find(self, supervision_id: UUID) -> SupervisionState | None:
        return self._one(await self._connection.fetchrow(_SQL["find"], supervision_id))

    async def hold(self, supervision_id: UUID) -> SupervisionState | None:
        return self._one(await self._connection.fetchrow(_SQL["hold"], supervision_id))

    async def change(self, before: SupervisionState, after: SupervisionState) -> bool:
        done = await self._connection.execute(
            _SQL["change"],
            before.id,
            before.move,
            after.status.value,
            after.move,
            after.delivered_at,
            *_clock(after.deadline),
            *_facts(after),
            to_json(after.counted).decode(),
            after.give_up_at,
        )
        return done == "UPDATE 1"

    async def running(self, lead_ids: Sequence[UUID]) -> list[SupervisionState]:
        return self._read(await self._connection.fetch(_SQL["running"], list(lead_ids)))

    async def claim(self, now: datetime, lease_until: datetime, limit: int) -> list[ClaimedLetter]:
        rows = await self._connection.fetch(_SQL["claim"], now, lease_until, limit)
        return [self._claimed(row) for row in rows]

    async def release(
        self, claimed: ClaimedLetter, retry_at: datetime, problem: str | None
    ) -> None:
        await self._connection.execute(
            _SQL["release"], claimed.id, claimed.claim, retry_at, problem
        )

    async def hold_claimed(self, claimed: ClaimedLetter) -> SupervisionState | None:
        row = await self._connection.fetchrow(_SQL["hold_claimed"], claimed.id, claimed.claim)
        return self._one(row)

    async def out_of_time(self, now: datetime, limit: int) -> list[SupervisionState]:
        return self._read(await self._connection.fetch(_SQL["out_of_time"], now, limit))

    async def requeue(self, supervision_id: UUID, retry_at: datetime) -> None:
        await self._connection.execute(_SQL["requeue"], supervision_id, retry_at)

    async def claim_near(self, now: datetime, limit: int) -> list[SupervisionState]:
        return self._read(await self._connection.fetch(_SQL["claim_near"], now, limit))

    async def claim_missed(self, now: datetime, limit: int) -> list[SupervisionState]:
        return self._read(await self._connection.fetch(_SQL["claim_missed"], now, limit))

    async def run_out(self, now: datetime, limit: int) -> list[SupervisionState]:
        return self._read(await self._connection.fetch(_SQL["run_out"], now, limit))

    async def hold_followed(self) -> tuple[SupervisionState, datetime] | None:
        row = await self._connection.fetchrow(_SQL["hold_followed"])
        return None if row is None else (read_state(row, self._clocks), row["transferred_at"])

    async def provisional(self, limit: int, after: UUID | None) -> list[SupervisionState]:
        return self._read(await self._connection.fetch(_SQL["provisional"], limit, after))

    def _one(self, row: Row | None) -> SupervisionState | None:
        return read_state(row, self._clocks) if row else None

    def _read(self, rows: Sequence[Row]) -> list[SupervisionState]:
        return [read_state(row, self._clocks) for row in rows]

    def _claimed(self, row: Row) -> ClaimedLetter:
        agency = row["agency_code"]
        return ClaimedLetter(
            id=row["id"],
            agency_code=agency,
            attempts=row["attempts"],
            claim=row["claim"],
            digest=row["digest"],
            content=self._vault.open(row["sealed"], _context(row["letter"], "letter")),
            endpoint=Endpoint(
                *(agency, EndpointKind.PUSH, row["url"], row["max_in_flight"], row["per_second"])
            ),
        )


def read_state(row: Row, table: ClockTable) -> SupervisionState:
    """Read a row of `supervisions` with the law of its clock."""
    return SupervisionState(
        id=row["id"],
        office_code=row["office_code"],
        letter_id=row["letter_id"],
        kind=SupervisionKind(row["kind"]),
        agency_code=row["agency_code"],
        case_number=row["case_number"],
        lead_ids=tuple(row["lead_ids"]),
        division=row["division"],
        sector=row["sector"],
        document_number=row["document_number"],
        issued_at=row["issued_at"],
        received_at=row["received_at"],
        reply_by=row["reply_by"],
        digest=row["digest"],
        status=SupervisionStatus(row["status"]),
        move=row["move"],
        give_up_at=row["give_up_at"],
        delivered_at=row["delivered_at"],
        deadline=_deadline(row, table),
        escalation=Escalation(
            row["escalations"], row["escalated_to"], row["escalated_at"], row["escalate_at"]
        ),
        reply=ReplyResult(row["reply"]) if row["reply"] else None,
        replied_at=row["replied_at"],
        followed_at=row["followed_at"],
        outcome=OutcomeResult(row["outcome"]) if row["outcome"] else None,
        closed_at=row["closed_at"],
        counted=tuple(row["counted"]),
    )


def _deadline(row: Row, table: ClockTable) -> Deadline | None:
    if row["clock"] is None:
        return None
    return Deadline(
        clock=table.get(row["clock"]),
        starts_at=row["starts_at"],
        due_at=row["due_at"],
        strict_due_at=row["strict_due_at"],
        provisional=row["provisional"],
        strict=row["is_strict"],
        met_at=row["met_at"],
        voided_at=row["voided_at"],
    )


def _clock(deadline: Deadline | None) -> tuple[Any, ...]:
    if deadline is None:
        return (None, False, None, None, None, None, False, None, None)
    return (
        deadline.clock.id,
        deadline.strict,
        deadline.starts_at,
        deadline.near_at,
        deadline.due_at,
        deadline.strict_due_at,
        deadline.provisional,
        deadline.met_at,
        deadline.voided_at,
    )


def _facts(state: SupervisionState) -> tuple[Any, ...]:
    escalation = state.escalation
    return (
        escalation.times,
        escalation.to,
        escalation.at,
        escalation.next_at,
        state.reply,
        state.replied_at,
        state.followed_at,
        state.outcome,
        state.closed_at,
    )


def _context(letter_id: UUID, part: str) -> bytes:
    """Name the place a document is sealed for, so that a sealed row cannot be moved to another."""
    return f"supervision_letters/{letter_id}/{part}".encode()
