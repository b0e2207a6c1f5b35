"""What pages show of acts: what is offered, the check before signing, what changed meanwhile, and how one ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from contracts.clocks import Clock as LegalClock
from contracts.facts import Vocabulary
from contracts.office import Role
from contracts.report import ReportKind
from contracts.supervision import SupervisionKind
from service.claiming import Claiming, find_own
from service.desk_ports import DeskReading, DeskRecords, DeskSigner, JournalPart
from service.domain.act_choices import Surroundings, check_reply_by, choices_of, prefilled
from service.domain.act_forms import Field, FieldKind, FormFaults, Writing, document_of, fields_of
from service.domain.acting import (
    ACKNOWLEDGE,
    REFUSE,
    Act,
    Form,
    LeadMatter,
    Matter,
    Offered,
    TransferMatter,
    kinds_for,
    may_act,
)
from service.domain.admission import Standards, clock_context
from service.domain.claims import Claim, Subject
from service.domain.deadlines import DeadlineChanges, Happened, react_all
from service.domain.errors import IllegalMoveError
from service.domain.registry import Office, Registry
from service.domain.reporting import event_of
from service.domain.staff import Seat
from service.domain.supervision import clock_of
from service.domain.transfer import Status, status_of
from service.ports import Clock
from service.progress import history_of
from service.stored import Told, TransferState


@dataclass(frozen=True, slots=True)
class Offer:
    """One act that is possible now, with its form as it stands before anybody types."""

    kind: str
    fields: tuple[Field, ...]
    choices: Mapping[str, Sequence[str]]
    filled: Form


_NO_CHANGES = DeadlineChanges()


@dataclass(frozen=True, slots=True)
class Foretold:
    """What would follow: the clocks that start, end or are made void, and where a transfer would stand.

    `reply` is the clock of a letter, which starts when the agency has it.
    """

    clocks: DeadlineChanges = _NO_CHANGES
    status: Status | None = None
    reply: LegalClock | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """An act before it is signed, or after it came to nothing.

    `document` is None where the present state does not allow it, or where time has made something in the form wrong,
    which `faults` tells. `since` are the lines after the state that the person
    saw, and `status_then` what that state was, where the journal tells; `people` are those of the office in them.
    """

    act: Act
    matter: Matter
    document: BaseModel | None
    faults: Mapping[str, str]
    addressees: tuple[Office, ...]
    foretold: Foretold
    since: tuple[JournalPart, ...]
    status_then: str | None
    people: Mapping[str, str]
    claim: Claim | None
    is_mine: bool
    can_sign: bool

    @property
    def is_fresh(self) -> bool:
        return self.act.seen_move == self.matter.move

    @property
    def is_possible(self) -> bool:
        return self.document is not None


@dataclass(frozen=True, slots=True)
class ActReading:
    """Reads for the pages of an office, under its guard."""

    reading: DeskReading
    claiming: Claiming
    signer: DeskSigner
    registry: Callable[[], Registry]
    standards: Callable[[], Standards]
    vocabulary: Vocabulary
    clock: Clock

    async def offered(self, seat: Seat, subject: Subject, subject_id: UUID) -> Offered:
        """Say what somebody may do with a matter now; raises Refusal `not_found`.

        To be asked before the page reads the matter itself: what the person sees is then never older than the move
        that his decision rests on.
        """
        async with self.reading.begin() as records:
            matter = await self.claiming.find_matter(records, seat, subject, subject_id)
            claim = await self.claiming.running(records, seat, subject_id, self.clock.now())
        acts = may_act(seat, subject)
        return Offered(
            matter=matter,
            kinds=self._possible(seat, matter) if acts else (),
            claim=claim,
            is_mine=claim is not None and claim.is_of(seat.staff_id),
            may_claim=acts,
            can_sign=self.signer.can_sign(seat.office.code),
        )

    def _possible(self, seat: Seat, matter: Matter) -> tuple[str, ...]:
        """Leave out what asks to choose from nothing, such as an extension where no clock knows one."""
        around = self._around(seat)
        return tuple(
            kind
            for kind in kinds_for(seat.office.kind, matter)
            if all(
                choices_of(kind, matter, around).get(name) for name in _must_choose(matter, kind)
            )
        )

    def offer(self, seat: Seat, matter: Matter, kind: str) -> Offer:
        """Give the form of an act; raises ValueError for a kind that there is not."""
        around = self._around(seat)
        fields = fields_of(matter.subject, kind)
        choices = choices_of(kind, matter, around)
        return Offer(kind, fields, choices, prefilled(kind, matter, around))

    async def done(self, seat: Seat, act_id: UUID) -> Act | None:
        """Give an act of the office that was signed, for the banner; None for any other."""
        async with self.reading.begin() as records:
            act = await records.acts.find(act_id)
        if act is None or act.office_code != seat.office.code or act.signed is None:
            return None
        return act

    async def check(self, seat: Seat, act_id: UUID) -> Check:
        """Show somebody his own act; raises Refusal `not_found` for any other's."""
        now = self.clock.now()
        async with self.reading.begin() as records:
            act = await find_own(records, seat, act_id)
            matter = await self.claiming.find_matter(records, seat, act.subject, act.subject_id)
            claim = await self.claiming.running(records, seat, act.subject_id, now)
            lines = await records.acts.history(act.subject, act.subject_id)
            document, faults = self._document(seat, act, matter)
            try:
                foretold = await self._foretold(records, seat, act, matter, document)
            except IllegalMoveError:
                document, faults, foretold = None, {"happened_at": "contradicts"}, Foretold()
            status_then, since = _since(lines, act)
            people = await _people(records, since)
        return Check(
            act=act,
            matter=matter,
            document=document,
            faults=faults,
            addressees=self._addressees(seat, act, matter),
            foretold=foretold,
            since=since,
            status_then=status_then,
            people=people,
            claim=claim,
            is_mine=claim is None or claim.is_of(seat.staff_id),
            can_sign=self.signer.can_sign(seat.office.code),
        )

    def _around(self, seat: Seat) -> Surroundings:
        return Surroundings(
            seat.office, self.registry(), self.standards(), self.vocabulary, self.clock.now()
        )

    def _document(
        self, seat: Seat, act: Act, matter: Matter
    ) -> tuple[BaseModel | None, Mapping[str, str]]:
        """Write what would be signed at this moment; nothing where the matter does not allow it any more."""
        if act.kind not in kinds_for(seat.office.kind, matter):
            return None, {}
        around = self._around(seat)
        choices = choices_of(act.kind, matter, around)
        writing = Writing(act.id, act.office_code, around.at, choices)
        try:
            document = document_of(act.kind, matter, act.form, writing)
            check_reply_by(document, matter, around)
        except FormFaults as told:
            return None, told.faults
        return document, {}

    def _addressees(self, seat: Seat, act: Act, matter: Matter) -> tuple[Office, ...]:
        """Name who gets to know it, beside the office itself: a dismissal nobody."""
        codes = [matter.agency_code]
        if isinstance(matter, TransferMatter):
            codes += sorted(matter.offices)
        elif act.kind == SupervisionKind.DISMISSAL:
            codes = []
        offices = self.registry().offices
        return tuple(offices[one] for one in codes if one in offices and one != seat.office.code)

    async def _foretold(
        self,
        records: DeskRecords,
        seat: Seat,
        act: Act,
        matter: Matter,
        document: BaseModel | None,
    ) -> Foretold:
        """Say what would follow; raises IllegalMoveError where a report contradicts what was told before."""
        now = self.clock.now()
        if document is None:
            return Foretold()
        if isinstance(matter, TransferMatter):
            [state] = await records.transfers.peek([matter.id])
            stored = await records.deadlines.of_transfers([matter.id])
            at = getattr(document, "happened_at", now)
            context = clock_context(
                state.sector, state.division, self.standards(), history_of(state)
            )
            happened = _events(seat, act, matter, at, now)
            clocks = react_all(happened, [one.deadline for one in stored], context)
            return Foretold(clocks, _status_after(seat, act, state, at, now))
        if isinstance(matter, LeadMatter) and SupervisionKind(act.kind).is_letter:
            context = clock_context(matter.lead.sector, matter.lead.division, self.standards())
            return Foretold(reply=clock_of(SupervisionKind(act.kind), now, context))
        return Foretold()


