"""A screening told for reading beside the document: each clause with its fact, value and limit, and what is missing.

Nothing is judged here. What is unknown stays unknown, and what stands on an unread text says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from contracts.facts import FactType, Vocabulary
from contracts.packet import TransferPacket
from contracts.rulebook import Conclusion, Mark
from service.domain.case_facts import Evidence
from service.domain.conditions import Clause
from service.domain.history import Truth
from service.domain.phrases import Language, Phrases, percentage
from service.domain.rulebook import CompiledRuleBook
from service.domain.screening import Finding, Reading, Screening, Verdict
from service.domain.value_words import column_word, value_word


@dataclass(frozen=True, slots=True)
class ToldClause:
    """One condition in words. A group has `children` and no subject, a leaf the other way round."""

    form: str
    truth: Truth
    requirement: str
    subject: str
    value: str | None
    limit: str
    reach: str | None
    missing: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    children: "tuple[ToldClause, ...]"


@dataclass(frozen=True, slots=True)
class ToldReading:
    """One branch: where it stands, what it says, and how its conditions came out.

    `wanted` is what would make it met, where it is open or only a larger number is lacking.
    """

    id: str
    document: str
    document_number: str | None
    article: str
    effective_from: date
    effective_until: date | None
    mark: Mark
    note: str | None
    wording: str
    truth: Truth
    reach: str | None
    clause: ToldClause | None
    missing: tuple[str, ...]
    wanted: str | None

    @property
    def is_unverified(self) -> bool:
        return self.mark.is_doubtful


@dataclass(frozen=True, slots=True)
class ToldVerdict:
    """What one version of the law comes to; `deciding` is the branch that decides, `others` were addressed too."""

    conclusion: Conclusion
    is_current: bool
    is_governing: bool
    effective_from: date
    reach: str | None
    missing: tuple[str, ...]
    deciding: ToldReading | None
    others: tuple[ToldReading, ...]
    unaddressed: tuple[ToldReading, ...]


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """One offence: under the law of the act and, where it is another one, under today's."""

    code: str
    row: str
    name: str
    is_named: bool
    conclusion: Conclusion
    verdicts: tuple[ToldVerdict, ...]
    scope: ToldClause | None
    doubts: tuple[str, ...]
    is_unverified: bool

    @property
    def governing(self) -> ToldVerdict:
        return next(one for one in self.verdicts if one.is_governing)


@dataclass(frozen=True, slots=True)
class ToldFact:
    """One fact of the packet; a list has `records`, each with the names of its fields."""

    name: str
    label: str
    value: str
    bound: str | None
    evidence: tuple[Evidence, ...]
    records: tuple[Mapping[str, str], ...] = ()


