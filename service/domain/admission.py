"""What intake decides about a packet whose signature held: pure, and all that is then stored."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from contracts.calendar import Calendars
from contracts.clocks import ClockTable
from contracts.document import Fault, SchemaError, parse, pointer
from contracts.facts import check_facts
from contracts.jws import Envelope, digest_of
from contracts.packet import TransferPacket
from contracts.receipt import Addressed, Flag, Receipt, ScreeningSummary, Subject
from service.domain.assessment import assess, stays_below, summary_of
from service.domain.deadlines import Context, Deadline, Happened, react_all
from service.domain.errors import Refusal
from service.domain.flags import flags_of
from service.domain.registry import Registry
from service.domain.routing import Destination, route
from service.domain.rulebook import CompiledRuleBook
from service.domain.screening import Screening
from service.domain.transfer import NEXT, DispatchStatus, Part, Status, status_of
from service.domain.working_days import SHANGHAI

NewId = Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class Standards:
    """What a packet is judged by: the rule book, the clocks and the calendars of one moment."""

    book: CompiledRuleBook
    clocks: ClockTable
    calendars: Calendars
    deliver_within: timedelta
    give_up_after: timedelta


@dataclass(frozen=True, slots=True)
class NewDispatch:
    """A dispatch as it is first stored."""

    id: UUID
    destination: Destination
    status: DispatchStatus
    due_at: datetime
    give_up_at: datetime
    problem: str | None = None

    @property
    def office_code(self) -> str | None:
        return self.destination.office.code if self.destination.office else None


@dataclass(frozen=True, slots=True)
class NewDeadline:
    """A clock as it is first stored."""

    id: UUID
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """Bytes that somebody signed: `kind` packet, receipt, dispatch, acknowledgement or report.

    `subject` is what the document is about: the transfer for a packet, the dispatch for a dispatch and
    its acknowledgement, the report's row for a report; a receipt is about what it is a receipt for.
    """

    transfer_id: UUID
    kind: str
    subject: UUID
    digest: str
    content: bytes
    at: datetime


@dataclass(slots=True)
class Admission:
    """A packet that we take, with everything that is stored for it in one transaction.

    `supersedes` and `receipt` are filled in by intake, which alone may look things up and sign.
    """

    id: UUID
    packet: TransferPacket
    raw: bytes
    digest: str
    kid: str
    received_at: datetime
    status: Status
    screening: Screening
    verdicts: ScreeningSummary  # made once, for the receipt and for the row
    flags: list[Flag]
    dispatches: list[NewDispatch]
    deadlines: list[NewDeadline]
    supersedes: UUID | None = None
    receipt: bytes = b""

    def documents(self) -> Iterator[SignedDocument]:
        """Give what is kept byte for byte: the packet, and our receipt for it."""
        place, at = self.id, self.received_at
        yield SignedDocument(place, "packet", place, self.digest, self.raw, at)
        yield SignedDocument(place, "receipt", place, digest_of(self.receipt), self.receipt, at)


@dataclass(frozen=True, slots=True)
class StoredPacket:
    """What we hold under an agency's packet_id."""

    transfer_id: UUID
    packet_digest: str
    case_number: str
    status: Status
    move: int
    is_current: bool


def read_packet(payload: bytes, signer_code: str) -> TransferPacket:
    """Read a verified payload; raises Refusal `schema` with every fault, or `signer_mismatch`."""
    try:
        packet = parse(TransferPacket, payload)
    except SchemaError as error:
        raise Refusal("schema", faults=error.faults) from None
    if packet.agency.code != signer_code:
        raise Refusal(
            "signer_mismatch", f"signed by {signer_code}, written for {packet.agency.code}"
        )
    problems = check_facts(packet.facts, packet.bounds)
    if problems:
        raise Refusal(
            "schema",
            faults=[
                Fault(pointer=one.pointer, code=one.code, detail=one.message) for one in problems
            ],
        )
    return packet


def missing_materials(packet: TransferPacket, missing: set[tuple[str, str]]) -> list[Fault]:
    """Point at the materials of a packet that are not uploaded."""
    return [
        Fault(pointer=pointer("materials", place, "digest"), code="not_uploaded", detail=one.digest)
        for place, one in enumerate(packet.materials)
        if (packet.agency.code, one.digest) in missing
    ]


