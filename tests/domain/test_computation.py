"""How a deadline was computed: what is shown, counted again by hand, comes to the deadline itself."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.calendar import DayKind
from contracts.clocks import Clock, Unit
from service.domain.computation import Way, explain
from service.domain.deadlines import begin, extend
from service.domain.working_days import ONE_DAY, ONE_HOUR, SHANGHAI, Role, end_of, months_after
from tests.support.deadlines import CALENDARS, TABLE, at, context

MONTHS = TABLE.get("T05").model_copy(
    update={"id": "M", "length": 2, "readings": (Unit.CALENDAR_MONTHS,)}
)
CLOCKS = st.sampled_from([*TABLE.clocks, MONTHS])
SINCE, UNTIL = datetime(2025, 1, 1), datetime(2027, 6, 30)  # noqa: DTZ001 (the strategy adds the zone)
MOMENTS = st.datetimes(SINCE, UNTIL, timezones=st.just(UTC))
WORKING = (DayKind.WORKDAY, DayKind.MAKE_UP_DAY)


def recounted(way: Way, clock: Clock, start: datetime) -> datetime:
    """Count the way again from nothing but what it shows."""
    if way.unit.is_hours:
        hour = start.replace(minute=0, second=0, microsecond=0) + ONE_HOUR
        assert way.counts_from == (start if way.unit is Unit.EXACT_HOURS else hour)
        return way.counts_from + clock.length * ONE_HOUR
    first, *others = way.days
    assert (first.role, first.on) == (Role.START, start.astimezone(SHANGHAI).date())
    for before, day in zip(way.days, others, strict=False):
        assert day.on == before.on + ONE_DAY
        assert day.kind is CALENDARS.day(day.on).kind
        if way.unit is Unit.WORKING_DAYS:
            assert (day.role is Role.COUNTED) == (day.kind in WORKING)
    counted = [day for day in others if day.role is Role.COUNTED]
    assert [day.number for day in counted] == list(range(1, len(counted) + 1))
    if way.unit is Unit.CALENDAR_MONTHS:
        assert counted[-1].on == months_after(first.on, clock.length)
    else:
        assert way.counted == len(counted) == clock.length
    assert others[-1].kind in WORKING
    assert all(day.kind not in WORKING for day in [counted[-1], *way.rolled_over][:-1])
    return end_of(others[-1].on)


@settings(max_examples=400, deadline=None)
@given(clock=CLOCKS, start=MOMENTS, strict=st.booleans())
def test_what_is_shown_recounts_to_the_deadline(
    clock: Clock, start: datetime, *, strict: bool
) -> None:
    table = TABLE.model_copy(update={"strict_provinces": frozenset({"64"} if strict else ())})
    deadline = begin(clock, start, context(province="64", table=table))
    told = explain(deadline, CALENDARS)
    ends = [recounted(way, clock, start) for way in told.ways]
    assert ends == [way.due_at for way in told.ways]
    assert deadline.due_at == (min(ends) if strict else max(ends)) == told.due_at
    assert deadline.strict_due_at == min(ends)
    assert told.agrees
    assert [way.is_binding for way in told.ways] == [end == deadline.due_at for end in ends]
    assert deadline.provisional == any(way.provisional for way in told.ways)
    assert told.is_silent == (len(clock.readings) == 2)


def test_extended_deadline_is_counted_by_its_longer_length() -> None:
    longer = extend(
        begin(TABLE.get("T06b"), at("2026-09-29 09:20"), context()), _first(), CALENDARS
    )
    told = explain(longer, CALENDARS)
    assert told.agrees
    assert told.ways[0].counted == longer.clock.length


def test_date_that_somebody_set_does_not_agree_and_says_so() -> None:
    deadline = begin(TABLE.get("T06a"), at("2026-09-29 09:20"), context())
    assert not explain(deadline._replace(due_at=deadline.due_at + ONE_DAY), CALENDARS).agrees


def test_national_day_is_named_with_its_make_up_day_and_notice() -> None:
    told = explain(begin(TABLE.get("T13"), at("2026-09-29 09:20"), context()), CALENDARS)
    (way,) = told.ways
    kinds = {str(day.on): day.kind for day in way.days}
    assert kinds["2026-10-01"] is DayKind.HOLIDAY
    if len(way.days) > 11:
        assert kinds["2026-10-10"] is DayKind.MAKE_UP_DAY
    assert {day.festival for day in way.named_days} == {"国庆节"}
    assert [year.notice.number for year in told.years if year.notice] == ["国办发明电〔2025〕7号"]


def test_provisional_year_names_no_notice() -> None:
    told = explain(begin(TABLE.get("T05"), at("2026-12-30 09:20"), context()), CALENDARS)
    assert [year.year for year in told.years] == [2026, 2027]
    assert told.years[1].notice is None
    assert told.ways[0].provisional


def test_year_without_a_file_is_named() -> None:
    told = explain(begin(TABLE.get("T05"), at("2031-03-04 09:20"), context()), CALENDARS)
    assert told.unknown_years == (2031,)
    assert told.years == ()
    assert told.due_at - told.ways[0].counts_from > timedelta(days=3)


def _first() -> str:
    return TABLE.get("T06b").extensions[0].approval
