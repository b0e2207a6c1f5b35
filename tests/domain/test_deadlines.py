from datetime import datetime, timedelta
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import clocks
from contracts.calendar import Calendars, CalendarYear
from contracts.clocks import Unit
from service.domain.deadlines import (
    ExtensionError,
    State,
    begin,
    extend,
    react,
    readings,
    recompute,
)
from tests.support.deadlines import CALENDARS, START, TABLE, Life, at, context

TEXT = (resources.files("contracts") / "clocks.yaml").read_text("utf-8")
TICK = timedelta(microseconds=1)

# Each event on Tuesday 2026-09-29 09:20, before a National Day off from 10-01 to 10-07 and a Saturday
# 10-10 that is worked. Last: the later reading, the strict one, and what silence comes to.
TABLE_OF_ROWS = """
T01          -        -       report_to_chief             approved                         10-09T24:00  10-08T24:00  overdue
T02          -        -       approved                    transferred                      09-30T10:00  09-30T09:20  overdue
T03          -        -       accepted                    forwarded                        09-30T10:00  09-30T10:00  lapsed
T04          -        -       accepted                    supplement_requested             09-30T10:00  09-30T10:00  lapsed
T05          -        -       supplement_requested        supplemented                     10-08T24:00  10-08T24:00  overdue
T06a         -        -       accepted                    not_filed                        10-09T24:00  10-08T24:00  overdue
T06b         tax      -       accepted                    filed                            10-09T24:00  10-09T24:00  overdue
T06c         ecology  -       accepted                    filed                            10-08T24:00  10-08T24:00  overdue
T08          -        -       non_filing_notice_received  reconsideration_requested        10-09T24:00  10-08T24:00  lapsed
T08-ecology  ecology  -       non_filing_notice_received  supervision_suggested            10-09T24:00  10-09T24:00  lapsed
T08-64       tax      640100  non_filing_notice_received  supervision_suggested            10-09T24:00  10-09T24:00  lapsed
T09          -        -       reconsideration_requested   reconsideration_decided_upheld   10-09T24:00  10-08T24:00  overdue
T09-ecology  ecology  -       reconsideration_requested   reconsideration_decided_changed  10-09T24:00  10-09T24:00  overdue
T09-64       -        64      reconsideration_requested   reconsideration_decided_upheld   10-09T24:00  10-09T24:00  overdue
T10          -        -       reconsideration_received    supervision_suggested            10-09T24:00  10-08T24:00  overdue
T11          -        -       filing_notice_received      items_handed_over                10-09T24:00  10-08T24:00  overdue
T12          -        -       reasons_demanded            reasons_given                    10-08T24:00  10-08T24:00  overdue
T13          -        -       filing_notified             filed                            10-14T24:00  10-14T24:00  overdue
P01          -        -       delivered_to_police         acknowledged_by_police           09-30T10:00  09-30T09:20  overdue
T15          -        -       transfer_opinion_received   supervision_replied              10-14T24:00  10-14T24:00  overdue
T15-ecology  ecology  -       transfer_opinion_received   supervision_replied              10-08T24:00  10-08T24:00  overdue
T16          -        -       non_prosecution             penalty_opinion_issued           10-08T24:00  10-08T24:00  overdue
T17          -        -       penalty_opinion_received    supervision_replied              11-30T24:00  11-30T24:00  overdue
T18          -        -       decision_made               entered                          10-08T24:00  10-08T24:00  overdue
T18-ecology  ecology  -       decision_made               entered                          10-08T24:00  10-08T24:00  overdue
S27          -        -       supervisory_letter_received    supervision_replied           10-14T24:00  10-14T24:00  overdue
S28          -        -       supervision_opinion_received   supervision_replied           10-14T24:00  10-14T24:00  overdue
S29          -        -       supervision_decision_received  supervision_replied           10-14T24:00  10-14T24:00  overdue
R01          -        -       reasons_for_non_transfer_demanded  supervision_replied       10-08T24:00  10-08T24:00  overdue
"""
ROWS = {
    clock_id: [None if cell == "-" else cell.replace("T", " ") for cell in cells]
    for clock_id, *cells in (line.split() for line in TABLE_OF_ROWS.strip().splitlines())
}


@pytest.mark.parametrize("clock_id", ROWS)
def test_row_in_silence_on_both_sides_of_its_end(clock_id: str) -> None:
    sector, province, start, _, due, strict, silence = ROWS[clock_id]
    life = Life(sector, province)
    life.tell(start, START)
    (deadline,) = life.of(clock_id)
    assert deadline.due_at == at(f"2026-{due}")
    assert deadline.strict_due_at == at(f"2026-{strict}")
    assert deadline.state(deadline.due_at) in (State.OPEN, State.NEAR)
    assert deadline.state(deadline.due_at + TICK) == silence
    assert deadline.is_overdue(deadline.due_at + TICK) is (silence == "overdue")
    assert deadline.is_breached(deadline.due_at + TICK) is (silence == "overdue")


