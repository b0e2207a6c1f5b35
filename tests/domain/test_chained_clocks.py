from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clocks import Actor
from service.domain.deadlines import State, begin, chain
from tests.support.deadlines import START, TABLE, at, context

TO_TRANSFER = ("T01", "T02")  # the chief decides, then the agency transfers
TICK = timedelta(microseconds=1)

minutes_of_three_years = st.integers(0, 3 * 365 * 24 * 60)
moments = minutes_of_three_years.map(lambda n: at("2025-01-01 00:00") + timedelta(minutes=n))


def test_each_end_follows_from_the_same_end_of_the_clock_before() -> None:
    found = chain(TO_TRANSFER, START, context())
    chief = begin(TABLE.get("T01"), START, context())
    assert (chief.strict_due_at, chief.due_at) == (at("2026-10-08 24:00"), at("2026-10-09 24:00"))
    assert found.strict_due_at == at("2026-10-09 24:00")  # 24 hours from the minute
    assert found.due_at == at("2026-10-11 01:00")  # 24 hours after the hour that begins at 24:00


def test_a_chain_starts_with_its_first_clock_and_is_told_as_its_last() -> None:
    found = chain(TO_TRANSFER, START, context())
    assert found.starts_at == START
    assert (found.clock, found.actor) == (TABLE.get("T02"), Actor.AGENCY)
    assert found.is_open
    assert found.state(found.due_at + TICK) is State.OVERDUE


def test_a_chain_of_one_is_the_clock_itself() -> None:
    assert chain(["T01"], START, context()) == begin(TABLE.get("T01"), START, context())


def test_a_day_that_ends_at_midnight_is_the_day_of_the_event_for_days_that_follow() -> None:
    """Three days of the agency end with 11-05; three of the police run from then to 11-08, a Sunday."""
    found = chain(["T05", "T06c"], at("2026-11-02 10:00"), context())
    assert (found.due_at, found.strict_due_at) == (at("2026-11-09 24:00"), at("2026-11-09 24:00"))
    last_act = begin(TABLE.get("T06c"), at("2026-11-05 23:59"), context())
    assert found.due_at == last_act.due_at


def test_three_clocks_follow_each_other() -> None:
    found = chain([*TO_TRANSFER, "P01"], at("2026-11-02 10:00"), context())
    assert found.strict_due_at == at("2026-11-07 24:00")
    assert found.due_at == at("2026-11-08 02:00")


def test_a_chain_is_provisional_when_any_part_of_it_is() -> None:
    turn = at("2026-12-30 10:00")
    assert begin(TABLE.get("T01"), turn, context()).provisional
    assert chain(TO_TRANSFER, turn, context()).provisional  # hours alone never are
    assert not chain(TO_TRANSFER, START, context()).provisional
    first = begin(TABLE.get("T13"), at("2026-12-14 10:00"), context())
    assert not first.provisional
    assert chain(["T13", "T05"], at("2026-12-14 10:00"), context()).provisional


def test_a_strict_province_counts_every_part_strictly() -> None:
    strict = TABLE.model_copy(update={"strict_provinces": frozenset({"44"})})
    found = chain(TO_TRANSFER, START, context(province="440300", table=strict))
    assert found.strict
    assert found.due_at == found.strict_due_at == chain(TO_TRANSFER, START, context()).strict_due_at


@settings(deadline=None)  # a busy machine proves nothing
@given(st.lists(st.sampled_from([c.id for c in TABLE.clocks]), min_size=1, max_size=3), moments)
def test_the_ends_of_a_chain_are_in_order_and_every_part_lengthens_it(
    clock_ids: list[str], starts_at: datetime
) -> None:
    before = starts_at
    for length in range(1, len(clock_ids) + 1):
        found = chain(clock_ids[:length], starts_at, context())
        assert found.strict_due_at <= found.due_at
        assert found.due_at > before
        before = found.due_at


@settings(deadline=None)
@given(moments, moments)
def test_a_later_start_never_ends_a_chain_earlier(one: datetime, other: datetime) -> None:
    earlier, later = (chain(TO_TRANSFER, start, context()) for start in sorted((one, other)))
    assert earlier.due_at <= later.due_at
    assert earlier.strict_due_at <= later.strict_due_at


def test_what_cannot_be_chained_is_refused() -> None:
    with pytest.raises(KeyError, match="T99"):
        chain(["T01", "T99"], START, context())
    with pytest.raises(ValueError, match="not enough"):
        chain([], START, context())
    with pytest.raises(ValueError, match="aware"):
        chain(TO_TRANSFER, datetime(2026, 9, 29), context())  # noqa: DTZ001