def _events(
    seat: Seat, act: Act, matter: TransferMatter, at: datetime, now: datetime
) -> list[Happened]:
    if act.kind == REFUSE:
        return []
    if act.kind == ACKNOWLEDGE:
        is_principal = matter.role is Role.PRINCIPAL
        return [Happened("acknowledged_by_police", now)] if is_principal else []
    return [Happened(event_of(ReportKind(act.kind), seat.office.kind), at, now)]


def _status_after(
    seat: Seat, act: Act, state: TransferState, at: datetime, now: datetime
) -> Status | None:
    """Say where a report would leave the transfer; an answer depends on the other addressees too."""
    if act.kind in (ACKNOWLEDGE, REFUSE):
        return None
    story = state.story_with(Told(ReportKind(act.kind), at, now, seat.office.code))
    return status_of(state.parts, story, is_current=state.is_current)


def _must_choose(matter: Matter, kind: str) -> list[str]:
    fields = fields_of(matter.subject, kind)
    return [one.name for one in fields if one.kind is FieldKind.CHOICE and one.is_required]


_MOST_LINES = 20


def _since(lines: Sequence[JournalPart], act: Act) -> tuple[str | None, tuple[JournalPart, ...]]:
    """Find the state that a person saw among the lines, and give what followed it.

    Lines of leads carry no move, so there the lines since the draft must do.
    """
    seen = [place for place, line in enumerate(lines) if line.move == act.seen_move]
    if seen:
        known, new = lines[: seen[-1] + 1], lines[seen[-1] + 1 :]
        statuses = [line.entry.data.get("to") or line.entry.data.get("status") for line in known]
        return next((one for one in reversed(statuses) if one), None), tuple(new[-_MOST_LINES:])
    after = [line for line in lines if line.entry.at >= act.drafted_at]
    return None, tuple((after or lines)[-_MOST_LINES:])


async def _people(records: DeskRecords, lines: Sequence[JournalPart]) -> dict[str, str]:
    """Name those whom lines of the own office tell of; the guard shows nobody else's."""
    ids = {str(line.entry.data["staff"]) for line in lines if "staff" in line.entry.data}
    found = [await records.staff.find(UUID(one)) for one in sorted(ids)]
    return {str(person.id): person.name for person in found if person is not None}
