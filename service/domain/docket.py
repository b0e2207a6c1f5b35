"""The docket 案卷: everything that an office may see of one transfer, as it stands at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.acknowledgement import Acknowledgement
from contracts.answers import DispatchView
from contracts.calendar import Calendars
from contracts.packet import Material, TransferPacket
from contracts.receipt import Flag, Receipt
from contracts.report import Report
from contracts.supervision import SupervisionKind
from service.domain.computation import Computation
from service.domain.deadlines import Deadline
from service.domain.rulebook import CompiledRuleBook
from service.domain.screening import Screening
from service.domain.signatures import Signature
from service.domain.transfer import Status


@dataclass(frozen=True, slots=True)
class TransferRow:
    """The transfer itself; `is_party` tells whether it was dispatched to the office that looks."""

    id: UUID
    agency_code: str
    packet_id: str
    packet_digest: str
    case_number: str
    document_number: str
    division: str
    sector: str
    status: Status
    move: int
    is_current: bool
    is_party: bool
    received_at: datetime
    changed_at: datetime
    rulebook_digest: str
    flags: tuple[Flag, ...]
    seen_move: int | None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the journal, with the person of the reader's office who sat at the desk."""

    at: datetime
    action: str
    actor: str
    move: int | None
    data: Mapping[str, Any]
    staff_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A correction as it is stored."""

    id: UUID
    pointer: str
    staff_id: UUID
    made_at: datetime
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Correction:
    """What lies over a field of the packet, for the reader's office; the packet's own value stays."""

    pointer: str
    value: str
    reason: str
    person: str | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class LetterAbout:
    """A letter of supervision about the case."""

    id: UUID
    kind: SupervisionKind
    office_code: str
    document_number: str | None
    issued_at: datetime
    status: str
    due_at: datetime | None
    replied_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """Another packet about the same case: what this one took the place of, or what took its place."""

    id: UUID
    packet_id: str
    received_at: datetime
    status: Status
    is_current: bool


@dataclass(frozen=True, slots=True)
class DeadlineTold:
    """A clock of the transfer and how its date was counted."""

    id: UUID
    deadline: Deadline
    computation: Computation


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgement 回执 or a report 办理反馈 with the signature that proves it.

    `content` is None where the document cannot be read any more; the signature says so.
    """

    office_code: str | None
    stored_at: datetime
    signature: Signature
    acknowledgement: Acknowledgement | None = None
    report: Report | None = None


@dataclass(frozen=True, slots=True)
class CaseMaterial:
    """A file of the case, and whose it is: the agency's, or of who sent it with a report."""

    material: Material
    office_code: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Docket:
    """The whole case file."""

    transfer: TransferRow
    packet: TransferPacket
    materials: Sequence[CaseMaterial]
    screening: Screening | None
    book: CompiledRuleBook | None
    receipt: Receipt | None
    dispatches: Sequence[DispatchView]
    acknowledgements: Sequence[Answer]
    reports: Sequence[Answer]
    deadlines: Sequence[DeadlineTold]
    history: Sequence[HistoryLine]
    readings: Sequence[HistoryLine]
    people: Mapping[UUID, str]
    corrections: Mapping[str, Sequence[Correction]]
    signatures: Sequence[Signature]
    letters: Sequence[LetterAbout]
    versions: Sequence[VersionRow]
    calendars: Calendars
    read_at: datetime

    @property
    def next_deadline(self) -> DeadlineTold | None:
        """The clock that runs out first, a breach that nobody has ended before all others."""
        running = [one for one in self.deadlines if one.deadline.is_open]
        alive = [one for one in running if one.deadline.state(self.read_at) != "lapsed"]
        return min(alive, key=lambda one: one.deadline.due_at, default=None)


def correction_context(transfer_id: UUID, correction_id: UUID) -> bytes:
    """Name the place for which a correction is sealed."""
    return f"{transfer_id}/correction/{correction_id}".encode()
