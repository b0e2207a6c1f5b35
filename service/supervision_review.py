"""Reading leads and letters: a supervising office within its jurisdiction, an agency the letters to itself.

What does not concern an office is to it as if it were not there. Who reads a lead or a letter leaves a line; a
line about a lead names no agency. Lists show no letter and are not journaled. An agency that takes a letter out
has it from that moment, in the transaction that shows it.
"""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from contracts import detectors
from contracts.answers import HistoryEntry
from contracts.detectors import Detector
from contracts.document import Fault
from contracts.jws import digest_of
from contracts.supervision import RULES
from contracts.supervision_views import (
    LeadFile,
    LeadsPage,
    LeadView,
    ReplyClock,
    SupervisionFile,
    SupervisionsPage,
    SupervisionStanding,
    SupervisionView,
    SuspicionsPage,
    SuspicionView,
)
from service.domain.access import Reader
from service.domain.cursors import Place, read_cursor, write_cursor
from service.domain.errors import Refusal
from service.domain.journal import Action, JournalEntry
from service.domain.jurisdiction import covers
from service.domain.register_glimpses import (
    LeadFilter,
    LeadPlace,
    LeadRow,
    SuspicionPlace,
    SuspicionRow,
)
from service.domain.registry import Registry
from service.domain.scope import Scope, scope_of
from service.domain.supervision import WHOSE_MOVE, SupervisionState, standing_of
from service.ports import Clock, NewId
from service.supervising import Supervising
from service.supervision_ports import SupervisionRecords


class LetterViews(Protocol):
    """Reads of letters; who may see what is part of every query."""

    async def supervisions(
        self,
        scope: Scope,
        now: datetime,
        standing: SupervisionStanding | None,
        after: UUID,
        limit: int,
    ) -> list[SupervisionState]:
        """Letters of a scope after one of them, in the order of their issue."""
        ...

    async def history(self, supervision_id: UUID) -> list[HistoryEntry]:
        """Everything that happened but readings, in the order of commits."""
        ...


class RegisterViews(Protocol):
    """Reads of leads and of what cannot be said yet."""

    async def leads(
        self, which: LeadFilter, now: datetime, after: LeadPlace | None, limit: int
    ) -> list[LeadRow]: ...

    async def find_lead(self, lead_id: UUID, now: datetime) -> LeadRow | None: ...

    async def suspicions(
        self, which: LeadFilter, after: SuspicionPlace | None, limit: int
    ) -> list[SuspicionRow]: ...


class SupervisionReads(SupervisionRecords, Protocol):
    """The stores of one open transaction, and the views beside them."""

    @property
    def letters(self) -> LetterViews: ...
    @property
    def register(self) -> RegisterViews: ...


class SupervisionReading(Protocol):
    """Transactions for readers."""

    def begin(self) -> AbstractAsyncContextManager[SupervisionReads]: ...


