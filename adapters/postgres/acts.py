"""Decisions of desks as rows, form and document sealed; and what they are about, as an office may find it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from adapters.postgres.named_queries import filled, load
from adapters.postgres.pool import Connection, Row
from adapters.postgres.supervisions import PostgresSupervisions
from contracts.answers import HistoryEntry
from contracts.clocks import ClockTable
from contracts.jws import digest_of
from contracts.office import OfficeKind, Role
from contracts.receipt import Flag
from contracts.report import ReportKind
from service.desk_ports import JournalPart
from service.domain.acting import Act, LetterMatter, TransferMatter
from service.domain.claims import Subject
from service.domain.journal import Action
from service.domain.transfer import DispatchStatus, Status
from service.ports import Vault

_SQL = filled(load("desk_acts"))
_HISTORY = 500
_READINGS = [
    action.value
    for action in (
        *(Action.TRANSFER_READ, Action.DISPATCH_READ, Action.MATERIAL_READ),
        *(Action.SUPERVISION_READ, Action.LEAD_READ),
        # What was decided tells itself by the report or the letter.
        *(Action.DESK_CLAIMED, Action.DESK_RELEASED, Action.DESK_DECIDED),
    )
]


class PostgresActs:
    def __init__(self, connection: Connection, vault: Vault, clocks: ClockTable) -> None:
        self._connection = connection
        self._vault = vault
        self._clocks = clocks

    async def add(self, acts: Sequence[Act]) -> None:
        if acts:
            rows = [self._row(act) for act in acts]
            await self._connection.execute(_SQL["add"], *map(list, zip(*rows, strict=True)))

    async def find(self, act_id: UUID) -> Act | None:
        return self._one(await self._connection.fetchrow(_SQL["find"], act_id))

    async def hold(self, act_id: UUID) -> Act | None:
        return self._one(await self._connection.fetchrow(_SQL["hold"], act_id))

    async def of_group(self, group_id: UUID) -> list[Act]:
        return [self._act(row) for row in await self._connection.fetch(_SQL["of_group"], group_id)]

    async def sign(self, act: Act) -> None:
        assert act.signed is not None
        sealed = self._vault.seal(act.signed, _context(act.id, "signed"))
        digest = digest_of(act.signed)
        await self._connection.execute(_SQL["sign"], act.id, sealed, digest, act.signed_at)

    async def settle(self, act_id: UUID, outcome: str, receipt: str | None, at: datetime) -> bool:
        done = await self._connection.execute(_SQL["settle"], act_id, outcome, receipt, at)
        return done == "UPDATE 1"

    async def receipt_of(self, act: Act) -> str | None:
        if act.subject is Subject.TRANSFER:
            asked = (act.subject_id, act.digest)
            found: str | None = await self._connection.fetchval(_SQL["receipt_of_document"], *asked)
            return found
        row = await self._connection.fetchrow(
            _SQL["receipt_of_letter"], act.office_code, str(act.id), act.digest
        )
        store = PostgresSupervisions(self._connection, self._vault, self._clocks)
        return digest_of(store.open_receipt(row["id"], row["receipt"])) if row else None

    async def unsettled(self, signed_before: datetime, limit: int) -> list[UUID]:
        rows = await self._connection.fetch(_SQL["unsettled"], signed_before, limit)
        return [row["id"] for row in rows]

    async def transfers(
        self, office_code: str, transfer_ids: Sequence[UUID]
    ) -> list[TransferMatter]:
        rows = await self._connection.fetch(_SQL["transfers"], office_code, transfer_ids)
        return [_transfer(row) for row in rows]

    async def letter(self, office_code: str, supervision_id: UUID) -> LetterMatter | None:
        store = PostgresSupervisions(self._connection, self._vault, self._clocks)
        found = await store.find(supervision_id)
        if found is None or found.office_code != office_code:
            return None
        return LetterMatter(found)

    async def history(self, subject: Subject, subject_id: UUID) -> list[JournalPart]:
        is_transfer = subject is Subject.TRANSFER
        query = _SQL["history_of_transfer" if is_transfer else "history_of_subject"]
        rows = await self._connection.fetch(query, subject_id, _READINGS, _HISTORY)
        return [_part(row) for row in reversed(rows)]

    def _row(self, act: Act) -> tuple[Any, ...]:
        return (
            act.id,
            act.office_code,
            act.staff_id,
            act.kind,
            act.subject.value,
            act.subject_id,
            act.group_id,
            act.seen_move,
            self._vault.seal(to_json(act.form), _context(act.id, "form")),
            act.drafted_at,
            act.settled_at,
            act.outcome,
            act.is_excluded,
        )

    def _one(self, row: Row | None) -> Act | None:
        return self._act(row) if row else None

    def _act(self, row: Row) -> Act:
        act_id, signed = row["id"], row["signed"]
        form = from_json(self._vault.open(row["sealed"], _context(act_id, "form")))
        told = {name: value for name, value in row.items() if name != "sealed"}
        return Act(
            **{
                **told,
                "subject": Subject(row["subject"]),
                "form": {name: tuple(values) for name, values in form.items()},
                "signed": signed and self._vault.open(signed, _context(act_id, "signed")),
            }
        )


def _context(act_id: UUID, what: str) -> bytes:
    return f"desk-act/{act_id}/{what}".encode()


def _transfer(row: Row) -> TransferMatter:
    return TransferMatter(
        **{
            **row,
            "status": Status(row["status"]),
            "dispatch_status": DispatchStatus(row["dispatch_status"]),
            "role": Role(row["role"]),
            "flags": tuple(Flag.model_validate(flag) for flag in row["flags"]),
            "told": frozenset(map(ReportKind, row["told"])),
            "offices": {code: OfficeKind(kind) for code, kind in row["offices"].items()},
        }
    )


def _part(row: Row) -> JournalPart:
    told = {name: row[name] for name in ("at", "action", "actor", "data")}
    return JournalPart(HistoryEntry.model_validate(told), row["move"])
