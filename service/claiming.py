"""Claiming: how a claim is taken and told, within the transaction of whoever needs it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts.document import Fault
from contracts.office import ADDRESSEES
from service.desk_ports import DeskRecords
from service.domain.acting import Act, LeadMatter, Matter, TransferMatter, may_act
from service.domain.claims import Claim, ClaimedError, Subject, check_free
from service.domain.errors import Refusal
from service.domain.journal import Action, JournalEntry
from service.domain.jurisdiction import covers
from service.domain.staff import Seat
from service.domain.typed_texts import fault_of
from service.ports import NewId

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Claiming:
    """Holds matters for people; part of the caller's transaction."""

    new_id: NewId
    lease: timedelta

    async def find_matter(
        self, records: DeskRecords, seat: Seat, subject: Subject, subject_id: UUID
    ) -> Matter:
        """Give what somebody may act on; raises Refusal `not_found` for what is none of his office's."""
        found: Matter | None
        match subject:
            case Subject.TRANSFER:
                found = await _transfer(records, seat, subject_id)
            case Subject.LEAD:
                found = await _lead(records, seat, subject_id)
            case Subject.SUPERVISION:
                found = await records.acts.letter(seat.office.code, subject_id)
        if found is None:
            raise Refusal("not_found", f"no such {subject.value} of your office")
        return found

    async def running(
        self, records: DeskRecords, seat: Seat, subject_id: UUID, now: datetime
    ) -> Claim | None:
        """Give the claim that runs at this moment, whoever holds it."""
        found = await records.claims.find(seat.office.code, subject_id)
        return found if found is not None and found.is_held(now) else None

    async def check(
        self, records: DeskRecords, seat: Seat, subject_id: UUID, now: datetime
    ) -> None:
        """Refuse where another's claim runs, and claim nothing; raises ClaimedError."""
        check_free(await self.running(records, seat, subject_id, now), seat.staff_id, now)

    async def take(self, records: DeskRecords, seat: Seat, matter: Matter, now: datetime) -> Claim:
        """Claim a matter, or renew one's own claim; raises ClaimedError.

        A line says that somebody claimed it, and none that he goes on.
        """
        before = await self.running(records, seat, matter.id, now)
        claim = self._claim(seat, matter, now)
        if not await records.claims.take(claim, now):
            other = await records.claims.find(seat.office.code, matter.id)
            assert other is not None  # it was what stood in our way, and we hold its row
            raise ClaimedError(other)
        if before is None:
            await records.journal.append([self.line(Action.DESK_CLAIMED, seat, matter, now)])
            return claim
        return replace(claim, claimed_at=before.claimed_at)

    async def take_over(
        self, records: DeskRecords, seat: Seat, matter: Matter, reason: str, now: datetime
    ) -> Claim:
        """Claim a matter from whoever holds it."""
        before = await records.claims.hold(seat.office.code, matter.id)
        if before is None or not before.is_held(now) or before.is_of(seat.staff_id):
            return await self.take(records, seat, matter, now)
        claim = replace(self._claim(seat, matter, now), taken_from=before.staff_name)
        await records.claims.take_over(claim, reason, before.staff_id)
        line = self.line(Action.DESK_TAKEN_OVER, seat, matter, now, before=str(before.staff_id))
        await records.journal.append([line])
        return claim

    def line(
        self, action: Action, seat: Seat, matter: Matter, at: datetime, **told: str
    ) -> JournalEntry:
        """Write a line about a matter; one about a lead names no agency."""
        is_transfer = isinstance(matter, TransferMatter)
        return JournalEntry(
            id=self.new_id(),
            at=at,
            action=action,
            actor=seat.office.code,
            agency_code=matter.agency_code if is_transfer else None,
            transfer_id=matter.id if is_transfer else None,
            subject_id=None if is_transfer else matter.id,
            data={"staff": str(seat.staff_id), **told},
        )

    def _claim(self, seat: Seat, matter: Matter, now: datetime) -> Claim:
        return Claim(
            office_code=seat.office.code,
            subject=matter.subject,
            subject_id=matter.id,
            staff_id=seat.staff_id,
            staff_name=seat.name,
            claimed_at=now,
            lease_until=now + self.lease,
        )


async def _transfer(records: DeskRecords, seat: Seat, transfer_id: UUID) -> TransferMatter | None:
    if seat.office.kind not in ADDRESSEES:
        return None
    found = await records.acts.transfers(seat.office.code, [transfer_id])
    return found[0] if found else None


async def _lead(records: DeskRecords, seat: Seat, lead_id: UUID) -> LeadMatter | None:
    lead = await records.leads.get(lead_id)
    if lead is None or not covers(seat.office, lead.division):
        return None
    return LeadMatter(lead, bool(await records.supervisions.running([lead.id])))


async def find_own(records: DeskRecords, seat: Seat, act_id: UUID) -> Act:
    """Give somebody's own act that becomes a document; raises Refusal `not_found` for any other."""
    act = await records.acts.find(act_id)
    is_own = act and act.office_code == seat.office.code and act.staff_id == seat.staff_id
    if act is None or not is_own or not act.is_signed_for:
        raise Refusal("not_found", "no such act of yours")
    return act


def check_may_act(seat: Seat, subject: Subject) -> None:
    """Refuse who decides on nothing of this sort; raises Refusal `not_permitted`."""
    if not may_act(seat, subject):
        raise Refusal("not_permitted", f"your roles decide on no {subject.value}")


def check_reason(reason: str) -> str:
    """Refuse a reason that is empty, a novel, or has signs that no act may have; raises Refusal `schema`."""
    why = reason.strip()
    if code := fault_of(why, _LONGEST_REASON):
        detail = f"a take-over says why, in at most {_LONGEST_REASON} characters"
        raise Refusal("schema", faults=[Fault(pointer="/reason", code=code, detail=detail)])
    return why
