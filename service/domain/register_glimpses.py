"""What a reader is shown of the register, as it comes out of the database: leads, suspicions, cases, feeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from service.domain.leads import LeadStatus

ACTIVE = tuple(status.value for status in LeadStatus if status.is_active)


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """Which leads, or suspicions; `division` is how a division must begin: the jurisdiction of who asks.

    Nothing given is everything. Suspicions have no status.
    """

    detectors: Sequence[str] | None = None
    agency_code: str | None = None
    division: str = ""
    statuses: Sequence[str] | None = ACTIVE


class LeadPlace(NamedTuple):
    """Where a lead stands in their list: by its score, the highest first, then by its id."""

    score: int
    lead_id: UUID


class ClockGlimpse(NamedTuple):
    """The clock that a case breaks, as it stands now."""

    id: str
    starts_at: datetime
    due_at: datetime
    strict_due_at: datetime
    overdue: bool
    provisional: bool


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead as it stands now."""

    lead_id: UUID
    case_number: str
    agency: str
    detector: str
    status: str
    offence_code: str | None
    score: int
    clock: ClockGlimpse | None
    evidence: Mapping[str, Any]
    division: str
    sector: str
    raised_at: datetime
    changed_at: datetime

    @property
    def place(self) -> LeadPlace:
        return LeadPlace(self.score, self.lead_id)


class SuspicionPlace(NamedTuple):
    """Where a suspicion stands in their list: by agency and case, then by detector."""

    agency: str
    case_id: UUID
    detector: str


@dataclass(frozen=True, slots=True)
class SuspicionRow:
    """What a detector can neither raise nor put aside before facts are given."""

    case_id: UUID
    case_number: str
    agency: str
    detector: str
    offence_code: str | None
    missing: Sequence[str]
    division: str
    sector: str

    @property
    def place(self) -> SuspicionPlace:
        return SuspicionPlace(self.agency, self.case_id, self.detector)


@dataclass(frozen=True, slots=True)
class OpenCaseRow:
    """A case of which something cannot be said before facts are given."""

    case_id: UUID
    case_number: str
    agency: str
    conclusion: str
    offence_code: str | None
    missing: Sequence[str]
    undetermined: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class CaseGlimpse:
    """A case without what its record says: that is sealed."""

    case_id: UUID
    case_number: str
    agency: str
    version: int
    source: str | None
    recorded_at: datetime | None
    first_received_at: datetime | None
    received_at: datetime | None
    division: str
    sector: str
    family: str | None
    decided_on: date | None
    conclusion: str
    offence_code: str | None
    missing: Sequence[str]
    rulebook_digest: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of a record that another one has replaced, or that came too late."""

    version: int
    digest: str
    source: str
    recorded_at: datetime | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class FeedRow:
    """An agency that feeds its register."""

    agency: str
    name: str
    connected_at: datetime
    last_received_at: datetime
    cases: int
    silent: bool
