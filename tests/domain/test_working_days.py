from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import calendar
from contracts.calendar import DayKind
from contracts.clocks import Unit
from service.domain.working_days import SHANGHAI, Role, count, end_of, months_after

CALENDARS = calendar.load()
CALENDAR, WORKING, MONTHS = Unit.CALENDAR_DAYS, Unit.WORKING_DAYS, Unit.CALENDAR_MONTHS


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def last_day(start: str, length: int, unit: Unit) -> str:
    found = count(at(start), length, unit, CALENDARS)
    return str((found.due_at - timedelta(microseconds=1)).astimezone(SHANGHAI).date())


@pytest.mark.parametrize(
    ("start", "length", "calendar_end", "working_end"),
    [
        # an ordinary week: 2026-03-02 is a Monday
        ("2026-03-02 09:00", 3, "2026-03-05", "2026-03-05"),
        ("2026-03-05 09:00", 3, "2026-03-09", "2026-03-10"),  # Sunday moves to Monday
        ("2026-03-06 09:00", 3, "2026-03-09", "2026-03-11"),
        ("2026-03-07 09:00", 3, "2026-03-10", "2026-03-11"),  # an event on a Saturday
        ("2026-03-02 09:00", 15, "2026-03-17", "2026-03-23"),
        # Spring Festival 2025: off 01-28 to 02-04, worked 01-26 (Sunday) and 02-08 (Saturday)
        ("2025-01-23 09:00", 3, "2025-01-26", "2025-01-27"),  # ends on a Sunday that is worked
        ("2025-01-24 09:00", 3, "2025-01-27", "2025-02-05"),
        ("2025-01-25 09:00", 3, "2025-02-05", "2025-02-05"),
        ("2025-01-27 17:00", 3, "2025-02-05", "2025-02-07"),
        ("2025-02-05 09:00", 3, "2025-02-08", "2025-02-08"),  # ends on a Saturday that is worked
        ("2025-01-27 09:00", 7, "2025-02-05", "2025-02-12"),
        # National Day and Mid-Autumn 2025: off 10-01 to 10-08, worked 09-28 and 10-11
        ("2025-09-26 09:00", 3, "2025-09-29", "2025-09-30"),
        ("2025-09-29 09:00", 3, "2025-10-09", "2025-10-10"),
        ("2025-10-08 09:00", 3, "2025-10-11", "2025-10-11"),
        # New Year 2026: off 01-01 to 01-03, worked 01-04 (Sunday)
        ("2025-12-31 09:00", 3, "2026-01-04", "2026-01-06"),
        # Spring Festival 2026: off 02-15 to 02-23, worked 02-14 and 02-28
        ("2026-02-11 09:00", 3, "2026-02-14", "2026-02-14"),
        ("2026-02-12 09:00", 3, "2026-02-24", "2026-02-24"),
        ("2026-02-13 09:00", 3, "2026-02-24", "2026-02-25"),
        ("2026-02-25 09:00", 3, "2026-02-28", "2026-02-28"),
        # National Day 2026: off 10-01 to 10-07, worked 09-20 and 10-10
        ("2026-09-18 09:00", 3, "2026-09-21", "2026-09-22"),
        ("2026-09-30 09:00", 3, "2026-10-08", "2026-10-10"),
        ("2026-09-24 09:00", 3, "2026-09-28", "2026-09-30"),
        # into 2027, where only the decree is known
        ("2026-12-28 09:00", 3, "2026-12-31", "2026-12-31"),
        ("2026-12-30 09:00", 3, "2027-01-04", "2027-01-05"),
        ("2027-02-03 09:00", 3, "2027-02-09", "2027-02-10"),
    ],
)
def test_periods_end_on_the_day_the_calendar_says(
    start: str, length: int, calendar_end: str, working_end: str
) -> None:
    assert last_day(start, length, CALENDAR) == calendar_end
    assert last_day(start, length, WORKING) == working_end


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("2026-03-02 09:00", 1, "2026-04-02"),
        ("2026-03-02 23:59", 2, "2026-05-06"),  # in the May Day holiday, up to its last day off
        ("2026-09-29 09:00", 2, "2026-11-30"),  # Sunday moves to Monday
        ("2026-01-31 09:00", 1, "2026-02-28"),  # no such day; a Saturday that is worked
        ("2026-01-30 09:00", 1, "2026-02-28"),
        ("2024-01-31 09:00", 1, "2024-02-29"),
        ("2026-02-28 09:00", 1, "2026-03-30"),  # the 28th again, a Saturday, not the month's last
        ("2026-08-31 09:00", 1, "2026-09-30"),
        ("2026-08-03 09:00", 2, "2026-10-08"),  # in the National Day holiday
        ("2025-12-15 09:00", 1, "2026-01-15"),  # into the next year
        ("2025-12-31 09:00", 12, "2026-12-31"),
        ("2025-11-24 09:00", 14, "2027-01-25"),
    ],
)
def test_months_end_on_the_day_of_the_same_number(start: str, length: int, end: str) -> None:
    assert last_day(start, length, MONTHS) == end


