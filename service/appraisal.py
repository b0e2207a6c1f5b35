"""Appraisal 考核: the indexes per office, region or sector, over a period, a year before, and month by month.

Each rate comes with its two numbers and with the office's own trend; nobody is ranked.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from contracts import appraisal
from contracts.appraisal import COUNTS, OF_LEADS, Index
from contracts.appraisal_views import (
    AppraisalRow,
    AppraisalView,
    IndexView,
    MonthlyRate,
    OffenceCount,
    Rate,
)
from contracts.document import Fault
from contracts.office import Level
from service.domain.access import Reader
from service.domain.appraisal import months_until, this_month, year_before
from service.domain.errors import Refusal
from service.domain.registry import Registry
from service.domain.routing import DIGITS
from service.domain.scope import EVERYTHING, Scope, scope_of
from service.ports import Clock


class GroupBy(StrEnum):
    """What a row of the table is."""

    OFFICE = "office"
    REGION = "region"  # by the level below the one who asks: provinces, cities, counties
    SECTOR = "sector"


class Group(NamedTuple):
    """Whose row it is; `name` is known of offices only."""

    key: str
    name: str | None
    division: str | None
    sector: str | None


@dataclass(frozen=True, slots=True)
class MonthCount:
    """How often a name was true in a group and a month."""

    key: str
    month: date
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Grouping:
    """How rows are made; `digits` of a division make a region."""

    by: GroupBy
    digits: int


class AppraisalQueries(Protocol):
    """Figures of one moment, from tallies and reported counts alone."""

    async def groups(
        self, scope: Scope, grouping: Grouping, after: str, limit: int | None
    ) -> list[Group]:
        """Groups of agencies in the order of their keys, those with nothing to count too."""
        ...

    async def counts(
        self, scope: Scope, grouping: Grouping, keys: Sequence[str], months: Sequence[date]
    ) -> list[MonthCount]: ...

    async def top_offences(self, scope: Scope, limit: int) -> list[OffenceCount]:
        """The offences with the most cases that have an active lead of a detector of what was never transferred."""
        ...


class AppraisalReading(Protocol):
    """Transactions in which all figures are of the same moment."""

    def appraisal(self) -> AbstractAsyncContextManager[AppraisalQueries]: ...


class Asked(NamedTuple):
    """What is asked for: `months` months that end with `month`, the last full one if it is None."""

    by: GroupBy = GroupBy.OFFICE
    month: date | None = None
    months: int = 1
    level: Level | None = None
    after: str | None = None
    limit: int | None = None


MOST_MONTHS = 36
"""Months that may be taken together."""
TREND = 12
"""Months of the own trend."""
_KEY = re.compile(r"[0-9A-Za-z_]{1,32}")


@dataclass(frozen=True, slots=True)
class Appraisal:
    """Computes the indexes when they are asked for; what they are computed from is kept as things happen."""

    reading: AppraisalReading
    registry: Callable[[], Registry]
    clock: Clock

    async def of(self, reader: Reader, asked: Asked) -> AppraisalView:
        """Appraise a jurisdiction for its supervising office, or an agency for itself.

        An agency is not told of leads, so what is counted from them is left out for it.
        """
        return await self.table(scope_of(reader, self.registry()), asked)

    async def table(self, scope: Scope = EVERYTHING, asked: Asked = Asked()) -> AppraisalView:  # noqa: B008 (a named tuple is a value)
        """Appraise a scope; raises Refusal `malformed_request` for an `after` that is no key."""
        now = self.clock.now()
        period = Months.until(asked.month or _last_full_month(this_month(now)), asked.months)
        grouping = Grouping(asked.by, _digits(scope, asked.level))
        after, limit = _read_after(asked.after), asked.limit
        async with self.reading.appraisal() as queries:
            groups = await queries.groups(scope, grouping, after, limit and limit + 1)
            shown = groups[:limit]
            keys = [group.key for group in shown]
            counts = await queries.counts(scope, grouping, keys, period.all)
            top = None if scope.agency_code else await _top(queries, scope)
        found = _by_group(counts)
        hidden = OF_LEADS if scope.agency_code else frozenset[str]()
        return AppraisalView(
            as_of=now,
            by=asked.by.value,
            month=f"{period.now[-1]:%Y-%m}",
            months=len(period.now),
            caution=appraisal.load().caution,
            small=appraisal.load().small,
            rows=[_row(group, found.get(group.key, {}), period, hidden) for group in shown],
            top_offences=top,
            next=keys[-1] if len(groups) > len(shown) else None,
        )


@dataclass(frozen=True, slots=True)
class Months:
    """The months of a period, those of the same period a year before, and those of the trend."""

    now: Sequence[date]
    before: Sequence[date]
    trend: Sequence[date]

    @classmethod
    def until(cls, last: date, how_many: int) -> "Months":
        now = months_until(last, how_many)
        return cls(now, [*map(year_before, now)], months_until(last, TREND))

    @property
    def all(self) -> Sequence[date]:
        return sorted({*self.now, *self.before, *self.trend})


_Counts = Mapping[tuple[str, date], int]


def _by_group(counts: Iterable[MonthCount]) -> Mapping[str, _Counts]:
    found: dict[str, dict[tuple[str, date], int]] = defaultdict(dict)
    for one in counts:
        found[one.key][one.name, one.month] = one.count
    return found


def _row(group: Group, counts: _Counts, period: Months, hidden: frozenset[str]) -> AppraisalRow:
    return AppraisalRow(
        key=group.key,
        name=group.name,
        division=group.division,
        sector=group.sector,
        counts={name: _sum(counts, name, period.now) for name in COUNTS if name not in hidden},
        indexes=[
            _index(index, counts, period)
            for index in appraisal.load().indexes
            if hidden.isdisjoint((index.numerator, index.denominator))
        ],
    )


def _index(index: Index, counts: _Counts, period: Months) -> IndexView:
    return IndexView(
        id=index.id,
        zh=index.zh,
        en=index.en,
        basis=index.basis,
        mark=index.mark,
        note=index.note,
        rate=Rate(**_rate(index, counts, period.now)),
        year_before=Rate(**_rate(index, counts, period.before)),
        trend=[
            MonthlyRate(month=f"{month:%Y-%m}", **_rate(index, counts, [month]))
            for month in period.trend
        ],
    )


def _rate(index: Index, counts: _Counts, months: Sequence[date]) -> dict[str, Any]:
    numerator = _sum(counts, index.numerator, months)
    denominator = _sum(counts, index.denominator, months)
    return {
        "numerator": numerator,
        "denominator": denominator,
        "value": numerator / denominator if denominator else None,
        "small": denominator < appraisal.load().small,
    }


def _sum(counts: _Counts, name: str, months: Sequence[date]) -> int:
    return sum(counts.get((name, month), 0) for month in months)


async def _top(queries: AppraisalQueries, scope: Scope) -> list[OffenceCount]:
    return await queries.top_offences(scope, appraisal.load().top)


def _last_full_month(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _digits(scope: Scope, level: Level | None) -> int:
    """Regions are of the level asked for, never above the scope's own; else of the one below it."""
    if level is not None:
        return max(DIGITS[level], len(scope.division))
    return min(len(scope.division) + 2, DIGITS[Level.COUNTY])


def _read_after(after: str | None) -> str:
    if after is not None and not _KEY.fullmatch(after):
        detail = "it is not the `next` of a page of this list"
        raise Refusal(
            "malformed_request", faults=[Fault(pointer="/after", code="parameter", detail=detail)]
        )
    return after or ""
