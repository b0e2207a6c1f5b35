"""Moving transfers on: what follows for status, clocks and journal when something has happened to them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from service.domain.admission import Standards, clock_context
from service.domain.deadlines import Deadline, DeadlineChanges, Happened, react_all
from service.domain.journal import PLATFORM, Action, JournalEntry
from service.domain.reporting import event_of
from service.domain.transfer import Status, check_move, status_of
from service.ports import NewId, Records
from service.stored import DispatchState, StoredDeadline, TransferState


@dataclass(frozen=True, slots=True)
class Progress:
    """The one way in which a stored transfer changes after intake."""

    standards: Callable[[], Standards]
    new_id: NewId

    async def advance(
        self,
        records: Records,
        transfer_ids: Iterable[UUID],
        at: datetime,
        happened: Mapping[UUID, Sequence[Happened]] | None = None,
    ) -> Mapping[UUID, Status]:
        """Derive statuses anew, run the clocks on, and journal every move; give the statuses.

        Part of the caller's transaction, after the parts or reports were changed in it.
        Raises IllegalMoveError for a move that the table does not have.
        """
        states = await records.transfers.lock(sorted(set(transfer_ids)))
        if happened:
            await self._run_clocks(records, states, happened)
        statuses = {state.id: _status(state) for state in states}
        moved = [state for state in states if statuses[state.id] is not state.status]
        for state in moved:
            check_move(state.status, statuses[state.id])
        if moved:
            await self._record(records, moved, statuses, at)
        return statuses

    async def note(self, records: Records, state: TransferState, line: JournalEntry) -> None:
        """Journal what was told as a move of its own, whether the status follows or not: older screens are stale by it.

        Part of the caller's transaction, which holds the lock that `state` was read under.
        """
        await _move(records, [(state.id, state.move, state.status, line.at)])
        await records.journal.append([replace(line, move=state.move + 1)])

    async def _record(
        self,
        records: Records,
        moved: Sequence[TransferState],
        statuses: Mapping[UUID, Status],
        at: datetime,
    ) -> None:
        await _move(records, [(state.id, state.move, statuses[state.id], at) for state in moved])
        await records.journal.append(
            [
                JournalEntry(
                    id=self.new_id(),
                    at=at,
                    action=Action.TRANSFER_MOVED,
                    actor=PLATFORM,
                    agency_code=state.agency_code,
                    transfer_id=state.id,
                    move=state.move + 1,
                    data={"from": state.status.value, "to": statuses[state.id].value},
                )
                for state in moved
            ]
        )

    async def _run_clocks(
        self,
        records: Records,
        states: Sequence[TransferState],
        happened: Mapping[UUID, Sequence[Happened]],
    ) -> None:
        concerned = [state for state in states if happened.get(state.id)]
        by_transfer: defaultdict[UUID, list[StoredDeadline]] = defaultdict(list)
        for stored in await records.deadlines.of_transfers([state.id for state in concerned]):
            by_transfer[stored.transfer_id].append(stored)
        started: list[StoredDeadline] = []
        changed: list[StoredDeadline] = []
        for state in concerned:
            stored_before = by_transfer[state.id]
            changes = self._react(state, stored_before, happened[state.id])
            started += [self._new(state, deadline) for deadline in changes.started]
            changed += _changed(stored_before, changes)
        await records.deadlines.add(started)
        await records.deadlines.update(changed)

    def _react(
        self,
        state: TransferState,
        stored: Iterable[StoredDeadline],
        happened: Sequence[Happened],
    ) -> DeadlineChanges:
        context = clock_context(state.sector, state.division, self.standards(), history_of(state))
        return react_all(happened, [one.deadline for one in stored], context)

    def _new(self, state: TransferState, deadline: Deadline) -> StoredDeadline:
        return StoredDeadline(self.new_id(), state.id, state.agency_code, deadline)


async def _move(records: Records, moves: Sequence[tuple[UUID, int, Status, datetime]]) -> None:
    written = await records.transfers.move(moves)
    assert written == len(moves), "a transfer moved under our lock"


async def get_held(records: Records, dispatch_id: UUID) -> DispatchState | None:
    """Find a dispatch and lock it, its transfer before it: everybody locks in this order."""
    transfer_id = await records.dispatches.transfer_of(dispatch_id)
    if transfer_id is None:
        return None
    await records.transfers.hold([transfer_id])
    return await records.dispatches.get(dispatch_id)


def history_of(state: TransferState) -> tuple[Happened, ...]:
    """What is known to have happened to a transfer, in the words of the clocks."""
    reports = (
        Happened(
            event_of(told.kind, state.offices.get(told.office)), told.happened_at, told.received_at
        )
        for told in state.reports
    )
    return (Happened("transferred", state.received_at), *reports)


def _status(state: TransferState) -> Status:
    kinds = [told.kind for told in state.reports]
    return status_of(state.parts, kinds, is_current=state.is_current)


def _changed(
    stored: Iterable[StoredDeadline], changes: DeadlineChanges
) -> Iterable[StoredDeadline]:
    rows = {one.deadline.key: one for one in stored}
    for deadline in (*changes.met, *changes.voided):
        row = rows[deadline.key]
        yield StoredDeadline(row.id, row.transfer_id, row.agency_code, deadline)
