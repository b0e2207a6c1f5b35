"""The register: cases with their records, sealed, and how far the journal was followed for them."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from adapters.postgres.deadlines import PostgresDeadlines
from adapters.postgres.named_queries import filled, load
from adapters.postgres.pool import Connection, Row
from contracts.case_record import MonthlyCount, read_record
from contracts.clocks import ClockTable
from contracts.report import ReportKind
from service.domain.case_files import CaseKey, CaseOpinion, CaseTransfer
from service.domain.deadlines import Deadline
from service.domain.journal import Action
from service.domain.slices import Buckets, Place
from service.domain.transfer import Status
from service.ports import Vault
from service.register_ports import EarlierRecord, StoredCase

_SQL = filled(load("cases"))
_BUCKETS = int.from_bytes(b"case")
_MOST_OF_A_PARTY = 1000
# What of a transfer's life a case depends on; readings and attempts at sending are nothing to it.
_MOVES = [
    action.value
    for action in (
        Action.PACKET_RECEIVED,
        Action.TRANSFER_MOVED,
        Action.TRANSFER_SUPERSEDED,
        Action.DELIVERY_TAKEN,
        Action.ACKNOWLEDGEMENT_RECEIVED,
        Action.REPORT_RECEIVED,
        Action.DEADLINE_RECOMPUTED,
    )
]


_LETTERS_MOVE = [
    action.value
    for action in (
        Action.SUPERVISION_DELIVERED,
        Action.SUPERVISION_REPLIED,
        Action.SUPERVISION_CLOSED,
        Action.SUPERVISION_RECOMPUTED,
    )
]


class PostgresCases:
    def __init__(self, connection: Connection, vault: Vault, clocks: ClockTable) -> None:
        self._connection = connection
        self._vault = vault
        self._clocks = clocks
        self._deadlines = PostgresDeadlines(connection, clocks)

    async def hold_buckets(self, buckets: Sequence[int]) -> None:
        if buckets:
            await self._connection.execute(_SQL["hold_buckets"], _BUCKETS, buckets)

    async def find(self, keys: Sequence[CaseKey]) -> dict[CaseKey, StoredCase]:
        rows = await self._connection.fetch(_SQL["find"], *_columns(keys))
        return {case.key: case for case in self._read(rows)}

    async def of_parties(self, hashes: Sequence[bytes]) -> list[StoredCase]:
        rows = await self._connection.fetch(_SQL["of_parties"], hashes, _MOST_OF_A_PARTY)
        return self._read(rows)

    async def count_by_bucket(self) -> dict[int, int]:
        rows = await self._connection.fetch(_SQL["count_by_bucket"])
        return {row["bucket"]: row["count"] for row in rows}

    async def places(self, buckets: Buckets) -> list[Place]:
        rows = await self._connection.fetch(_SQL["places"], buckets.first, buckets.last)
        return [Place(row["id"], row["party_hash"]) for row in rows]

    async def with_ids(self, ids: Sequence[UUID]) -> list[StoredCase]:
        return self._read(await self._connection.fetch(_SQL["with_ids"], ids))

    async def transfers_of(self, keys: Sequence[CaseKey]) -> dict[CaseKey, CaseTransfer]:
        rows = await self._connection.fetch(_SQL["transfers_of"], *_columns(keys))
        if not rows:
            return {}
        clocks: dict[UUID, list[Deadline]] = {row["id"]: [] for row in rows}
        for stored in await self._deadlines.of_transfers(list(clocks)):
            clocks[stored.transfer_id].append(stored.deadline)
        return {_key(row): _transfer(row, clocks[row["id"]]) for row in rows}

    async def opinions_of(self, keys: Sequence[CaseKey]) -> dict[CaseKey, CaseOpinion]:
        rows = await self._connection.fetch(_SQL["opinions_of"], *_columns(keys))
        return {_key(row): self._opinion(row) for row in rows}

    def _opinion(self, row: Row) -> CaseOpinion:
        deadline = Deadline(
            clock=self._clocks.get(row["clock"]),
            starts_at=row["starts_at"],
            due_at=row["due_at"],
            strict_due_at=row["strict_due_at"],
            provisional=row["provisional"],
            strict=row["is_strict"],
        )
        return CaseOpinion(row["division"], row["sector"], row["issued_at"], deadline)

    async def save(self, cases: Sequence[StoredCase]) -> None:
        if cases:
            rows = to_json([self._row(case) for case in cases]).decode()
            await self._connection.execute(_SQL["save"], rows)

    async def keep_earlier(self, records: Sequence[EarlierRecord]) -> None:
        if records:
            rows = [self._earlier_row(one) for one in records]
            await self._connection.execute(
                _SQL["keep_earlier"], *map(list, zip(*rows, strict=True))
            )

    async def earlier_digests(self, case_ids: Sequence[UUID]) -> set[tuple[UUID, str]]:
        rows = await self._connection.fetch(_SQL["earlier_digests"], case_ids)
        return {(row["case_id"], row["digest"]) for row in rows}

    async def due(self, now: datetime, limit: int) -> list[CaseKey]:
        return [_key(row) for row in await self._connection.fetch(_SQL["due"], now, limit)]

    async def provisional(self, limit: int, after: UUID | None) -> list[tuple[UUID, CaseKey]]:
        rows = await self._connection.fetch(_SQL["provisional"], limit, after)
        return [(row["id"], _key(row)) for row in rows]

    async def connect(self, agency_code: str, now: datetime) -> datetime:
        connected_at: datetime = await self._connection.fetchval(_SQL["connect"], agency_code, now)
        return connected_at

    async def connected(self, agency_codes: Sequence[str]) -> dict[str, datetime]:
        rows = await self._connection.fetch(_SQL["connected"], agency_codes)
        return {row["agency_code"]: row["connected_at"] for row in rows}

    async def report_counts(
        self, agency_code: str, counts: Sequence[MonthlyCount], now: datetime
    ) -> None:
        await self._connection.execute(
            _SQL["report_counts"],
            agency_code,
            [date.fromisoformat(f"{one.month}-01") for one in counts],
            [one.filed for one in counts],
            [one.decided for one in counts],
            now,
        )

    async def follow_journal(self, limit: int) -> tuple[list[CaseKey], bool] | None:
        place = await self._connection.fetchrow(_SQL["cursor"])
        if place is None:
            return None
        rows = await self._connection.fetch(
            _SQL["moved_on"],
            *(str(place["recorded_in"]), place["id"], limit, _MOVES, _LETTERS_MOVE),
        )
        if rows:
            await self._connection.execute(
                _SQL["move_cursor"], rows[-1]["recorded_in"], rows[-1]["id"]
            )
        moved = [_key(row) for row in rows if row["agency_code"] is not None]
        return list(dict.fromkeys(moved)), len(rows) == limit

    def _read(self, rows: Iterable[Row]) -> list[StoredCase]:
        return [self._case(row) for row in rows]

    def _case(self, row: Row) -> StoredCase:
        content = None
        if row["sealed"] is not None:
            content = self._vault.open(row["sealed"], _context(row["id"], row["version"]))
        return StoredCase(
            id=row["id"],
            key=_key(row),
            bucket=row["bucket"],
            version=row["version"],
            digest=row["digest"],
            content=content,
            record=None if content is None else read_record(content),
            source=row["source"],
            recorded_at=row["recorded_at"],
            first_received_at=row["first_received_at"],
            received_at=row["received_at"],
            entered_at=row["entered_at"],
            division=row["division"],
            sector=row["sector"],
            family=row["family"],
            party_hash=row["party_hash"],
            month=row["month"],
            decided_on=row["decided_on"],
            conclusion=row["conclusion"],
            offence_code=row["offence_code"],
            missing=tuple(row["missing"]),
            undetermined=tuple(row["undetermined"]),
            rulebook_digest=row["rulebook_digest"],
            counted=tuple(row["counted"]),
            look_at=row["look_at"],
            look_is_provisional=row["look_is_provisional"],
        )

    def _row(self, case: StoredCase) -> dict[str, Any]:
        return {
            "id": case.id,
            "agency_code": case.key.agency_code,
            "case_number": case.key.case_number,
            "bucket": case.bucket,
            "version": case.version,
            "digest": case.digest,
            "sealed": self._sealed(case),
            "source": case.source,
            "recorded_at": case.recorded_at,
            "first_received_at": case.first_received_at,
            "received_at": case.received_at,
            "entered_at": case.entered_at,
            "division": case.division,
            "sector": case.sector,
            "family": case.family,
            "party_hash": case.party_hash and b64encode(case.party_hash).decode(),
            "month": case.month,
            "decided_on": case.decided_on,
            "conclusion": case.conclusion,
            "offence_code": case.offence_code,
            "missing": case.missing,
            "undetermined": case.undetermined,
            "rulebook_digest": case.rulebook_digest,
            "counted": case.counted,
            "look_at": case.look_at,
            "look_is_provisional": case.look_is_provisional,
        }

    def _sealed(self, case: StoredCase) -> str | None:
        if case.content is None:
            return None
        sealed = self._vault.seal(case.content, _context(case.id, case.version))
        return b64encode(sealed).decode()

    def _earlier_row(self, one: EarlierRecord) -> tuple[Any, ...]:
        sealed = self._vault.seal(one.content, _context(one.case_id, one.version))
        return (
            one.case_id,
            one.version,
            one.digest,
            sealed,
            one.source,
            one.recorded_at,
            one.received_at,
        )


def _context(case_id: UUID, version: int) -> bytes:
    """Name the place a record is sealed for, so that a sealed row cannot be moved to another."""
    return f"case/{case_id}/{version}".encode()


def _columns(keys: Sequence[CaseKey]) -> tuple[list[str], list[str]]:
    return [key.agency_code for key in keys], [key.case_number for key in keys]


def _key(row: Row) -> CaseKey:
    return CaseKey(row["agency_code"], row["case_number"])


def _transfer(row: Row, deadlines: Sequence[Deadline]) -> CaseTransfer:
    return CaseTransfer(
        id=row["id"],
        status=Status(row["status"]),
        division=row["division"],
        sector=row["sector"],
        received_at=row["received_at"],
        reports={
            ReportKind(kind): datetime.fromisoformat(at) for kind, at in row["reports"].items()
        },
        deadlines=tuple(deadlines),
    )
