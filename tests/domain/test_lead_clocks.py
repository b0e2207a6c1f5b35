"""How the clock of a lead is counted again: with those before it where they follow each other, else alone."""

import pytest

from contracts.detectors import Detector
from service.domain.deadlines import begin, chain
from service.domain.lead_clocks import computations_of
from service.domain.leads import LeadClock
from tests.support.deadlines import START, TABLE, context


def test_clock_of_a_transfer_that_never_came_is_counted_after_that_of_the_decision() -> None:
    deadline = chain(["T01", "T02"], START, context())
    clock = LeadClock("T02", START, deadline.due_at, deadline.strict_due_at)
    told = computations_of(clock, Detector.X1, context())
    assert [one.deadline.clock.id for one in told] == ["T01", "T02"]
    assert told[-1].deadline.due_at == deadline.due_at


@pytest.mark.parametrize("clock_id", ["P01", "T06a", "T06c"])
def test_clock_of_a_silence_is_counted_alone(clock_id: str) -> None:
    """Detector X8 names two clocks of which one is broken, and of one of them the family."""
    deadline = begin(TABLE.get(clock_id), START, context())
    clock = LeadClock(clock_id, START, deadline.due_at, deadline.strict_due_at)
    [told] = computations_of(clock, Detector.X8, context())
    assert (told.deadline.clock.id, told.deadline.due_at) == (clock_id, deadline.due_at)
