"""What we answer about leads and supervision: to supervising offices within their jurisdiction, to an agency its letters."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from contracts.answers import HistoryEntry, View
from contracts.clocks import Words
from contracts.supervision import OutcomeResult, ReplyResult, SupervisionKind

SupervisionStanding = Literal["waiting", "open", "overdue", "replied", "closed"]
"""How a letter stands at a moment: not taken yet, taken and in time, past its time, answered, ended."""


class ReplyClock(View):
    """The time that an agency has to reply; absent until it has the letter."""

    clock: str
    title: Words
    basis: str
    starts_at: datetime
    due_at: datetime
    strict_due_at: datetime
    provisional: bool
    state: str
    met_at: datetime | None


class SupervisionView(View):
    """A letter and what became of it. `lead_ids` are empty for an agency; `next_period_ends_at` is when silence goes further up."""

    supervision_id: UUID
    office: str
    letter_id: str
    kind: SupervisionKind
    title: str
    title_zh: str
    basis: str
    agency: str
    case_number: str
    lead_ids: list[UUID]
    document_number: str | None
    digest: str
    issued_at: datetime
    received_at: datetime
    reply_by: datetime | None
    status: str
    standing: SupervisionStanding
    move: int
    whose_move: str
    whose_move_zh: str
    delivered_at: datetime | None
    clock: ReplyClock | None
    reply: ReplyResult | None
    replied_at: datetime | None
    case_transferred_at: datetime | None
    escalations: int
    escalated_to: str | None
    escalated_at: datetime | None
    next_period_ends_at: datetime | None
    outcome: OutcomeResult | None
    closed_at: datetime | None
    document: str


class SupervisionFile(SupervisionView):
    """A letter with everything that happened to it, readings aside."""

    history: list[HistoryEntry]


class SupervisionsPage(View):
    """Letters in the order of their issue; `next` goes into `after`."""

    supervisions: list[SupervisionView]
    next: str | None


class LeadClockView(View):
    """The clock that a case breaks."""

    id: str
    starts_at: datetime
    due_at: datetime
    strict_due_at: datetime
    overdue: bool
    provisional: bool


class LeadView(View):
    """A suspicion and what it rests on: facts, limits, articles, other cases by number; no party is named."""

    lead_id: UUID
    case_number: str
    agency: str
    detector: str
    title: str
    title_zh: str
    basis: str
    status: str
    offence_code: str | None
    score: int
    clock: LeadClockView | None
    evidence: Mapping[str, Any]
    division: str
    sector: str
    raised_at: datetime
    changed_at: datetime


class LeadFile(LeadView):
    """A lead with the letters about it that are not closed; `reason` is that of its dismissal."""

    reason: str | None
    supervisions: list[SupervisionView]


class LeadsPage(View):
    """Leads of the caller's jurisdiction, the highest score first; `next` goes into `after`."""

    leads: list[LeadView]
    next: str | None


class SuspicionView(View):
    """What a detector can neither raise nor put aside before facts are given."""

    case_number: str
    agency: str
    detector: str
    title: str
    title_zh: str
    offence_code: str | None
    missing: list[str]
    division: str
    sector: str


class SuspicionsPage(View):
    """Undetermined suspicions of the caller's jurisdiction, by agency and case; `next` goes into `after`."""

    suspicions: list[SuspicionView]
    next: str | None
