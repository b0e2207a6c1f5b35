"""What the template of a case is given: the docket in the reader's language, and what he has open beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from adapters.web.case.fields import Field, Group, groups_of
from adapters.web.case.file_kinds import SAMPLE, FileKind, kind_of, text_of
from adapters.web.case.links import CaseLinks
from adapters.web.case.timeline import Entry, Timeline
from adapters.web.pages.dates import due_words
from adapters.web.pages.languages import Language
from adapters.web.pages.templates import environment, moment
from adapters.web.pages.visit import Visit
from contracts.document import pointer
from service.domain.computation import Way
from service.domain.deadlines import Deadline
from service.domain.docket import Answer, CaseMaterial, Docket
from service.domain.phrases import Language as Tongue
from service.domain.signatures import Signature
from service.domain.telling import ToldFact, ToldFinding, facts_used, teller_of
from service.domain.urgency import due_day
from service.domain.whose_move import WHOSE_MOVE


@dataclass(frozen=True, slots=True)
class Chosen:
    """The file that is open; of a text the first part, `is_cut` where there is more of it."""

    material: CaseMaterial
    kind: FileKind | None
    text: str = ""
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into a correction that was not taken, with what is wrong with it."""

    pointer: str
    value: str = ""
    reason: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)


class CaseView:
    """One docket for one visitor; templates ask it, and it decides nothing."""

    def __init__(self, visit: Visit, docket: Docket, links: CaseLinks) -> None:
        self.docket = docket
        self.links = links
        self.clocks = visit.pages.clocks
        self._visit = visit
        self._offices = visit.pages.registry_now().offices

    @property
    def whose_move(self) -> object:
        return WHOSE_MOVE[self.docket.transfer.status]

    @property
    def may_correct(self) -> bool:
        return self.docket.transfer.is_party and self._visit.may("reviewer", "chief")

    @property
    def groups(self) -> list[Group]:
        return groups_of(self.docket.packet, self._visit.say, self._word)

    @property
    def findings(self) -> list[ToldFinding]:
        docket = self.docket
        if docket.screening is None or docket.book is None:
            return []
        return teller_of(docket.book, self._tongue).findings(docket.screening)

    @property
    def facts(self) -> tuple[list[ToldFact], list[ToldFact]]:
        """The facts of the packet: those that a clause looks at, and the others."""
        docket = self.docket
        if docket.screening is None or docket.book is None:
            return [], []
        used = facts_used(docket.screening)
        facts = teller_of(docket.book, self._tongue).facts(docket.packet)
        return [one for one in facts if one.name in used], [
            one for one in facts if one.name not in used
        ]

    @property
    def timeline(self) -> list[Entry]:
        return self._told.entries(self.docket.history)

    @property
    def readings(self) -> list[Entry]:
        return self._told.entries(self.docket.readings)

    def office(self, code: str | None) -> str:
        """Name an office; one that is in no registry any more is its code."""
        if code is None:
            return self._visit.say("尚未确定")
        known = self._offices.get(code)
        return known.name if known else code

    def document(self, signature: Signature) -> str:
        """Name a signed document; a receipt says for what it is."""
        of = signature.of
        name = self._word("document", of.kind)
        if of.kind != "receipt":
            return name
        reported = {one.signature.of.subject for one in self.docket.reports}
        kinds = {self.docket.transfer.id: "packet"} | dict.fromkeys(reported, "report")
        answered = self._word("document", kinds.get(of.subject, "acknowledgement"))
        return self._visit.say("%(name)s（%(document)s）", name=name, document=answered)

    def due(self, at: datetime) -> str:
        docket = self.docket
        return due_words(self._visit.say, at, docket.read_at, docket.calendars)

    def due_date(self, deadline: Deadline) -> str:
        """Write a due date: a day, or for a clock in hours the moment."""
        if deadline.clock.readings[0].is_hours:
            return moment(deadline.due_at)
        return due_day(deadline.due_at).isoformat()

    def end_of(self, way: Way) -> str:
        """Write the end that one way of counting comes to."""
        return moment(way.due_at) if way.unit.is_hours else due_day(way.due_at).isoformat()

    def state(self, deadline: Deadline) -> str:
        return deadline.state(self.docket.read_at).value

    def material(self, digest: str) -> CaseMaterial | None:
        return next((one for one in self.docket.materials if one.material.digest == digest), None)

    def fact_field(self, fact: ToldFact) -> Field:
        """Give a fact as a field, so that it can be corrected like any other."""
        return Field(pointer("facts", fact.name), fact.label, fact.value)

    def can_correct(self, fact: ToldFact) -> bool:
        return self.may_correct and not fact.records

    def answers_to(self, dispatch_id: UUID) -> Sequence[Answer]:
        answers = self.docket.acknowledgements
        return [one for one in answers if one.signature.of.subject == dispatch_id]

    @property
    def _told(self) -> Timeline:
        return Timeline(
            *(self.docket, self._visit.say, self._word, self.office, self.clocks),
            is_chinese=self._visit.language is Language.CHINESE,
        )

    @property
    def _tongue(self) -> Tongue:
        return Tongue.ZH if self._visit.language is Language.CHINESE else Tongue.EN

    def _word(self, kind: str, code: str) -> str:
        told: str = environment(self._visit.language).filters["word"](code, kind)
        return told


async def chosen_of(visit: Visit, view: CaseView) -> Chosen | None:
    """Open what the reader asks for, else the first file; the text of a text is read, and that leaves its line."""
    materials = view.docket.materials
    wanted = view.material(view.links.material) or next(iter(materials), None)
    if wanted is None:
        return None
    reading = visit.office.case_reading
    head = await reading.sample(wanted, SAMPLE)
    if head is None:
        return Chosen(wanted, None)
    kind = kind_of(head, wanted.material.media_type)
    if kind is not FileKind.TEXT:
        return Chosen(wanted, kind)
    _, size = await reading.material(visit.seat, view.docket.transfer.id, wanted.material.digest)
    return Chosen(wanted, kind, text_of(head), size > len(head))
