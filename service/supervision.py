"""Supervision: what procuratorates and the judicial administration do about leads, each act a signed letter.

A letter, what follows from it for the lead and its case, the figures and our receipt are one transaction; the
repeat of the same bytes gets the same receipt. Who acts holds, in this order: the letter's own id, the case with
its party, the supervision; so two offices that act on one lead act one after the other.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from uuid import UUID

from contracts.document import Fault
from contracts.jws import Typ
from contracts.office import OfficeKind
from contracts.supervision import RULES, OutcomeResult, Supervision, SupervisionKind
from service.casework import Casework, by_the_book
from service.correspondence import Letter
from service.domain.case_files import CaseKey
from service.domain.errors import IllegalMoveError, Refusal, check_fresh
from service.domain.journal import Action, JournalEntry
from service.domain.jurisdiction import covers
from service.domain.leads import Lead, LeadStatus
from service.domain.registry import Office, Registry
from service.domain.supervision import SupervisionState, SupervisionStatus, closed, may_ask_for
from service.letters import Done, LetterAnswered, Letters, check_has_happened, read_id
from service.ports import Measure, NewId
from service.supervising import Supervising
from service.supervision_ports import SupervisionRecords


class _Aim(NamedTuple):
    """What a letter is about: the agency, its case and where that is, and the leads that it moves."""

    agency: Office
    key: CaseKey
    division: str
    leads: tuple[Lead, ...]


@dataclass(frozen=True, slots=True)
class Supervisions:
    """Takes the signed acts of supervising offices; safe in several tasks and several processes at once."""

    letters: Letters
    casework: Casework
    supervising: Supervising
    registry: Callable[[], Registry]
    new_id: NewId
    measure: Measure
    fetch_rulebook: Callable[[], Awaitable[object]]

    async def supervise(self, raw: bytes, seen_move: int | None = None) -> LetterAnswered:
        """Issue a letter to an agency, put a lead aside, or end a supervision.

        With `seen_move` only if the lead that it names, or the supervision that it ends, has not moved since.
        Raises Refusal: the codes of verification, `schema`, `signer_mismatch`, `not_permitted`, `not_found`,
        `letter_id_reused`, `illegal_move`, `overloaded`, `stale`.
        """
        take = self.letters.correspondence.take
        act = partial(self._act, seen_move=seen_move)
        return await by_the_book(
            lambda: take(raw, Typ.SUPERVISION, Supervision, act), self.fetch_rulebook
        )

    async def _act(
        self, records: SupervisionRecords, letter: Letter[Supervision], *, seen_move: int | None
    ) -> LetterAnswered:
        kind = letter.content.kind
        office = self.registry().offices[letter.office]
        if office.kind not in RULES[kind].issuers:
            raise Refusal("not_permitted", f"{kind.value} is not for {office.kind.value} to issue")
        if (before := await self.letters.find_answer(records, letter)) is not None:
            return before
        check_has_happened(letter)
        match kind:
            case SupervisionKind.DISMISSAL:
                done = await self._dismiss(records, letter, office, seen_move)
            case SupervisionKind.OUTCOME:
                done = await self._close(records, letter, seen_move)
            case _:
                done = await self._issue(records, letter, office, seen_move)
        return await self.letters.answer(records, letter, done)

    async def _issue(
        self,
        records: SupervisionRecords,
        letter: Letter[Supervision],
        office: Office,
        seen_move: int | None,
    ) -> Done:
        aim = await self._aim(records, letter.content, office)
        if letter.content.lead_id is not None:
            [named] = aim.leads
            check_fresh(seen_move, named.move)
        state = self._state(letter, aim)
        self._check_reply_by(state)
        await self.supervising.open(records, state)
        moved = [
            lead.advance(LeadStatus.SUPERVISED, letter.at)
            for lead in aim.leads
            if lead.status is LeadStatus.OPEN
        ]
        await self._move(records, aim.key, moved, Action.LEAD_SUPERVISED, letter)
        self.measure.count("supervisions", kind=state.kind.value)
        return Done(state.status.value, state.id, read_id(letter.content.lead_id))

    async def _aim(self, records: SupervisionRecords, content: Supervision, office: Office) -> _Aim:
        """Lock the case and find its leads; what is outside an office's jurisdiction is not there for it."""
        agency = self.registry().offices.get(content.agency or "")
        if agency is None or agency.kind is not OfficeKind.AGENCY:
            raise Refusal("not_found", "no such agency")
        assert content.case_number is not None
        key = CaseKey(agency.code, content.case_number)
        cases = await self.casework.hold(records, [key])
        division = cases[key].division if key in cases else agency.division
        if not covers(office, division):
            raise Refusal("not_found", "no such case in your jurisdiction")
        return _Aim(agency, key, division, await _leads_meant(records, key, content))

    def _state(self, letter: Letter[Supervision], aim: _Aim) -> SupervisionState:
        content = letter.content
        return SupervisionState(
            id=self.new_id(),
            office_code=letter.office,
            letter_id=content.letter_id,
            kind=content.kind,
            agency_code=aim.agency.code,
            case_number=aim.key.case_number,
            lead_ids=tuple(sorted(lead.id for lead in aim.leads)),
            division=aim.division,
            sector=aim.agency.sector.value if aim.agency.sector else None,
            document_number=content.document_number,
            issued_at=content.issued_at,
            received_at=letter.at,
            reply_by=content.reply_by,
            digest=letter.envelope.digest,
            status=SupervisionStatus.ISSUED,
            move=1,
            give_up_at=letter.at + self.supervising.standards().give_up_after,
        )

    def _check_reply_by(self, state: SupervisionState) -> None:
        context = self.supervising.context_of(state)
        by = state.reply_by
        if by is not None and not may_ask_for(state.kind, by, state.received_at, context):
            detail = "the law fixes how long this reply may take, and no letter lengthens it"
            fault = Fault(pointer="/reply_by", code="too_late", detail=detail)
            raise Refusal("schema", faults=[fault])

    async def _dismiss(
        self,
        records: SupervisionRecords,
        letter: Letter[Supervision],
        office: Office,
        seen_move: int | None,
    ) -> Done:
        lead = await self._hold_lead(records, read_id(letter.content.lead_id))
        if lead is None or not covers(office, lead.division):
            raise Refusal("not_found", "no such lead in your jurisdiction")
        check_fresh(seen_move, lead.move)
        if not lead.status.is_active:
            raise Refusal("illegal_move", f"the lead is {lead.status.value}")
        if await records.supervisions.running([lead.id]):
            detail = "a letter about the lead runs: its office ends that first, by an outcome"
            raise Refusal("illegal_move", detail)
        moved = lead.advance(LeadStatus.DISMISSED, letter.at, letter.content.text)
        await self._move(records, _key_of(lead), [moved], Action.LEAD_DISMISSED, letter)
        return Done(moved.status.value, lead_id=lead.id)

    async def _hold_lead(self, records: SupervisionRecords, lead_id: UUID | None) -> Lead | None:
        lead = await records.leads.get(lead_id) if lead_id else None
        if lead is None:
            return None
        await self.casework.hold(records, [_key_of(lead)])
        return await records.leads.get(lead.id)

    async def _close(
        self, records: SupervisionRecords, letter: Letter[Supervision], seen_move: int | None
    ) -> Done:
        result = letter.content.result
        assert result is not None
        state = await self._hold(records, letter)
        check_fresh(seen_move, state.move)
        try:
            after = closed(state, result, letter.at)
        except IllegalMoveError:
            raise Refusal("illegal_move", f"the supervision is {state.status.value}") from None
        after = await self.supervising.change(records, state, after)
        line = self.supervising.line(
            after, Action.SUPERVISION_CLOSED, letter.at, letter.office, result=result.value
        )
        await records.journal.append([line])
        if result is not OutcomeResult.ADOPTED:
            await self._reopen(records, after, letter)
        return Done(after.status.value, after.id)

    async def _hold(
        self, records: SupervisionRecords, letter: Letter[Supervision]
    ) -> SupervisionState:
        supervision_id = read_id(letter.content.supervision_id)
        found = await records.supervisions.find(supervision_id) if supervision_id else None
        if found is None or found.office_code != letter.office:
            raise Refusal("not_found", "no such letter of your office")
        await self.casework.hold(records, [CaseKey(found.agency_code, found.case_number)])
        state = await records.supervisions.hold(found.id)
        assert state is not None  # no row is ever deleted
        return state

    async def _reopen(
        self, records: SupervisionRecords, state: SupervisionState, letter: Letter[Supervision]
    ) -> None:
        """Open the leads of a letter that came to nothing, but for those that another letter is about."""
        others = await records.supervisions.running(state.lead_ids)
        held = {lead_id for one in others for lead_id in one.lead_ids}
        key = CaseKey(state.agency_code, state.case_number)
        moved = [
            lead.advance(LeadStatus.OPEN, letter.at)
            for lead in await records.leads.of_cases([key])
            if lead.id in {*state.lead_ids} - held and lead.status is LeadStatus.SUPERVISED
        ]
        await self._move(records, key, moved, Action.LEAD_REOPENED, letter)

    async def _move(
        self,
        records: SupervisionRecords,
        key: CaseKey,
        moved: Sequence[Lead],
        action: Action,
        letter: Letter[Supervision],
    ) -> None:
        """Store moves of leads, and let the case and its figures follow them."""
        if moved:
            await records.leads.save(moved)
            await records.journal.append([self._line(lead, action, letter) for lead in moved])
            await self.casework.look(records, [key], letter.at)

    def _line(self, lead: Lead, action: Action, letter: Letter[Supervision]) -> JournalEntry:
        return JournalEntry(
            id=self.new_id(),
            at=letter.at,
            action=action,
            actor=letter.office,
            subject_id=lead.id,
            data={
                "agency": lead.agency_code,
                "case_number": lead.case_number,
                "detector": lead.detector.value,
                "status": lead.status.value,
                "letter": letter.content.letter_id,
                "digest": letter.envelope.digest,
            },
        )


async def _leads_meant(
    records: SupervisionRecords, key: CaseKey, content: Supervision
) -> tuple[Lead, ...]:
    """Give the lead that a letter names, else all of its case; a case that is handed back is under no suspicion."""
    if content.lead_id is None and content.kind is SupervisionKind.PENALTY_OPINION:
        return ()
    active = [lead for lead in await records.leads.of_cases([key]) if lead.status.is_active]
    if content.lead_id is None:
        return tuple(active)
    wanted = read_id(content.lead_id)
    named = tuple(lead for lead in active if lead.id == wanted)
    if not named:
        raise Refusal("not_found", "the case has no such lead, or it is closed")
    return named


def _key_of(lead: Lead) -> CaseKey:
    return CaseKey(lead.agency_code, lead.case_number)
