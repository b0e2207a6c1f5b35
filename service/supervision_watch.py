"""The watch over replies: near and missed are said once each, and silence is told upwards, one level a period.

The agency's own time comes first. When it runs out, the office of the same kind above is told and has the same
time again; then the one above that. With the first silence about an opinion of a procuratorate the judicial
administration of its place is named as well (SPP21 Art 11).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.supervision import OPINIONS
from service.domain.deadlines import recompute
from service.domain.journal import Action, JournalEntry
from service.domain.jurisdiction import judicial_administration_of, superior_of
from service.domain.registry import Office, Registry
from service.domain.supervision import SupervisionState, escalated, recomputed
from service.ports import Clock, Measure
from service.supervising import Supervising
from service.supervision_ports import SupervisionRecords, SupervisionUnitOfWork


@dataclass(frozen=True, slots=True)
class SupervisionWatch:
    """Looks at the replies that are awaited; safe in several processes at once, each is raised by one."""

    uow: SupervisionUnitOfWork
    supervising: Supervising
    registry: Callable[[], Registry]
    clock: Clock
    measure: Measure

    async def look(self, limit: int = 200) -> int:
        """Raise what is near and what was missed, and escalate what ran out; give how many lines that were.

        The mark and its line are one transaction: a crash raises later, never twice.
        """
        return await self._raise(limit) + await self._escalate(limit) + await self._follow(limit)

    async def recompute(self, limit: int = 200) -> int:
        """Date provisional replies by the calendars of today; give how many dates moved."""
        moved, after = 0, None
        while True:
            page, changed = await self._recompute_page(limit, after)
            moved += changed
            if not page:
                return moved
            after = page[-1].id

    async def _raise(self, limit: int) -> int:
        now = self.clock.now()
        async with self.uow.begin() as records:
            near = await records.supervisions.claim_near(now, limit)
            missed = await records.supervisions.claim_missed(now, limit)
            lines = [self._clock_line(one, Action.SUPERVISION_NEAR, now) for one in near]
            lines += [self._clock_line(one, Action.SUPERVISION_MISSED, now) for one in missed]
            await records.journal.append(lines)
        return len(lines)

    async def _escalate(self, limit: int) -> int:
        now = self.clock.now()
        async with self.uow.begin() as records:
            run_out = await records.supervisions.run_out(now, limit)
            for state in run_out:
                await self._tell_above(records, state, now)
        if run_out:
            self.measure.count("supervision_escalations", len(run_out))
        return len(run_out)

    async def _tell_above(
        self, records: SupervisionRecords, state: SupervisionState, now: datetime
    ) -> None:
        registry = self.registry()
        holder = registry.offices.get(state.escalation.to or state.office_code)
        superior = superior_of(holder, registry) if holder else None
        after = escalated(
            state, superior.code if superior else None, now, self.supervising.context_of(state)
        )
        after = await self.supervising.change(records, state, after)
        lines = [self._escalation_line(after, superior, now)]
        if not state.escalation.times and state.kind in OPINIONS:
            lines.append(self._notice(after, holder, registry, now))
        await records.journal.append(lines)

    def _escalation_line(
        self, state: SupervisionState, superior: Office | None, now: datetime
    ) -> JournalEntry:
        told = {"to": superior.code} if superior else {"problem": "no superior is registered"}
        return self._clock_line(
            state, Action.SUPERVISION_ESCALATED, now, times=state.escalation.times, **told
        )

    def _notice(
        self, state: SupervisionState, office: Office | None, registry: Registry, now: datetime
    ) -> JournalEntry:
        """Name who must hear that an opinion is not answered; our operators see to it where none is registered."""
        justice = judicial_administration_of(office, registry) if office else None
        told = {"to": justice.code} if justice else {"problem": "no such office is registered"}
        return self.supervising.line(
            state,
            Action.SUPERVISION_NOTIFIED,
            now,
            addressee="judicial_administration",
            basis="SPP21 Art 11",
            **told,
        )

    async def _follow(self, limit: int) -> int:
        """Note which cases were transferred after a letter, each in a transaction of its own."""
        for times in range(limit):
            if not await self._follow_one():
                return times
        return limit

    async def _follow_one(self) -> bool:
        now = self.clock.now()
        async with self.uow.begin() as records:
            if (found := await records.supervisions.hold_followed()) is None:
                return False
            state, transferred_at = found
            followed = replace(state, followed_at=transferred_at)
            after = await self.supervising.change(records, state, followed)
            told = {"transferred_at": transferred_at.isoformat()}
            line = self.supervising.line(after, Action.SUPERVISION_FOLLOWED, now, **told)
            await records.journal.append([line])
        return True

    async def _recompute_page(
        self, limit: int, after: UUID | None
    ) -> tuple[list[SupervisionState], int]:
        now, calendars = self.clock.now(), self.supervising.standards().calendars
        moved = 0
        async with self.uow.begin() as records:
            page = await records.supervisions.provisional(limit, after)
            for state in page:
                assert state.deadline is not None  # only what has a date has a provisional one
                new = recompute(state.deadline, calendars)
                if not new.changed and new.deadline.provisional:
                    continue
                await self.supervising.change(records, state, recomputed(state, new.deadline))
                moved += new.changed
                if new.changed:
                    to = new.deadline.due_at.isoformat()
                    line = self._clock_line(state, Action.SUPERVISION_RECOMPUTED, now, moved_to=to)
                    await records.journal.append([line])
        return page, moved

    def _clock_line(
        self,
        state: SupervisionState,
        action: Action,
        now: datetime,
        **more: Any,  # noqa: ANN401 (it becomes JSON)
    ) -> JournalEntry:
        deadline = state.deadline
        assert deadline is not None  # only running clocks are looked for
        return self.supervising.line(
            state,
            action,
            now,
            clock=deadline.clock.id,
            basis=deadline.basis,
            due_at=deadline.due_at.isoformat(),
            provisional=deadline.provisional,
            **more,
        )
