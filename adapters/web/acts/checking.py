"""The check before signing, as its template shows it: the very document, who gets it, and what then runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import from_json, to_json

from adapters.web.acts.forms import PATHS, FormView, Row, form_of, title_of, typed_of
from adapters.web.pages.dates import due_words
from adapters.web.pages.templates import SHANGHAI, day, moment
from adapters.web.pages.visit import Visit
from adapters.web.pages.words import word
from contracts.clocks import Clock, Words
from contracts.document import write
from contracts.office import OfficeKind
from contracts.report import ReportKind
from service.act_reading import Check
from service.domain.deadlines import Deadline
from service.domain.journal import PLATFORM


@dataclass(frozen=True, slots=True)
class ClockLine:
    """A clock that starts or ends."""

    title: Words
    basis: str
    due: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened meanwhile."""

    at: datetime
    what: str
    who: str


class CheckView:
    """A check in the visitor's language."""

    def __init__(self, visit: Visit, check: Check) -> None:
        self._visit = visit
        self.check = check
        self.act = check.act
        self.matter = check.matter
        self.title = title_of(visit, check.act.kind)
        self.path = f"{PATHS[check.act.subject]}/{check.act.subject_id}"

    @property
    def agency(self) -> str:
        return self._office(self.matter.agency_code)

    @property
    def form(self) -> FormView:
        """What was typed, as a form; a list keeps what was chosen from it although it is not offered any more."""
        offer = self._visit.office.acts.offer(self._visit.seat, self.matter, self.act.kind)
        return form_of(self._visit, offer, self.act.form, self.check.faults)

    @property
    def typed(self) -> list[Row]:
        """What the person has filled in, in his own words."""
        return typed_of(self._visit, self.form, self.act.form)

    @property
    def source(self) -> str:
        """The document as it is signed, to the letter but for its moment."""
        document = self.check.document
        assert isinstance(document, BaseModel)
        return to_json(from_json(write(document)), indent=2).decode()

    @property
    def started(self) -> list[ClockLine]:
        return [self._line(one) for one in self.check.foretold.clocks.started if one.is_open]

    @property
    def ended(self) -> list[ClockLine]:
        clocks = self.check.foretold.clocks
        return [self._line(one) for one in (*clocks.met, *clocks.voided)]

    @property
    def reply(self) -> Clock | None:
        return self.check.foretold.reply

    @property
    def is_without_a_time(self) -> bool:
        """Whether it asks for something and no article says by when."""
        is_asking = self.act.kind == ReportKind.SUPPLEMENT_REQUESTED
        return is_asking and self._visit.seat.office.kind is OfficeKind.PROCURATORATE

    @property
    def status(self) -> str:
        return self._status(str(self.matter.status))

    @property
    def status_then(self) -> str:
        return self._status(self.check.status_then) if self.check.status_then else ""

    @property
    def status_after(self) -> str:
        after = self.check.foretold.status
        return self._status(after.value) if after and after is not self.matter.status else ""

    def changes(self) -> list[Change]:
        return [
            Change(
                line.entry.at,
                self._what(line.entry.action, line.entry.data),
                self._who(line.entry.actor, line.entry.data),
            )
            for line in self.check.since
        ]

    def _what(self, action: str, data: Mapping[str, object]) -> str:
        told = self._say_word("action", action)
        if "from" in data and "to" in data:
            before, after = self._status(str(data["from"])), self._status(str(data["to"]))
            return f"{told}{self._visit.say('：')}{before} → {after}"
        kind = data.get("kind")
        if not kind:
            return told
        # What a person decided is an act, and what came of it a report.
        is_report = "act" not in data and kind in {*ReportKind}
        said = self._say_word("report" if is_report else "act", str(kind))
        return f"{told}{self._visit.say('：')}{said}"

    def _who(self, actor: str, data: Mapping[str, object]) -> str:
        if actor == PLATFORM:
            return self._visit.say("平台")
        person = self.check.people.get(str(data.get("staff", "")), "")
        return f"{self._office(actor)} {person}".rstrip()

    def _line(self, deadline: Deadline) -> ClockLine:
        return ClockLine(deadline.clock.title, deadline.basis, self._due(deadline.due_at))

    def _due(self, at: datetime) -> str:
        """Write a due date with its words; what ends at midnight ends with the day before it."""
        is_midnight = at.astimezone(SHANGHAI).time() == time()
        text = day(at - datetime.resolution) if is_midnight else moment(at)
        pages = self._visit.pages
        left = due_words(self._visit.say, at, pages.now(), pages.calendars())
        return self._visit.say("%(date)s（%(left)s）", date=text, left=left)

    def _status(self, code: str) -> str:
        kind = {"transfer": "status", "lead": "lead_status", "supervision": "letter_status"}
        return self._say_word(kind[self.act.subject], code)

    def _say_word(self, kind: str, code: str) -> str:
        return self._visit.say(word(kind, code))

    def _office(self, code: str) -> str:
        found = self._visit.pages.registry_now().offices.get(code)
        return found.name if found else code


def read_id(text: str) -> UUID | None:
    """Read an id of ours in an address; None for one that we did not give out."""
    try:
        return UUID(text)
    except ValueError:
        return None