@dataclass(frozen=True, slots=True)
class SupervisionReview:
    """Answers offices that ask. What an office may not see is `not_found`."""

    reading: SupervisionReading
    supervising: Supervising
    registry: Callable[[], Registry]
    clock: Clock
    new_id: NewId

    async def supervisions(
        self, reader: Reader, state: SupervisionStanding | None, after: str | None, limit: int
    ) -> SupervisionsPage:
        """List the letters that concern the reader; raises Refusal `malformed_request`."""
        place = read_cursor(after).id if after else UUID(int=0)
        now, scope = self.clock.now(), scope_of(reader, self.registry())
        async with self.reading.begin() as reads:
            found = await reads.letters.supervisions(scope, now, state, place, limit + 1)
        shown = found[:limit]
        more = len(found) > limit
        return SupervisionsPage(
            supervisions=[self._view(one, reader, now) for one in shown],
            next=write_cursor(Place(id=shown[-1].id)) if more else None,
        )

    async def supervision(self, reader: Reader, supervision_id: UUID) -> SupervisionFile:
        """Give a letter and what became of it; raises Refusal `not_found`."""
        now = self.clock.now()
        async with self.reading.begin() as reads:
            state = await self._find(reads, reader, supervision_id)
            history = await reads.letters.history(state.id)
            await self._note(reads, reader, state, now)
        view = self._view(state, reader, now)
        return SupervisionFile(**view.model_dump(), history=history)

    async def document(self, reader: Reader, supervision_id: UUID) -> bytes:
        """Give the signed letter, byte for byte; the agency that takes it has it from now on. Raises `not_found`."""
        now = self.clock.now()
        async with self.reading.begin() as reads:
            state = await self._find(reads, reader, supervision_id)
            text = await reads.supervisions.letter_of(state.id)
            assert text is not None  # stored in the transaction that issued it
            await self._note(reads, reader, state, now, digest=digest_of(text))
            if reader.is_agency:
                await self._take(reads, reader, state.id, now)
        return text

    async def leads(
        self,
        reader: Reader,
        which: LeadFilter,
        after: str | None,
        limit: int,
    ) -> LeadsPage:
        """List leads of the reader's jurisdiction, the highest score first; raises Refusal `malformed_request`."""
        place = read_cursor(after) if after else None
        start = LeadPlace(place.number, place.id) if place else None
        async with self.reading.begin() as reads:
            found = await reads.register.leads(
                self._within(reader, which), self.clock.now(), start, limit + 1
            )
        shown = found[:limit]
        more = len(found) > limit
        return LeadsPage(
            leads=[LeadView(**_lead(row)) for row in shown],
            next=write_cursor(Place(shown[-1].score, shown[-1].lead_id)) if more else None,
        )

    async def lead(self, reader: Reader, lead_id: UUID) -> LeadFile:
        """Give a lead with the letters about it; raises Refusal `not_found`."""
        now = self.clock.now()
        async with self.reading.begin() as reads:
            row = await reads.register.find_lead(lead_id, now)
            office = self.registry().offices[reader.office_code]
            if row is None or not covers(office, row.division):
                raise Refusal("not_found", "no such lead in your jurisdiction")
            lead = await reads.leads.get(lead_id)
            running = await reads.supervisions.running([lead_id])
            await reads.journal.append([self._lead_line(reader, row, now)])
        letters = [self._view(one, reader, now) for one in running]
        return LeadFile(**_lead(row), reason=lead and lead.reason, supervisions=letters)

    async def suspicions(
        self, reader: Reader, which: LeadFilter, after: str | None, limit: int
    ) -> SuspicionsPage:
        """List what detectors cannot say in the reader's jurisdiction; raises Refusal `malformed_request`."""
        place = _read_suspicion_place(after) if after else None
        async with self.reading.begin() as reads:
            found = await reads.register.suspicions(self._within(reader, which), place, limit + 1)
        shown = found[:limit]
        more = len(found) > limit
        return SuspicionsPage(
            suspicions=[_suspicion(row) for row in shown],
            next=".".join(map(str, shown[-1].place)) if more else None,
        )

    def _within(self, reader: Reader, which: LeadFilter) -> LeadFilter:
        division = scope_of(reader, self.registry()).division
        return LeadFilter(which.detectors, which.agency_code, division, which.statuses)

    async def _find(
        self, reads: SupervisionReads, reader: Reader, supervision_id: UUID
    ) -> SupervisionState:
        state = await reads.supervisions.find(supervision_id)
        if state is None or not self._concerns(state, reader):
            raise Refusal("not_found", "no such letter to your office, or in your jurisdiction")
        return state

    def _concerns(self, state: SupervisionState, reader: Reader) -> bool:
        if reader.is_agency:
            return state.agency_code == reader.office_code
        return covers(self.registry().offices[reader.office_code], state.division)

    async def _take(
        self, reads: SupervisionReads, reader: Reader, supervision_id: UUID, now: datetime
    ) -> None:
        state = await reads.supervisions.hold(supervision_id)
        if state is not None and state.is_on_its_way:
            await self.supervising.deliver(reads, state, now, "mailbox", reader.office_code)

    async def _note(
        self,
        reads: SupervisionReads,
        reader: Reader,
        state: SupervisionState,
        now: datetime,
        **told: str,
    ) -> None:
        line = self.supervising.line(
            state, Action.SUPERVISION_READ, now, reader.office_code, kid=reader.kid, **told
        )
        await reads.journal.append([line])

    def _lead_line(self, reader: Reader, row: LeadRow, now: datetime) -> JournalEntry:
        return JournalEntry(
            id=self.new_id(),
            at=now,
            action=Action.LEAD_READ,
            actor=reader.office_code,
            subject_id=row.lead_id,
            data={"kid": reader.kid, "agency": row.agency, "case_number": row.case_number},
        )

    def _view(self, state: SupervisionState, reader: Reader, now: datetime) -> SupervisionView:
        rule, whose, escalation = RULES[state.kind], WHOSE_MOVE[state.status], state.escalation
        return SupervisionView(
            supervision_id=state.id,
            office=state.office_code,
            letter_id=state.letter_id,
            kind=state.kind,
            title=rule.en,
            title_zh=rule.zh,
            basis=rule.basis,
            agency=state.agency_code,
            case_number=state.case_number,
            lead_ids=[] if reader.is_agency else list(state.lead_ids),
            document_number=state.document_number,
            digest=state.digest,
            issued_at=state.issued_at,
            received_at=state.received_at,
            reply_by=state.reply_by,
            status=state.status.value,
            standing=standing_of(state, now),
            move=state.move,
            whose_move=whose.en,
            whose_move_zh=whose.zh,
            delivered_at=state.delivered_at,
            clock=_clock(state, now),
            reply=state.reply,
            replied_at=state.replied_at,
            case_transferred_at=state.followed_at,
            escalations=escalation.times,
            escalated_to=escalation.to,
            escalated_at=escalation.at,
            next_period_ends_at=escalation.next_at,
            outcome=state.outcome,
            closed_at=state.closed_at,
            document=f"/v1/supervisions/{state.id}/document",
        )


