"""Claims 领取: two prosecutors never work on one case without knowing it.

A claim runs for a lease, is renewed by acting and by reading one's own case, and ends by itself. Another may take it
over and says why; the reason is sealed, and the line in the journal says who from whom.

| broken off | what is left |
|---|---|
| before the commit | nothing; the page is asked again |
| two claim at once | one row: the second hears who has it, and since when |
| commit unknown | the claim is there or not; to claim again is the same |
| the holder goes home | the lease ends by itself |
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from service.claiming import Claiming, check_may_act, check_reason
from service.desk_ports import DeskUnitOfWork
from service.domain.claims import Claim, ClaimedError, Subject
from service.domain.journal import Action
from service.domain.staff import Seat
from service.ports import Clock


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims, releases and takes over; safe in several tasks and several processes at once."""

    uow: DeskUnitOfWork
    claiming: Claiming
    clock: Clock

    async def claim(self, seat: Seat, subject: Subject, subject_id: UUID) -> Claim:
        """Work on a matter; raises ClaimedError where another does, Refusal `not_permitted`, `not_found`."""
        check_may_act(seat, subject)
        now = self.clock.now()
        async with self.uow.begin() as records:
            matter = await self.claiming.find_matter(records, seat, subject, subject_id)
            return await self.claiming.take(records, seat, matter, now)

    async def take_over(self, seat: Seat, subject: Subject, subject_id: UUID, reason: str) -> Claim:
        """Work on what another works on, saying why; raises Refusal `schema` without a reason, `not_found`."""
        check_may_act(seat, subject)
        why = check_reason(reason)
        now = self.clock.now()
        async with self.uow.begin() as records:
            matter = await self.claiming.find_matter(records, seat, subject, subject_id)
            return await self.claiming.take_over(records, seat, matter, why, now)

    async def release(self, seat: Seat, subject: Subject, subject_id: UUID) -> bool:
        """Give up one's own claim; False where there was none. Raises Refusal `not_found`."""
        now = self.clock.now()
        async with self.uow.begin() as records:
            matter = await self.claiming.find_matter(records, seat, subject, subject_id)
            released = await records.claims.release(seat.office.code, subject_id, seat.staff_id)
            if released:
                line = self.claiming.line(Action.DESK_RELEASED, seat, matter, now)
                await records.journal.append([line])
        return released

    async def renew(self, seat: Seat, claim: Claim) -> None:
        """Go on with one's own claim; a moment after the last time, or where another has it by now, it writes nothing."""
        now = self.clock.now()
        if claim.lease_until - now > self.claiming.lease - _HARDLY:
            return
        with suppress(ClaimedError):
            async with self.uow.begin() as records:
                matter = await self.claiming.find_matter(
                    records, seat, claim.subject, claim.subject_id
                )
                await self.claiming.take(records, seat, matter, now)


_HARDLY = timedelta(minutes=1)
