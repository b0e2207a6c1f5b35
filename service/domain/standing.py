"""How a case stands by what its own record says: the strongest verdict, or what must be known before there is one."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from contracts.facts import PENALTIES, PUNISHMENTS, PriorPenalty, exact
from contracts.rulebook import Conclusion
from service.domain.case_facts import CaseFacts, ScreeningCase
from service.domain.case_files import CaseFile, screening_case
from service.domain.conditions import Clause, Reaches
from service.domain.rulebook import CompiledRuleBook
from service.domain.screening import Finding, Screening, screen

UNJUDGED: Final = "unjudged"
"""Neither the cause nor the facts name anything that the rule book knows."""

_RANK: Final = {
    Conclusion.MEETS: 3,
    Conclusion.UNDETERMINED: 2,
    Conclusion.NEAR: 1,
    Conclusion.BELOW: 0,
}
_RECORDS: Final = (PENALTIES, PUNISHMENTS)


class Hit(NamedTuple):
    """A finding with the case that it is of, so that what it rests on can be told clause by clause."""

    case: ScreeningCase
    finding: Finding
    on: date

    @property
    def meets(self) -> bool:
        return self.finding.governing.conclusion is Conclusion.MEETS


class Standing(NamedTuple):
    """The conclusion on a case, the finding that leads to it, and the facts that are missing for one."""

    conclusion: str
    hit: Hit | None = None
    missing: tuple[str, ...] = ()
    offence_code: str | None = None

    @property
    def meets(self) -> bool:
        return self.conclusion == Conclusion.MEETS

    @property
    def is_open(self) -> bool:
        return self.conclusion == Conclusion.UNDETERMINED


NOBODY_KNOWS: Final = Standing(UNJUDGED)


def standing_of(file: CaseFile, book: CompiledRuleBook, on: date) -> Standing:
    """Judge a record by its own facts, under the more lenient of the two laws (G13).

    Whoever has not stated what the cause asks for is undetermined, however little the other facts say:
    a fact left out is never a no.
    """
    record = file.record
    if record is None:
        return NOBODY_KNOWS
    case = screening_case(file)
    screening = screen(case, book, on=on, explain=False)
    hit = strongest(case, screening)
    if hit is not None and hit.meets:
        return Standing(Conclusion.MEETS, hit, (), hit.finding.offence_code)
    lacking = file.cause.lacks(record.facts) if file.cause else ()
    if lacking:
        code = next(iter(case.offence_codes), None)
        return Standing(Conclusion.UNDETERMINED, None, lacking, code)
    if hit is None:
        return _without_finding(file, screening)
    verdict = hit.finding.governing
    return Standing(verdict.conclusion, hit, verdict.missing, hit.finding.offence_code)


def _without_finding(file: CaseFile, screening: Screening) -> Standing:
    if screening.unknown_offences:
        return Standing(Conclusion.UNDETERMINED, offence_code=screening.unknown_offences[0])
    return Standing(Conclusion.BELOW) if file.cause else NOBODY_KNOWS


def strongest(case: ScreeningCase, screening: Screening) -> Hit | None:
    """The strongest finding under the law that governs; of several, one that was named."""
    finding = max(screening.findings, key=_strength, default=None)
    return None if finding is None else Hit(case, finding, screening.screened_on)


def _strength(finding: Finding) -> tuple[int, bool]:
    return _RANK[finding.governing.conclusion], finding.is_named


class Measured(NamedTuple):
    """A number that reached its limit (or came near it), in the units of its facts."""

    facts: tuple[str, ...]
    value: Decimal
    limit: Decimal

    @property
    def reach(self) -> Decimal:
        return self.value / self.limit

    def as_json(self) -> dict[str, Any]:
        return {
            "facts": list(self.facts),
            "value": float(self.value),
            "limit": float(self.limit),
            "reach": round(float(self.reach), 4),
        }


def measured(hit: Hit) -> list[Measured]:
    """The numbers that the deciding branch asks for and the case has, the one that goes furthest first."""
    deciding = hit.finding.governing.deciding
    if deciding is None:
        return []
    facts = CaseFacts(hit.case, hit.on)
    if hit.finding.governing is hit.finding.at_act and facts.conduct_on is not None:
        facts.day = facts.conduct_on.last
    found = [*_numbers(deciding.rule.condition.clause(facts))]
    return sorted(found, key=lambda one: one.reach, reverse=True)


def _numbers(clause: Clause) -> Iterator[Measured]:
    condition, limit = clause.condition, clause.limit
    if isinstance(condition, Reaches) and limit is not None and clause.value is not None:
        least = Decimal(limit[0])
        value = exact(clause.value) if isinstance(clause.value, int | Decimal) else None
        if least > 0 and value is not None:
            yield Measured(condition.facts, value / condition.scale, least / condition.scale)
    for child in clause.children:
        yield from _numbers(child)


def evidence_of(hit: Hit, numbers: Sequence[Measured]) -> dict[str, Any]:
    """Say what a finding rests on, without any party: branch, article, words, numbers against limits, findings."""
    finding = hit.finding
    evidence: dict[str, Any] = {"offence": finding.offence.offence.name.zh}
    deciding = finding.governing.deciding
    if deciding is not None:
        edition = deciding.edition
        stated = hit.case.facts
        read = [name for name in deciding.rule.condition.facts if name not in _RECORDS]
        evidence |= {
            "branch": f"{finding.row}.{deciding.id}",
            "article": f"{edition.document} {edition.article}",
            "wording": deciding.wording,
            "facts": {name: _plain(stated[name]) for name in read if name in stated},
            "numbers": [one.as_json() for one in numbers],
        }
    if finding.is_unverified:
        evidence["unverified"] = True
    return evidence


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


def history_as_evidence(penalties: tuple[PriorPenalty, ...]) -> list[dict[str, Any]]:
    """The penalties that were joined: when, by whom, for what kind of act."""
    return [one.model_dump(mode="json", exclude_none=True) for one in penalties]