def predecessor(packet: TransferPacket, before: StoredPacket | None) -> StoredPacket:
    """Say that a packet may take the place of an earlier one; raises Refusal otherwise."""
    if before is None or not before.is_current or before.case_number != packet.case.case_number:
        raise Refusal("supersedes_unknown", f"supersedes {packet.supersedes}")
    if Status.WITHDRAWN not in NEXT[before.status]:
        detail = f"the transfer is {before.status.value}; report what is new instead"
        raise Refusal("illegal_move", detail)
    return before


def admit(  # noqa: PLR0917 (pure: these are all that it depends on)
    envelope: Envelope,
    packet: TransferPacket,
    registry: Registry,
    standards: Standards,
    at: datetime,
    new_id: NewId,
) -> Admission:
    """Screen, route, flag and clock a packet; nothing that a reader can see is left to chance."""
    agency = registry.offices[packet.agency.code]
    screening = assess(packet, standards.book, at.astimezone(SHANGHAI).date())
    clocks = _clocks(packet, standards, at)
    held = packet.insistence is None and stays_below(packet, screening)
    dispatches = [
        dispatch_to(destination, registry, standards, at, new_id(), held=held)
        for destination in route(packet, agency, registry)
    ]
    return Admission(
        id=new_id(),
        packet=packet,
        raw=envelope.raw,
        digest=envelope.digest,
        kid=envelope.header.kid,
        received_at=at,
        status=_status(dispatches),
        screening=screening,
        verdicts=summary_of(screening),
        flags=flags_of(packet, agency, screening, clocks),
        dispatches=dispatches,
        deadlines=[NewDeadline(new_id(), clock) for clock in clocks],
    )


def receipt_of(admission: Admission, receipt_id: UUID) -> Receipt:
    """Write the receipt that the agency gets once the admission is committed."""
    packet = admission.packet
    return Receipt(
        document="receipt",
        version="1",
        receipt_id=str(receipt_id),
        of=Subject(document="transfer-packet", id=packet.packet_id, digest=admission.digest),
        office=packet.agency.code,
        transfer_id=str(admission.id),
        received_at=admission.received_at,
        status=admission.status.value,
        flags=admission.flags,
        screening=admission.verdicts,
        addressees=[addressed(dispatch.destination) for dispatch in admission.dispatches],
    )


# The same few offices stand in every receipt, and the answer is immutable.
@lru_cache(maxsize=4096)
def addressed(destination: Destination) -> Addressed:
    """Name an addressee in an answer."""
    office = destination.office
    return Addressed(
        kind=destination.kind,
        role=destination.role,
        office=office.code if office else None,
        name=office.name if office else None,
    )


def _clocks(packet: TransferPacket, standards: Standards, at: datetime) -> list[Deadline]:
    """Run the agency's own clocks, approval and transfer (D310 Art 5(2)), which end as they arrive."""
    approvals = packet.approvals
    # In UTC, as `at` is: to compare moments of two zones takes twenty times as long.
    moments = [
        Happened(event, moment.astimezone(UTC))
        for event, moment in (
            ("report_to_chief", approvals.reported_at),
            ("approved", approvals.approved_at),
            ("transferred", at),
        )
        if moment is not None
    ]
    context = clock_context(packet.case.sector.value, packet.case.division, standards)
    return list(react_all(moments, (), context).started)


def clock_context(
    sector: str, division: str, standards: Standards, history: tuple[Happened, ...] = ()
) -> Context:
    """Say for which field and place clocks run."""
    return Context(
        table=standards.clocks,
        calendars=standards.calendars,
        sector=sector,
        province=division[:2],
        history=history,
    )


def dispatch_to(
    destination: Destination,
    registry: Registry,
    standards: Standards,
    at: datetime,
    dispatch_id: UUID,
    *,
    held: bool = False,
) -> NewDispatch:
    """Say how a destination is first served: waiting, held, or for our operators at once."""
    problem = _problem(destination, registry)
    status = DispatchStatus.UNDELIVERABLE if problem else DispatchStatus.WAITING
    return NewDispatch(
        id=dispatch_id,
        destination=destination,
        status=DispatchStatus.HELD if held else status,
        due_at=at + standards.deliver_within,
        give_up_at=at + standards.give_up_after,
        problem=problem,
    )


def _problem(destination: Destination, registry: Registry) -> str | None:
    if destination.office is None:
        return "no office of this kind is registered for the division"
    if destination.office.code not in registry.endpoints:
        return "the office has no endpoint"
    return None


def _status(dispatches: list[NewDispatch]) -> Status:
    parts = [
        Part(dispatch.destination.kind, dispatch.destination.role, dispatch.status)
        for dispatch in dispatches
    ]
    return status_of(parts, ())
