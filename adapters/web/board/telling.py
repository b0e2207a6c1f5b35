"""Words of the board: dates with what is left of them, amounts that may be more, names for codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from adapters.web.board.evidence import EvidenceClause, clauses, fact_value, sentence
from adapters.web.pages.dates import due_words
from adapters.web.pages.languages import Language
from adapters.web.pages.templates import SHANGHAI, day, moment
from adapters.web.pages.visit import Visit
from adapters.web.pages.words import word
from contracts import detectors
from contracts.calendar import Calendars
from contracts.detectors import Detector
from contracts.facts import load_vocabulary
from contracts.office import ADDRESSEES
from service.domain.admission import Standards
from service.domain.board import Amount, Span
from service.domain.board_rows import Line
from service.domain.phrases import Language as Spoken
from service.domain.phrases import Phrases
from service.domain.registry import Registry
from service.domain.rulebook import CompiledRuleBook
from service.domain.supervision import (
    WHOSE_MOVE,
    SupervisionState,
    SupervisionStatus,
    standing_of,
)
from service.domain.urgency import due_day

_LAST_MICROSECOND = 999_999


@dataclass(frozen=True, slots=True)
class Teller:
    """Says things in the language of a visit, as of one moment."""

    visit: Visit
    as_of: datetime
    _registry: Registry = field(init=False)
    _standards: Standards = field(init=False)

    def __post_init__(self) -> None:
        """Ask once for what every row of a list is told by."""
        object.__setattr__(self, "_registry", self.visit.pages.registry_now())
        object.__setattr__(self, "_standards", self.visit.office.board.standards())

    @property
    def is_chinese(self) -> bool:
        return self.visit.language is Language.CHINESE

    @property
    def phrases(self) -> Phrases:
        return _phrases(Spoken.ZH if self.is_chinese else Spoken.EN)

    def due(self, due_at: datetime) -> str:
        """A due date with words: 2026-12-01（剩余 4 个工作日）."""
        return self.visit.say(
            "%(day)s（%(left)s）", day=self.due_day(due_at), left=self.left(due_at)
        )

    def due_day(self, due_at: datetime) -> str:
        """The day that holds a due moment: 24:00 belongs to the day before."""
        return day(due_day(due_at))

    def start(self, at: datetime) -> str:
        """When a period starts; at the end of a day that is 24:00 of it."""
        is_end = at.microsecond == _LAST_MICROSECOND
        return f"{day(at)} 24:00" if is_end else moment(at)

    def clock_time(self, at: datetime) -> str:
        """A moment to the second, in Beijing, with its day: a page may be printed."""
        return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"

    def percent(self, part: int, whole: int) -> str:
        return f"{part / whole:.1%}"

    def left(self, due_at: datetime) -> str:
        """How long there is until a due date, or how long it is past."""
        return due_words(self.visit.say, due_at, self.as_of, self._calendars)

    @property
    def _calendars(self) -> Calendars:
        return self._standards.calendars

    @property
    def _book(self) -> CompiledRuleBook:
        return self._standards.book

    def word(self, kind: str, code: str) -> str:
        """The word for a code."""
        return self.visit.say(word(kind, code))

    def fact(self, name: str, value: object) -> str:
        """The value of a fact, with its unit."""
        return fact_value(name, value, self.phrases, self.visit.say)

    def amount(self, amount: Amount) -> str:
        number = f"{amount.number:,}"
        return self.visit.say("超过 %(number)s", number=number) if amount.is_more else number

    def span(self, span: Span) -> str:
        """An age: 10 天以内, 10 至 29 天, 一年以上."""
        if span.until is None:
            return self.visit.say("%(days)s 天以上", days=span.since)
        return self.visit.say("%(since)s 至 %(until)s 天", since=span.since, until=span.until)

    def days_since(self, at: datetime) -> int:
        return (self.as_of - at).days

    def office(self, code: str) -> str:
        """The name of an office; one that is not registered any more is its code."""
        found = self._registry.offices.get(code)
        return found.name if found else code

    def detector(self, name: str) -> str:
        row = detectors.load().detectors[Detector(name)]
        return row.zh if self.is_chinese else row.en

    def detector_basis(self, name: str) -> str:
        return detectors.load().detectors[Detector(name)].basis

    def offence(self, code: str | None) -> str:
        """The name of an offence by its code, of its first row where it has several."""
        rows = self._book.named(code) if code else ()
        if not rows:
            return code or ""
        name = rows[0].offence.name
        return name.zh if self.is_chinese else name.en or name.zh

    @property
    def offences(self) -> list[str]:
        """The codes of the offences of the book, each once, in its order."""
        return list(dict.fromkeys(one.code for one in self._book.offences))

    def facts(self, names: Sequence[str]) -> str:
        return self.phrases.facts(tuple(names))

    def clock(self, clock_id: str) -> str:
        title = self.visit.pages.clocks.get(clock_id).title
        return title.zh if self.is_chinese else title.en

    def clock_basis(self, clock_id: str) -> str:
        return "; ".join(map(str, self.visit.pages.clocks.get(clock_id).basis))

    def sentence(self, evidence: Mapping[str, Any]) -> str:
        """What a lead rests on, in one sentence with numbers and limits."""
        return sentence(evidence, self.phrases, self.visit.say)

    def clauses(self, evidence: Mapping[str, Any]) -> list[EvidenceClause]:
        """What a lead rests on, fact by fact."""
        return clauses(evidence, self.phrases, self.visit.say)

    def standing(self, letter: SupervisionState) -> str:
        """How a letter stands, with what nobody took told apart."""
        if letter.status is SupervisionStatus.UNDELIVERABLE:
            return letter.status.value
        return standing_of(letter, self.as_of)

    def status_of(self, line: Line) -> str:
        """The status that a line tells of: of a lead, else of a letter."""
        kind = "lead_status" if line.action.startswith("lead.") else "letter_status"
        return self.word(kind, str(line.data["status"]))

    def whose_move(self, letter: SupervisionState) -> str:
        words = WHOSE_MOVE[letter.status]
        return words.zh if self.is_chinese else words.en

    @property
    def may_open_cases(self) -> bool:
        """Whether the pages of a case are for this seat."""
        return self.visit.seat.office.kind in ADDRESSEES


@lru_cache(maxsize=2)
def _phrases(language: Spoken) -> Phrases:
    return Phrases(load_vocabulary(), language)
