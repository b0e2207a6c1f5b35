"""Supervising: the one way in which a letter to an agency changes after it was issued.

Each change is stored where the letter still stands as it was read, with its journal line and what it adds to the
figures, in the caller's transaction: a crash leaves all of it or nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from service.domain.admission import Standards
from service.domain.appraisal import differences
from service.domain.deadlines import Context
from service.domain.journal import PLATFORM, Action, JournalEntry
from service.domain.supervision import SupervisionState, counted_of, delivered
from service.ports import NewId
from service.supervision_ports import SupervisionRecords


@dataclass(frozen=True, slots=True)
class Supervising:
    """Stores what becomes of letters."""

    standards: Callable[[], Standards]
    new_id: NewId

    async def open(self, records: SupervisionRecords, state: SupervisionState) -> None:
        """Store a letter that was just issued, and count it."""
        counted = replace(state, counted=tuple(counted_of(state)))
        await records.supervisions.add(counted)
        await self._count(records, state, counted)
        await records.journal.append(
            [self.line(counted, Action.SUPERVISION_ISSUED, state.received_at, state.office_code)]
        )

    async def change(
        self, records: SupervisionRecords, before: SupervisionState, after: SupervisionState
    ) -> SupervisionState:
        """Store what became of a letter that the caller has locked."""
        counted = replace(after, counted=tuple(counted_of(after)))
        written = await records.supervisions.change(before, counted)
        assert written, "a supervision moved under our lock"
        await self._count(records, before, counted)
        return counted

    async def deliver(
        self,
        records: SupervisionRecords,
        state: SupervisionState,
        at: datetime,
        by: str,
        actor: str = PLATFORM,
    ) -> SupervisionState:
        """Note that the agency has the letter, by `push`, by `mailbox` or by `reply`, and start its time."""
        after = await self.change(records, state, delivered(state, at, self.context_of(state)))
        due_at = after.deadline.due_at.isoformat() if after.deadline else None
        line = self.line(after, Action.SUPERVISION_DELIVERED, at, actor, by=by, due_at=due_at)
        await records.journal.append([line])
        return after

    def context_of(self, state: SupervisionState) -> Context:
        """Give what its clock depends on."""
        standards = self.standards()
        return Context(standards.clocks, standards.calendars, state.sector, state.division[:2])

    def line(
        self,
        state: SupervisionState,
        action: Action,
        at: datetime,
        actor: str = PLATFORM,
        **more: Any,  # noqa: ANN401 (it becomes JSON)
    ) -> JournalEntry:
        """Write a line about a letter; what was asked stays in the sealed document."""
        data = {"office": state.office_code, "kind": state.kind.value, "status": state.status.value}
        return JournalEntry(
            id=self.new_id(),
            at=at,
            action=action,
            actor=actor,
            agency_code=state.agency_code,
            subject_id=state.id,
            move=state.move,
            data=data | {name: value for name, value in more.items() if value is not None},
        )

    async def _count(
        self, records: SupervisionRecords, before: SupervisionState, after: SupervisionState
    ) -> None:
        changes = differences(after.agency_code, before.counted, after.counted)
        if changes:
            await records.tallies.apply(changes)
