"""Acts: what somebody at a desk may decide now, by his office, his role and where the matter stands.

A decision is one signed document of the office. Which one is possible follows from what an office may tell or issue
(`domain/reporting.py`, contracts/supervision.py), and from the tables of legal moves; nothing is offered that the use
case behind it would refuse.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from contracts.acknowledgement import AckResult
from contracts.jws import Typ
from contracts.office import OfficeKind, Role
from contracts.receipt import Flag
from contracts.report import ReportKind
from contracts.supervision import RULES, SupervisionKind
from service.domain.claims import Claim, Subject
from service.domain.leads import Lead
from service.domain.reporting import may_tell
from service.domain.staff import Seat, StaffRole
from service.domain.supervision import SupervisionState, SupervisionStatus
from service.domain.transfer import DispatchStatus, Status

Form = Mapping[str, tuple[str, ...]]
"""A filled form, as it was posted: each field's values in their order."""

ACKNOWLEDGE, REFUSE = "acknowledge", "refuse"
RESULTS: Mapping[str, AckResult] = {ACKNOWLEDGE: AckResult.RECEIVED, REFUSE: AckResult.REFUSED}
DONE = "done"
"""The outcome of an act that took effect; any other is a code of the problem catalogue."""

BulkKind = Literal["acknowledge", "claim", "release"]
_WITHOUT_DOCUMENT = frozenset({"claim", "release"})


@dataclass(frozen=True, slots=True)
class Act:
    """A decision on its way: drafted, then signed once, then settled.

    Its id is the id in the signed document. `outcome` is `done` or the code of the problem that it met; `receipt` the
    digest of our receipt, `digest` that of the document.
    """

    id: UUID
    office_code: str
    staff_id: UUID
    staff_name: str
    kind: str
    subject: Subject
    subject_id: UUID
    group_id: UUID | None
    seen_move: int
    form: Form
    drafted_at: datetime
    signed: bytes | None = None
    signed_at: datetime | None = None
    digest: str | None = None
    receipt: str | None = None
    settled_at: datetime | None = None
    outcome: str | None = None
    is_excluded: bool = False
    """Whether a bulk action left it out when it was put together; `outcome` says why."""

    @property
    def is_done(self) -> bool:
        return self.outcome == DONE

    @property
    def is_signed_for(self) -> bool:
        """Whether it becomes a signed document; a row of a bulk claim or release does not."""
        return self.kind not in _WITHOUT_DOCUMENT


@dataclass(frozen=True, slots=True)
class TransferMatter:
    """A transfer as an office that it was dispatched to finds it."""

    id: UUID
    move: int
    status: Status
    agency_code: str
    case_number: str
    document_number: str
    sector: str
    division: str
    received_at: datetime
    is_current: bool
    dispatch_id: UUID
    dispatch_status: DispatchStatus
    dispatch_digest: str | None
    role: Role
    flags: tuple[Flag, ...]
    screening: Mapping[str, Any]
    told: frozenset[ReportKind]
    offices: Mapping[str, OfficeKind]

    @property
    def subject(self) -> Subject:
        return Subject.TRANSFER


@dataclass(frozen=True, slots=True)
class LeadMatter:
    """A lead of an office's jurisdiction; `is_supervised` while a letter about it runs."""

    lead: Lead
    is_supervised: bool

    @property
    def id(self) -> UUID:
        return self.lead.id

    @property
    def move(self) -> int:
        return self.lead.move

    @property
    def status(self) -> str:
        return self.lead.status.value

    @property
    def agency_code(self) -> str:
        return self.lead.agency_code

    @property
    def case_number(self) -> str:
        return self.lead.case_number

    @property
    def subject(self) -> Subject:
        return Subject.LEAD


@dataclass(frozen=True, slots=True)
class LetterMatter:
    """A letter of the office's own."""

    state: SupervisionState

    @property
    def id(self) -> UUID:
        return self.state.id

    @property
    def move(self) -> int:
        return self.state.move

    @property
    def status(self) -> str:
        return self.state.status.value

    @property
    def agency_code(self) -> str:
        return self.state.agency_code

    @property
    def case_number(self) -> str:
        return self.state.case_number

    @property
    def subject(self) -> Subject:
        return Subject.SUPERVISION


Matter = TransferMatter | LeadMatter | LetterMatter


@dataclass(frozen=True, slots=True)
class Offered:
    """What somebody may do with a matter now; `move` is what his decision will be said to rest on.

    `kinds` is empty for who may not decide; `claim` is the one that runs, his own or another's.
    """

    matter: Matter
    kinds: tuple[str, ...]
    claim: Claim | None
    is_mine: bool
    may_claim: bool
    can_sign: bool

    @property
    def move(self) -> int:
        return self.matter.move

    @property
    def is_others(self) -> bool:
        return self.claim is not None and not self.is_mine


