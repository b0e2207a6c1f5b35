"""What we answer to readers: a transfer's status with its history, events, deadlines, the mailbox. JSON, unsigned."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.document import Fault
from contracts.office import OfficeKind, Role
from contracts.receipt import Addressed, Flag


class View(BaseModel):
    """A part of an answer; members may be added, so readers ignore what they do not know."""

    model_config = ConfigDict(frozen=True)


class DispatchView(View):
    """One addressee of a transfer and how far it is."""

    dispatch_id: UUID
    kind: OfficeKind
    role: Role
    office: str | None
    status: str
    attempts: int
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    next_attempt_at: datetime | None
    problem: str | None


class DeadlineView(View):
    """A statutory clock: the later reading decides `state`, the strict one is shown beside it."""

    deadline_id: UUID
    transfer_id: UUID
    clock: str
    title: str
    title_zh: str
    basis: str
    actor: str
    nature: str
    state: str
    starts_at: datetime
    due_at: datetime
    strict_due_at: datetime
    provisional: bool
    met_at: datetime | None


class HistoryEntry(View):
    """One line of the journal, as a party to the transfer may see it."""

    at: datetime
    action: str
    actor: str
    data: dict[str, Any]


class TransferView(View):
    """A transfer as one of its offices sees it; `whose_move` says who must act now.

    `move` counts the reports and the changes of status. `version` changes whenever anything in this answer does,
    readings aside; it is the ETag.
    """

    transfer_id: UUID
    version: str
    agency: str
    packet_id: str
    packet_digest: str
    case_number: str
    document_number: str
    status: str
    move: int
    whose_move: str
    whose_move_zh: str
    received_at: datetime
    changed_at: datetime
    supersedes: UUID | None
    is_current: bool
    flags: list[Flag]
    screening: dict[str, Any]
    dispatches: list[DispatchView]
    deadlines: list[DeadlineView]
    next_deadline: DeadlineView | None
    history: list[HistoryEntry]


class Event(View):
    """Something that happened to what is the caller's, readings aside; `cursor` goes into `after`.

    It is about the transfer, else about `subject_id`: a case of the register, or a letter of supervision.
    """

    cursor: str
    transfer_id: UUID | None
    subject_id: UUID | None = None
    action: str
    actor: str
    at: datetime
    data: dict[str, Any]


class EventsPage(View):
    """Events in an order that never changes; ask again with `after=next`, at once if there is `more`.

    A page may be empty and still have more behind it: what does not concern the caller was skipped.
    """

    events: list[Event]
    next: str
    more: bool


class DeadlinesPage(View):
    """Clocks of the caller's transfers, the earliest date first; `next` goes into `after`."""

    deadlines: list[DeadlineView]
    next: str | None


class MailboxItem(View):
    """A dispatch that waits to be taken; it stays until its acknowledgement is posted."""

    dispatch_id: UUID
    transfer_id: UUID
    role: Role
    waiting_since: datetime
    due_at: datetime
    href: str


class MailboxPage(View):
    """What waits for the caller, the most urgent first."""

    items: list[MailboxItem]


class MaterialView(View):
    """A stored material of the caller's."""

    digest: str
    size: int
    stored_at: datetime


class ValidationAnswer(View):
    """What would happen to a packet; nothing was stored."""

    accepted: bool
    status: str | None = None
    problem: str | None = None
    detail: str | None = None
    errors: list[Fault] = []
    flags: list[Flag] = []
    screening: dict[str, Any] = {}
    addressees: list[Addressed] = []


DeadlineState = Literal["open", "near", "overdue", "met", "met_late", "lapsed", "void"]
