"""Transfers, their parties and dispatches."""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from adapters.postgres.documents import sealed_columns
from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection, Row
from contracts.office import OfficeKind, Role
from contracts.packet import Suspect
from contracts.report import ReportKind
from service.domain.admission import Admission, NewDispatch, StoredPacket
from service.domain.journal import JournalEntry
from service.domain.transfer import DispatchStatus, Part, Status
from service.ports import Vault
from service.stored import Source, Told, TransferState

_SQL = load("transfers")


class PostgresTransfers:
    def __init__(
        self,
        connection: Connection,
        vault: Vault,
    ) -> None:
        self._connection = connection
        self._vault = vault

    async def add(
        self, admissions: Sequence[Admission], lines: Sequence[JournalEntry]
    ) -> set[UUID]:
        rows = await self._connection.fetch(
            _SQL["add"],
            _json([_transfer_row(admission) for admission in admissions]),
            _json([row for admission in admissions for row in self._party_rows(admission)]),
            _json([row for admission in admissions for row in _dispatch_rows(admission)]),
            _json([row for admission in admissions for row in _deadline_rows(admission)]),
            _json(lines),
            *sealed_columns((one for each in admissions for one in each.documents()), self._vault),
        )
        return {row["id"] for row in rows}

    def _party_rows(self, admission: Admission) -> Iterator[dict[str, Any]]:
        for ordinal, suspect in enumerate(admission.packet.suspects):
            place = party_context(admission.id, ordinal)
            hashed = self._fingerprint(suspect)
            yield {
                "transfer_id": admission.id,
                "ordinal": ordinal,
                "kind": suspect.kind,
                "identifier_hash": hashed and b64encode(hashed),
                "sealed": b64encode(self._vault.seal(to_json(suspect, exclude_none=True), place)),
            }

    def _fingerprint(self, suspect: Suspect) -> bytes | None:
        if suspect.identifier is None:
            return None
        return self._vault.fingerprint(suspect.identifier.value)

    async def hold(self, transfer_ids: Sequence[UUID]) -> None:
        await self._connection.fetch(_SQL["hold"], transfer_ids)

    async def find_packet(self, agency_code: str, packet_id: str) -> StoredPacket | None:
        return _stored(await self._connection.fetchrow(_SQL["find_packet"], agency_code, packet_id))

    async def find_current(self, agency_code: str, case_number: str) -> StoredPacket | None:
        return _stored(
            await self._connection.fetchrow(_SQL["find_current"], agency_code, case_number)
        )

    async def supersede(self, transfer_id: UUID, move: int) -> bool:
        done = await self._connection.execute(_SQL["supersede"], transfer_id, move)
        return done == "UPDATE 1"

    async def sources(self, transfer_ids: Sequence[UUID]) -> list[Source]:
        rows = await self._connection.fetch(_SQL["sources"], transfer_ids)
        return [Source(**row) for row in rows]

    async def lock(self, transfer_ids: Sequence[UUID]) -> list[TransferState]:
        return await self._states("lock", transfer_ids)

    async def _states(self, query: str, transfer_ids: Sequence[UUID]) -> list[TransferState]:
        found = await self._connection.fetch(_SQL[query], transfer_ids)
        parts = _grouped(await self._connection.fetch(_SQL["parts"], transfer_ids))
        reports = _grouped(await self._connection.fetch(_SQL["reports"], transfer_ids))
        return [_state(row, parts[row["id"]], reports[row["id"]]) for row in found]

    async def peek(self, transfer_ids: Sequence[UUID]) -> list[TransferState]:
        return await self._states("peek", transfer_ids)

    async def move(self, moves: Sequence[tuple[UUID, int, Status, datetime]]) -> int:
        rows = [(id_, expected, status.value, at) for id_, expected, status, at in moves]
        done = await self._connection.execute(_SQL["move"], *map(list, zip(*rows, strict=True)))
        return int(done.removeprefix("UPDATE "))


def party_context(transfer_id: UUID, ordinal: int) -> bytes:
    """Name the place a party is sealed for, so that a sealed row cannot be moved to another."""
    return f"{transfer_id}/party/{ordinal}".encode()


def _json(rows: Sequence[object]) -> str:
    return to_json(rows).decode()


def _transfer_row(admission: Admission) -> dict[str, Any]:
    packet = admission.packet
    return {
        "id": admission.id,
        "agency_code": packet.agency.code,
        "packet_id": packet.packet_id,
        "packet_digest": admission.digest,
        "kid": admission.kid,
        "case_number": packet.case.case_number,
        "document_number": packet.document_number,
        "division": packet.case.division,
        "sector": packet.case.sector,
        "status": admission.status,
        "supersedes": admission.supersedes,
        "received_at": admission.received_at,
        "screening": admission.verdicts,
        "flags": admission.flags,
    }


def _dispatch_rows(admission: Admission) -> Iterator[dict[str, Any]]:
    agency_code, at = admission.packet.agency.code, admission.received_at
    for dispatch in admission.dispatches:
        yield dispatch_row(dispatch, admission.id, agency_code, at)


def dispatch_row(
    dispatch: NewDispatch, transfer_id: UUID, agency_code: str, at: datetime
) -> dict[str, Any]:
    """Lay a new dispatch out, in the order of its columns."""
    return {
        "id": dispatch.id,
        "transfer_id": transfer_id,
        "agency_code": agency_code,
        "office_code": dispatch.office_code,
        "kind": dispatch.destination.kind,
        "role": dispatch.destination.role,
        "status": dispatch.status,
        "due_at": dispatch.due_at,
        "give_up_at": dispatch.give_up_at,
        "retry_at": at,
        "problem": dispatch.problem,
    }


def _deadline_rows(admission: Admission) -> Iterator[dict[str, Any]]:
    for new in admission.deadlines:
        deadline = new.deadline
        yield {
            "id": new.id,
            "transfer_id": admission.id,
            "agency_code": admission.packet.agency.code,
            "clock": deadline.clock.id,
            "actor": deadline.actor,
            "nature": deadline.nature,
            "is_strict": deadline.strict,
            "starts_at": deadline.starts_at,
            "near_at": deadline.near_at,
            "due_at": deadline.due_at,
            "strict_due_at": deadline.strict_due_at,
            "provisional": deadline.provisional,
            "met_at": deadline.met_at,
            "voided_at": deadline.voided_at,
        }


def _stored(row: Row | None) -> StoredPacket | None:
    if row is None:
        return None
    return StoredPacket(**{**row, "status": Status(row["status"])})


def _grouped(rows: Iterable[Row]) -> Mapping[UUID, list[Row]]:
    groups: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["transfer_id"]].append(row)
    return groups


def _state(row: Row, parts: Sequence[Row], reports: Sequence[Row]) -> TransferState:
    return TransferState(
        id=row["id"],
        agency_code=row["agency_code"],
        sector=row["sector"],
        division=row["division"],
        status=Status(row["status"]),
        move=row["move"],
        is_current=row["is_current"],
        received_at=row["received_at"],
        parts=tuple(
            Part(OfficeKind(part["kind"]), Role(part["role"]), DispatchStatus(part["status"]))
            for part in parts
        ),
        offices={
            part["office_code"]: OfficeKind(part["kind"])
            for part in parts
            if part["office_code"] is not None and part["is_party"]
        },
        reports=tuple(
            Told(
                ReportKind(report["kind"]),
                report["happened_at"],
                report["received_at"],
                report["office_code"],
            )
            for report in reports
        ),
    )
