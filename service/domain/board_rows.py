"""Rows of the board's lists, as they come out of the database, and what each list may be narrowed to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from service.domain.register_glimpses import ACTIVE, LeadRow


@dataclass(frozen=True, slots=True)
class LeadsAsked:
    """Which leads; `by_case` gives the foremost lead of each case that should have been transferred.

    `agencies` None is every agency whose case lies in the jurisdiction, also one from outside it.
    """

    agencies: tuple[str, ...] | None = None
    detectors: tuple[str, ...] | None = None
    statuses: tuple[str, ...] = ACTIVE
    division: str = ""
    offence: str | None = None
    overdue: bool = False
    least_score: int = 0
    began_after: datetime | None = None
    began_until: datetime | None = None
    by_case: bool = False

    @property
    def is_active(self) -> bool:
        return {*self.statuses} <= {*ACTIVE}


@dataclass(frozen=True, slots=True)
class ListedLead:
    """A lead in a list; `also` are the other detectors that say of its case that it was kept back."""

    row: LeadRow
    also: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class UndeterminedCase:
    """A case of which detectors cannot speak before facts are given."""

    case_id: UUID
    case_number: str
    agency: str
    conclusion: str
    offence_code: str | None
    undetermined: Sequence[Mapping[str, Any]]
    division: str
    sector: str
    decided_on: date | None


@dataclass(frozen=True, slots=True)
class StageCase:
    """A case that a stage of the funnel counts; its transfer is known to us, or to the agency's register alone."""

    case_id: UUID
    case_number: str
    agency: str
    conclusion: str
    offence_code: str | None
    division: str
    sector: str
    decided_on: date | None
    transfer_id: UUID | None
    transfer_status: str | None
    received_at: datetime | None


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock that nothing has ended."""

    deadline_id: UUID
    transfer_id: UUID
    agency: str
    clock: str
    actor: str
    nature: str
    state: str
    starts_at: datetime
    due_at: datetime
    strict_due_at: datetime
    provisional: bool
    is_strict: bool
    case_number: str
    status: str


class SilentRow(NamedTuple):
    """An agency whose register has not come; one that never came has no moments."""

    agency: str
    connected_at: datetime | None
    last_received_at: datetime | None
    place: datetime


@dataclass(frozen=True, slots=True)
class GapRow:
    """What an agency counts for a month beside what is here."""

    agency: str
    month: date
    reported_at: datetime
    reported_decided: int
    decided: int
    reported_filed: int | None
    filed: int

    @property
    def missing(self) -> int:
        return max(0, self.reported_decided - self.decided)


@dataclass(frozen=True, slots=True)
class LettersAsked:
    """Which letters: by their standing, kind, agency, and whose they are."""

    standings: tuple[str, ...]
    agencies: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    office_code: str | None = None
    escalated: bool = False


class LetterPlace(NamedTuple):
    """Where a letter stands in its list: by the date to reply, then by its id."""

    due_at: datetime
    supervision_id: UUID


@dataclass(frozen=True, slots=True)
class DeadlinesAsked:
    """Which clocks; `after` and `until` are about their end."""

    agencies: tuple[str, ...]
    state: str
    ended_after: datetime | None = None
    ended_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline; `staff` is who of the reader's own office it was."""

    at: datetime
    action: str
    actor: str
    data: Mapping[str, Any]
    staff: str | None


class CaseTransferRow(NamedTuple):
    """The transfer of a case."""

    transfer_id: UUID
    status: str
    received_at: datetime


class Reply(NamedTuple):
    """What an agency answered to a letter, as it was signed."""

    received_at: datetime
    content: bytes
