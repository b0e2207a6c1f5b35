"""The watch: says once that a clock is near, once that it ran out, and dates anew what a calendar has fixed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.domain.admission import Standards
from service.domain.deadlines import State, recompute
from service.domain.journal import PLATFORM, Action, JournalEntry
from service.ports import Clock, Measure, NewId, UnitOfWork
from service.stored import StoredDeadline


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at the clocks; safe to run in several processes at once, each clock is raised by one."""

    uow: UnitOfWork
    standards: Callable[[], Standards]
    clock: Clock
    new_id: NewId
    measure: Measure

    async def look(self, limit: int = 500) -> int:
        """Raise what is near and what was missed since the last look; give how many.

        The mark on the clock and the journal line are one transaction: a crash raises later, never twice.
        """
        now = self.clock.now()
        async with self.uow.begin() as records:
            near = await records.deadlines.claim_near(now, limit)
            missed = await records.deadlines.claim_missed(now, limit)
            await records.journal.append(
                [
                    *(self._line(one, Action.DEADLINE_NEAR, now) for one in near),
                    *(self._line(one, _missed(one, now), now) for one in missed),
                ]
            )
        self._count(near, "near")
        self._count(missed, "missed")
        return len(near) + len(missed)

    async def recompute(self, limit: int = 500) -> int:
        """Date provisional clocks by the calendars of today; give how many dates moved."""
        moved, after = 0, None
        while True:
            page, changed = await self._recompute_page(limit, after)
            moved += changed
            if not page:
                return moved
            after = page[-1].id

    async def _recompute_page(
        self, limit: int, after: UUID | None
    ) -> tuple[list[StoredDeadline], int]:
        now, calendars = self.clock.now(), self.standards().calendars
        async with self.uow.begin() as records:
            page = await records.deadlines.provisional(limit, after)
            again = [(one, recompute(one.deadline, calendars)) for one in page]
            fixed = [
                (one, new) for one, new in again if new.changed or not new.deadline.provisional
            ]
            await records.deadlines.update(
                [
                    StoredDeadline(one.id, one.transfer_id, one.agency_code, new.deadline)
                    for one, new in fixed
                ]
            )
            await records.journal.append(
                [
                    self._line(one, Action.DEADLINE_RECOMPUTED, now, new.deadline.due_at)
                    for one, new in fixed
                    if new.changed
                ]
            )
        return page, sum(new.changed for _, new in fixed)

    def _line(
        self,
        stored: StoredDeadline,
        action: Action,
        now: datetime,
        moved_to: datetime | None = None,
    ) -> JournalEntry:
        deadline = stored.deadline
        data = {
            "deadline": str(stored.id),
            "clock": deadline.clock.id,
            "actor": deadline.actor.value,
            "basis": deadline.basis,
            "due_at": deadline.due_at.isoformat(),
            "provisional": deadline.provisional,
        }
        return JournalEntry(
            id=self.new_id(),
            at=now,
            action=action,
            actor=PLATFORM,
            agency_code=stored.agency_code,
            transfer_id=stored.transfer_id,
            data=data if moved_to is None else {**data, "moved_to": moved_to.isoformat()},
        )

    def _count(self, raised: Sequence[StoredDeadline], state: str) -> None:
        if raised:
            self.measure.count("deadlines_raised", len(raised), state=state)


def _missed(stored: StoredDeadline, now: datetime) -> Action:
    """A right that was not used, or a condition that did not arise, lapses: nobody is in breach."""
    lapsed = stored.deadline.state(now) is State.LAPSED
    return Action.DEADLINE_LAPSED if lapsed else Action.DEADLINE_MISSED
