"""Replies: what agencies answer to letters of supervision."""

from dataclasses import dataclass

from contracts.jws import Typ
from contracts.supervision import SupervisionReply
from service.correspondence import Letter
from service.domain.errors import IllegalMoveError, Refusal
from service.domain.journal import Action
from service.domain.supervision import SupervisionState, replied
from service.letters import Done, LetterAnswered, Letters, check_has_happened, read_id
from service.ports import Measure
from service.supervising import Supervising
from service.supervision_ports import SupervisionRecords


@dataclass(frozen=True, slots=True)
class SupervisionReplies:
    """Takes the signed replies of agencies."""

    letters: Letters
    supervising: Supervising
    measure: Measure

    async def reply(self, raw: bytes) -> LetterAnswered:
        """Take an agency's answer; the first one ends its time.

        Raises Refusal: the codes of verification, `schema`, `signer_mismatch`, `not_found`, `letter_id_reused`,
        `illegal_move`.
        """
        answered = await self.letters.correspondence.take(
            raw, Typ.SUPERVISION_REPLY, SupervisionReply, self._act
        )
        if not answered.repeated:
            self.measure.count("supervision_replies")
        return answered

    async def _act(
        self, records: SupervisionRecords, letter: Letter[SupervisionReply]
    ) -> LetterAnswered:
        if (before := await self.letters.find_answer(records, letter)) is not None:
            return before
        check_has_happened(letter)
        state = await _hold(records, letter)
        after = await self._replied(records, state, letter)
        return await self.letters.answer(records, letter, Done(after.status.value, after.id))

    async def _replied(
        self,
        records: SupervisionRecords,
        state: SupervisionState,
        letter: Letter[SupervisionReply],
    ) -> SupervisionState:
        result = letter.content.result
        if state.is_on_its_way:
            # Who answers has read it, by whatever way it came.
            state = await self.supervising.deliver(
                records, state, letter.at, "reply", letter.office
            )
        try:
            after = replied(state, result, letter.at)
        except IllegalMoveError:
            raise Refusal("illegal_move", f"the supervision is {state.status.value}") from None
        after = await self.supervising.change(records, state, after)
        told = {"result": result.value, "digest": letter.envelope.digest}
        line = self.supervising.line(
            after, Action.SUPERVISION_REPLIED, letter.at, letter.office, **told
        )
        await records.journal.append([line])
        return after


async def _hold(records: SupervisionRecords, letter: Letter[SupervisionReply]) -> SupervisionState:
    supervision_id = read_id(letter.content.supervision_id)
    state = await records.supervisions.hold(supervision_id) if supervision_id else None
    if state is None or state.agency_code != letter.office:
        raise Refusal("not_found", "no such letter to your office")
    return state
