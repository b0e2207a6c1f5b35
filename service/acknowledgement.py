"""Acknowledgements that addressees post: matched to the dispatch by the digest of what we sent."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from contracts.acknowledgement import Acknowledgement, AckResult
from contracts.document import parse
from contracts.jws import Typ, open_envelope
from contracts.office import Role
from service.correspondence import About, Answered, Correspondence, Letter
from service.domain.admission import SignedDocument
from service.domain.deadlines import Happened
from service.domain.errors import Refusal, check_fresh
from service.domain.journal import Action, JournalEntry
from service.domain.transfer import DispatchStatus, Status
from service.ports import Measure, NewId, Records
from service.progress import Progress, get_held
from service.stored import DispatchState

_STATUS = {
    AckResult.RECEIVED: DispatchStatus.ACKNOWLEDGED,
    AckResult.REFUSED: DispatchStatus.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Acknowledgements:
    """Takes acknowledgements that do not come as the answer to a push."""

    correspondence: Correspondence[Records]
    progress: Progress
    new_id: NewId
    measure: Measure

    async def acknowledge(self, raw: bytes, seen_move: int | None = None) -> Answered:
        """Record that an addressee has exactly our bytes, or will not take them.

        With `seen_move` only if the transfer has not moved since. Raises Refusal: the codes of verification,
        `schema`, `signer_mismatch`, `not_found`, `other_bytes_acknowledged`, `already_answered`, `stale`.
        """
        act = partial(self._act, seen_move=seen_move)
        return await self.correspondence.take(raw, Typ.ACKNOWLEDGEMENT, Acknowledgement, act)

    async def _act(
        self, records: Records, letter: Letter[Acknowledgement], *, seen_move: int | None
    ) -> Answered:
        dispatch = await self._find(records, letter)
        if letter.content.dispatch_digest != dispatch.digest:
            raise Refusal("other_bytes_acknowledged", f"we sent {dispatch.digest}")
        status = _STATUS[letter.content.result]
        taken = await records.dispatches.acknowledge(
            dispatch.id, status, letter.at, letter.content.dispatch_digest
        )
        if not taken:
            return await self._answer_again(records, letter, dispatch)
        if seen_move is not None:
            [state] = await records.transfers.lock([dispatch.transfer_id])
            check_fresh(seen_move, state.move)
        self.measure.count("acknowledgements", result=letter.content.result.value)
        return await self._record(records, letter, dispatch)

    async def _find(self, records: Records, letter: Letter[Acknowledgement]) -> DispatchState:
        dispatch_id = _uuid(letter.content.dispatch_id)
        dispatch = await get_held(records, dispatch_id) if dispatch_id else None
        # A dispatch that is held or was never sent is nobody's to know about.
        if dispatch is None or dispatch.digest is None or dispatch.office_code != letter.office:
            raise Refusal("not_found", "no such dispatch to your office")
        return dispatch

    async def _record(
        self, records: Records, letter: Letter[Acknowledgement], dispatch: DispatchState
    ) -> Answered:
        document = SignedDocument(
            dispatch.transfer_id,
            "acknowledgement",
            dispatch.id,
            letter.envelope.digest,
            letter.envelope.raw,
            letter.at,
        )
        await records.documents.add([document])
        await records.journal.append([self._line(letter, dispatch)])
        statuses = await self.progress.advance(
            records,
            [dispatch.transfer_id],
            letter.at,
            {dispatch.transfer_id: _events(letter, dispatch)},
        )
        return await self._receipt(records, letter, dispatch, statuses[dispatch.transfer_id])

    async def _answer_again(
        self, records: Records, letter: Letter[Acknowledgement], dispatch: DispatchState
    ) -> Answered:
        """The dispatch is answered already: the same word is receipted again, another one is refused."""
        place = (dispatch.transfer_id, dispatch.id)
        kept = await records.documents.find(place[0], "acknowledgement", place[1])
        if kept is None or dispatch.status is DispatchStatus.RECALLED:
            raise Refusal("already_answered", f"the dispatch is {dispatch.status.value}")
        before = parse(Acknowledgement, open_envelope(kept).payload)
        if before.result is not letter.content.result:
            raise Refusal("already_answered", f"it was {before.result.value}")
        receipt = await records.documents.find(place[0], "receipt", place[1])
        if receipt is not None:
            return Answered(receipt, dispatch.transfer_id, repeated=True)
        # Their first word came as the answer to our push, which is not receipted.
        [state] = await records.transfers.lock([dispatch.transfer_id])
        return await self._receipt(records, letter, dispatch, state.status)

    async def _receipt(
        self,
        records: Records,
        letter: Letter[Acknowledgement],
        dispatch: DispatchState,
        status: Status,
    ) -> Answered:
        return await self.correspondence.answer(
            records,
            letter,
            About(letter.content.acknowledgement_id, dispatch.transfer_id, dispatch.id, status),
        )

    def _line(self, letter: Letter[Acknowledgement], dispatch: DispatchState) -> JournalEntry:
        return JournalEntry(
            id=self.new_id(),
            at=letter.at,
            action=Action.ACKNOWLEDGEMENT_RECEIVED,
            actor=letter.office,
            agency_code=dispatch.agency_code,
            transfer_id=dispatch.transfer_id,
            data={
                "dispatch": str(dispatch.id),
                "result": letter.content.result.value,
                "digest": letter.envelope.digest,
            },
        )


def _events(letter: Letter[Acknowledgement], dispatch: DispatchState) -> list[Happened]:
    if dispatch.role is not Role.PRINCIPAL or letter.content.result is AckResult.REFUSED:
        return []
    events = [Happened("acknowledged_by_police", letter.content.acknowledged_at, letter.at)]
    if dispatch.status is not DispatchStatus.DELIVERED:
        events.insert(0, Happened("delivered_to_police", letter.at))
    return events


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
