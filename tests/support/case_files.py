"""Files of cases laid open, and looks at them, without any store."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from contracts import causes, cumulation
from contracts.calendar import Calendars
from contracts.case_record import CaseRecord
from contracts.detectors import Detector
from contracts.report import ReportKind
from service.domain.case_files import CaseFile, CaseKey, CaseTransfer, Provenance, open_file
from service.domain.deadlines import Context, Happened, react_all
from service.domain.detectors import DETECTORS, Answer, Seen
from service.domain.inspecting import Inspected, Yardsticks, inspect
from service.domain.joining import Joined, Summed
from service.domain.leads import Suspicion
from service.domain.standing import standing_of
from service.domain.transfer import Status
from service.domain.working_days import SHANGHAI
from tests.support.chain import STANDARDS
from tests.support.offices import office
from tests.support.packets import NOW

TICK = timedelta(microseconds=1)
YARDSTICKS = Yardsticks(STANDARDS.book, STANDARDS.clocks, STANDARDS.calendars, cumulation.load())


def under(calendars: Calendars) -> Yardsticks:
    """The law of the tests with other calendars."""
    return replace(YARDSTICKS, calendars=calendars)


def strict_in(*provinces: str) -> Yardsticks:
    """The law of the tests, with provinces that count strictly."""
    clocks = YARDSTICKS.clocks.model_copy(update={"strict_provinces": frozenset(provinces)})
    return replace(YARDSTICKS, clocks=clocks)


def laid_open(
    record: Mapping[str, Any],
    *,
    agency: str = "market",
    arrived_at: datetime | None = None,
    transfer: CaseTransfer | None = None,
) -> CaseFile:
    """Lay the file of a record open as the register would, the entry taken at its word."""
    read = CaseRecord.model_validate(record)
    sender, identifier = office(agency), read.party.identifier
    sector = read.sector or sender.sector
    known = Provenance(
        key=CaseKey(sender.code, read.case_number),
        agency_name=sender.name,
        division=read.division or sender.division,
        sector=sector.value if sector else "other",
        party_hash=sha256(identifier.value.encode()).digest() if identifier else None,
        arrived_at=arrived_at or read.entered_at or NOW,
        entered_at=read.entered_at or arrived_at,
    )
    return open_file(read, known, causes.load(), transfer)


def by_transfer_alone(transfer: CaseTransfer | None, *, is_fed: bool = True) -> CaseFile:
    """A case that no register has told of."""
    sender = office("market")
    return CaseFile(
        key=CaseKey(sender.code, "示案〔2026〕移送1号"),
        record=None,
        division=sender.division,
        sector=str(sender.sector),
        agency_name=sender.name,
        is_fed=is_fed,
        transfer=transfer,
        month=NOW.date().replace(day=1),
    )


def transferred(
    status: Status = Status.DELIVERED,
    *happened: tuple[str, datetime],
    received_at: datetime | None = None,
    sector: str = "market_supervision",
    by: Yardsticks = YARDSTICKS,
    **reports: datetime,
) -> CaseTransfer:
    """What the platform holds of a transfer after some events, with the clocks that they started and ended."""
    told = [Happened(event, at) for event, at in happened]
    changes = react_all(told, (), Context(by.clocks, by.calendars, sector, "33"))
    return CaseTransfer(
        id=UUID(int=1),
        status=status,
        division=office("market").division,
        sector=sector,
        received_at=received_at or NOW - timedelta(days=5),
        reports={ReportKind(kind): at for kind, at in reports.items()},
        deadlines=changes.started,
    )


def seen(
    file: CaseFile,
    now: datetime = NOW,
    by: Yardsticks = YARDSTICKS,
    *,
    joined: Joined | None = None,
    summed: Summed | None = None,
) -> Seen:
    """One case as a detector is shown it."""
    on = now.astimezone(SHANGHAI).date()
    context = Context(by.clocks, by.calendars, file.sector, file.division[:2])
    return Seen(file, standing_of(file, by.book, on), joined, summed, context, now)


def ask(detector: str, file: CaseFile, now: datetime = NOW, by: Yardsticks = YARDSTICKS) -> Answer:
    """Ask one detector about one case alone."""
    return DETECTORS[Detector(detector)](seen(file, now, by))


def suspected(answer: Answer) -> Suspicion:
    """Take an answer for the suspicion that it must be."""
    assert isinstance(answer, Suspicion)
    return answer


def look(
    files: Sequence[CaseFile], now: datetime = NOW, by: Yardsticks = YARDSTICKS
) -> dict[str, Inspected]:
    """Look at the cases of one party; what was found, by case number."""
    return {one.file.key.case_number: one for one in inspect(files, by, now)}


def found(one: Inspected) -> list[str]:
    """Name the detectors that suspect a case for certain."""
    return [suspicion.detector.value for suspicion in one.suspicions]


def open_questions(one: Inspected) -> dict[str, tuple[str, ...]]:
    """Name the detectors that cannot say, each with the facts that it lacks."""
    return {suspicion.detector.value: suspicion.missing for suspicion in one.undetermined}
