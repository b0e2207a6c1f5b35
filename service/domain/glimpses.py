"""What a reader is shown of a transfer, as it comes out of the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.answers import DeadlineState
from contracts.receipt import Flag
from service.domain.cursors import Place
from service.domain.transfer import Status


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A transfer as it stands in the database."""

    transfer_id: UUID
    agency: str
    packet_id: str
    packet_digest: str
    case_number: str
    document_number: str
    status: Status
    move: int
    is_current: bool
    supersedes: UUID | None
    received_at: datetime
    changed_at: datetime
    flags: tuple[Flag, ...]
    screening: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A deadline with the state that it has now."""

    deadline_id: UUID
    transfer_id: UUID
    clock: str
    actor: str
    nature: str
    state: DeadlineState
    starts_at: datetime
    due_at: datetime
    strict_due_at: datetime
    provisional: bool
    met_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What a reader is told who has this version of a transfer already."""

    version: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """A journal line and its place."""

    place: Place
    transfer_id: UUID | None
    subject_id: UUID | None
    action: str
    actor: str
    at: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EventScan:
    """What a bounded look at the journal found: the lines to show, and how far it got."""

    events: Sequence[EventRow]
    reached: Place
    more: bool
