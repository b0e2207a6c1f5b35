"""Leads 线索: what a detector suspects of a case, whose move it is, and what follows when the case is looked at again.

A case and a detector have one lead for ever; it closes and opens again as the facts do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import to_json

from contracts.detectors import Detector, Signal
from service.domain.errors import IllegalMoveError


class LeadStatus(StrEnum):
    """Where a lead stands; each comment says whose move it is."""

    OPEN = "open"  # the supervisors': demand, supervise or dismiss
    SUPERVISED = "supervised"  # the agency's: transfer, or reply to the letter
    DISMISSED = "dismissed"  # nobody's, until the facts change
    TRANSFERRED = "transferred"  # nobody's: the case was transferred
    RESOLVED = "resolved"  # nobody's: the facts no longer bear it

    @property
    def is_active(self) -> bool:
        return self in (LeadStatus.OPEN, LeadStatus.SUPERVISED)


NEXT: Mapping[LeadStatus, frozenset[LeadStatus]] = {
    LeadStatus.OPEN: frozenset(
        {
            LeadStatus.SUPERVISED,
            LeadStatus.DISMISSED,
            LeadStatus.TRANSFERRED,
            LeadStatus.RESOLVED,
        }
    ),
    LeadStatus.SUPERVISED: frozenset(
        {LeadStatus.OPEN, LeadStatus.DISMISSED, LeadStatus.TRANSFERRED, LeadStatus.RESOLVED}
    ),
    LeadStatus.DISMISSED: frozenset({LeadStatus.OPEN, LeadStatus.TRANSFERRED}),
    LeadStatus.TRANSFERRED: frozenset({LeadStatus.OPEN}),
    LeadStatus.RESOLVED: frozenset({LeadStatus.OPEN}),
}


class LeadClock(NamedTuple):
    """The clock that a case breaks; overdue is computed from it, never stored."""

    clock: str
    starts_at: datetime
    due_at: datetime
    strict_due_at: datetime
    provisional: bool = False

    def is_overdue(self, now: datetime) -> bool:
        return now > self.due_at


class Suspicion(NamedTuple):
    """What one detector says of one case. `evidence` names no party: facts, limits, articles, other cases by number.

    `missing` are the facts without which it can be neither raised nor put aside; then it is no lead yet.
    """

    detector: Detector
    offence_code: str | None
    evidence: Mapping[str, Any]
    clock: LeadClock | None = None
    reach: float | None = None
    is_doubtful: bool = False
    signals: tuple[Signal, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        return not self.missing

    @property
    def fingerprint(self) -> str:
        """Name what it rests on: the evidence, and no date that only a calendar moves."""
        content = (self.detector, self.offence_code, self.evidence)
        return sha256(to_json(content)).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead as it is stored."""

    id: UUID
    agency_code: str
    case_number: str
    detector: Detector
    status: LeadStatus
    move: int
    division: str
    sector: str
    offence_code: str | None
    score: int
    clock: LeadClock | None
    evidence: Mapping[str, Any]
    fingerprint: str
    raised_at: datetime
    changed_at: datetime
    reason: str | None = None

    def advance(self, to: LeadStatus, at: datetime, reason: str | None = None) -> "Lead":
        """Move it; raises IllegalMoveError for a move that the table does not have."""
        if to not in NEXT[self.status]:
            raise IllegalMoveError(f"lead {self.status.value} -> {to.value}")
        return replace(self, status=to, move=self.move + 1, changed_at=at, reason=reason)
