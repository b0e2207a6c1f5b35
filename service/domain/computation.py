"""How a deadline was computed, told step by step, so that somebody can count it again with a calendar in his hand."""

from dataclasses import dataclass
from datetime import datetime

from contracts.calendar import Calendars, CalendarYear
from contracts.clocks import Unit
from service.domain.deadlines import Deadline, readings
from service.domain.working_days import ONE_HOUR, Count, CountedDay, Role


@dataclass(frozen=True, slots=True)
class Way:
    """One way to read the length: the days one by one, or for hours the moment from which they run.

    `is_binding` marks the way whose end is the deadline: where two end alike both are.
    """

    unit: Unit
    due_at: datetime
    counts_from: datetime
    days: tuple[CountedDay, ...]
    provisional: bool
    is_binding: bool

    @property
    def counted(self) -> int:
        return sum(day.role is Role.COUNTED for day in self.days)

    @property
    def skipped(self) -> int:
        return sum(day.role is Role.SKIPPED for day in self.days)

    @property
    def rolled_over(self) -> tuple[CountedDay, ...]:
        """Days after a last day that is a day off, up to the working day on which the period ends."""
        return tuple(day for day in self.days if day.role is Role.ROLLED_OVER)

    @property
    def named_days(self) -> tuple[CountedDay, ...]:
        """Holidays and make-up workdays that the period goes through."""
        return tuple(day for day in self.days if day.festival is not None)


@dataclass(frozen=True, slots=True)
class Computation:
    """A deadline counted again by the calendars of today.

    `is_silent` means that the law does not say which days count, so that there are two ways and the later
    end binds, or the earlier one where the province counts strictly. `agrees` is false where the stored
    end is not what counting gives now: then somebody set a date, or a calendar changed since.
    """

    deadline: Deadline
    ways: tuple[Way, ...]
    years: tuple[CalendarYear, ...]
    unknown_years: tuple[int, ...]

    @property
    def is_silent(self) -> bool:
        return len(self.ways) > 1

    @property
    def due_at(self) -> datetime:
        ends = [way.due_at for way in self.ways]
        return min(ends) if self.deadline.strict else max(ends)

    @property
    def agrees(self) -> bool:
        return self.due_at == self.deadline.due_at


def explain(deadline: Deadline, calendars: Calendars) -> Computation:
    """Count a deadline again and keep every step; nothing of it is decided otherwise than by `deadlines`."""
    counted = readings(deadline, calendars)
    ends = [found.due_at for _, found in counted]
    due_at = min(ends) if deadline.strict else max(ends)
    ways = tuple(_way(deadline, unit, found, due_at) for unit, found in counted)
    years = sorted({day.on.year for way in ways for day in way.days})
    return Computation(
        deadline,
        ways,
        tuple(calendars.years[year] for year in years if year in calendars.years),
        tuple(year for year in years if year not in calendars.years),
    )


def _way(deadline: Deadline, unit: Unit, found: Count, due_at: datetime) -> Way:
    span = deadline.clock.length * ONE_HOUR
    counts_from = found.due_at - span if unit.is_hours else deadline.starts_at
    return Way(
        unit, found.due_at, counts_from, found.days, found.provisional, found.due_at == due_at
    )