def _clock(state: SupervisionState, now: datetime) -> ReplyClock | None:
    deadline = state.deadline
    if deadline is None:
        return None
    return ReplyClock(
        clock=deadline.clock.id,
        title=deadline.clock.title,
        basis=deadline.basis,
        starts_at=deadline.starts_at,
        due_at=deadline.due_at,
        strict_due_at=deadline.strict_due_at,
        provisional=deadline.provisional,
        state=deadline.state(now).value,
        met_at=deadline.met_at,
    )


def _lead(row: LeadRow) -> dict[str, object]:
    rule = detectors.load().detectors[Detector(row.detector)]
    told = asdict(row) | {"clock": row.clock and row.clock._asdict()}
    return {**told, "title": rule.en, "title_zh": rule.zh, "basis": rule.basis}


def _suspicion(row: SuspicionRow) -> SuspicionView:
    rule = detectors.load().detectors[Detector(row.detector)]
    return SuspicionView(
        case_number=row.case_number,
        agency=row.agency,
        detector=row.detector,
        title=rule.en,
        title_zh=rule.zh,
        offence_code=row.offence_code,
        missing=list(row.missing),
        division=row.division,
        sector=row.sector,
    )


_SUSPICION_PLACE = re.compile(
    r"([0-9A-Z]{18})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(X[0-9]{1,2})"
)


def _read_suspicion_place(text: str) -> SuspicionPlace:
    found = _SUSPICION_PLACE.fullmatch(text)
    if found is None:
        fault = Fault(
            pointer="/after", code="parameter", detail="it is not the `next` of a page of this list"
        )
        raise Refusal("malformed_request", faults=[fault])
    return SuspicionPlace(found[1], UUID(found[2]), found[3])