@pytest.mark.parametrize(
    ("start", "length", "unit", "provisional"),
    [
        ("2026-12-28 09:00", 3, WORKING, False),
        ("2026-12-28 09:00", 3, CALENDAR, False),
        ("2026-12-31 09:00", 1, CALENDAR, True),
        ("2026-12-31 09:00", 1, WORKING, True),
        ("2028-03-01 09:00", 3, WORKING, True),  # no file at all
        ("2024-12-30 09:00", 3, CALENDAR, False),  # only its last day decides, and 2025 is fixed
        ("2024-12-30 09:00", 3, WORKING, True),
        ("2026-12-31 09:00", 24, Unit.HOURS, False),
        ("2024-11-04 09:00", 3, MONTHS, False),  # only its last day decides
        ("2026-11-04 09:00", 2, MONTHS, True),
    ],
)
def test_a_date_is_provisional_when_an_unfixed_day_decides_it(
    start: str,
    length: int,
    unit: Unit,
    provisional: bool,  # noqa: FBT001 (a column of the table)
) -> None:
    assert count(at(start), length, unit, CALENDARS).provisional is provisional


@pytest.mark.parametrize(
    ("start", "exact", "whole"),
    [
        ("2026-03-02 09:23:45", "2026-03-03 09:23:45", "2026-03-03 10:00"),
        ("2026-03-02 09:00", "2026-03-03 09:00", "2026-03-03 10:00"),
        (
            "2026-02-13 23:59:59",
            "2026-02-14 23:59:59",
            "2026-02-15 00:00",
        ),  # holidays do not stop hours
    ],
)
def test_hours_run_from_the_minute_or_from_the_next_hour(
    start: str, exact: str, whole: str
) -> None:
    assert count(at(start), 24, Unit.EXACT_HOURS, CALENDARS).due_at == at(exact)
    assert count(at(start), 24, Unit.HOURS, CALENDARS).due_at == at(whole)


def test_the_day_of_the_event_is_the_day_in_shanghai() -> None:
    just_before = datetime(2026, 3, 2, 15, 59, tzinfo=UTC)
    just_after = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    ends = [count(moment, 3, WORKING, CALENDARS).due_at for moment in (just_before, just_after)]
    assert ends == [at("2026-03-06 00:00"), at("2026-03-07 00:00")]


def test_due_moments_are_stored_in_utc() -> None:
    for unit in Unit:
        assert count(at("2026-03-02 09:23"), 3, unit, CALENDARS).due_at.tzinfo is UTC


def test_one_days_counts_are_walked_once() -> None:
    """Intake counts for thousands of packets a second; all of one day share one walk of the calendar."""
    morning, evening = (
        count(at(f"2026-03-02 {hour}:00"), 3, WORKING, CALENDARS) for hour in ("08", "20")
    )
    assert morning is evening


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        count(datetime(2026, 3, 2), 3, WORKING, CALENDARS)  # noqa: DTZ001


def shown(
    start: str, length: int, unit: Unit
) -> list[tuple[str, str, str, str | None, int | None]]:
    days = count(at(start), length, unit, CALENDARS).days
    return [(f"{day.on:%m-%d}", day.role, day.kind, day.festival, day.number) for day in days]


def test_working_days_are_shown_with_the_reason_for_each() -> None:
    assert shown("2025-01-24 09:00", 3, WORKING) == [
        ("01-24", "start", "workday", None, None),
        ("01-25", "skipped", "weekend", None, None),
        ("01-26", "counted", "make_up_day", "春节", 1),
        ("01-27", "counted", "workday", None, 2),
        *((on, "skipped", "holiday", "春节", None) for on in ("01-28", "01-29", "01-30", "01-31")),
        *((on, "skipped", "holiday", "春节", None) for on in ("02-01", "02-02", "02-03", "02-04")),
        ("02-05", "counted", "workday", None, 3),
    ]


def test_calendar_days_are_shown_with_their_roll_over() -> None:
    assert shown("2025-10-03 09:00", 3, CALENDAR) == [
        ("10-03", "start", "holiday", "国庆节、中秋节", None),
        ("10-04", "counted", "holiday", "国庆节、中秋节", 1),
        ("10-05", "counted", "holiday", "国庆节、中秋节", 2),
        ("10-06", "counted", "holiday", "国庆节、中秋节", 3),
        ("10-07", "rolled_over", "holiday", "国庆节、中秋节", None),
        ("10-08", "rolled_over", "holiday", "国庆节、中秋节", None),
        ("10-09", "rolled_over", "workday", None, None),
    ]


