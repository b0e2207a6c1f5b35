"""Urgency: every due date belongs to one group, the groups follow each other, and the words agree with both."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import calendar
from service.domain.urgency import (
    NEVER,
    SEVERE_AFTER,
    SOON_WITHIN,
    Remaining,
    Urgency,
    Wording,
    due_day,
    merged,
    remaining,
    spans,
    urgency_of,
)
from service.domain.working_days import SHANGHAI

CALENDARS = calendar.load()
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday 10:00 in China."""
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 (hypothesis wants naive limits)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def urgency(due_at: datetime, now: datetime = MONDAY) -> Urgency:
    return urgency_of(due_at, spans(now, CALENDARS))


@pytest.mark.parametrize(
    ("due", "group", "words"),
    [
        ("2026-11-14T00:00", "severe", Remaining(Wording.OVER, 6)),  # 24:00 of Friday the 13th
        ("2026-11-16T00:00", "severe", Remaining(Wording.OVER, 6)),
        ("2026-11-16T00:01", "overdue", Remaining(Wording.OVER, 5)),
        ("2026-11-21T00:00", "overdue", Remaining(Wording.OVER, 1)),
        ("2026-11-23T09:59", "overdue", Remaining(Wording.PAST_TODAY, clock="09:59")),
        ("2026-11-23T10:00", "today", Remaining(Wording.TODAY, clock="10:00")),
        ("2026-11-24T00:00", "today", Remaining(Wording.TODAY, clock="24:00")),
        ("2026-11-24T00:01", "soon", Remaining(Wording.LEFT, 1)),
        ("2026-11-27T00:00", "soon", Remaining(Wording.LEFT, 3)),
        ("2026-11-28T00:00", "later", Remaining(Wording.LEFT, 4)),
    ],
)
def test_due_date_has_its_group_and_its_words(due: str, group: str, words: Remaining) -> None:
    assert urgency(at(due)) == group
    assert remaining(at(due), MONDAY, CALENDARS) == words


def test_national_day_is_jumped_and_a_make_up_day_counted() -> None:
    now = at("2026-09-30T10:00")
    year = CALENDARS.years[2026]
    working = [
        on
        for number in range(1, 20)
        if CALENDARS.day(on := date(2026, 9, 30) + timedelta(days=number)).is_working
    ]
    assert year.notice is not None
    due_at = datetime.combine(working[3], datetime.min.time(), SHANGHAI) + timedelta(hours=17)
    assert remaining(due_at.astimezone(UTC), now, CALENDARS).days == 4
    assert urgency(due_at.astimezone(UTC), now) is Urgency.LATER


def test_year_without_a_notice_says_so() -> None:
    unknown = next(year for year in range(2026, 2040) if CALENDARS.is_provisional(date(year, 1, 1)))
    due_at = datetime(unknown, 3, 1, tzinfo=UTC)
    assert remaining(due_at, MONDAY, CALENDARS).provisional
    assert not remaining(MONDAY + timedelta(days=2), MONDAY, CALENDARS).provisional


def test_what_no_clock_runs_for_comes_last() -> None:
    assert urgency(NEVER) is Urgency.NONE
    assert remaining(NEVER, MONDAY, CALENDARS) == Remaining(Wording.NONE)


@given(MOMENTS, MOMENTS)
def test_every_due_date_belongs_to_exactly_one_group(now: datetime, due_at: datetime) -> None:
    found = [one for one, span in spans(now, CALENDARS).items() if span.holds(due_at)]
    assert found == [urgency(due_at, now)]


@given(MOMENTS, MOMENTS)
def test_group_and_words_agree(now: datetime, due_at: datetime) -> None:
    words, group = remaining(due_at, now, CALENDARS), urgency(due_at, now)
    late = group in (Urgency.SEVERE, Urgency.OVERDUE)
    assert late == (words.wording in (Wording.OVER, Wording.PAST_TODAY))
    assert (group is Urgency.SEVERE) == (late and words.days > SEVERE_AFTER)
    if words.wording is Wording.LEFT:
        assert (group is Urgency.SOON) == (words.days <= SOON_WITHIN)
    else:
        assert late or group is Urgency.TODAY


@given(MOMENTS, MOMENTS)
def test_days_are_counted_one_by_one(now: datetime, due_at: datetime) -> None:
    words = remaining(due_at, now, CALENDARS)
    first, last = sorted((now.astimezone(SHANGHAI).date(), due_day(due_at)))
    span = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    if words.wording in (Wording.LEFT, Wording.OVER):
        assert words.days == sum(CALENDARS.day(on).is_working for on in span)


@given(MOMENTS, st.sets(st.sampled_from(Urgency)), MOMENTS)
def test_chosen_groups_become_spans_that_hold_the_same(
    now: datetime, chosen: set[Urgency], due_at: datetime
) -> None:
    at_now = spans(now, CALENDARS)
    found = merged(sorted(chosen), at_now)
    assert any(span.holds(due_at) for span in found) == (urgency_of(due_at, at_now) in chosen)
    assert len(found) <= 3


def test_day_that_is_out_of_reason_is_told_at_once() -> None:
    """A letter may ask for a reply by any day that a calendar has."""
    for year in (1, 9999):
        found = remaining(datetime(year, 12, 31, 12, tzinfo=UTC), MONDAY, CALENDARS)
        assert found.wording is (Wording.OVER if year == 1 else Wording.LEFT)
