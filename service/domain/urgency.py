"""Urgency 轻重缓急: how pressing a due date is, worst first, and in words.

Days are those of Asia/Shanghai, working days those of the calendar. The law knows *overdue* only; that more than five
working days past are severe (严重超期) is our own convention, so that what was forgotten stands above what is late.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from contracts.calendar import Calendars
from service.domain.working_days import ONE_DAY, SHANGHAI

SEVERE_AFTER = 5
"""Working days past the end after which a case is severely overdue."""
SOON_WITHIN = 3
"""Working days ahead that are soon."""
NEVER = datetime.max.replace(tzinfo=UTC)
"""Due date of what no clock runs for; the database calls it infinity."""
_EVER = datetime.min.replace(tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Urgency(StrEnum):
    """How pressing a due date is, the worst first."""

    SEVERE = "severe"
    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    LATER = "later"
    NONE = "none"  # no duty's clock runs


@dataclass(frozen=True, slots=True)
class Span:
    """Due dates from a moment, up to another that is not of them; with no end if that is None."""

    since: datetime
    until: datetime | None

    @property
    def last(self) -> datetime:
        """The last of them, to the microsecond, as moments are kept."""
        return NEVER if self.until is None else self.until - _TICK

    def holds(self, due_at: datetime) -> bool:
        return self.since <= due_at and (self.until is None or due_at < self.until)


def spans(now: datetime, calendars: Calendars) -> Mapping[Urgency, Span]:
    """Give the due dates of every urgency at a moment: each date belongs to exactly one."""
    today = now.astimezone(SHANGHAI).date()
    severe = _after(_working_day_back(today, SEVERE_AFTER + 1, calendars))
    soon = _after(_working_day_on(today, SOON_WITHIN + 1, calendars))
    begins = [_EVER, severe, now, _after(today + ONE_DAY), soon, NEVER]
    ends = [*begins[1:], None]
    return {
        urgency: Span(since, until)
        for urgency, since, until in zip(Urgency, begins, ends, strict=True)
    }


def urgency_of(due_at: datetime, at: Mapping[Urgency, Span]) -> Urgency:
    """Say how pressing a due date is."""
    return next(urgency for urgency in Urgency if at[urgency].holds(due_at))


def merged(chosen: Sequence[Urgency], at: Mapping[Urgency, Span]) -> list[Span]:
    """Give the due dates of several urgencies, neighbours as one span."""
    found: list[Span] = []
    for span in (at[urgency] for urgency in Urgency if urgency in chosen):
        if found and found[-1].until == span.since:
            found[-1] = Span(found[-1].since, span.until)
        else:
            found.append(span)
    return found


class Wording(StrEnum):
    """What is said of a due date; all but `NONE` with a number of working days or a time of day."""

    LEFT = "left"  # 剩余 n 个工作日
    TODAY = "today"  # 今日 17:30 到期
    PAST_TODAY = "past_today"  # 今日 10:00 已超期
    OVER = "over"  # 超期 n 个工作日
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Remaining:
    """How long there is until a due date, or how long it is past.

    `days` may be 0 where only days off lie between. `provisional` says that a year between has no calendar yet.
    """

    wording: Wording
    days: int = 0
    clock: str = ""
    provisional: bool = False


def remaining(due_at: datetime, now: datetime, calendars: Calendars) -> Remaining:
    """Say in what words a due date is told at a moment."""
    if due_at == NEVER:
        return Remaining(Wording.NONE)
    today, due_on = now.astimezone(SHANGHAI).date(), due_day(due_at)
    is_past = now > due_at
    if due_on == today or (due_on < today and not is_past):
        return Remaining(Wording.PAST_TODAY if is_past else Wording.TODAY, clock=_clock(due_at))
    first, last = sorted((today, due_on))
    days = _worked_until(last, calendars) - _worked_until(first, calendars)
    years = (date(year, 1, 1) for year in range(first.year, last.year + 1))
    provisional = any(map(calendars.is_provisional, years))
    return Remaining(Wording.OVER if is_past else Wording.LEFT, days, provisional=provisional)


def due_day(due_at: datetime) -> date:
    """Give the day that ends with or holds a due moment: 24:00 belongs to the day before."""
    return (due_at - _TICK).astimezone(SHANGHAI).date()


def _clock(due_at: datetime) -> str:
    local = due_at.astimezone(SHANGHAI)
    return "24:00" if local.time() == time() else f"{local:%H:%M}"


def _after(on: date) -> datetime:
    """Give the first moment after the beginning of a day, which still belongs to the day before."""
    return datetime.combine(on, time(), SHANGHAI).astimezone(UTC) + _TICK


def _working_day_back(today: date, number: int, calendars: Calendars) -> date:
    on, left = today, number - calendars.day(today).is_working
    while left:
        on -= ONE_DAY
        left -= calendars.day(on).is_working
    return on


def _working_day_on(today: date, number: int, calendars: Calendars) -> date:
    on, left = today, number
    while left:
        on += ONE_DAY
        left -= calendars.day(on).is_working
    return on


_FIRST_YEAR, _LAST = 2000, date(2199, 12, 31)


def _worked_until(on: date, calendars: Calendars) -> int:
    """Count working days up to and with a day; dates far apart cost no more than near ones, and are not counted beyond reason."""
    on = min(on, _LAST)
    before = sum(len(_days_of(year, calendars)) for year in range(_FIRST_YEAR, on.year))
    return before + bisect_right(_days_of(on.year, calendars), on)


@lru_cache(maxsize=256)
def _days_of(year: int, calendars: Calendars) -> tuple[date, ...]:
    first = date(year, 1, 1)
    days = (first + number * ONE_DAY for number in range((date(year + 1, 1, 1) - first).days))
    return tuple(on for on in days if calendars.day(on).is_working)
