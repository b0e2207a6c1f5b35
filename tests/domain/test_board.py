"""The board's own arithmetic: ages that miss nobody, months, days of the calendar, clocks of leads counted again."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from contracts import clocks
from contracts.detectors import Detector
from service.board import _LONGEST_WARNING
from service.domain.appraisal import NEVER_TRANSFERRED
from service.domain.board import AGES, Amount, Months, calendar_days, days_of, this_year
from service.domain.deadlines import begin, chain
from service.domain.lead_clocks import computations_of
from service.domain.leads import LeadClock
from tests.support.deadlines import at, context
from tests.support.packets import NOW


def test_every_age_is_in_one_span() -> None:
    spans = [age.moments(NOW) for age in AGES]
    assert spans[0][1] == NOW
    for (after, _), (_, until) in pairwise(spans):
        assert after == until
    for days in range(800):
        began = NOW - timedelta(days=days)
        assert sum(after < began <= until for after, until in spans) == 1


def test_age_of_whole_days_is_in_the_span_that_names_it() -> None:
    for age in AGES:
        after, until = age.moments(NOW)
        assert after < NOW - timedelta(days=age.since) <= until
        if age.until is not None:
            assert after < NOW - timedelta(days=age.until, hours=23) <= until


def test_amount_beyond_the_cap_says_that_there_is_more() -> None:
    assert Amount.up_to(10, 10) == Amount(10, is_more=False)
    assert Amount.up_to(11, 10) == Amount(10, is_more=True)
    assert not Amount()


def test_months_are_both_ends_and_what_lies_between() -> None:
    assert Months(date(2026, 11, 1), date(2027, 1, 1)).all == [
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]
    assert this_year(NOW) == (date(2025, 12, 1), date(2026, 11, 1))


def test_calendar_has_every_day_of_its_months_and_none_to_come() -> None:
    days = calendar_days(date(2026, 11, 1), date(2026, 11, 23))
    assert (days[0], days[-1], len(days)) == (date(2025, 12, 1), date(2026, 11, 23), 358)
    past = calendar_days(date(2026, 2, 1), date(2026, 11, 23))
    assert past[-1] == date(2026, 2, 28)


def test_figures_by_day_find_their_day() -> None:
    month, on = date(2026, 10, 1), date(2026, 10, 7)
    counts = {(month, "decided:07"): 3, (month, f"{NEVER_TRANSFERRED}:07"): 1}
    [seventh, eighth] = days_of(counts, [on, on + timedelta(days=1)])
    assert (seventh.decided, seventh.kept_back) == (3, 1)
    assert (eighth.decided, eighth.kept_back) == (0, 0)


def test_no_clock_warns_longer_before_its_end_than_the_board_looks_ahead() -> None:
    for clock in clocks.load().clocks:
        deadline = begin(clock, NOW, context())
        assert deadline.due_at - deadline.near_at <= _LONGEST_WARNING, clock.id


def lead_clock(*ids: str) -> LeadClock:
    found = chain(ids, at("2026-10-09 00:00"), context())
    return LeadClock(found.clock.id, found.starts_at, found.due_at, found.strict_due_at)


def test_chained_clocks_of_a_lead_are_counted_one_after_the_other() -> None:
    told = lead_clock("T01", "T02")
    first, last = computations_of(told, Detector.X1, context())
    assert (first.deadline.clock.id, last.deadline.clock.id) == ("T01", "T02")
    assert last.deadline.due_at == told.due_at
    assert first.deadline.due_at == last.deadline.starts_at


@pytest.mark.parametrize("detector", [Detector.X1, Detector.X10])
def test_clock_of_a_lead_that_stands_alone_is_counted_alone(detector: Detector) -> None:
    """Once the chief has approved, only the time to hand over is left."""
    ids = "T17" if detector is Detector.X10 else "T02"
    told = lead_clock(ids)
    [only] = computations_of(told, detector, context())
    assert only.deadline.due_at == told.due_at
    assert only.agrees
