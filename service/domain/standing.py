"""How a case stands by what its own record says: the strongest verdict, or what must be known before there is one."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from contracts.facts import PENALTIES, PUNISHMENTS, PriorPenalty
from contracts.rulebook import Conclusion
from service.domain.case_files import CaseFile, screening_case
from service.domain.rulebook import CompiledRuleBook
from service.domain.screening import Finding, Screening, screen

UNJUDGED: Final = "unjudged"
"""Neither the cause nor the facts name anything that the rule book knows."""
CONCLUSIONS: Final = (*(one.value for one in Conclusion), UNJUDGED)

_RANK: Final = {
    Conclusion.MEETS: 3,
    Conclusion.UNDETERMINED: 2,
    Conclusion.NEAR: 1,
    Conclusion.BELOW: 0,
}
_RECORDS: Final = (PENALTIES, PUNISHMENTS)


class Standing(NamedTuple):
    """The conclusion on a case, the finding that leads to it, and the facts that are missing for one."""

    conclusion: str
    finding: Finding | None = None
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
    screening = screen(screening_case(file), book, on=on, explain=False)
    met = finding_met(screening)
    if met is not None:
        return Standing(Conclusion.MEETS, met, (), met.offence_code)
    lacking = file.cause.lacks(record.facts) if file.cause else ()
    if lacking:
        assert file.cause is not None
        named = [one.code for one in record.offences] or file.cause.offences
        return Standing(Conclusion.UNDETERMINED, None, lacking, named[0])
    leading = leading_finding(screening)
    if leading is None:
        return _without_finding(file, screening)
    verdict = leading.governing
    return Standing(verdict.conclusion, leading, verdict.missing, leading.offence_code)


def _without_finding(file: CaseFile, screening: Screening) -> Standing:
    if screening.unknown_offences:
        return Standing(Conclusion.UNDETERMINED, offence_code=screening.unknown_offences[0])
    return Standing(Conclusion.BELOW) if file.cause else NOBODY_KNOWS


def finding_met(screening: Screening) -> Finding | None:
    """The first finding that is met under the law that governs."""
    for finding in screening.findings:
        if finding.governing.conclusion is Conclusion.MEETS:
            return finding
    return None


def leading_finding(screening: Screening) -> Finding | None:
    """The strongest finding; of several, one that was named."""
    return max(screening.findings, key=_strength, default=None)


def _strength(finding: Finding) -> tuple[int, bool]:
    return _RANK[finding.governing.conclusion], finding.is_named


def evidence_of(finding: Finding, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Say what a finding rests on, without any party: branch, article, words, and the facts that the branch reads."""
    verdict = finding.governing
    evidence: dict[str, Any] = {"offence": finding.offence.offence.name.zh}
    deciding = verdict.deciding
    if deciding is not None:
        edition = deciding.edition
        read = deciding.rule.condition.facts
        evidence |= {
            "branch": f"{finding.row}.{deciding.id}",
            "article": f"{edition.document} {edition.article}",
            "wording": deciding.wording,
            "facts": {name: facts[name] for name in read if name in facts and name not in _RECORDS},
        }
    if verdict.reach is not None:
        evidence["reach"] = round(float(verdict.reach), 4)
    if finding.is_unverified:
        evidence["unverified"] = True
    return evidence


def history_as_evidence(penalties: tuple[PriorPenalty, ...]) -> list[dict[str, Any]]:
    """The penalties that were joined: when, by whom, for what kind of act."""
    return [one.model_dump(mode="json", exclude_none=True) for one in penalties]
