"""Appraisal 考核: what one case adds to the figures, and what two counts say of an office and a month.

The figures are kept as things happen: what a case adds is stored with it, and every change applies the difference.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from contracts import detectors
from contracts.detectors import Detector
from service.domain.leads import LeadStatus
from service.domain.working_days import SHANGHAI

CONCLUSIONS = ("meets", "near", "undetermined", "below", "unjudged")
"""What the screening of a case may say."""
NEVER_TRANSFERRED = "never_transferred"
UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class CountedTransfer:
    """What became of a transfer, as the platform knows it or else as the register tells.

    `is_in_time` and `is_decided_in_time` are of the clocks T02 and T06: they are false where a clock
    has no beginning that anybody stated, and while it still runs. A later step implies those before
    it, which a register may leave out: no rate is then above one.
    """

    at: datetime
    is_in_time: bool = False
    is_accepted: bool = False
    is_decided_in_time: bool = False
    is_filed: bool = False
    is_prosecuted: bool = False
    is_convicted: bool = False
    is_reconsideration_requested: bool = False
    is_reconsideration_changed: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """A case as appraisal counts it.

    `month` is any day of the month in which the case counts, `filed_on` any day of that in which the
    agency filed it. `entered_at` is when a platform first had the decision, None where nobody knows;
    `is_entered_in_time` is of the clock T18. `is_penalised` is a penalty that stands. `leads` are those
    of the case by their detector, closed ones included.
    """

    month: date
    conclusion: str
    filed_on: date | None = None
    decided_on: date | None = None
    entered_at: datetime | None = None
    is_entered_in_time: bool = False
    is_penalised: bool = False
    leads: Mapping[Detector, LeadStatus] = field(default_factory=dict)
    has_undetermined: bool = False
    transfer: CountedTransfer | None = None

    @property
    def is_decided(self) -> bool:
        return self.decided_on is not None

    @property
    def is_suspected(self) -> bool:
        """Whether it belongs in criminal justice: by its own facts, or by what a lead that was not put aside joined to them."""
        return self.conclusion == "meets" or any(
            status in _FOUNDED and detector in _never_transferred()
            for detector, status in self.leads.items()
        )

    @property
    def is_never_transferred(self) -> bool:
        return any(
            status.is_active and detector in _never_transferred()
            for detector, status in self.leads.items()
        )


_FOUNDED = frozenset({LeadStatus.OPEN, LeadStatus.SUPERVISED, LeadStatus.TRANSFERRED})


def _never_transferred() -> frozenset[Detector]:
    return detectors.load().never_transferred


def conclusion_name(conclusion: str) -> str:
    """Name the figure of cases with a conclusion."""
    return f"conclusion:{conclusion}"


def lead_name(detector: Detector) -> str:
    """Name the figure of cases with an active lead of a detector."""
    return f"lead:{detector.value}"


def day_name(name: str, on: date) -> str:
    """Name the figure of one day of a month: `decided:07`."""
    return f"{name}:{on:%d}"


STATES = (
    *map(conclusion_name, CONCLUSIONS),
    *map(lead_name, Detector),
    NEVER_TRANSFERRED,
    UNDETERMINED,
)
"""The names of figures that say how cases stand, and not what was done with them."""


def contributions(case: Counted) -> tuple[str, ...]:
    """Say what one case adds to the figures, as `2026-10/decided`: each once, in a fixed order."""
    month = _month(case.month)
    found = [f"{month}/{name}" for name in _of_case(case)]
    if case.filed_on is not None:
        found.append(f"{_month(case.filed_on)}/filed_cases")
    if case.transfer is not None:
        month = _month(case.transfer.at.astimezone(SHANGHAI).date())
        found += [f"{month}/{name}" for name in _of_transfer(case.transfer)]
    if case.decided_on is not None:
        found += _by_day(case, case.decided_on)
    return tuple(found)


def _by_day(case: Counted, on: date) -> Iterator[str]:
    """What the calendar of a board shows: decisions by their day, and those that were kept back."""
    yield f"{_month(on)}/{day_name('decided', on)}"
    if case.is_never_transferred:
        yield f"{_month(on)}/{day_name(NEVER_TRANSFERRED, on)}"


def _of_case(case: Counted) -> Iterator[str]:
    yield conclusion_name(case.conclusion)
    if case.is_decided:
        yield "decided"
        if case.entered_at is not None:
            yield "entered"
            if case.is_entered_in_time:
                yield "entered_in_time"
    if case.is_penalised:
        yield "penalised"
    if case.is_suspected:
        yield "suspected"
    yield from _of_detection(case)


def _of_detection(case: Counted) -> Iterator[str]:
    for detector in Detector:
        status = case.leads.get(detector)
        if status is not None and status.is_active:
            yield lead_name(detector)
    if case.is_never_transferred:
        yield NEVER_TRANSFERRED
    if case.has_undetermined:
        yield UNDETERMINED


def _of_transfer(transfer: CountedTransfer) -> Iterator[str]:
    is_prosecuted = transfer.is_prosecuted or transfer.is_convicted
    is_filed = transfer.is_filed or is_prosecuted
    is_changed = transfer.is_reconsideration_changed
    yield "transferred"
    for name, is_true in (
        ("transferred_in_time", transfer.is_in_time),
        ("accepted", transfer.is_accepted or transfer.is_decided_in_time or is_filed),
        ("decided_in_time", transfer.is_decided_in_time),
        ("filed", is_filed),
        ("prosecuted", is_prosecuted),
        ("convicted", transfer.is_convicted),
        ("reconsiderations_requested", transfer.is_reconsideration_requested or is_changed),
        ("reconsiderations_changed", is_changed),
    ):
        if is_true:
            yield name


@lru_cache(maxsize=4096)
def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def month_of(text: str) -> date:
    """Read `2026-10` as the first day of that month; raises ValueError."""
    return date.fromisoformat(f"{text}-01")


def differences(
    agency_code: str, before: Iterable[str], after: Iterable[str]
) -> Mapping[tuple[str, date, str], int]:
    """Give what the figures of an agency change by when a case adds `after` where it added `before`."""
    changes = Counter(after)
    changes.subtract(before)
    return {_key(agency_code, text): by for text, by in changes.items() if by}


def _key(agency_code: str, contribution: str) -> tuple[str, date, str]:
    month, _, name = contribution.partition("/")
    return agency_code, month_of(month), name


def this_month(now: datetime) -> date:
    """Give the first day of the month that it is in China."""
    return now.astimezone(SHANGHAI).date().replace(day=1)


def months_until(last: date, how_many: int) -> Sequence[date]:
    """Give so many months, the last of them that of `last`, in their order; raises ValueError before the year 1."""
    number = last.year * 12 + last.month - 1
    return [_first(at) for at in range(number - how_many + 1, number + 1)]


def year_before(month: date) -> date:
    """Give the same month of the year before."""
    return date(month.year - 1, month.month, 1)


def _first(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
