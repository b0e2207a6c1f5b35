"""Delivery of letters to agencies: pushed to those that can be called, taken out by the others.

As in `delivery`: claim, write down that it is sent, send without a transaction, write down what happened. A crash
leaves a lease that ends by itself, and the same bytes are sent again under the same idempotency key. A worker
whose lease ended settles nothing: the claim that it holds is not the row's any more.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from service.domain.delivery import Answer, Outcome, Patience, named_digest, outcome_of
from service.domain.errors import Refusal
from service.domain.journal import PLATFORM, Action, JournalEntry
from service.domain.supervision import SupervisionStatus
from service.ports import Clock, Courier, Jitter, NewId
from service.supervising import Supervising
from service.supervision_ports import (
    ClaimedLetter,
    SupervisionRecords,
    SupervisionUnitOfWork,
)


@dataclass(frozen=True, slots=True)
class LetterDeliveries:
    """Delivers letters; safe to run in several processes at once."""

    uow: SupervisionUnitOfWork
    supervising: Supervising
    courier: Courier
    clock: Clock
    new_id: NewId
    jitter: Jitter
    lease: timedelta
    patience: Patience

    async def deliver(self, limit: int = 20) -> int:
        """Try once what is due, so many at a time, and record what came of each; give how many were tried."""
        tried = 0
        while claimed := await self.claim(limit):
            tried += len(claimed)
            # One answer that cannot be written down must not lose those of the others.
            ended = await asyncio.gather(*map(self._try_once, claimed), return_exceptions=True)
            if faults := [one for one in ended if isinstance(one, BaseException)]:
                raise faults[0]
        return tried

    async def _try_once(self, claimed: ClaimedLetter) -> None:
        await self.settle(claimed, await self.send(claimed))

    async def claim(self, limit: int) -> list[ClaimedLetter]:
        """Lease what is due, and note that it is about to be sent."""
        now = self.clock.now()
        async with self.uow.begin() as records:
            claimed = await records.supervisions.claim(now, now + self.lease, limit)
            lines = [self._line(one, Action.SUPERVISION_ATTEMPTED, now) for one in claimed]
            await records.journal.append(lines)
        return claimed

    async def send(self, claimed: ClaimedLetter) -> Answer:
        """Send once; no transaction is open: a slow endpoint must not hold a connection."""
        return await self.courier.send(claimed.endpoint, claimed, claimed.content)

    async def settle(self, claimed: ClaimedLetter, answer: Answer) -> bool:
        """Record what an attempt came to; False when the letter was not ours any more."""
        # An agency signs no acknowledgement of a letter: its 2xx must name what we sent.
        outcome, problem = outcome_of(answer, None, claimed.digest, named_digest(answer))
        now = self.clock.now()
        async with self.uow.begin() as records:
            state = await records.supervisions.hold_claimed(claimed)
            if state is None:
                return False
            if outcome is Outcome.TAKEN:
                await self.supervising.deliver(records, state, now, "push", claimed.agency_code)
            else:
                await self._put_back(records, claimed, answer, problem, now)
        return True

    async def _put_back(
        self,
        records: SupervisionRecords,
        claimed: ClaimedLetter,
        answer: Answer,
        problem: str | None,
        now: datetime,
    ) -> None:
        pause = self.patience.pause(claimed.attempts - 1, self.jitter())
        retry_at = now + max(pause, answer.retry_after or timedelta())
        await records.supervisions.release(claimed, retry_at, problem)
        line = self._line(claimed, Action.SUPERVISION_UNKNOWN, now)
        told = {"http_status": answer.status, "problem": problem}
        data = {**line.data, **{name: one for name, one in told.items() if one is not None}}
        await records.journal.append([replace(line, data=data)])

    async def give_up(self, limit: int = 100) -> int:
        """Hand what nobody took in time to our operators; the agency can still take it. Give how many."""
        now = self.clock.now()
        async with self.uow.begin() as records:
            late = await records.supervisions.out_of_time(now, limit)
            for state in late:
                after = state.advance(SupervisionStatus.UNDELIVERABLE)
                await self.supervising.change(records, state, after)
            await records.journal.append(
                [self.supervising.line(one, Action.SUPERVISION_GIVEN_UP, now) for one in late]
            )
        return len(late)

    async def resend(self, supervision_id: UUID, actor: str = PLATFORM) -> None:
        """Wait for the agency once more; raises Refusal `not_found` or `illegal_move`."""
        now = self.clock.now()
        async with self.uow.begin() as records:
            state = await records.supervisions.hold(supervision_id)
            if state is None:
                raise Refusal("not_found", "no such letter")
            if state.status is not SupervisionStatus.UNDELIVERABLE:
                raise Refusal("illegal_move", f"the supervision is {state.status.value}")
            after = replace(
                state.advance(SupervisionStatus.ISSUED),
                give_up_at=now + self.supervising.standards().give_up_after,
            )
            await self.supervising.change(records, state, after)
            await records.supervisions.requeue(state.id, now)
            line = self.supervising.line(after, Action.SUPERVISION_RESENT, now, actor)
            await records.journal.append([line])

    def _line(self, claimed: ClaimedLetter, action: Action, now: datetime) -> JournalEntry:
        return JournalEntry(
            id=self.new_id(),
            at=now,
            action=action,
            actor=PLATFORM,
            agency_code=claimed.agency_code,
            subject_id=claimed.id,
            data={"attempt": claimed.attempts, "digest": claimed.digest},
        )
