"""The file of a case: its record in the agency's register, and what the platform itself holds of its transfer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID

from contracts.case_record import CaseRecord, RecordPenalty
from contracts.causes import Cause, Causes
from contracts.facts import PENALTIES, PartialDate, PriorPenalty
from contracts.report import ReportKind
from service.domain.case_facts import ScreeningCase
from service.domain.deadlines import Deadline
from service.domain.transfer import Status
from service.domain.working_days import SHANGHAI


class CaseKey(NamedTuple):
    """What names a case for ever: the agency, and the number that the agency gave it."""

    agency_code: str
    case_number: str


@dataclass(frozen=True, slots=True)
class CaseTransfer:
    """What the platform holds of a case's current transfer; `reports` has the first moment of each kind."""

    id: UUID
    status: Status
    division: str
    sector: str
    received_at: datetime
    reports: Mapping[ReportKind, datetime]
    deadlines: tuple[Deadline, ...]

    @property
    def is_under_way(self) -> bool:
        """Whether the case has left the agency: what is held below the threshold has not."""
        return self.status not in (Status.HELD_BELOW_THRESHOLD, Status.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class CaseOpinion:
    """A penalty opinion 检察意见 of the platform's own book: it was delivered, and the agency has not replied (SPP21 Art 8, 9)."""

    division: str
    sector: str
    issued_at: datetime
    deadline: Deadline


class CaseFile(NamedTuple):
    """One case as detection sees it; `record` is None where only the platform's own books tell of it.

    `arrived_at` is when its record first reached us, `entered_at` when a platform first had it, as far
    as anyone can tell. `is_fed` says that the agency fed its register when the transfer came. `month` is where a case
    counts that no register has told of.
    """

    key: CaseKey
    record: CaseRecord | None
    division: str
    sector: str
    agency_name: str
    family: str | None = None
    cause: Cause | None = None
    party_hash: bytes | None = None
    started: PartialDate | None = None
    ended: PartialDate | None = None
    arrived_at: datetime | None = None
    entered_at: datetime | None = None
    is_fed: bool = False
    transfer: CaseTransfer | None = None
    opinion: CaseOpinion | None = None
    month: date | None = None

    @property
    def transferred_at(self) -> datetime | None:
        """When the case left for criminal justice: by our own book, else by the agency's."""
        if self.transfer is not None and self.transfer.is_under_way:
            return self.transfer.received_at
        stated = self.record.transfer if self.record else None
        return stated.transferred_at if stated else None

    @property
    def standing_penalty(self) -> RecordPenalty | None:
        """Its penalty, where one was decided and not revoked."""
        penalty = self.record.penalty if self.record else None
        return None if penalty is None or penalty.status == "revoked" else penalty

    @property
    def penalised_on(self) -> PartialDate | None:
        """The day of its penalty, where one stands."""
        penalty = self.standing_penalty
        return PartialDate.parse(penalty.decided_on) if penalty else None

    @property
    def established_on(self) -> date | None:
        """The day from which the time to transfer counts: of the facts, else of the penalty, else of arrival."""
        if self.record is not None and self.record.established_on is not None:
            return PartialDate.parse(self.record.established_on).last
        if self.penalised_on is not None:
            return self.penalised_on.last
        return self.arrived_at.astimezone(SHANGHAI).date() if self.arrived_at else None

    @property
    def decided_on(self) -> date | None:
        """The day of the agency's decision, from which the entry is timed: the penalty, else yes or no to a transfer."""
        if self.record is None:
            return None
        if self.record.penalty is not None:
            return PartialDate.parse(self.record.penalty.decided_on).last
        stated = self.record.transfer
        decided_at = stated.decided_at if stated else None
        return decided_at.astimezone(SHANGHAI).date() if decided_at else None

    @property
    def is_refused(self) -> bool:
        """Whether the chief refused the transfer (D310 Art 5(2))."""
        stated = self.record.transfer if self.record else None
        return stated is not None and stated.decision == "refused"

    def as_penalty(self) -> PriorPenalty | None:
        """The penalty of this case, as the history of another case of the party shows it."""
        penalty = self.record.penalty if self.record else None
        if self.record is None or penalty is None:
            return None
        return PriorPenalty(
            decided_on=PartialDate.parse(penalty.decided_on),
            effective_on=PartialDate.parse(penalty.effective_on) if penalty.effective_on else None,
            authority=self.agency_name,
            kind_of_act=self.record.cause,
            offence_family=self.family,
            status=penalty.status,
        )


@dataclass(frozen=True, slots=True)
class Provenance:
    """What is known of a record beside its words: whose it is, and when it came."""

    key: CaseKey
    agency_name: str
    division: str
    sector: str
    party_hash: bytes | None
    arrived_at: datetime
    entered_at: datetime | None


def open_file(
    record: CaseRecord, known: Provenance, causes: Causes, transfer: CaseTransfer | None = None
) -> CaseFile:
    """Lay the file of a record open; what the record does not say is the agency's own."""
    cause = causes.find(record.cause)
    conduct = record.conduct
    ended = conduct.ended_on or conduct.started_on
    started = conduct.started_on or conduct.ended_on
    return CaseFile(
        key=known.key,
        record=record,
        division=known.division,
        sector=known.sector,
        agency_name=known.agency_name,
        family=record.act_family or (cause.family if cause else None),
        cause=cause,
        party_hash=known.party_hash,
        started=PartialDate.parse(started) if started else None,
        ended=PartialDate.parse(ended) if ended else None,
        arrived_at=known.arrived_at,
        entered_at=known.entered_at,
        is_fed=True,
        transfer=transfer,
    )


def screening_case(
    file: CaseFile, penalties: tuple[PriorPenalty, ...] | None = None
) -> ScreeningCase:
    """Say a record in the words of screening, with a history that others have told, if any."""
    record = file.record
    assert record is not None  # a transfer was screened when it came
    facts = record.facts
    if file.started is not None or file.ended is not None:
        days = {
            "conduct_started_on": record.conduct.started_on,
            "conduct_ended_on": record.conduct.ended_on,
        }
        facts = {**{name: day for name, day in days.items() if day}, **facts}
    if penalties is not None:
        facts = {name: value for name, value in facts.items() if name != PENALTIES}
    cause = file.cause
    named = record.offences
    charge = cause.charge if cause else None
    return ScreeningCase(
        facts=facts,
        bounds=record.bounds,
        party_type=record.facts.get("party_type") or record.party.kind,
        prior_penalties=penalties,
        conduct_on=file.ended,
        province=record.facts.get("province") or file.division[:2] + "0000",
        offence_codes=tuple(one.code for one in named) or (cause.offences if cause else ()),
        charges=tuple(one.name for one in named if one.name) or ((charge,) if charge else ()),
    )


def start_of(on: date) -> datetime:
    """The first moment of a day in Shanghai, for clocks that count from a day."""
    return datetime.combine(on, time(), SHANGHAI)
