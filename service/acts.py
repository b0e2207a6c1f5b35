"""Acts: what a person decides at a page becomes one signed document of his office, once.

Drafted, the form is kept sealed and the case is claimed for whoever drafted it. Confirmed, the document is written,
signed with the key of the office's desk and kept, and only then handed to the very use case that systems use. The id of
the row is the id in the document, so whatever is repeated is the same document again.

| broken off | what is left | what mends it |
|---|---|---|
| 1. draft, before the commit | nothing; the page still has what was typed | the person sends the form again |
| 2. drafted, not confirmed | a draft that signs nothing | nobody need: it decides nothing |
| 3. signed, before it is kept | a signature that nobody has | confirm signs anew |
| 4. kept, the use case not called | a signed document without effect | confirm again, or `recover` |
| 5. the use case has committed, its answer is lost | the effect, not written down here | the same: the repeat gets the same receipt, or is refused (its key was revoked) and the kept one tells |
| 6. settled, the page never came | all of it | Back or another click ends in the same banner |

Nothing is confirmed on an older state than the one that the person saw: the use case asks under its lock. Who may not go
on is told what has happened since, and keeps what he typed.
"""

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from contracts.document import write
from contracts.facts import Vocabulary
from contracts.jws import digest_of
from service.claiming import Claiming, check_may_act, check_reason, find_own
from service.desk_ports import DeskRecords, DeskSigner, DeskUnitOfWork
from service.domain.act_choices import Surroundings, check_reply_by, choices_of
from service.domain.act_forms import Writing, document_of, fields_of, kept
from service.domain.acting import DONE, RESULTS, Act, Matter, kinds_for, typ_of
from service.domain.admission import Standards
from service.domain.claims import Subject
from service.domain.errors import CollisionError, OutcomeUnknownError, Refusal, check_fresh
from service.domain.journal import Action
from service.domain.registry import Registry
from service.domain.staff import Seat
from service.ports import Clock, NewId

_PASSING = frozenset({"overloaded", "outcome_unknown", "not_ready"})
"""Refusals that the same document may not meet the next time."""
_LEFT_ALONE = timedelta(seconds=30)
"""How long a confirmation has to itself before a round takes it up."""


class Receipted(Protocol):
    """What every use case answers a signed document with."""

    @property
    def receipt(self) -> bytes: ...


Deed = Callable[[bytes, int | None], Awaitable[Receipted]]


@dataclass(frozen=True, slots=True)
class Deeds:
    """The use cases that systems use; a document goes through one of them, and nothing else."""

    acknowledge: Deed
    report: Deed
    supervise: Deed


@dataclass(frozen=True, slots=True)
class Drafting:
    """A form as a page sends it; `over` says why its person takes the matter over from another."""

    subject: Subject
    subject_id: UUID
    kind: str
    given: Iterable[tuple[str, str]]
    seen_move: int
    over: str | None = None