minutes_of_three_years = st.integers(0, 3 * 365 * 24 * 60)
moments = minutes_of_three_years.map(lambda n: at("2024-11-01 00:00") + timedelta(minutes=n))
lengths = st.integers(1, 60)
day_units = st.sampled_from([CALENDAR, WORKING])
LEAST = {"hours": timedelta(hours=1), "days": timedelta(days=1), "months": timedelta(days=28)}


@settings(deadline=None)
@given(moments, lengths, st.sampled_from(Unit))
def test_a_period_is_never_shorter_than_its_length(
    start: datetime, length: int, unit: Unit
) -> None:
    found = count(start, length, unit, CALENDARS)
    assert found.due_at >= start + length * LEAST[unit.measure]


@settings(deadline=None)
@given(moments, lengths)
def test_working_days_never_end_before_calendar_days(start: datetime, length: int) -> None:
    working, calendar_days = (count(start, length, unit, CALENDARS) for unit in (WORKING, CALENDAR))
    assert working.due_at >= calendar_days.due_at


@settings(deadline=None)
@given(moments, moments, lengths, st.sampled_from(Unit))
def test_a_later_start_never_ends_earlier(
    one: datetime, other: datetime, length: int, unit: Unit
) -> None:
    earlier, later = sorted((one, other))
    first, second = (count(start, length, unit, CALENDARS) for start in (earlier, later))
    assert first.due_at <= second.due_at


@settings(deadline=None)
@given(moments, lengths, lengths, st.sampled_from(Unit))
def test_a_longer_period_never_ends_earlier(
    start: datetime, one: int, other: int, unit: Unit
) -> None:
    shorter, longer = sorted((one, other))
    first, second = (count(start, length, unit, CALENDARS) for length in (shorter, longer))
    assert first.due_at <= second.due_at


def months_between(on: date, later: date) -> int:
    return 12 * (later.year - on.year) + later.month - on.month


@settings(deadline=None)
@given(st.dates(date(2024, 1, 1), date(2029, 1, 1)), st.integers(1, 26))
def test_a_period_in_months_ends_on_the_last_day_whose_number_is_no_greater(
    on: date, length: int
) -> None:
    """Found a second time, by trying every day that follows."""
    following = (
        date.fromordinal(n) for n in range(on.toordinal(), on.toordinal() + 31 * length + 1)
    )
    reached = [d for d in following if months_between(on, d) == length and d.day <= on.day]
    assert months_after(on, length) == reached[-1]
    counted = count(end_of(on) - timedelta(hours=1), length, MONTHS, CALENDARS)
    worked = (date.fromordinal(n) for n in range(reached[-1].toordinal(), date.max.toordinal()))
    assert counted.due_at == end_of(next(d for d in worked if CALENDARS.day(d).is_working))


@settings(deadline=None)
@given(moments, st.integers(1, 24))
def test_months_are_shown_day_by_day(start: datetime, length: int) -> None:
    """Up to the day of the same number every day is counted, and what follows only rolls over."""
    days = count(start, length, MONTHS, CALENDARS).days
    assert all(after.on - before.on == timedelta(days=1) for before, after in pairwise(days))
    (last,) = (day for day in days if day.on == months_after(days[0].on, length))
    assert (last.role, last.number) == (Role.COUNTED, (last.on - days[0].on).days)
    assert {day.role for day in days if day.on > last.on} <= {Role.ROLLED_OVER}


@settings(deadline=None)
@given(moments, lengths, day_units)
def test_the_days_shown_are_an_unbroken_run_that_proves_the_end(
    start: datetime, length: int, unit: Unit
) -> None:
    found = count(start, length, unit, CALENDARS)
    assert all(after.on - before.on == timedelta(days=1) for before, after in pairwise(found.days))
    counted = [day.number for day in found.days if day.role is Role.COUNTED]
    assert counted == list(range(1, length + 1))
    assert found.days[-1].kind in (DayKind.WORKDAY, DayKind.MAKE_UP_DAY)
    assert found.due_at == end_of(found.days[-1].on)


@settings(deadline=None)
@given(st.dates(date(2025, 1, 1), date(2026, 9, 1)), lengths)
def test_the_nth_working_day_is_the_nth_of_all_working_days(on: date, length: int) -> None:
    following = (date.fromordinal(n) for n in range(on.toordinal() + 1, on.toordinal() + 150))
    working = [day for day in following if CALENDARS.day(day).is_working]
    assert count(end_of(on) - timedelta(hours=1), length, WORKING, CALENDARS).due_at == end_of(
        working[length - 1]
    )