@pytest.mark.parametrize("clock_id", ROWS)
def test_row_with_an_act_on_both_sides_of_its_end(clock_id: str) -> None:
    sector, province, start, end, due, *_ = ROWS[clock_id]
    due_at = at(f"2026-{due}")
    states, breaches = [], []
    for moment in (due_at, due_at + TICK):
        life = Life(sector, province)
        life.tell(start, START)
        changes = life.tell(end, moment)
        (deadline,) = life.of(clock_id)
        assert deadline in changes.met
        states.append(deadline.state(moment))
        breaches.append(deadline.is_breached(moment))
    assert states == [State.MET, State.MET_LATE]
    assert breaches == [False, not clock_id.startswith("T08")]


@pytest.mark.parametrize(
    ("clock_id", "sector", "decision", "due"),
    [
        ("T07", "ecology", "filed", "10-08 24:00"),
        ("T07", "ecology", "case_withdrawn", "10-08 24:00"),
        ("T07-safety", "emergency", "not_filed", "10-09 24:00"),
    ],
)
def test_row_t07_on_both_sides_of_its_end(
    clock_id: str, sector: str, decision: str, due: str
) -> None:
    """A reported decision reaches the agency through us, so this clock ends late, but never in silence."""
    due_at = at(f"2026-{due}")
    states, breaches = [], []
    for received_at in (due_at, due_at + TICK):
        life = Life(sector)
        life.tell(decision, START, received_at)
        (notice,) = life.of(clock_id)
        assert (notice.due_at, notice.strict_due_at) == (due_at, at("2026-10-08 24:00"))
        states.append(notice.state(received_at))
        breaches.append(notice.is_breached(received_at))
    assert states == [State.MET, State.MET_LATE]
    assert breaches == [False, True]


def test_every_row_of_the_table_is_tested_above() -> None:
    assert {*ROWS, "T07", "T07-safety"} == {clock.id for clock in TABLE.clocks}


@pytest.mark.parametrize(
    ("clock_id", "near_at"),
    [
        ("T02", "2026-09-30 02:00"),  # a third of 24 hours
        ("T01", "2026-10-09 00:00"),  # one working day
        ("T12", "2026-10-06 16:00"),  # a third of 7 days
        ("T13", "2026-10-10 00:00"),  # a third of 15 days
        ("T17", "2026-11-11 00:00"),  # a third of 2 months of 30 days
    ],
)
def test_a_deadline_is_near_in_the_last_part_of_its_length(clock_id: str, near_at: str) -> None:
    deadline = begin(TABLE.get(clock_id), START, context())
    assert deadline.near_at == at(near_at)
    assert not deadline.is_near(deadline.near_at - TICK)
    assert deadline.is_near(deadline.near_at)
    assert deadline.is_near(deadline.due_at)
    assert not deadline.is_near(deadline.due_at + TICK)


def test_a_conditional_clock_never_warns() -> None:
    deadline = begin(TABLE.get("T03"), START, context())
    assert deadline.near_at == deadline.due_at
    assert deadline.state(deadline.due_at) is State.OPEN


def test_a_deadline_names_its_actor_and_articles() -> None:
    deadline = begin(TABLE.get("T06a"), START, context())
    assert (deadline.actor, deadline.nature) == ("public_security", "duty")
    assert deadline.basis == "D310 Art 8; PSB20 Art 180"
    assert begin(TABLE.get("T07-safety"), START, context()).basis == "SAFE19"


def test_a_province_may_count_from_the_earlier_reading() -> None:
    strict = clocks.parse(TEXT.replace("strict_provinces: []", 'strict_provinces: ["44"]'))
    for province, due in (("440300", "2026-10-08 24:00"), ("310000", "2026-10-09 24:00")):
        deadline = begin(strict.get("T01"), START, context(province=province, table=strict))
        assert deadline.due_at == at(due)
        assert deadline.strict_due_at == at("2026-10-08 24:00")
        assert recompute(deadline, CALENDARS).deadline == deadline


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        begin(TABLE.get("T01"), datetime(2026, 9, 29), context())  # noqa: DTZ001


# Extensions and calendars that arrive late


