"""Transfers, their parties and dispatches."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection, Row
from contracts.office import OfficeKind, Role
from contracts.packet import Suspect
from contracts.report import ReportKind
from service.domain.admission import Admission, NewDispatch, StoredPacket, screening_text
from service.domain.transfer import DispatchStatus, Part, Status
from service.ports import Source, Told, TransferState, Vault

_SQL = load("transfers")


def columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Turn rows into the columns that `unnest` takes; no rows are `width` empty columns."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]


class PostgresTransfers:
    def __init__(
        self,
        connection: Connection,
        vault: Vault,
    ) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, admissions: Sequence[Admission]) -> set[UUID]:
        rows = columns((_transfer_row(admission) for admission in admissions), 14)
        stored = {row["id"] for row in await self._connection.fetch(_SQL["add"], *rows)}
        await self._add_addressees_and_parties(
            [admission for admission in admissions if admission.id in stored]
        )
        return stored

    async def _add_addressees_and_parties(self, admissions: Sequence[Admission]) -> None:
        parties = [row for admission in admissions for row in self._party_rows(admission)]
        await self._connection.execute(_SQL["add_parties"], *columns(parties, 5))
        dispatches = [row for admission in admissions for row in _dispatches_of(admission)]
        await self._connection.execute(_SQL["add_dispatches"], *columns(dispatches, 11))

    def _party_rows(self, admission: Admission) -> list[tuple[Any, ...]]:
        return [
            (
                admission.id,
                ordinal,
                suspect.kind,
                self._fingerprint(suspect),
                self._vault.seal(
                    to_json(suspect, exclude_none=True), party_context(admission.id, ordinal)
                ),
            )
            for ordinal, suspect in enumerate(admission.packet.suspects)
        ]

    def _fingerprint(self, suspect: Suspect) -> bytes | None:
        if suspect.identifier is None:
            return None
        return self._vault.fingerprint(suspect.identifier.value)

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
        locked = await self._connection.fetch(_SQL["lock"], transfer_ids)
        parts = _grouped(await self._connection.fetch(_SQL["parts"], transfer_ids))
        reports = _grouped(await self._connection.fetch(_SQL["reports"], transfer_ids))
        return [_state(row, parts[row["id"]], reports[row["id"]]) for row in locked]

    async def move(self, moves: Sequence[tuple[UUID, int, Status, datetime]]) -> int:
        rows = [(id_, expected, status.value, at) for id_, expected, status, at in moves]
        done = await self._connection.execute(_SQL["move"], *columns(rows, 4))
        return int(done.removeprefix("UPDATE "))


def party_context(transfer_id: UUID, ordinal: int) -> bytes:
    """Name the place a party is sealed for, so that a sealed row cannot be moved to another."""
    return f"{transfer_id}/party/{ordinal}".encode()


def _transfer_row(admission: Admission) -> tuple[Any, ...]:
    packet = admission.packet
    return (
        admission.id,
        packet.agency.code,
        packet.packet_id,
        admission.digest,
        admission.kid,
        packet.case.case_number,
        packet.document_number,
        packet.case.division,
        packet.case.sector.value,
        admission.status.value,
        admission.supersedes,
        admission.received_at,
        screening_text(admission),
        to_json(admission.flags).decode(),
    )


def _dispatches_of(admission: Admission) -> Iterable[tuple[Any, ...]]:
    agency, at = admission.packet.agency.code, admission.received_at
    return (dispatch_row(one, admission.id, agency, at) for one in admission.dispatches)


def dispatch_row(
    dispatch: NewDispatch, transfer_id: UUID, agency_code: str, at: datetime
) -> tuple[Any, ...]:
    """Lay a new dispatch out for `add_dispatches`."""
    return (
        dispatch.id,
        transfer_id,
        agency_code,
        dispatch.office_code,
        dispatch.destination.kind.value,
        dispatch.destination.role.value,
        dispatch.status.value,
        dispatch.due_at,
        dispatch.give_up_at,
        at,
        dispatch.problem,
    )


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
            if part["office_code"] is not None
        },
        reports=tuple(
            Told(ReportKind(report["kind"]), report["happened_at"], report["received_at"])
            for report in reports
        ),
    )
