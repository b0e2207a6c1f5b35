"""Bulk actions: many matters, each through the same act as one alone, with every exclusion told beforehand.

A group is kept as its acts, one row a transfer: those that cannot take part are settled from the beginning with the
reason. To confirm it goes on with what is not settled yet, for a bounded time; what is left waits for the next click.

| broken off | what is left |
|---|---|
| while it is put together | nothing |
| in the middle of a confirmation | some are settled, one may be signed and is recovered as any act, the others wait |
| confirmed twice at once | each act takes effect once; both see the same table |
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from service.acts import Acts
from service.claiming import check_may_act
from service.claims import Claims
from service.desk_ports import DeskReading, DeskRecords, DeskUnitOfWork
from service.domain.acting import ACKNOWLEDGE, DONE, Act, BulkKind, TransferMatter, kinds_for
from service.domain.claims import Claim, Subject
from service.domain.errors import CollisionError, OutcomeUnknownError, Refusal
from service.domain.staff import Seat
from service.domain.transfer import UNTAKEN
from service.ports import Clock, NewId

MOST = 1000
"""Transfers in one group at most."""
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Group:
    """A bulk action as it stands; `claims` are those of others, `cases` what its rows are about."""

    id: UUID
    kind: str
    acts: tuple[Act, ...]
    cases: dict[UUID, TransferMatter]
    claims: dict[UUID, Claim]

    @property
    def included(self) -> tuple[Act, ...]:
        return tuple(act for act in self.acts if not act.is_excluded)

    @property
    def excluded(self) -> tuple[Act, ...]:
        return tuple(act for act in self.acts if act.is_excluded)

    @property
    def waiting(self) -> tuple[Act, ...]:
        return tuple(act for act in self.acts if act.settled_at is None)

    @property
    def is_begun(self) -> bool:
        return any(act.settled_at is not None or act.signed is not None for act in self.included)


@dataclass(frozen=True, slots=True)
class Bulk:
    """Puts groups together and confirms them; safe in several tasks and several processes at once."""

    uow: DeskUnitOfWork
    reading: DeskReading
    acts: Acts
    claims: Claims
    clock: Clock
    new_id: NewId
    within: timedelta

    async def gather(self, seat: Seat, kind: BulkKind, transfer_ids: Sequence[UUID]) -> UUID:
        """Put a group together, each transfer once; gives its id. Nothing is done yet.

        Raises Refusal `malformed_request` for none or too many, `not_permitted`.
        """
        check_may_act(seat, Subject.TRANSFER)
        ids = list(dict.fromkeys(transfer_ids))
        if not 0 < len(ids) <= MOST:
            raise Refusal("malformed_request", f"between one and {MOST} transfers are chosen")
        group_id = self.new_id()
        async with self.uow.begin() as records:
            matters = await self._matters(records, seat, ids)
            claims = await records.claims.find_many(seat.office.code, ids)
            blank = self._blank(seat, kind, group_id)
            judged = [
                self._judged(
                    seat,
                    replace(blank, id=self.new_id(), subject_id=transfer_id),
                    matters.get(transfer_id),
                    claims.get(transfer_id),
                )
                for transfer_id in ids
            ]
            await records.acts.add(judged)
        return group_id

    async def group(self, seat: Seat, group_id: UUID) -> Group:
        """Show somebody his own group; raises Refusal `not_found`."""
        async with self.reading.begin() as records:
            acts = await records.acts.of_group(group_id)
            if not acts or acts[0].office_code != seat.office.code:
                raise Refusal("not_found", "no such group of yours")
            if acts[0].staff_id != seat.staff_id:
                raise Refusal("not_found", "no such group of yours")
            ids = [act.subject_id for act in acts]
            matters = await self._matters(records, seat, ids)
            claims = await records.claims.find_many(seat.office.code, ids)
        return Group(group_id, acts[0].kind, tuple(acts), matters, claims)

    async def confirm(self, seat: Seat, group_id: UUID) -> Group:
        """Go on with what is not settled yet, as long as time allows; gives the group as it stands then."""
        before = await self.group(seat, group_id)
        until = asyncio.get_running_loop().time() + self.within.total_seconds()
        for some in _chunks(before.waiting, _AT_ONCE):
            await asyncio.gather(*(self._one(seat, act) for act in some))
            if asyncio.get_running_loop().time() > until:
                break
        return await self.group(seat, group_id)

    async def _one(self, seat: Seat, act: Act) -> None:
        """Do one; what may pass leaves it waiting, whatever else is its result."""
        try:
            if act.kind == ACKNOWLEDGE:
                await self.acts.confirm(seat, act.id)
                return
            work = self.claims.claim if act.kind == "claim" else self.claims.release
            await work(seat, Subject.TRANSFER, act.subject_id)
        except (OutcomeUnknownError, CollisionError):
            return
        except Refusal as refusal:
            await self._settle(act, refusal.code)
        else:
            await self._settle(act, DONE)

    async def _settle(self, act: Act, outcome: str) -> None:
        async with self.uow.begin() as records:
            await records.acts.settle(act.id, outcome, None, self.clock.now())

    async def _matters(
        self, records: DeskRecords, seat: Seat, ids: Sequence[UUID]
    ) -> dict[UUID, TransferMatter]:
        found = await records.acts.transfers(seat.office.code, ids)
        return {matter.id: matter for matter in found}

    def _blank(self, seat: Seat, kind: BulkKind, group_id: UUID) -> Act:
        return Act(
            id=group_id,
            office_code=seat.office.code,
            staff_id=seat.staff_id,
            staff_name=seat.name,
            kind=kind,
            subject=Subject.TRANSFER,
            subject_id=group_id,
            group_id=group_id,
            seen_move=0,
            form={},
            drafted_at=self.clock.now(),
        )

    def _judged(
        self, seat: Seat, act: Act, matter: TransferMatter | None, claim: Claim | None
    ) -> Act:
        """Note the move that is seen, and settle at once, with its reason, what cannot take part."""
        seen = replace(act, seen_move=matter.move if matter else 0)
        why = _excluded(seen, seat, matter, claim)
        if (
            why is None
            and act.kind == ACKNOWLEDGE
            and not self.acts.signer.can_sign(act.office_code)
        ):
            why = "no_desk_key"
        if why is None:
            return seen
        return replace(seen, settled_at=act.drafted_at, outcome=why, is_excluded=True)


def _chunks(acts: Sequence[Act], size: int) -> Iterator[Sequence[Act]]:
    return (acts[start : start + size] for start in range(0, len(acts), size))


def _excluded(
    act: Act, seat: Seat, matter: TransferMatter | None, claim: Claim | None
) -> str | None:
    if matter is None:
        return "not_found"
    is_held = claim is not None and claim.is_held(act.drafted_at)
    is_mine = claim is not None and is_held and claim.is_of(seat.staff_id)
    if act.kind == "release":
        return None if is_mine else "not_claimed"
    if is_held and not is_mine:
        return "claimed"
    if act.kind == ACKNOWLEDGE and ACKNOWLEDGE not in kinds_for(seat.office.kind, matter):
        # Nobody signs for what nobody has looked at: to open a case is to have it (taking.py).
        return "not_opened" if matter.dispatch_status in UNTAKEN else "illegal_move"
    return None
