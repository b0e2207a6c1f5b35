"""Taking: an office that works at a desk has no system that takes its dispatches; to open the case is to have it.

When somebody who may decide opens a case for the first time, its dispatch is written if it never was, marked delivered,
and the clocks that delivery starts begin to run. What the office signs later, its acknowledgement, names those bytes.

| broken off | what is left |
|---|---|
| before the commit | nothing: the dispatch waits, and the next who opens the case takes it |
| commit unknown | taken or not; to open the case again is the same |
| two open it at once | one waits for the other's lock and finds it taken: one line, one start of the clocks |
| it cannot be written | a line that says so; the case can be read, and the dispatch still waits |

Only an office whose desk has a key is taken for: one whose own system reads a mailbox must find its dispatches there. An
auditor's reading takes nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.office import Role
from service.composition import Composer
from service.desk_ports import DeskSigner
from service.domain.acting import DECIDES
from service.domain.deadlines import Happened
from service.domain.journal import Action, JournalEntry
from service.domain.registry import EndpointKind, Registry
from service.domain.staff import Seat
from service.domain.transfer import UNTAKEN
from service.ports import Clock, NewId, Records, UnitOfWork
from service.progress import Progress, get_held
from service.stored import DispatchState


@dataclass(frozen=True, slots=True)
class Taking:
    """Takes dispatches for offices at desks; safe in several tasks and several processes at once."""

    uow: UnitOfWork
    composer: Composer
    progress: Progress
    signer: DeskSigner
    registry: Callable[[], Registry]
    clock: Clock
    new_id: NewId
    bring_up: Callable[[Sequence[UUID]], Awaitable[object]]
    """Lets the queue show at once what has changed."""

    async def take(self, seat: Seat, transfer_id: UUID) -> bool:
        """Mark delivered what waits for the seat's office; True if it was this call that did.

        Costs one look where there is nothing to take. Raises OutcomeUnknownError.
        """
        if not self._takes_here(seat):
            return False
        async with self.uow.begin() as records:
            seen = await records.dispatches.of_office(transfer_id, seat.office.code)
            if seen is None or seen.status not in UNTAKEN:
                return False
            dispatch = await get_held(records, seen.id)
            if dispatch is None or dispatch.status not in UNTAKEN:
                return False
            taken = await self._hand_over(records, seat, dispatch, self.clock.now())
        if taken:
            await self.bring_up([transfer_id])
        return taken

    def _takes_here(self, seat: Seat) -> bool:
        endpoint = self.registry().endpoints.get(seat.office.code)
        is_called = endpoint is not None and endpoint.kind is EndpointKind.PUSH
        return seat.has(*DECIDES) and not is_called and self.signer.can_sign(seat.office.code)

    async def _hand_over(
        self, records: Records, seat: Seat, dispatch: DispatchState, now: datetime
    ) -> bool:
        told = {"dispatch": str(dispatch.id), "office": seat.office.code, "kid": seat.reader.kid}
        if dispatch.digest is None:
            claimed = await records.dispatches.take_out(dispatch.id, now)
            composed, failed = await self.composer.compose(records, [claimed], now)
            for _, problem in failed:
                why = f"it cannot be written: {problem}"
                line = self._line(Action.DELIVERY_UNKNOWN, dispatch, now, told | {"problem": why})
                await records.journal.append([line])
                return False
            told["digest"] = str(composed[0][0].digest)
        else:
            told["digest"] = dispatch.digest
        await records.dispatches.hand_over(dispatch.id, now)
        line = self._line(Action.DELIVERY_TAKEN, dispatch, now, told)
        await records.journal.append([line])
        is_principal = dispatch.role is Role.PRINCIPAL
        happened = [Happened("delivered_to_police", now)] if is_principal else []
        await self.progress.advance(
            records, [dispatch.transfer_id], now, {dispatch.transfer_id: happened}
        )
        return True

    def _line(
        self, action: Action, dispatch: DispatchState, at: datetime, told: dict[str, str]
    ) -> JournalEntry:
        return JournalEntry(
            id=self.new_id(),
            at=at,
            action=action,
            actor=dispatch.office_code or "",
            agency_code=dispatch.agency_code,
            transfer_id=dispatch.transfer_id,
            data=told,
        )