class Teller:
    """Tells screenings by one rule book in one language; keep one of each."""

    def __init__(self, book: CompiledRuleBook, language: Language) -> None:
        self._documents = book.documents
        self._vocabulary: Vocabulary = book.vocabulary
        self._phrases = Phrases(book.vocabulary, language)
        self._is_zh = language is Language.ZH

    def findings(self, screening: Screening) -> list[ToldFinding]:
        """Tell every offence, the strongest first."""
        return [self._finding(one) for one in screening.findings]

    def facts(self, packet: TransferPacket) -> list[ToldFact]:
        """Tell every fact that the packet states, in its order."""
        return [
            self._fact(name, value, packet)
            for name, value in packet.facts.items()
            if value is not None
        ]

    def _finding(self, finding: Finding) -> ToldFinding:
        name, governing = finding.offence.offence.name, finding.governing
        verdicts = [self._verdict(finding.at_act, governing, is_current=False)]
        if finding.current[:-1] != finding.at_act[:-1]:
            verdicts.append(self._verdict(finding.current, governing, is_current=True))
        return ToldFinding(
            code=finding.offence_code,
            row=finding.row,
            name=name.zh if self._is_zh else name.en,
            is_named=finding.is_named,
            conclusion=governing.conclusion,
            verdicts=tuple(verdicts),
            scope=None if finding.scope is None else self._clause(finding.scope),
            doubts=tuple(one.zh if self._is_zh else one.en for one in finding.doubts),
            is_unverified=finding.is_unverified,
        )

    def _verdict(self, verdict: Verdict, governing: Verdict, *, is_current: bool) -> ToldVerdict:
        readings = [(one, self._reading(one)) for one in verdict.readings]
        deciding = next((told for one, told in readings if one.branch is verdict.deciding), None)
        rest = [(one, told) for one, told in readings if told is not deciding]
        return ToldVerdict(
            conclusion=verdict.conclusion,
            is_current=is_current,
            is_governing=verdict[:-1] == governing[:-1],
            effective_from=verdict.version.effective_from,
            reach=None if verdict.reach is None else percentage(verdict.reach),
            missing=tuple(map(self._phrases.fact, verdict.missing)),
            deciding=deciding,
            others=tuple(told for one, told in rest if one.is_addressed),
            unaddressed=tuple(told for one, told in rest if not one.is_addressed),
        )

    def _reading(self, reading: Reading) -> ToldReading:
        edition = reading.branch.edition
        document = self._documents[edition.document]
        return ToldReading(
            id=reading.branch.id,
            document=document.zh,
            document_number=document.number,
            article=edition.article,
            effective_from=edition.effective_from,
            effective_until=edition.effective_until,
            mark=edition.mark,
            note=edition.note,
            wording=reading.branch.wording,
            truth=reading.truth,
            reach=None if reading.reach is None else percentage(reading.reach),
            clause=None if reading.clause is None else self._clause(reading.clause),
            missing=tuple(map(self._phrases.fact, reading.missing)),
            wanted=self._wanted(reading),
        )

    def _wanted(self, reading: Reading) -> str | None:
        clause = reading.clause
        if clause is None or not (reading.truth is None or reading.reach is not None):
            return None
        parts = clause.children if clause.condition.form == "all" else (clause,)
        unmet = [self._phrases.requirement(part) for part in parts if part.truth is not True]
        return ("，且" if self._is_zh else ", and ").join(unmet)

    def _clause(self, clause: Clause) -> ToldClause:
        phrases, is_leaf = self._phrases, not clause.children
        return ToldClause(
            form=clause.condition.form,
            truth=clause.truth,
            requirement=phrases.requirement(clause),
            subject=phrases.subject(clause) if is_leaf else "",
            value=phrases.stated(clause) if is_leaf else None,
            limit=phrases.bound(clause) if is_leaf else "",
            reach=None if clause.reach is None else percentage(clause.reach),
            missing=tuple(map(phrases.fact, clause.missing)),
            evidence=clause.evidence,
            children=tuple(map(self._clause, clause.children)),
        )

    def _fact(self, name: str, value: object, packet: TransferPacket) -> ToldFact:
        places = packet.evidence.get(name, ())
        is_list = isinstance(value, list)
        return ToldFact(
            name=name,
            label=self._phrases.fact(name),
            value="" if is_list else self._phrases.value(name, value),
            bound=packet.bounds.get(name),
            evidence=tuple(Evidence(place.material, place.page) for place in places),
            records=tuple(self._records(name, value)),
        )

    def _records(self, name: str, value: object) -> Iterator[Mapping[str, str]]:
        fact = self._vocabulary.find(name)
        if fact is None or fact.type is not FactType.LIST or not isinstance(value, list):
            return
        for record in value:
            yield {
                self._column(key): self._cell(told)
                for key, told in record.items()
                if told is not None
            }

    def _column(self, name: str) -> str:
        return column_word(name) if self._is_zh else name.replace("_", " ")

    def _cell(self, value: object) -> str:
        if isinstance(value, str):
            return value_word(value) if self._is_zh else value
        return self._phrases.value("", value)


@lru_cache(maxsize=8)
def teller_of(book: CompiledRuleBook, language: Language) -> Teller:
    """Give the teller of a rule book in a language, made once."""
    return Teller(book, language)


def facts_used(screening: Screening) -> frozenset[str]:
    """Name the facts that a clause of any offence looks at."""
    return frozenset(
        fact
        for finding in screening.findings
        for clause in _clauses(finding)
        for fact in _facts_of(clause)
    )


def _clauses(finding: Finding) -> Iterator[Clause]:
    if finding.scope is not None:
        yield finding.scope
    for verdict in (finding.at_act, finding.current):
        yield from (one.clause for one in verdict.readings if one.clause is not None)


def _facts_of(clause: Clause) -> Iterable[str]:
    yield from clause.condition.facts
    for child in clause.children:
        yield from _facts_of(child)
