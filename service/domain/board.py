"""The board 监督总览: the figures of a jurisdiction at a moment, and what of them a supervisor asks for.

Figures are of agencies: those whose own division lies in the jurisdiction, as everywhere on the platform. What is
counted row by row is counted up to `CAP` and then said to be more, so that a board costs no more in ten years.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from contracts.office import OfficeKind
from service.domain.appraisal import NEVER_TRANSFERRED, months_until, this_month
from service.domain.registry import Office, Registry
from service.domain.working_days import SHANGHAI

CAP = 10_000
"""Rows that a figure counts at most."""
MOST_MONTHS = 36
"""Months that may be asked for together, and that figures reach back."""


class Amount(NamedTuple):
    """A count; `is_more` says that there are more than that."""

    number: int = 0
    is_more: bool = False

    def __bool__(self) -> bool:
        return self.number > 0

    @classmethod
    def up_to(cls, number: int, cap: int = CAP) -> "Amount":
        return cls(min(number, cap), number > cap)


class Months(NamedTuple):
    """From the first of one month to the first of another, both in it."""

    first: date
    last: date

    @property
    def all(self) -> Sequence[date]:
        apart = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        return months_until(self.last, apart + 1)


def this_year(now: datetime) -> Months:
    """Give the twelve months that end with the present one."""
    span = months_until(this_month(now), 12)
    return Months(span[0], span[-1])


def agencies_of(
    registry: Registry, prefix: str, sector: str | None = None, agency_code: str | None = None
) -> list[Office]:
    """Give the agencies of a jurisdiction in the order of their codes, all or those asked for."""
    found = (
        office
        for office in registry.offices.values()
        if office.kind is OfficeKind.AGENCY and office.division.startswith(prefix)
    )
    return sorted(
        (
            office
            for office in found
            if (sector is None or (office.sector or "other") == sector)
            and (agency_code is None or office.code == agency_code)
        ),
        key=lambda office: office.code,
    )


class Span(NamedTuple):
    """Ages in whole days, both ends in it; without an end all that are older."""

    since: int
    until: int | None

    def moments(self, now: datetime) -> tuple[datetime, datetime]:
        """Give after which moment, and until which, what is so old began."""
        latest = now - timedelta(days=self.since) if self.since else now
        return self._earliest(now), latest

    def _earliest(self, now: datetime) -> datetime:
        if self.until is None:
            return datetime(1970, 1, 1, tzinfo=now.tzinfo)
        return now - timedelta(days=self.until + 1)


AGES = (Span(0, 9), Span(10, 29), Span(30, 89), Span(90, 179), Span(180, 364), Span(365, None))


class Age(NamedTuple):
    """How many are so old."""

    span: Span
    amount: Amount


@dataclass(frozen=True, slots=True)
class KeptBack:
    """Cases that should have been transferred and were not, by the kept figures; `earliest` is the first of their clocks."""

    cases: int = 0
    agencies: int = 0
    earliest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clocks:
    """Statutory clocks of transfers that nobody has met; `overdue` are duties that ran out."""

    overdue: Amount
    overdue_agencies: int
    earliest: datetime | None
    near: Amount
    next: datetime | None


@dataclass(frozen=True, slots=True)
class Silence:
    """Agencies whose register has not come for longer than expected; `longest` since when the longest silent is."""

    agencies: int = 0
    never: int = 0
    longest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gaps:
    """Decisions that agencies count and that are not here."""

    cases: int = 0
    agencies: int = 0


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters that are not closed, by whose move it is; `escalated` are those of the overdue that went up."""

    waiting: int = 0
    undeliverable: int = 0
    open: int = 0
    overdue: int = 0
    escalated: int = 0
    replied: int = 0
    next: datetime | None = None
    earliest: datetime | None = None


class Standing(NamedTuple):
    """How agencies stand, as it is read at once; `states` by name and agency, `first_kept_back` the first clock broken."""

    states: Mapping[str, Mapping[str, int]]
    first_kept_back: datetime | None
    clocks: Clocks
    silence: Silence
    gaps: Gaps
    letters: Letters


class Course(NamedTuple):
    """How agencies came to stand so, as it is read at once; `by_month` by month and name."""

    by_month: Mapping[tuple[date, str], int]
    lead_ages: Sequence[Age]
    clock_ages: Sequence[Age]


class Stage(NamedTuple):
    """A stage of the funnel: `name` of the kept figure, and how many cases."""

    name: str
    cases: int


FUNNEL = ("filed_cases", "suspected", "transferred", "accepted", "filed")
"""立案, 达到追诉标准, 移送, 受案回执, 公安立案: the names of the kept figures."""
OF_TRANSFERS = frozenset({"transferred", "accepted", "filed"})
TRENDS = (*FUNNEL, "decided", NEVER_TRANSFERRED)


class Series(NamedTuple):
    """Kept figures of these names, in each of these months."""

    names: Sequence[str]
    months: Months


class Day(NamedTuple):
    """One day of the calendar: cases decided on it, and those of them that were kept back."""

    on: date
    decided: int
    kept_back: int


class Month(NamedTuple):
    """What is counted in one month."""

    month: date
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Tiles:
    """How some agencies stand at a moment; two that say the same are equal, whenever they say it."""

    as_of: datetime = field(compare=False)
    kept_back: KeptBack
    clocks: Clocks
    undetermined: int
    undetermined_agencies: int
    silence: Silence
    gaps: Gaps
    letters: Letters


@dataclass(frozen=True, slots=True)
class Charts:
    """What the tiles of some agencies grew from; `months` are as many as may be asked for, the last one last.

    It moves by days, and may be older than the tiles beside it.
    """

    as_of: datetime
    lead_ages: Sequence[Age]
    clock_ages: Sequence[Age]
    months: Sequence[Month]
    days: Sequence[Day]

    def funnel(self, asked: Months) -> Sequence[Stage]:
        """Give the stages over some of the months."""
        chosen = {*asked.all}
        return [
            Stage(name, sum(one.counts.get(name, 0) for one in self.months if one.month in chosen))
            for name in FUNNEL
        ]


def calendar_days(last: date, until: date) -> Sequence[date]:
    """Give the days of the twelve months that end with a month, none after a day."""
    first = months_until(last, 12)[0]
    end = min(until, (last + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    return [first + timedelta(days=number) for number in range((end - first).days + 1)]


def days_of(counts: Mapping[tuple[date, str], int], days: Iterable[date]) -> list[Day]:
    """Lay the figures by day (`decided:07` of a month) out on the calendar."""
    return [
        Day(
            on,
            counts.get((on.replace(day=1), f"decided:{on:%d}"), 0),
            counts.get((on.replace(day=1), f"{NEVER_TRANSFERRED}:{on:%d}"), 0),
        )
        for on in days
    ]


def today(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()


DAY_NAMES = tuple(
    f"{name}:{day:02}" for name in ("decided", NEVER_TRANSFERRED) for day in range(1, 32)
)
"""The names of the kept figures by day."""


class CasePlace(NamedTuple):
    """Where a case stands in a list by agency."""

    agency: str
    case_id: UUID
