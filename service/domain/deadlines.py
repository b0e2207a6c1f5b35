"""Deadlines 期限: which statutory clocks an event starts and ends, when they are due, and how they stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache, reduce
from typing import NamedTuple

from contracts.calendar import Calendars
from contracts.clocks import Actor, Clock, ClockTable, Nature, Unit
from service.domain.working_days import ONE_DAY, ONE_HOUR, SHANGHAI, Count, count_each


class State(StrEnum):
    """How a deadline stands at a moment; computed, never stored."""

    OPEN = "open"
    NEAR = "near"
    OVERDUE = "overdue"  # a duty, and silence: a breach
    MET = "met"
    MET_LATE = "met_late"
    LAPSED = "lapsed"  # a right that was not used, or a condition that did not arise
    VOID = "void"  # something else made it pointless


class ExtensionError(ValueError):
    """The clock knows no such extension, or already runs as long."""


# A named tuple, as is all that intake makes of every packet here: a frozen dataclass takes twice as long to make.
class Deadline(NamedTuple):
    """One running of one clock; within a transfer `key` names it.

    `due_at` binds: the later of the clock's readings, or the earlier where the province counts strictly.
    An act at the very moment of `due_at` is in time.
    """

    clock: Clock
    starts_at: datetime
    due_at: datetime
    strict_due_at: datetime
    provisional: bool = False
    strict: bool = False
    met_at: datetime | None = None
    voided_at: datetime | None = None

    @property
    def key(self) -> tuple[str, datetime]:
        return self.clock.id, self.starts_at

    @property
    def actor(self) -> Actor:
        return self.clock.actor

    @property
    def nature(self) -> Nature:
        return self.clock.nature

    @property
    def basis(self) -> str:
        return "; ".join(map(str, self.clock.basis))

    @property
    def ended_at(self) -> datetime | None:
        return self.met_at or self.voided_at

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    def ended(
        self, *, met_at: datetime | None = None, voided_at: datetime | None = None
    ) -> "Deadline":
        """Give the same deadline with its end; spelled out, for intake ends two a packet and `replace` is slow."""
        return Deadline(
            self.clock,
            self.starts_at,
            self.due_at,
            self.strict_due_at,
            self.provisional,
            self.strict,
            met_at,
            voided_at,
        )

    @property
    def near_at(self) -> datetime:
        """When the warning begins; never before the end for a clock under which nothing may be owed."""
        if self.nature is Nature.CONDITIONAL:
            return self.due_at
        clock, warning = self.clock, self.clock.warning
        lead = _warning_lead(
            clock.length, clock.readings[0], warning.divisor, warning.least_working_days
        )
        return max(self.starts_at, self.due_at - lead)

    def is_near(self, now: datetime) -> bool:
        return self.state(now) is State.NEAR

    def is_overdue(self, now: datetime) -> bool:
        return self.state(now) is State.OVERDUE

    def is_breached(self, now: datetime) -> bool:
        """Tell whether law was broken: a duty in silence past its end, or an act that came too late."""
        late = self.state(now) is State.MET_LATE and self.nature is not Nature.RIGHT
        return late or self.is_overdue(now)

    def state(self, now: datetime) -> State:
        """Say how it stands at `now`."""
        if self.voided_at is not None:
            return State.VOID
        if self.met_at is not None:
            return State.MET if self.met_at <= self.due_at else State.MET_LATE
        if now > self.due_at:
            return State.OVERDUE if self.nature is Nature.DUTY else State.LAPSED
        return State.NEAR if now >= self.near_at and self.near_at < self.due_at else State.OPEN


@lru_cache(maxsize=256)
def _warning_lead(length: int, unit: Unit, divisor: int, least_working_days: int) -> timedelta:
    lead = length * _NEARLY[unit] / divisor
    # The last day is always a working day, so one day before its end is one working day before it.
    return lead if unit.is_hours else max(lead, least_working_days * ONE_DAY)


# How long one of each unit is, for the warning only: no end depends on it.
_NEARLY: Mapping[Unit, timedelta] = {
    Unit.EXACT_HOURS: ONE_HOUR,
    Unit.HOURS: ONE_HOUR,
    Unit.CALENDAR_DAYS: ONE_DAY,
    Unit.WORKING_DAYS: ONE_DAY,
    Unit.CALENDAR_MONTHS: 30 * ONE_DAY,
}


class Happened(NamedTuple):
    """An event, and when word of it reached us if that was another moment."""

    event: str
    at: datetime
    received_at: datetime | None = None


class Context(NamedTuple):
    """What the clocks of a transfer depend on.

    `province` is the first two digits of a division code, or the code itself. `history` is what is
    already known to have happened, in any order; without it an event that arrives late starts a
    clock whose end was told before.
    """

    table: ClockTable
    calendars: Calendars
    sector: str | None = None
    province: str | None = None
    history: tuple[Happened, ...] = ()

    @property
    def region(self) -> str | None:
        return self.province and self.province[:2]


class DeadlineChanges(NamedTuple):
    """What an event did. `met` and `voided` carry the keys of deadlines that were given.

    A deadline that ends as soon as it starts stands in `started` only, with its end filled in.
    """

    started: tuple[Deadline, ...] = ()
    met: tuple[Deadline, ...] = ()
    voided: tuple[Deadline, ...] = ()


def react(
    event: str,
    at: datetime,
    open_deadlines: Iterable[Deadline],
    context: Context,
    received_at: datetime | None = None,
) -> DeadlineChanges:
    """Start and end the clocks that an event concerns; raises KeyError for an unknown event.

    Deadlines that have ended may be given too: then an earlier end that is told later corrects them,
    and a repeated report starts nothing twice.
    """
    return react_all((Happened(event, at, received_at),), open_deadlines, context)


def react_all(
    events: Iterable[Happened], open_deadlines: Iterable[Deadline], context: Context
) -> DeadlineChanges:
    """React to several events, one after the other, as `react` would to each."""
    before = tuple(open_deadlines)
    after = list(before)
    told = [moment for happened in context.history for moment in _unfold(happened, context.table)]
    story = _Story(context.table, told)
    for happened in events:
        moments = _unfold(happened, context.table)
        told += moments
        for moment in moments:
            after = [story.touch(deadline, moment) for deadline in after]
            after += story.start(moment, after, context)
    return _difference(before, after)


def _unfold(happened: Happened, table: ClockTable) -> list[Happened]:
    event = table.events[happened.event]
    if event.same_as is not None:
        return _unfold(happened._replace(event=event.same_as), table)
    if not event.implies:
        return [happened]
    # The clocks of two offices differ: nobody can have learned of an event before it happened.
    learned_at = max(happened.at, happened.received_at or happened.at)
    return [happened, *(Happened(implied, learned_at) for implied in event.implies)]


class _Story(NamedTuple):
    """All that has been told of a transfer so far, the newest event included; `told` grows as it is."""

    table: ClockTable
    told: list[Happened]

    def touch(self, deadline: Deadline, moment: Happened) -> Deadline:
        """End a deadline, if the event does; the earliest end counts, whichever was told first."""
        event, clock = moment.event, deadline.clock
        meets, voids = event in clock.ends, event in clock.voided_by
        if not (meets or voids or event in self.table.final_events):
            return deadline  # asked first, for most events are nothing to most clocks
        at = max(moment.at, deadline.starts_at)
        if deadline.ended_at is not None and at >= deadline.ended_at:
            return deadline
        if meets and self._reaches(moment, deadline):
            return deadline.ended(met_at=at)
        if self._voids(moment, deadline):
            return deadline.ended(voided_at=at)
        return deadline

    def start(
        self, moment: Happened, deadlines: Sequence[Deadline], context: Context
    ) -> Iterable[Deadline]:
        """Start what the event starts, already ended where its end was told before."""
        if moment.event not in self.table.starting_events:
            return ()
        return [
            reduce(self.touch, self.told, deadline)
            for deadline in begin_all(moment.event, moment.at, context)
            if self._is_new(deadline, deadlines) and not self._is_ruled_out(deadline.clock)
        ]

    def _reaches(self, moment: Happened, deadline: Deadline) -> bool:
        if moment.at >= deadline.starts_at:
            return True
        return deadline.clock.once and not self._was_renewed(moment.at, deadline.starts_at)

    def _voids(self, moment: Happened, deadline: Deadline) -> bool:
        if moment.event in self.table.final_events:
            return True
        return moment.event in deadline.clock.voided_by and moment.at >= deadline.starts_at

    def _is_new(self, deadline: Deadline, deadlines: Iterable[Deadline]) -> bool:
        family = deadline.clock.family
        rivals = [other for other in deadlines if other.clock.family == family]
        return not any(self._stands_for(other, deadline) for other in rivals) if rivals else True

    def _stands_for(self, other: Deadline, deadline: Deadline) -> bool:
        if other.starts_at == deadline.starts_at:
            return True
        if not deadline.clock.once or other.voided_at is not None:
            return False
        return not self._was_renewed(other.starts_at, deadline.starts_at)

    def _is_ruled_out(self, clock: Clock) -> bool:
        return bool(clock.unless) and any(moment.event in clock.unless for moment in self.told)

    def _was_renewed(self, since: datetime, until: datetime) -> bool:
        return any(
            moment.event in self.table.renewing_events and since <= moment.at <= until
            for moment in self.told
        )


def _difference(before: tuple[Deadline, ...], after: Sequence[Deadline]) -> DeadlineChanges:
    if not before:
        return DeadlineChanges(started=tuple(after))
    kept = after[: len(before)]
    changed = [new for old, new in zip(before, kept, strict=True) if new is not old]
    return DeadlineChanges(
        started=tuple(after[len(before) :]),
        met=tuple(deadline for deadline in changed if deadline.met_at is not None),
        voided=tuple(deadline for deadline in changed if deadline.voided_at is not None),
    )


def begin_all(event: str, at: datetime, context: Context) -> list[Deadline]:
    """Start every clock that an event starts in this field and place, whatever else is known; raises ValueError for a naive moment."""
    on = at.astimezone(SHANGHAI).date()
    clocks = context.table.started_by(event, context.sector, context.region, on)
    return [begin(clock, at, context) for clock in clocks]


def begin(clock: Clock, starts_at: datetime, context: Context) -> Deadline:
    """Start one clock; raises ValueError for a naive moment."""
    strict = context.region in context.table.strict_provinces
    return _dated(clock, starts_at, context.calendars, strict=strict)


def chain(clock_ids: Sequence[str], starts_at: datetime, context: Context) -> Deadline:
    """Give the last of several clocks that follow each other, each at the latest moment of the one before.

    It starts where the first one starts, and each of its two ends follows from the same end of the
    clock before. It answers when all must have been done; it is no running clock to be stored, dated
    anew or extended. Raises KeyError for an unknown clock, ValueError for none or a naive moment.
    """
    first, *others = map(context.table.get, clock_ids)
    deadline = begin(first, starts_at, context)
    for clock in others:
        deadline = _following(deadline, clock, context)
    return deadline


def _following(former: Deadline, clock: Clock, context: Context) -> Deadline:
    # 24:00 still is the day that it ends, which is the day of the event for a clock in days.
    tick = timedelta() if clock.readings[0].is_hours else timedelta.resolution
    last = begin(clock, former.due_at - tick, context)
    strict = begin(clock, former.strict_due_at - tick, context)
    return last._replace(
        starts_at=former.starts_at,
        strict_due_at=strict.strict_due_at,
        provisional=former.provisional or last.provisional or strict.provisional,
    )


def _dated(clock: Clock, starts_at: datetime, calendars: Calendars, *, strict: bool) -> Deadline:
    counts = count_each(starts_at, clock.length, clock.readings, calendars)
    ends = [found.due_at for found in counts]
    strict_due_at = min(ends)
    return Deadline(
        clock,
        starts_at,
        strict_due_at if strict else max(ends),
        strict_due_at,
        counts[0].provisional or counts[-1].provisional,  # a clock has one reading or two
        strict,
    )


def readings(deadline: Deadline, calendars: Calendars) -> tuple[tuple[Unit, Count], ...]:
    """Show how each reading of the clock counts, day by day."""
    clock = deadline.clock
    counts = count_each(deadline.starts_at, clock.length, clock.readings, calendars)
    return tuple(zip(clock.readings, counts, strict=True))


def extend(deadline: Deadline, approval: str, calendars: Calendars) -> Deadline:
    """Lengthen a deadline by an approval that its clock provides for; raises ExtensionError otherwise.

    The clock of the result has an id of its own, and so the result has another key.
    """
    try:
        clock = deadline.clock.extended(approval)
    except KeyError as missing:
        raise ExtensionError(f"{deadline.clock.id} is not extended by {approval}") from missing
    if clock.length <= deadline.clock.length:
        raise ExtensionError(f"{deadline.clock.id} already runs as long as {approval} allows")
    longer = _dated(clock, deadline.starts_at, calendars, strict=deadline.strict)
    return longer.ended(met_at=deadline.met_at, voided_at=deadline.voided_at)


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A deadline under other calendars, and whether a date moved (then the journal must say so)."""

    deadline: Deadline
    changed: bool


def recompute(deadline: Deadline, calendars: Calendars) -> Recomputed:
    """Date a deadline again, for instance when the notice of a provisional year has come."""
    dated = _dated(deadline.clock, deadline.starts_at, calendars, strict=deadline.strict)
    again = dated.ended(met_at=deadline.met_at, voided_at=deadline.voided_at)
    moved = (again.due_at, again.strict_due_at) != (deadline.due_at, deadline.strict_due_at)
    return Recomputed(again, moved)
