"""Shelving: putting the versions of cases in their order, the later one in front, the earlier ones behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from contracts.case_record import CaseRecord, RecordResult
from service.case_books import NOTHING_JOINED, file_of
from service.domain.case_files import CaseKey
from service.domain.counting import month_of
from service.domain.jurisdiction import place_of
from service.domain.register import bucket_of, entry_of, result_of
from service.domain.registry import Registry
from service.domain.standing import UNJUDGED
from service.ports import NewId
from service.register_ports import EarlierRecord, StoredCase


@dataclass(frozen=True, slots=True)
class Draft:
    """One version of a case that has just arrived; `content` is its canonical text."""

    key: CaseKey
    record: CaseRecord
    content: bytes
    digest: str
    party_hash: bytes | None
    source: str


class Arrival(NamedTuple):
    """A version that was not here before: its place when it came, and what it was to the one in front."""

    key: CaseKey
    case_id: UUID
    version: int
    digest: str
    source: str
    result: RecordResult


@dataclass(slots=True)
class Shelf:
    """Puts versions in their order: the later one in front, the earlier ones behind it.

    `replaced` are the versions that stood in front once. Afterwards `touched` names the cases that are
    no longer as they were, in the order in which they came, `earlier` has what now stands behind, and
    `arrivals` every version that is new.
    """

    registry: Registry
    new_id: NewId
    cases: dict[CaseKey, StoredCase]
    replaced: set[tuple[UUID, str]]
    connected: Mapping[str, datetime]
    now: datetime
    touched: dict[CaseKey, None] = field(default_factory=dict)
    earlier: list[EarlierRecord] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)

    def put(self, draft: Draft) -> RecordResult:
        stored = self.cases.get(draft.key)
        result = result_of(
            draft.digest,
            draft.record,
            stored.digest if stored else None,
            stored.recorded_at if stored else None,
            was_replaced=stored is not None and (stored.id, draft.digest) in self.replaced,
        )
        if result in (RecordResult.STORED, RecordResult.REPLACED):
            self._put_in_front(draft, stored)
            self._note(draft, self.cases[draft.key].version, result)
        elif result is RecordResult.STALE:
            assert stored is not None
            self._put_behind(draft, stored)
        return result

    def _put_in_front(self, draft: Draft, stored: StoredCase | None) -> None:
        if stored is not None and stored.content is not None:
            self._keep(stored)
        self.cases[draft.key] = self._version(draft, stored)
        self.touched[draft.key] = None

    def _put_behind(self, draft: Draft, stored: StoredCase) -> None:
        if (stored.id, draft.digest) in self.replaced:
            return
        # It takes the number that comes next, and leaves the later version where it is.
        front = replace(stored, version=stored.version + 1)
        self.earlier.append(
            EarlierRecord(
                case_id=stored.id,
                version=stored.version,
                digest=draft.digest,
                content=draft.content,
                source=draft.source,
                recorded_at=draft.record.recorded_at,
                received_at=self.now,
            )
        )
        self.replaced.add((stored.id, draft.digest))
        self.cases[draft.key] = front
        self.touched[draft.key] = None
        self._note(draft, stored.version, RecordResult.STALE)

    def _note(self, draft: Draft, version: int, result: RecordResult) -> None:
        case_id = self.cases[draft.key].id
        arrival = Arrival(draft.key, case_id, version, draft.digest, draft.source, result)
        self.arrivals.append(arrival)

    def _keep(self, stored: StoredCase) -> None:
        assert stored.digest is not None
        assert stored.content is not None
        assert stored.source is not None
        assert stored.received_at is not None
        self.replaced.add((stored.id, stored.digest))
        self.earlier.append(
            EarlierRecord(
                case_id=stored.id,
                version=stored.version,
                digest=stored.digest,
                content=stored.content,
                source=stored.source,
                recorded_at=stored.recorded_at,
                received_at=stored.received_at,
            )
        )

    def _version(self, draft: Draft, stored: StoredCase | None) -> StoredCase:
        office = self.registry.offices.get(draft.key.agency_code)
        record = draft.record
        own_sector = office.sector if office else None
        sector = record.sector or own_sector
        first = stored.first_received_at if stored else None
        case = StoredCase(
            id=stored.id if stored else self.new_id(),
            key=draft.key,
            bucket=bucket_of(draft.key, draft.party_hash),
            version=(stored.version if stored else 0) + 1,
            digest=draft.digest,
            content=draft.content,
            record=record,
            source=draft.source,
            recorded_at=record.recorded_at,
            first_received_at=first or self.now,
            received_at=self.now,
            entered_at=stored.entered_at if stored else None,
            division=place_of(record.division, office),
            sector=sector.value if sector else "other",
            family=None,
            party_hash=draft.party_hash,
            month=date(1970, 1, 1),
            decided_on=stored.decided_on if stored else None,
            conclusion=UNJUDGED,
            offence_code=None,
            missing=(),
            undetermined=(),
            rulebook_digest="",
            counted=stored.counted if stored else (),
            look_at=None,
            look_is_provisional=False,
        )
        return self._entered(case, stored)

    def _entered(self, case: StoredCase, stored: StoredCase | None) -> StoredCase:
        """Time the entry of the decision: by the first version that has it."""
        file = file_of(case, NOTHING_JOINED, self.registry)
        if stored is not None and stored.version and stored.decided_on == file.decided_on:
            return replace(case, month=month_of(file))
        connected_at = self.connected.get(case.key.agency_code, self.now)
        entered_at = entry_of(file, self.now, connected_at)
        return replace(
            case, entered_at=entered_at, decided_on=file.decided_on, month=month_of(file)
        )