DECIDES = frozenset({StaffRole.REVIEWER, StaffRole.CHIEF})
SUPERVISES = DECIDES | {StaffRole.SUPERVISOR}


def may_act(seat: Seat, subject: Subject) -> bool:
    """Tell whether somebody decides on matters of this sort at all."""
    return seat.has(*(DECIDES if subject is Subject.TRANSFER else SUPERVISES))


def typ_of(subject: Subject, kind: str) -> Typ:
    """Name the document that an act signs."""
    if subject is not Subject.TRANSFER:
        return Typ.SUPERVISION
    return Typ.ACKNOWLEDGEMENT if kind in RESULTS else Typ.REPORT


def kinds_for(office: OfficeKind, matter: Matter) -> tuple[str, ...]:
    """Name what an office of this kind may decide on a matter as it stands."""
    match matter:
        case TransferMatter():
            return (*_answers(matter), *_reports(office, matter))
        case LeadMatter():
            return tuple(_letters(office, matter))
        case LetterMatter():
            is_over = matter.state.status is SupervisionStatus.CLOSED
            return () if is_over else (SupervisionKind.OUTCOME.value,)


_UNANSWERED = frozenset(
    {DispatchStatus.WAITING, DispatchStatus.DELIVERED, DispatchStatus.UNDELIVERABLE}
)


def _answers(matter: TransferMatter) -> tuple[str, ...]:
    """An answer names the digest of our dispatch, so there must be one."""
    is_open = matter.dispatch_digest is not None and matter.dispatch_status in _UNANSWERED
    return (ACKNOWLEDGE, REFUSE) if is_open else ()


_BEFORE = frozenset(
    {
        Status.DISPATCHING,
        Status.UNDELIVERABLE,
        Status.DELIVERED,
        Status.ACKNOWLEDGED,
        Status.SUPPLEMENT_REQUESTED,
    }
)
_DECIDED = frozenset({Status.FILED, Status.NOT_FILED})
_OPEN = frozenset(Status) - {Status.CLOSED, Status.WITHDRAWN, Status.HELD_BELOW_THRESHOLD}
_R = ReportKind
SENSIBLE_AT: Mapping[ReportKind, frozenset[Status]] = {
    _R.ACCEPTED: _BEFORE,
    _R.FORWARDED: _BEFORE | {Status.ACCEPTED},
    _R.SUPPLEMENT_REQUESTED: _BEFORE | {Status.ACCEPTED},
    _R.EXTENDED: frozenset({Status.ACCEPTED}),
    _R.FILED: _BEFORE | {Status.ACCEPTED, Status.NOT_FILED, Status.SUPERVISED},
    _R.NOT_FILED: _BEFORE | {Status.ACCEPTED, Status.SUPERVISED},
    _R.NOTIFIED: _DECIDED,
    _R.RECONSIDERED_UPHELD: frozenset({Status.NOT_FILED}),
    _R.RECONSIDERED_CHANGED: frozenset({Status.NOT_FILED}),
    _R.REASONS_DEMANDED: frozenset({Status.ACCEPTED, Status.NOT_FILED}),
    _R.REASONS_GIVEN: frozenset({Status.SUPERVISED}),
    _R.FILING_NOTIFIED: frozenset({Status.SUPERVISED}),
    _R.OPINION: _OPEN,
    _R.CASE_WITHDRAWN: frozenset({Status.FILED}),
    _R.CLOSED: _DECIDED | {Status.SUPERVISED},
}
"""Where a report makes sense to whoever stands before it; each is a legal move too, which a test holds."""
_AFTER: Mapping[ReportKind, ReportKind] = {
    _R.RECONSIDERED_UPHELD: _R.RECONSIDERATION_REQUESTED,
    _R.RECONSIDERED_CHANGED: _R.RECONSIDERATION_REQUESTED,
    _R.REASONS_GIVEN: _R.REASONS_DEMANDED,
}


def _reports(office: OfficeKind, matter: TransferMatter) -> Iterator[str]:
    if not matter.is_current:
        return
    for kind, statuses in SENSIBLE_AT.items():
        before = _AFTER.get(kind)
        if before is not None and before not in matter.told:
            continue
        if matter.status in statuses and may_tell(kind, office):
            yield kind.value


def _letters(office: OfficeKind, matter: LeadMatter) -> Iterator[str]:
    if not matter.lead.status.is_active:
        return
    for kind, rule in RULES.items():
        if kind.is_letter and office in rule.issuers:
            yield kind.value
    if not matter.is_supervised and office in RULES[SupervisionKind.DISMISSAL].issuers:
        yield SupervisionKind.DISMISSAL.value
