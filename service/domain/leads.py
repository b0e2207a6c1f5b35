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


class Change(StrEnum):
    """What a look at a case did to a lead."""

    RAISED = "raised"
    REOPENED = "reopened"
    CHANGED = "changed"  # other evidence, the same lead
    REDATED = "redated"  # only a date or the score moved
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Raised:
    """A suspicion as it becomes a lead: what the suspicion itself does not know."""

    id: UUID
    agency_code: str
    case_number: str
    division: str
    sector: str
    score: int
    at: datetime


def follow(
    lead: Lead | None, suspicion: Suspicion | None, new: Raised, *, is_transferred: bool
) -> tuple[Lead, Change] | None:
    """Say what becomes of a case's lead after a look; None where nothing does.

    A dismissed lead opens again only when what it rests on is no longer what was dismissed.
    """
    if suspicion is None:
        return _let_go(lead, new.at, is_transferred=is_transferred) if lead else None
    if lead is None:
        return _raise(suspicion, new), Change.RAISED
    again = replace(
        lead,
        division=new.division,
        sector=new.sector,
        offence_code=suspicion.offence_code,
        score=new.score,
        clock=suspicion.clock,
        evidence=suspicion.evidence,
        fingerprint=suspicion.fingerprint,
    )
    rests_on_more = again.fingerprint != lead.fingerprint
    if lead.status.is_active and rests_on_more:
        # Another state of it, though not another status: who decides on what it was before is told so.
        return replace(again, move=lead.move + 1), Change.CHANGED
    if lead.status.is_active:
        return None if again == lead else (again, Change.REDATED)
    if lead.status is LeadStatus.DISMISSED and not rests_on_more:
        return None if again == lead else (again, Change.REDATED)
    return again.advance(LeadStatus.OPEN, new.at), Change.REOPENED


def _raise(suspicion: Suspicion, new: Raised) -> Lead:
    return Lead(
        id=new.id,
        agency_code=new.agency_code,
        case_number=new.case_number,
        detector=suspicion.detector,
        status=LeadStatus.OPEN,
        move=1,
        division=new.division,
        sector=new.sector,
        offence_code=suspicion.offence_code,
        score=new.score,
        clock=suspicion.clock,
        evidence=suspicion.evidence,
        fingerprint=suspicion.fingerprint,
        raised_at=new.at,
        changed_at=new.at,
    )


def _let_go(lead: Lead, at: datetime, *, is_transferred: bool) -> tuple[Lead, Change] | None:
    if lead.status.is_active:
        end = LeadStatus.TRANSFERRED if is_transferred else LeadStatus.RESOLVED
        return lead.advance(end, at), Change.CLOSED
    if lead.status is LeadStatus.DISMISSED and is_transferred:
        return lead.advance(LeadStatus.TRANSFERRED, at), Change.CLOSED
    return None
