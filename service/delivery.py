"""Delivery: claim a dispatch, write down what is sent, send it, write down what happened.

What a crash leaves, line by line:

1. inside `claim`: nothing, or a lease that ends by itself; the dispatch waits as before.
2. after `claim`, before or while sending: a journal line that says we tried, and the lease; the next
   claim sends the very same document again, under the same idempotency key.
3. sent, before `settle`: the same; the addressee knows the dispatch id and takes it once.
4. after `settle`: nothing is left to do.

A worker whose lease ended settles nothing: the claim that it holds is not the row's any more.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from contracts import jws
from contracts.acknowledgement import Acknowledgement
from contracts.document import SchemaError, parse
from contracts.jws import Typ, digest_of
from contracts.office import Role
from service.composition import Composer
from service.domain.admission import NewDispatch, SignedDocument
from service.domain.deadlines import Happened
from service.domain.delivery import (
    Answer,
    ClaimedDispatch,
    Outcome,
    Patience,
    Settlement,
    named_digest,
    outcome_of,
)
from service.domain.errors import Refusal
from service.domain.journal import PLATFORM, Action, JournalEntry
from service.domain.registry import Office, Registry
from service.domain.routing import Destination
from service.domain.transfer import DispatchStatus, Status
from service.ports import (
    Clock,
    Courier,
    Jitter,
    Measure,
    NewId,
    Records,
    UnitOfWork,
    VerifyAll,
)
from service.progress import Progress, get_held
from service.stored import DispatchState, TransferState

_SIGNED = jws.MEDIA_TYPE
_ACTIONS = {
    Outcome.TAKEN: Action.DELIVERY_TAKEN,
    Outcome.REFUSED: Action.DELIVERY_REFUSED,
    Outcome.UNKNOWN: Action.DELIVERY_UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Delivers; safe to run in several tasks and several processes at once."""

    uow: UnitOfWork
    registry: Callable[[], Registry]
    composer: Composer
    courier: Courier
    verify_all: VerifyAll
    progress: Progress
    clock: Clock
    new_id: NewId
    jitter: Jitter
    measure: Measure
    lease: timedelta
    give_up_after: timedelta
    patience: Patience

    async def claim(self, limit: int) -> list[tuple[ClaimedDispatch, bytes]]:
        """Lease what is due, most urgent first, write it, and note that it is about to be sent.

        Two transactions: the first holds the endpoints' rows, for which others wait, and is short.
        """
        now = self.clock.now()
        async with self.uow.begin() as records:
            claimed = await records.dispatches.claim(
                now, now + self.lease, limit, self.patience.breaker_after
            )
        if not claimed:
            return []
        async with self.uow.begin() as records:
            composed, failed = await self.composer.compose(records, claimed, now)
            lines = [self._attempt_line(one, now) for one, _ in composed]
            # They stay under our lease, out of the way of the others, and are tried again after it.
            lines += [self._failure_line(*one, now) for one in failed]
            await records.journal.append(lines)
        return composed

    async def attempt(self, dispatch: ClaimedDispatch, document: bytes) -> Settlement:
        """Send once and judge the answer. No transaction is open: a slow endpoint must not hold a connection."""
        answer = await self.courier.send(dispatch.endpoint, dispatch, document)
        digest = digest_of(document)
        acknowledgement, doubt = await self._acknowledgement(dispatch, answer)
        outcome, problem = outcome_of(answer, acknowledgement, digest, named_digest(answer))
        self.measure.count("deliveries", outcome=outcome.value)
        return Settlement(
            dispatch=dispatch,
            outcome=outcome,
            at=self.clock.now(),
            acknowledgement=acknowledgement if outcome is not Outcome.UNKNOWN else None,
            document=answer.body if outcome is not Outcome.UNKNOWN and acknowledgement else None,
            http_status=answer.status,
            problem=doubt or problem,
            retry_after=answer.retry_after,
        )

    async def settle(self, settlements: Sequence[Settlement]) -> set[UUID]:
        """Record what attempts came to and move their transfers; give the dispatches still ours to settle."""
        if not settlements:
            return set()
        async with self.uow.begin() as records:
            await records.transfers.hold([one.dispatch.transfer_id for one in settlements])
            settled = await records.dispatches.settle(settlements, self.patience, self.jitter)
            ours = [one for one in settlements if one.dispatch.id in settled]
            await records.documents.add([_document(one) for one in ours if one.document])
            await records.journal.append([self._outcome_line(one) for one in ours])
            known = [one for one in ours if one.outcome is not Outcome.UNKNOWN]
            await self._advance(records, known)
        for one in ours:
            if one.acknowledgement is not None:
                self.measure.count("acknowledgements", result=one.acknowledgement.result.value)
        return settled

    async def _advance(self, records: Records, known: Sequence[Settlement]) -> None:
        if not known:
            return
        happened: dict[UUID, list[Happened]] = {}
        for one in known:
            if one.outcome is Outcome.TAKEN and one.dispatch.role is Role.PRINCIPAL:
                happened.setdefault(one.dispatch.transfer_id, []).extend(_events(one))
        ids = [one.dispatch.transfer_id for one in known]
        await self.progress.advance(records, ids, max(one.at for one in known), happened)

    async def give_up(self, limit: int = 100) -> int:
        """Hand what is out of time to our operators; give how many dispatches that were."""
        now = self.clock.now()
        async with self.uow.begin() as records:
            late = await records.dispatches.out_of_time(now, limit)
            await records.transfers.hold(late)
            given_up = await records.dispatches.give_up(now, late)
            await records.journal.append(
                [self._line(one, Action.DELIVERY_GIVEN_UP, now) for one in given_up]
            )
            await self.progress.advance(records, [one.transfer_id for one in given_up], now)
        return len(given_up)

    async def resend(self, dispatch_id: UUID, actor: str = PLATFORM) -> None:
        """Put a stuck dispatch back into the queue; raises Refusal `not_found` or `illegal_move`."""
        now = self.clock.now()
        async with self.uow.begin() as records:
            dispatch, _ = await _get_under_way(records, dispatch_id)
            if not await records.dispatches.resend(dispatch_id, now, now + self.give_up_after):
                raise Refusal(
                    "illegal_move",
                    f"the dispatch is {dispatch.status.value}, or its office has no endpoint",
                )
            await records.journal.append([self._line(dispatch, Action.DELIVERY_RESENT, now, actor)])
            await self.progress.advance(records, [dispatch.transfer_id], now)

    async def reroute(self, dispatch_id: UUID, office_code: str, actor: str = PLATFORM) -> UUID:
        """Send to another office what its own does not take, and give the id of the new dispatch.

        The old one is recalled and never changed: what its office was sent bears its id, and whatever that office still
        answers is for a dispatch that is nobody's. The new one is due when the old one was.
        Raises Refusal `not_found` and `illegal_move`.
        """
        now = self.clock.now()
        async with self.uow.begin() as records:
            dispatch, state = await _get_under_way(records, dispatch_id)
            office = self._office_for(dispatch, state, office_code)
            due_at = await records.dispatches.take_back(dispatch_id, now)
            if due_at is None:
                raise Refusal(
                    "illegal_move",
                    f"the dispatch is {dispatch.status.value}, or being sent at this moment",
                )
            new = NewDispatch(
                id=self.new_id(),
                destination=Destination(dispatch.kind, dispatch.role, office),
                status=DispatchStatus.WAITING,
                due_at=due_at,
                give_up_at=now + self.give_up_after,
            )
            await records.dispatches.add(state.id, state.agency_code, [new], now)
            await records.journal.append([self._rerouted_line(dispatch, new, now, actor)])
            await self.progress.advance(records, [state.id], now)
        return new.id

    def _office_for(
        self, dispatch: DispatchState, state: TransferState, office_code: str
    ) -> Office:
        registry = self.registry()
        office = registry.offices.get(office_code)
        if office is None:
            raise Refusal("not_found", f"no office {office_code} in the registry")
        if office.kind is not dispatch.kind:
            raise Refusal("illegal_move", f"this is for a {dispatch.kind.value} office")
        if office_code in state.offices:
            raise Refusal("illegal_move", f"{office_code} is a party to the transfer already")
        if office_code not in registry.endpoints:
            raise Refusal("illegal_move", f"{office_code} has no endpoint")
        return office

    async def _acknowledgement(
        self, dispatch: ClaimedDispatch, answer: Answer
    ) -> tuple[Acknowledgement | None, str | None]:
        """Read a signed answer, whatever its status; one that cannot be trusted is none at all."""
        if not answer.content_type.startswith(_SIGNED):
            return None, None
        now = self.clock.now()
        [verified] = await self.verify_all([answer.body], Typ.ACKNOWLEDGEMENT, self.registry(), now)
        if isinstance(verified, Refusal):
            return None, f"their acknowledgement: {verified}"
        envelope, key = verified
        try:
            acknowledgement = parse(Acknowledgement, envelope.payload)
        except SchemaError as error:
            return None, f"their acknowledgement: {error}"
        if dispatch.office_code not in {key.office_code} & {acknowledgement.office}:
            return None, "their acknowledgement is signed by another office"
        if acknowledgement.dispatch_id != str(dispatch.id):
            return None, "their acknowledgement is for another dispatch"
        return acknowledgement, None

    def _attempt_line(self, claimed: ClaimedDispatch, now: datetime) -> JournalEntry:
        data = {
            "dispatch": str(claimed.id),
            "office": claimed.office_code,
            "attempt": claimed.attempts,
        }
        return JournalEntry(
            id=self.new_id(),
            at=now,
            action=Action.DELIVERY_ATTEMPTED,
            actor=PLATFORM,
            agency_code=claimed.agency_code,
            transfer_id=claimed.transfer_id,
            data=data,
        )

    def _failure_line(self, claimed: ClaimedDispatch, problem: str, now: datetime) -> JournalEntry:
        line = self._attempt_line(claimed, now)
        data = {**line.data, "problem": f"it cannot be written: {problem}"}
        return replace(line, action=Action.DELIVERY_UNKNOWN, data=data)

    def _outcome_line(self, settlement: Settlement) -> JournalEntry:
        dispatch = settlement.dispatch
        data = {
            "dispatch": str(dispatch.id),
            "office": dispatch.office_code,
            "attempt": dispatch.attempts,
            "digest": dispatch.digest,
            "acknowledged": settlement.acknowledgement is not None,
            "http_status": settlement.http_status,
            # Their own words may name a person; they stay in the sealed document.
            "problem": None if settlement.outcome is Outcome.REFUSED else settlement.problem,
        }
        return JournalEntry(
            id=self.new_id(),
            at=settlement.at,
            action=_ACTIONS[settlement.outcome],
            actor=dispatch.office_code if settlement.acknowledgement else PLATFORM,
            agency_code=dispatch.agency_code,
            transfer_id=dispatch.transfer_id,
            data={name: value for name, value in data.items() if value is not None},
        )

    def _rerouted_line(
        self, dispatch: DispatchState, new: NewDispatch, now: datetime, actor: str
    ) -> JournalEntry:
        line = self._line(dispatch, Action.DELIVERY_REROUTED, now, actor)
        told = {"from": dispatch.office_code, "to": new.office_code, "new_dispatch": str(new.id)}
        return replace(line, data={"dispatch": str(dispatch.id), **told})

    def _line(
        self, dispatch: DispatchState, action: Action, now: datetime, actor: str = PLATFORM
    ) -> JournalEntry:
        return JournalEntry(
            id=self.new_id(),
            at=now,
            action=action,
            actor=actor,
            agency_code=dispatch.agency_code,
            transfer_id=dispatch.transfer_id,
            data={"dispatch": str(dispatch.id), "office": dispatch.office_code},
        )


async def _get_under_way(
    records: Records, dispatch_id: UUID
) -> tuple[DispatchState, TransferState]:
    """Lock a dispatch and its transfer, which nobody has withdrawn; raises Refusal `not_found` and `illegal_move`."""
    dispatch = await get_held(records, dispatch_id)
    if dispatch is None:
        raise Refusal("not_found", "no such dispatch")
    [state] = await records.transfers.lock([dispatch.transfer_id])
    if state.status is Status.WITHDRAWN:
        raise Refusal("illegal_move", "its transfer is withdrawn")
    return dispatch, state


def _document(settlement: Settlement) -> SignedDocument:
    dispatch, content = settlement.dispatch, settlement.document
    assert content is not None
    return SignedDocument(
        dispatch.transfer_id,
        "acknowledgement",
        dispatch.id,
        digest_of(content),
        content,
        settlement.at,
    )


def _events(settlement: Settlement) -> Iterable[Happened]:
    yield Happened("delivered_to_police", settlement.at)
    if settlement.acknowledgement is not None:
        told = settlement.acknowledgement.acknowledged_at
        yield Happened("acknowledged_by_police", told, settlement.at)
