"""How the clock that a lead breaks was counted: one clock, or several that follow each other."""

from collections.abc import Sequence
from datetime import timedelta

from contracts import detectors
from contracts.detectors import Detector
from service.domain.computation import Computation, explain
from service.domain.deadlines import Context, Deadline, begin, chain
from service.domain.leads import LeadClock


def computations_of(
    clock: LeadClock, detector: Detector, context: Context
) -> Sequence[Computation]:
    """Count a lead's clock again, step by step, in the order in which its clocks follow each other.

    The last one ends when the lead's clock does, unless a calendar has moved it since. Where a detector names
    clocks of which one is broken, or the family of it, the lead's clock stands alone.
    """
    ids = detectors.load().detectors[detector].clocks
    follow_each_other = len(ids) > 1 and ids[-1] == clock.clock
    if follow_each_other and chain(ids, clock.starts_at, context).due_at == clock.due_at:
        return [explain(one, context.calendars) for one in _following(ids, clock, context)]
    row = context.table.get(clock.clock)
    alone = Deadline(row, clock.starts_at, clock.due_at, clock.strict_due_at, clock.provisional)
    return [explain(alone, context.calendars)]


def _following(ids: Sequence[str], clock: LeadClock, context: Context) -> list[Deadline]:
    found: list[Deadline] = []
    for row in map(context.table.get, ids):
        # 24:00 still is the day that it ends, which is the day of the event for a clock in days.
        tick = timedelta() if row.readings[0].is_hours else timedelta.resolution
        starts_at = found[-1].due_at - tick if found else clock.starts_at
        found.append(begin(row, starts_at, context))
    return found
