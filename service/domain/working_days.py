"""Counting of periods in Asia/Shanghai: hours, calendar days, working days and months (CPL Art 105)."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contracts.calendar import Calendars, DayKind
from contracts.clocks import Unit

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
ONE_HOUR = timedelta(hours=1)


class Role(StrEnum):
    """What a day does in a count."""

    START = "start"  # the day of the event, never counted
    COUNTED = "counted"
    SKIPPED = "skipped"  # a day off inside a period of working days
    ROLLED_OVER = "rolled_over"  # after a last day that is a day off, up to the next working day


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One day of a count and why it counts or not; `number` is its place among the counted days."""

    on: date
    role: Role
    kind: DayKind
    festival: str | None = None
    number: int | None = None


class Count(NamedTuple):
    """When a period ends and how that was found; a period in hours has no days to show.

    `due_at` still belongs to the period. `provisional` means that a day which decides the end lies
    in a year whose holidays no notice has fixed yet.
    """

    due_at: datetime
    days: tuple[CountedDay, ...] = ()
    provisional: bool = False


def count(starts_at: datetime, length: int, unit: Unit, calendars: Calendars) -> Count:
    """Count a period from an event; the hour or the day of the event itself is not counted.

    Only `Unit.EXACT_HOURS` runs from the minute. Days end at 24:00 in Shanghai. Raises ValueError
    for a naive `starts_at`, which would be read in the server's own zone.
    """
    return count_each(starts_at, length, (unit,), calendars)[0]


def count_each(
    starts_at: datetime, length: int, units: Sequence[Unit], calendars: Calendars
) -> list[Count]:
    """Count a period as `count` does, by each of the units of one clock, which are all of one measure."""
    if starts_at.tzinfo is None:
        raise ValueError("a period starts at an aware moment")
    if units[0].is_hours:
        span, at = length * ONE_HOUR, starts_at.astimezone(UTC)
        return [Count((at if unit is _EXACT else _next_full_hour(at)) + span) for unit in units]
    start_on = starts_at.astimezone(SHANGHAI).date()
    return [_count_days(start_on, length, unit, calendars) for unit in units]


_EXACT = Unit.EXACT_HOURS


def _next_full_hour(at: datetime) -> datetime:
    # Written out, for `replace` takes half as long again.
    return datetime(at.year, at.month, at.day, at.hour, tzinfo=UTC) + ONE_HOUR


# Transfers of one day share their dates; without the cache intake would walk the calendar per packet.
@lru_cache(maxsize=8192)
def _count_days(start_on: date, length: int, unit: Unit, calendars: Calendars) -> Count:
    if unit is Unit.CALENDAR_MONTHS:
        days_in_all = (months_after(start_on, length) - start_on).days
        return _count_days(start_on, days_in_all, Unit.CALENDAR_DAYS, calendars)
    if unit is Unit.WORKING_DAYS:
        days = tuple(_working_days(start_on, length, calendars))
        deciding = days[1:]
    else:
        days = tuple(_calendar_days(start_on, length, calendars))
        deciding = days[length:]  # the last counted day, and those it rolls over
    return Count(
        due_at=end_of(days[-1].on),
        days=days,
        provisional=any(calendars.is_provisional(day.on) for day in deciding),
    )


def months_after(on: date, months: int) -> date:
    """Give the day of the same number in a later month, or that month's last day where it has none."""
    years, month = divmod(on.month - 1 + months, 12)
    _, last = monthrange(on.year + years, month + 1)
    return date(on.year + years, month + 1, min(on.day, last))


def end_of(on: date) -> datetime:
    """Give 24:00 of a Shanghai day, in UTC."""
    return datetime.combine(on + ONE_DAY, time(), SHANGHAI).astimezone(UTC)


def _working_days(start_on: date, length: int, calendars: Calendars) -> Iterator[CountedDay]:
    yield _day(start_on, Role.START, calendars)
    on, number = start_on, 0
    while number < length:
        on += ONE_DAY
        if calendars.day(on).is_working:
            number += 1
            yield _day(on, Role.COUNTED, calendars, number)
        else:
            yield _day(on, Role.SKIPPED, calendars)


def _calendar_days(start_on: date, length: int, calendars: Calendars) -> Iterator[CountedDay]:
    yield _day(start_on, Role.START, calendars)
    for number in range(1, length + 1):
        yield _day(start_on + number * ONE_DAY, Role.COUNTED, calendars, number)
    last_on = start_on + length * ONE_DAY
    while not calendars.day(last_on).is_working:
        last_on += ONE_DAY
        yield _day(last_on, Role.ROLLED_OVER, calendars)


def _day(on: date, role: Role, calendars: Calendars, number: int | None = None) -> CountedDay:
    day = calendars.day(on)
    return CountedDay(on, role, day.kind, day.festival, number)