@dataclass(frozen=True, slots=True)
class Acts:
    """Drafts, signs and settles decisions; safe in several tasks and several processes at once."""

    uow: DeskUnitOfWork
    claiming: Claiming
    signer: DeskSigner
    deeds: Deeds
    registry: Callable[[], Registry]
    standards: Callable[[], Standards]
    vocabulary: Vocabulary
    clock: Clock
    new_id: NewId
    bring_up: Callable[[Sequence[UUID]], Awaitable[object]]
    """Lets the queue show at once what has changed."""

    async def draft(self, seat: Seat, drafting: Drafting) -> Act:
        """Keep a filled form and claim its matter; signs nothing.

        A form that rests on an older state is kept too, so that nothing typed is lost: its check shows the
        difference. Raises FormFaults, ClaimedError, Refusal `not_permitted`, `not_found`, `illegal_move`, `schema`.
        """
        subject, kind = drafting.subject, drafting.kind
        check_may_act(seat, subject)
        act = self._act(seat, drafting)
        async with self.uow.begin() as records:
            matter = await self.claiming.find_matter(records, seat, subject, drafting.subject_id)
            if matter.move == act.seen_move:
                check_kind(seat, matter, kind)
                self._write(act, matter, act.drafted_at)
            if drafting.over is not None:
                why = check_reason(drafting.over)
                await self.claiming.take_over(records, seat, matter, why, act.drafted_at)
            else:
                await self.claiming.take(records, seat, matter, act.drafted_at)
            await records.acts.add([act])
        return act

    def _act(self, seat: Seat, drafting: Drafting) -> Act:
        try:
            fields = fields_of(drafting.subject, drafting.kind)
        except ValueError:
            raise Refusal("not_found", "there is no such act") from None
        return Act(
            id=self.new_id(),
            office_code=seat.office.code,
            staff_id=seat.staff_id,
            staff_name=seat.name,
            kind=drafting.kind,
            subject=drafting.subject,
            subject_id=drafting.subject_id,
            group_id=None,
            seen_move=drafting.seen_move,
            form=kept(drafting.given, fields),
            drafted_at=self.clock.now(),
        )

    async def redraft(self, seat: Seat, act_id: UUID, seen_move: int) -> Act:
        """Go on with what somebody typed, on the state that he has now seen; what took effect stays as it is."""
        async with self.uow.begin() as records:
            act = await find_own(records, seat, act_id)
        if act.is_done or (act.signed is not None and act.settled_at is None):
            return act
        given = [(name, value) for name, values in act.form.items() for value in values]
        return await self.draft(
            seat, Drafting(act.subject, act.subject_id, act.kind, given, seen_move)
        )

    async def confirm(self, seat: Seat, act_id: UUID) -> Act:
        """Sign a draft and let it take effect, once however often it is confirmed; gives the act as it ended.

        Raises Refusal `not_found`, `not_permitted`, `stale`, `illegal_move`, `no_desk_key`, ClaimedError,
        OutcomeUnknownError; then it is not known to have taken effect, and may be confirmed again.
        """
        act = await self._signed(seat, act_id)
        return act if act.settled_at is not None else await self.settle(act)

    async def _signed(self, seat: Seat, act_id: UUID) -> Act:
        """Write, sign and keep the document. No transaction is open while the key is fetched."""
        now = self.clock.now()
        async with self.uow.begin() as records:
            act = await find_own(records, seat, act_id)
            if act.signed is not None or act.settled_at is not None:
                return act
            try:
                matter = await self._ready(records, seat, act)
            except Refusal:
                # What is in the way may be this very act, confirmed by another click since we looked.
                now_it_is = await find_own(records, seat, act_id)
                if now_it_is.signed is not None:
                    return now_it_is
                raise
        payload = self._write(act, matter, now)
        typ = typ_of(act.subject, act.kind)
        signed = await self.signer.sign(seat.office.code, payload, typ, now)
        async with self.uow.begin() as records:
            held = await records.acts.hold(act.id)
            assert held is not None  # no row is ever deleted
            if held.signed is not None or held.settled_at is not None:
                return held  # another click was quicker
            await self._hold_claim(records, seat, held, matter)
            done = replace(act, signed=signed, signed_at=now, digest=digest_of(signed))
            await records.acts.sign(done)
            told = {"act": str(act.id), "kind": act.kind, "digest": digest_of(signed)}
            line = self.claiming.line(Action.DESK_DECIDED, seat, matter, now, **told)
            await records.journal.append([line])
        return done

    async def _ready(self, records: DeskRecords, seat: Seat, act: Act) -> Matter:
        check_may_act(seat, act.subject)
        matter = await self.claiming.find_matter(records, seat, act.subject, act.subject_id)
        check_fresh(act.seen_move, matter.move)
        check_kind(seat, matter, act.kind)
        return matter

    async def _hold_claim(self, records: DeskRecords, seat: Seat, act: Act, matter: Matter) -> None:
        """A single act goes on with its claim; one of many claims nothing, and yields to whoever does."""
        now = self.clock.now()
        if act.group_id is None:
            await self.claiming.take(records, seat, matter, now)
        else:
            await self.claiming.check(records, seat, matter.id, now)

    def _write(self, act: Act, matter: Matter, at: datetime) -> bytes:
        """Write the document; raises FormFaults."""
        around = self.surroundings(act.office_code, at)
        writing = Writing(act.id, act.office_code, at, choices_of(act.kind, matter, around))
        document = document_of(act.kind, matter, act.form, writing)
        check_reply_by(document, matter, around)
        return write(document)

    def surroundings(self, office_code: str, at: datetime) -> Surroundings:
        registry = self.registry()
        office = registry.offices[office_code]
        return Surroundings(office, registry, self.standards(), self.vocabulary, at)

    async def settle(self, act: Act) -> Act:
        """Hand a signed document to its use case and write down how it ended; safe to repeat.

        Raises what leaves the end open: OutcomeUnknownError, and a Refusal that may pass.
        """
        try:
            answered = await self._do(act)
        except Refusal as refusal:
            if refusal.code in _PASSING:
                raise
            outcome, receipt = refusal.code, None
        else:
            outcome, receipt = DONE, digest_of(answered.receipt)
        now = self.clock.now()
        async with self.uow.begin() as records:
            if receipt is None and (kept := await records.acts.receipt_of(act)):
                # It took effect before, and only its repeat is refused.
                outcome, receipt = DONE, kept
            await records.acts.settle(act.id, outcome, receipt, now)
            settled = await records.acts.find(act.id)
        assert settled is not None  # no row is ever deleted
        if act.subject is Subject.TRANSFER:
            await self.bring_up([act.subject_id])
        return settled

    async def _do(self, act: Act) -> Receipted:
        """Do it again once where nobody knows whether it was done: the same bytes take effect once."""
        assert act.signed is not None
        deed = self._deed(act)
        with contextlib.suppress(OutcomeUnknownError, CollisionError):
            return await deed(act.signed, act.seen_move)
        return await deed(act.signed, act.seen_move)

    def _deed(self, act: Act) -> Deed:
        if act.subject is not Subject.TRANSFER:
            return self.deeds.supervise
        return self.deeds.acknowledge if act.kind in RESULTS else self.deeds.report

    async def recover(self, limit: int = 100) -> int:
        """Settle what was signed and whose end nobody wrote down; gives how many it was.

        One that fails keeps none from being settled; what nobody foresaw is raised when all were tried, as an
        ExceptionGroup.
        """
        async with self.uow.begin() as records:
            ids = await records.acts.unsettled(self.clock.now() - _LEFT_ALONE, limit)
        settled, unforeseen = 0, []
        for act_id in ids:
            try:
                settled += await self._recover(act_id)
            except (OutcomeUnknownError, CollisionError, Refusal):
                continue
            except Exception as error:  # noqa: BLE001 (it is raised below)
                error.add_note(f"act {act_id}")
                unforeseen.append(error)
        if unforeseen:
            raise ExceptionGroup("acts that could not be settled", unforeseen)
        return settled

    async def _recover(self, act_id: UUID) -> bool:
        async with self.uow.begin() as records:
            act = await records.acts.find(act_id)
        if act is None or act.settled_at is not None:
            return False
        await self.settle(act)
        return True


def check_kind(seat: Seat, matter: Matter, kind: str) -> None:
    """Refuse what the matter does not allow now, or the office never; raises Refusal `illegal_move`."""
    if kind not in kinds_for(seat.office.kind, matter):
        raise Refusal("illegal_move", f"{kind} is not possible: it is {matter.status}")
