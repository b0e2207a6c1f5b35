"""Supervision 监督: whose move it is, which clock the agency answers under, and what is counted of it.

The clock starts when the agency is deemed to have the letter: when it took it out of its mailbox, when its endpoint
answered a push with a 2xx that names our digest, or when it replied. Before that nothing runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.clocks import Clock, Words
from contracts.supervision import OPINIONS, RULES, OutcomeResult, ReplyResult, SupervisionKind
from contracts.supervision_views import SupervisionStanding
from service.domain.deadlines import Context, Deadline, begin
from service.domain.errors import IllegalMoveError
from service.domain.working_days import SHANGHAI


class SupervisionStatus(StrEnum):
    """Where a supervision stands; each comment says whose move it is."""

    ISSUED = "issued"  # ours: bring it to the agency; the agency's: take it
    UNDELIVERABLE = "undeliverable"  # our operators': call the agency, which can still take it
    DELIVERED = "delivered"  # the agency's: reply; if it does not, the superior's
    REPLIED = "replied"  # the issuing office's: say how it ends
    CLOSED = "closed"  # nobody's


_S = SupervisionStatus
NEXT: Mapping[SupervisionStatus, frozenset[SupervisionStatus]] = {
    _S.ISSUED: frozenset({_S.DELIVERED, _S.UNDELIVERABLE, _S.CLOSED}),
    _S.UNDELIVERABLE: frozenset({_S.ISSUED, _S.DELIVERED, _S.CLOSED}),
    _S.DELIVERED: frozenset({_S.REPLIED, _S.CLOSED}),
    _S.REPLIED: frozenset({_S.CLOSED}),
    _S.CLOSED: frozenset(),
}
WHOSE_MOVE: Mapping[SupervisionStatus, Words] = {
    _S.ISSUED: Words(
        zh="平台：送达；行政机关：签收", en="the platform's: deliver; the agency's: take it"
    ),
    _S.UNDELIVERABLE: Words(
        zh="平台运维：联系行政机关签收", en="the platform's operators': call the agency"
    ),
    _S.DELIVERED: Words(zh="行政机关：回复", en="the agency's: reply"),
    _S.REPLIED: Words(zh="监督机关：确定监督结果", en="the supervising office's: say how it ends"),
    _S.CLOSED: Words(zh="无（已结束）", en="nobody's: it is closed"),
}


@dataclass(frozen=True, slots=True)
class Escalation:
    """How far silence was told upwards; facts beside the status.

    `at` is when the last run-out was acted upon, `to` the office that it was told to, None where none is
    registered above. `next_at` is when the present period ends: the agency's own first, then the same clock
    again for each superior, until there is nobody above.
    """

    times: int = 0
    to: str | None = None
    at: datetime | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SupervisionState:
    """A letter to an agency, as it is stored. `followed_at` is when its case was found transferred after it."""

    id: UUID
    office_code: str
    letter_id: str
    kind: SupervisionKind
    agency_code: str
    case_number: str
    lead_ids: tuple[UUID, ...]
    division: str
    sector: str | None
    document_number: str | None
    issued_at: datetime
    received_at: datetime
    reply_by: datetime | None
    digest: str
    status: SupervisionStatus
    move: int
    give_up_at: datetime
    delivered_at: datetime | None = None
    deadline: Deadline | None = None
    escalation: Escalation = field(default_factory=Escalation)
    reply: ReplyResult | None = None
    replied_at: datetime | None = None
    followed_at: datetime | None = None
    outcome: OutcomeResult | None = None
    closed_at: datetime | None = None
    counted: tuple[str, ...] = ()

    @property
    def is_on_its_way(self) -> bool:
        """Whether the agency is not yet known to have it, and still may take it."""
        return self.status in (SupervisionStatus.ISSUED, SupervisionStatus.UNDELIVERABLE)

    def advance(self, to: SupervisionStatus) -> "SupervisionState":
        """Move it; raises IllegalMoveError for a move that the table does not have."""
        if to not in NEXT[self.status]:
            raise IllegalMoveError(f"supervision {self.status.value} -> {to.value}")
        return replace(self, status=to, move=self.move + 1)


def standing_of(state: SupervisionState, now: datetime) -> SupervisionStanding:
    """Say how a letter stands at a moment; computed, never stored."""
    if state.is_on_its_way:
        return "waiting"
    if state.status is SupervisionStatus.DELIVERED:
        is_late = state.deadline is not None and state.deadline.due_at < now
        return "overdue" if is_late else "open"
    return "closed" if state.status is SupervisionStatus.CLOSED else "replied"


def delivered(state: SupervisionState, at: datetime, context: Context) -> SupervisionState:
    """Start the agency's time: it has the letter; raises IllegalMoveError where it had it before."""
    deadline = reply_clock(state.kind, at, state.reply_by, context)
    return replace(
        state.advance(SupervisionStatus.DELIVERED),
        delivered_at=at,
        deadline=deadline,
        escalation=Escalation(next_at=deadline.due_at if deadline else None),
    )


