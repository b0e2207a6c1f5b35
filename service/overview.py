"""Overview 总览: how things stand in a jurisdiction: overdue, never transferred, silent, and what does not reconcile.

The page, the API, the command line and the metrics ask the same queries, so that they say the same.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol

from contracts.appraisal_views import (
    DeadlineCounts,
    DetectionView,
    OverviewView,
    ReconciledMonth,
    ReconciliationPage,
    RescreeningView,
    SilencePage,
    SilentAgency,
    SupervisionCounts,
)
from contracts.detectors import Detector
from contracts.document import Fault
from service.domain.access import Reader
from service.domain.appraisal import (
    CONCLUSIONS,
    NEVER_TRANSFERRED,
    STATES,
    UNDETERMINED,
    conclusion_name,
    lead_name,
    month_of,
    months_until,
    this_month,
)
from service.domain.errors import Refusal
from service.domain.registry import Registry
from service.domain.scope import EVERYTHING, Scope, scope_of
from service.ports import Clock


class Period(NamedTuple):
    """From the first of one month to the first of another, both in it."""

    first: date
    last: date


class OverviewQueries(Protocol):
    """Figures of one moment: each one query over tallies, small tables or what is open, never over the register."""

    async def deadlines(self, scope: Scope, now: datetime) -> DeadlineCounts: ...

    async def tallied(self, scope: Scope, names: Sequence[str]) -> Mapping[str, int]:
        """How many cases each name is true of, over all months; a name that none is true of may be left out."""
        ...

    async def agencies_with(self, scope: Scope, name: str) -> int:
        """How many agencies have a case that the name is true of."""
        ...

    async def silent_agencies(self, scope: Scope, before: datetime) -> int:
        """How many agencies have not fed their register since `before`, or never."""
        ...

    async def missing_cases(self, scope: Scope, period: Period | None = None) -> int:
        """How many decisions agencies count that are not here, in all months or in those of a period."""
        ...

    async def supervisions(self, scope: Scope, now: datetime) -> SupervisionCounts: ...

    async def lag(self, now: datetime) -> timedelta:
        """Age of the oldest line of the journal that detection has not looked at."""
        ...

    async def cases_to_look_at(self, now: datetime) -> int:
        """Cases that are due; very many are not counted to the end."""
        ...

    async def rescreening(self) -> RescreeningView | None:
        """The latest one; None where there has been none."""
        ...

    async def silence(
        self, scope: Scope, now: datetime, before: datetime, after: tuple[int, str], limit: int
    ) -> list[tuple[int, SilentAgency]]:
        """Silent agencies after a place, the longest silent first, each with the number of its place."""
        ...

    async def reconciliation(
        self, scope: Scope, period: Period, after: tuple[date, str], limit: int
    ) -> list[ReconciledMonth]:
        """Months that agencies reported, after a place, the latest first."""
        ...


class OverviewReading(Protocol):
    """Transactions in which all figures are of the same moment."""

    def overview(self) -> AbstractAsyncContextManager[OverviewQueries]: ...


@dataclass(frozen=True, slots=True)
class Overview:
    """Tells how things stand. `expected_every` is how often an agency should feed its register."""

    reading: OverviewReading
    registry: Callable[[], Registry]
    clock: Clock
    expected_every: timedelta

    async def of(self, reader: Reader) -> OverviewView:
        """Tell a supervising office of its jurisdiction."""
        return await self._tell(scope_of(reader, self.registry()))

    async def of_all(self) -> OverviewView:
        """Tell of the whole platform."""
        return await self._tell(EVERYTHING)

    async def silence(self, reader: Reader, after: str | None, limit: int) -> SilencePage:
        """List the agencies of a jurisdiction that have been silent for longer than expected."""
        number, code = _read_place(_SILENT, after) or ("-1", "")
        scope, now = scope_of(reader, self.registry()), self.clock.now()
        before = now - self.expected_every
        async with self.reading.overview() as queries:
            found = await queries.silence(scope, now, before, (int(number), code), limit + 1)
        shown = found[:limit]
        return SilencePage(
            as_of=now,
            expected_every_seconds=self.expected_every.total_seconds(),
            agencies=[agency for _, agency in shown],
            next=f"{shown[-1][0]}.{shown[-1][1].agency}" if len(found) > limit else None,
        )

    async def reconciliation(
        self, reader: Reader, month: date | None, months: int, after: str | None, limit: int
    ) -> ReconciliationPage:
        """Hold what agencies count against what is here, in months that end with `month`: this one if None is given."""
        place = _read_place(_RECONCILED, after)
        scope, now = scope_of(reader, self.registry()), self.clock.now()
        span = months_until(month or this_month(now), months)
        period = Period(span[0], span[-1])
        since = (month_of(place[0]), place[1]) if place else (date.max, "")
        async with self.reading.overview() as queries:
            rows = await queries.reconciliation(scope, period, since, limit + 1)
            missing = await queries.missing_cases(scope, period)
        shown = rows[:limit]
        return ReconciliationPage(
            as_of=now,
            missing_decided=missing,
            months=shown,
            next=f"{shown[-1].month}.{shown[-1].agency}" if len(rows) > limit else None,
        )

    async def _tell(self, scope: Scope) -> OverviewView:
        now = self.clock.now()
        async with self.reading.overview() as queries:
            deadlines = await queries.deadlines(scope, now)
            tallied = await queries.tallied(scope, STATES)
            return OverviewView(
                as_of=now,
                division=scope.division,
                overdue=deadlines.overdue,
                never_transferred=tallied.get(NEVER_TRANSFERRED, 0),
                never_transferred_agencies=await queries.agencies_with(scope, NEVER_TRANSFERRED),
                deadlines=deadlines,
                cases={one: tallied.get(conclusion_name(one), 0) for one in CONCLUSIONS},
                leads={one.value: tallied.get(lead_name(one), 0) for one in Detector},
                undetermined=tallied.get(UNDETERMINED, 0),
                silent_agencies=await queries.silent_agencies(scope, now - self.expected_every),
                missing_cases=await queries.missing_cases(scope),
                supervisions=await queries.supervisions(scope, now),
                detection=await _detection(queries, now),
            )


async def _detection(queries: OverviewQueries, now: datetime) -> DetectionView:
    return DetectionView(
        lag_seconds=(await queries.lag(now)).total_seconds(),
        cases_to_look_at=await queries.cases_to_look_at(now),
        rescreening=await queries.rescreening(),
    )


_SILENT = re.compile(r"([0-9]{1,18})\.([0-9A-Z]{18})")
_RECONCILED = re.compile(r"(20[0-9]{2}-(?:0[1-9]|1[0-2]))\.([0-9A-Z]{18})")


def _read_place(pattern: re.Pattern[str], after: str | None) -> tuple[str, str] | None:
    """Read the `next` of a page; raises Refusal `malformed_request` for anything else."""
    if after is None:
        return None
    found = pattern.fullmatch(after)
    if found is None:
        detail = "it is not the `next` of a page of this list"
        raise Refusal(
            "malformed_request", faults=[Fault(pointer="/after", code="parameter", detail=detail)]
        )
    return found[1], found[2]