def test_an_approval_lengthens_the_decision_on_an_economic_crime() -> None:
    deadline = begin(TABLE.get("T06b"), at("2026-11-02 10:00"), context("tax"))
    month = extend(deadline, "county_approval", CALENDARS)
    assert (month.clock.id, month.due_at) == ("T06b/county_approval", at("2026-12-02 24:00"))
    assert extend(month, "superior_approval", CALENDARS).due_at == at("2027-01-04 24:00")


def test_an_extended_clock_is_ended_like_the_plain_one() -> None:
    deadline = begin(TABLE.get("T06c"), at("2026-11-02 10:00"), context("ecology"))
    longer = extend(deadline, "clue_to_verify", CALENDARS)
    assert longer.due_at == at("2026-11-09 24:00")
    changes = react("filed", at("2026-11-09 10:00"), [longer], context("ecology"))
    assert changes.met[0].state(START) is State.MET


@pytest.mark.parametrize(
    ("clock_id", "approval", "complaint"),
    [
        ("T06a", "county_approval", "not extended by"),
        ("T06b/superior_approval", "county_approval", "already runs"),
    ],
)
def test_no_extension_the_law_does_not_know(clock_id: str, approval: str, complaint: str) -> None:
    deadline = begin(TABLE.get(clock_id), START, context())
    with pytest.raises(ExtensionError, match=complaint):
        extend(deadline, approval, CALENDARS)


def with_2027(make_up_day: str, last: str) -> Calendars:
    fixed = {
        "year": 2027,
        "notice": {"number": "国办发明电〔2026〕1号", "issued_on": "2026-11-25", "title": "通知"},
        "holidays": [
            {
                "festival": "元旦",
                "festival_en": "New Year's Day",
                "first": "2027-01-01",
                "last": last,
                "make_up_days": [make_up_day],
            }
        ],
    }
    return Calendars.of([*CALENDARS.years.values(), CalendarYear.model_validate(fixed)])


def test_a_notice_that_moves_the_date_says_so() -> None:
    deadline = begin(TABLE.get("T01"), at("2026-12-30 10:00"), context())
    assert deadline.provisional
    assert deadline.due_at == at("2027-01-05 24:00")
    again = recompute(deadline, with_2027(make_up_day="2027-01-03", last="2027-01-01"))
    assert again.changed
    assert not again.deadline.provisional
    assert again.deadline.due_at == at("2027-01-04 24:00")
    assert again.deadline.strict_due_at == at("2027-01-03 24:00")


def test_a_notice_that_confirms_the_date_only_ends_the_doubt() -> None:
    deadline = begin(TABLE.get("T01"), at("2026-12-30 10:00"), context())
    again = recompute(deadline, with_2027(make_up_day="2027-01-09", last="2027-01-01"))
    assert not again.changed
    assert deadline.provisional
    assert not again.deadline.provisional


def test_recomputing_keeps_how_a_deadline_ended() -> None:
    deadline = begin(TABLE.get("T01"), at("2026-12-30 10:00"), context())
    met = deadline.ended(met_at=at("2027-01-05 10:00"))
    again = recompute(met, with_2027(make_up_day="2027-01-03", last="2027-01-01")).deadline
    assert (met.state(START), again.state(START)) == (State.MET, State.MET_LATE)


def test_both_readings_are_shown() -> None:
    deadline = begin(TABLE.get("T01"), START, context())
    shown = {unit: found.due_at for unit, found in readings(deadline, CALENDARS)}
    assert shown == {
        Unit.CALENDAR_DAYS: deadline.strict_due_at,
        Unit.WORKING_DAYS: deadline.due_at,
    }


minutes_of_three_years = st.integers(0, 3 * 365 * 24 * 60)
moments = minutes_of_three_years.map(lambda n: at("2025-01-01 00:00") + timedelta(minutes=n))


@settings(deadline=None)  # a busy machine proves nothing
@given(st.sampled_from(TABLE.clocks), moments)
def test_the_strict_date_is_never_later_and_the_warning_never_outside(
    clock: clocks.Clock, starts_at: datetime
) -> None:
    deadline = begin(clock, starts_at, context())
    assert starts_at < deadline.strict_due_at <= deadline.due_at
    assert starts_at <= deadline.near_at <= deadline.due_at


@settings(deadline=None)  # a busy machine proves nothing
@given(st.sampled_from(TABLE.clocks), moments)
def test_recomputing_twice_changes_nothing_more(clock: clocks.Clock, starts_at: datetime) -> None:
    fixed = with_2027(make_up_day="2027-01-03", last="2027-01-02")
    once = recompute(begin(clock, starts_at, context()), fixed).deadline
    again = recompute(once, fixed)
    assert again.deadline == once
    assert not again.changed