def clock_of(kind: SupervisionKind, at: datetime, context: Context) -> Clock | None:
    """Find the clock that a letter of this kind starts where and when it is received; None before the law had one."""
    event = RULES[kind].received
    assert event is not None, f"a {kind.value} is no letter"
    on = at.astimezone(SHANGHAI).date()
    found = context.table.started_by(event, context.sector, context.region, on)
    return found[0] if found else None


def reply_clock(
    kind: SupervisionKind, at: datetime, reply_by: datetime | None, context: Context
) -> Deadline | None:
    """Date the reply to a letter received at `at`.

    The letter's own date binds where the law leaves it to the letter, unless it was past when the letter
    arrived: nobody is late before he can know. Elsewhere the law's length stands, whatever the letter asks.
    """
    clock = clock_of(kind, at, context)
    if clock is None:
        return None
    deadline = begin(clock, at, context)
    if clock.as_set and reply_by is not None and reply_by > at:
        return deadline._replace(due_at=reply_by, strict_due_at=reply_by, provisional=False)
    return deadline


def may_ask_for(
    kind: SupervisionKind, reply_by: datetime, issued_at: datetime, context: Context
) -> bool:
    """Tell whether a letter may set this date: where the law fixes the length, none that is later than its own."""
    clock = clock_of(kind, issued_at, context)
    return clock is None or clock.as_set or reply_by <= begin(clock, issued_at, context).due_at


def replied(state: SupervisionState, result: ReplyResult, at: datetime) -> SupervisionState:
    """Note the agency's answer; the first one ends its clock, later ones add to it. Raises IllegalMoveError."""
    answered = replace(state, reply=result, replied_at=state.replied_at or at)
    if state.status is SupervisionStatus.REPLIED:
        return answered
    deadline = state.deadline and state.deadline.ended(met_at=max(at, state.deadline.starts_at))
    return replace(
        answered.advance(SupervisionStatus.REPLIED),
        deadline=deadline,
        escalation=replace(state.escalation, next_at=None),
    )


def closed(state: SupervisionState, outcome: OutcomeResult, at: datetime) -> SupervisionState:
    """End it; a clock that still runs is void, for nobody waits for the reply any more. Raises IllegalMoveError."""
    deadline = state.deadline
    if deadline is not None and deadline.is_open:
        deadline = deadline.ended(voided_at=max(at, deadline.starts_at))
    return replace(
        state.advance(SupervisionStatus.CLOSED),
        outcome=outcome,
        closed_at=at,
        deadline=deadline,
        escalation=replace(state.escalation, next_at=None),
    )


def escalated(
    state: SupervisionState, to: str | None, at: datetime, context: Context
) -> SupervisionState:
    """Tell the level above that the time ran out: its own period is the same clock again.

    Without anybody above there is no next period, and the last office that was told stays the last.
    """
    assert state.deadline is not None, "no clock has run out"
    again = begin(state.deadline.clock, at, context)
    return replace(
        state,
        escalation=Escalation(
            times=state.escalation.times + 1,
            to=to or state.escalation.to,
            at=at,
            next_at=again.due_at if to else None,
        ),
    )


def recomputed(state: SupervisionState, deadline: Deadline) -> SupervisionState:
    """Date it by another calendar; what was escalated already keeps its own period."""
    escalation = state.escalation
    if not escalation.times:
        escalation = replace(escalation, next_at=deadline.due_at)
    return replace(state, deadline=deadline, escalation=escalation)


def counted_of(state: SupervisionState) -> list[str]:
    """Say what one supervision adds to appraisal, as `2026-10/opinions_issued`, in the month of its issue.

    Opinions of the procuratorate alone are counted. One is adopted when its office says so; one to transfer
    also when its case was transferred after it, one to penalise when the agency reports a penalty.
    """
    month = f"{state.issued_at.astimezone(SHANGHAI):%Y-%m}"
    return [f"{month}/{name}" for name in _counted(state)]


def _counted(state: SupervisionState) -> Iterator[str]:
    if state.kind not in OPINIONS:
        return
    yield "opinions_issued"
    if state.reply is not None:
        yield "opinions_replied"
    is_penalised = (
        state.kind is SupervisionKind.PENALTY_OPINION and state.reply is ReplyResult.PENALISED
    )
    is_followed = state.kind is SupervisionKind.TRANSFER_OPINION and state.followed_at is not None
    if is_penalised or is_followed or state.outcome is OutcomeResult.ADOPTED:
        yield "opinions_adopted"
    if is_penalised:
        yield "penalties_after_opinion"
