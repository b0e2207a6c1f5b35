"""Screening: what the filing standards say of a case, and why.

Pure: facts and a rule book in, findings out. Every offence that the facts touch is judged under the
version in force when the act ended and under today's; the more lenient of the two governs (G13).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from contracts.facts import PENALTIES
from contracts.rulebook import Conclusion, Doubt
from service.domain.case_facts import CaseFacts, Evidence, ScreeningCase
from service.domain.conditions import Clause, Condition
from service.domain.history import Truth
from service.domain.rulebook import (
    BranchInForce,
    BranchRule,
    CompiledRuleBook,
    OffenceInForce,
    Version,
)

__all__ = ["Evidence", "Finding", "Reading", "Screening", "ScreeningCase", "Verdict", "screen"]

NEAR: Final = Decimal("0.8")
_RANK: Final = {
    Conclusion.BELOW: 0,
    Conclusion.NEAR: 1,
    Conclusion.UNDETERMINED: 2,
    Conclusion.MEETS: 3,
}


class Reading(NamedTuple):
    """One branch held against the case; a branch that nobody mentions is not addressed."""

    branch: BranchInForce
    is_addressed: bool
    truth: Truth
    reach: Decimal | None = None
    missing: tuple[str, ...] = ()
    clause: Clause | None = None


class Verdict(NamedTuple):
    """The answer under one version of the law; `readings` are there when explanation was asked."""

    conclusion: Conclusion
    version: Version
    deciding: BranchInForce | None
    reach: Decimal | None
    missing: tuple[str, ...]
    is_addressed: bool
    readings: tuple[Reading, ...] = ()


_Judged = tuple[Truth, Decimal | None, tuple[str, ...], Clause | None]
_Memo = dict[BranchRule, _Judged]


class Finding(NamedTuple):
    """What screening says of one offence: under the law of the act, under today's, and which governs."""

    offence: OffenceInForce
    is_named: bool
    at_act: Verdict
    current: Verdict
    scope: Clause | None
    doubts: tuple[Doubt, ...]

    @property
    def offence_code(self) -> str:
        return self.offence.code

    @property
    def row(self) -> str:
        return self.offence.row

    @property
    def conclusion(self) -> Conclusion:
        """Under the version in force when the act ended."""
        return self.at_act.conclusion

    @property
    def conclusion_current(self) -> Conclusion:
        """Under the version in force today."""
        return self.current.conclusion

    @property
    def governing(self) -> Verdict:
        """The more lenient verdict: it decides what must be transferred (G13)."""
        return min(self.at_act, self.current, key=_severity)

    @property
    def branch(self) -> str | None:
        """The branch that decides under the version in force when the act ended."""
        deciding = self.at_act.deciding
        return None if deciding is None else f"{self.row}.{deciding.id}"

    @property
    def missing(self) -> tuple[str, ...]:
        """What would settle the conclusion, where it is open."""
        return self.at_act.missing

    @property
    def is_addressed(self) -> bool:
        """Whether the facts address a branch of it, under either law."""
        return self.at_act.is_addressed or self.current.is_addressed

    @property
    def is_unverified(self) -> bool:
        """Whether a deciding branch stands on a text that nobody has read yet."""
        deciding = (self.at_act.deciding, self.current.deciding)
        return any(branch is not None and branch.edition.mark.is_doubtful for branch in deciding)


@dataclass(frozen=True, slots=True)
class Screening:
    """The signed answer's content: which rule book, on which day, and the findings, strongest first."""

    rulebook_version: str
    rulebook_digest: str
    screened_on: date
    findings: tuple[Finding, ...]
    unknown_offences: tuple[str, ...]

    @property
    def leading(self) -> Finding | None:
        """The strongest finding on an offence that was named, else the strongest of all."""
        if self.unknown_offences and not any(finding.is_named for finding in self.findings):
            return None
        named = (finding for finding in self.findings if finding.is_named)
        return next(named, next(iter(self.findings), None))

    @property
    def conclusion(self) -> Conclusion:
        """Of the leading finding; undetermined where nothing could be judged."""
        return Conclusion.UNDETERMINED if self.leading is None else self.leading.conclusion

    @property
    def conclusion_current(self) -> Conclusion:
        """Likewise under today's law."""
        return Conclusion.UNDETERMINED if self.leading is None else self.leading.conclusion_current


def screen(
    case: ScreeningCase, book: CompiledRuleBook, *, on: date, explain: bool = True
) -> Screening:
    """Judge every offence that the case names or touches; `on` is the day whose law is current.

    Without `explain` the verdicts are the same and carry no readings.
    """
    facts = CaseFacts(case, on)
    candidates, unknown = _candidates(case, facts, book)
    found = (_find(candidate, facts, on, explain=explain) for candidate in candidates)
    findings = _without_silent_siblings([finding for finding in found if finding is not None])
    if len(findings) > 1:
        findings.sort(key=lambda finding: _strength(finding, case.agency_kind), reverse=True)
    return Screening(book.version, book.digest, on, tuple(findings), unknown)


def _without_silent_siblings(findings: list[Finding]) -> list[Finding]:
    """Of the rows of one named article, those nobody mentions step back behind one that is."""
    spoken = {finding.offence_code for finding in findings if finding.is_addressed}
    return [
        finding
        for finding in findings
        if finding.is_addressed or finding.offence_code not in spoken
    ]


class _Candidate(NamedTuple):
    """An offence to judge; `lacks` are the facts that would show that it is this one at all."""

    offence: OffenceInForce
    is_named: bool
    lacks: tuple[str, ...] = ()


def _candidates(
    case: ScreeningCase, facts: CaseFacts, book: CompiledRuleBook
) -> tuple[list[_Candidate], tuple[str, ...]]:
    named, unknown = _named(case, facts, book)
    rows = {candidate.offence.row for candidate in named}
    touched = [one for one in book.touched_by(facts.given) if one.row not in rows]
    candidates = named + [
        _Candidate(one, is_named=False) for one in touched if _scope_truth(one, facts)
    ]
    if not candidates and not unknown:
        candidates = [
            _Candidate(one, is_named=False, lacks=_marks(one)) for one in book.reading(facts.given)
        ]
    return candidates, unknown


def _named(
    case: ScreeningCase, facts: CaseFacts, book: CompiledRuleBook
) -> tuple[list[_Candidate], tuple[str, ...]]:
    candidates: list[_Candidate] = []
    unknown = []
    for code in dict.fromkeys(case.offence_codes):
        entries = book.named(code)
        if not entries:
            unknown.append(code)
        charged = [one for one in entries if _is_charged(one, case.charges)]
        candidates += _rows_meant(charged or list(entries), facts)
    return candidates, tuple(unknown)


def _is_charged(offence: OffenceInForce, charges: tuple[str, ...]) -> bool:
    """Whether the charge as written is (part of) the name: several rows may share one charge."""
    return any(charge in offence.offence.name.zh for charge in charges if charge)


def _rows_meant(entries: list[OffenceInForce], facts: CaseFacts) -> list[_Candidate]:
    """Of the rows of one code those whose scope is shown, else those whose scope is open.

    A row that stands alone is meant by its name: its scope is only asked whether it is excluded.
    """
    if len(entries) <= 1:
        return [_Candidate(one, is_named=True) for one in entries]
    shown = [one for one in entries if _scope_truth(one, facts)]
    if shown:
        return [_Candidate(one, is_named=True) for one in shown]
    still_open = [one for one in entries if _scope_truth(one, facts) is None]
    return [_Candidate(one, is_named=True, lacks=_marks(one)) for one in still_open or entries]


def _scope_truth(offence: OffenceInForce, facts: CaseFacts) -> Truth:
    return True if offence.scope is None else offence.scope.judge(facts)[0]


def _marks(offence: OffenceInForce) -> tuple[str, ...]:
    return offence.offence.touched_by if offence.scope is None else offence.scope.facts


def _find(candidate: _Candidate, facts: CaseFacts, on: date, *, explain: bool) -> Finding | None:
    offence = candidate.offence
    ended = on if facts.conduct_on is None else facts.conduct_on.last
    then, now = offence.in_force_on(ended), offence.in_force_on(on)
    facts.day, memo = ended, _Memo()
    at_act = current = _judge(candidate, then, facts, memo, explain=explain)
    if now.is_provincial:
        facts.day, memo = on, _Memo()  # a province may have chosen another number since
    if now is not then or now.is_provincial:
        current = _judge(candidate, now, facts, memo, explain=explain)
    scope = offence.scope.clause(facts) if explain and offence.scope is not None else None
    finding = Finding(offence, candidate.is_named, at_act, current, scope, _doubts(offence, facts))
    return finding if finding.is_named or finding.is_addressed else None


def _doubts(offence: OffenceInForce, facts: CaseFacts) -> tuple[Doubt, ...]:
    doubts = offence.offence.doubts
    return tuple(
        [doubt for doubt in doubts if not doubt.facts or not facts.given.isdisjoint(doubt.facts)]
    )


def _judge(
    candidate: _Candidate, version: Version, facts: CaseFacts, memo: _Memo, *, explain: bool
) -> Verdict:
    if _scope_truth(candidate.offence, facts) is False:
        return _no_branch(Conclusion.BELOW, version, (), is_addressed=False)
    readings = _readings(version, facts, memo, explain=explain)
    judged = [reading for reading in readings if reading.is_addressed]
    verdict = (
        _decide(judged, version, facts)
        if judged
        else _unaddressed(candidate.offence, version, facts)
    )
    if candidate.lacks and verdict.conclusion is Conclusion.MEETS:
        verdict = verdict._replace(conclusion=Conclusion.UNDETERMINED, missing=candidate.lacks)
    return verdict._replace(readings=tuple(readings)) if explain else verdict


def _readings(version: Version, facts: CaseFacts, memo: _Memo, *, explain: bool) -> list[Reading]:
    readings = []
    for branch in version.branches:
        if branch.rule.own.isdisjoint(facts.given):
            if explain:
                readings.append(Reading(branch, is_addressed=False, truth=None))
            continue
        reading = _read(branch, facts, memo, explain=explain)
        readings.append(reading)
        if reading.truth and not explain:
            break  # nothing is stronger, and nobody asked to see the rest
    return readings


def _read(branch: BranchInForce, facts: CaseFacts, memo: _Memo, *, explain: bool) -> Reading:
    """Editions of the same words share a rule, and a case judges that only once."""
    found = memo.get(branch.rule)
    if found is None:
        memo[branch.rule] = found = _judge_rule(branch.rule.condition, facts, explain=explain)
    return Reading(branch, True, *found)  # noqa: FBT003  # a branch that is read is addressed


def _judge_rule(rule: Condition, facts: CaseFacts, *, explain: bool) -> _Judged:
    if explain:
        clause = rule.clause(facts)
        return clause.truth, clause.reach, clause.missing, clause
    truth, reach = rule.judge(facts)
    return truth, reach, rule.missing(facts) if truth is None else (), None


def _decide(readings: list[Reading], version: Version, facts: CaseFacts) -> Verdict:
    """The strongest of meets, undetermined, near and below, over the branches that the facts address.

    A repeat branch that only waits for an unknown record steps back where another branch is near.
    """
    for reading in readings:
        if reading.truth:
            return _verdict(Conclusion.MEETS, version, reading)
    nearest = max(readings, key=_reach)
    is_near = _reach(nearest) >= NEAR
    still_open = [
        reading
        for reading in readings
        if reading.truth is None and not (is_near and _waits_for_record(reading, facts))
    ]
    if still_open:
        settled_first = min(
            still_open,
            key=lambda reading: (_waits_for_record(reading, facts), len(reading.missing)),
        )
        return _verdict(Conclusion.UNDETERMINED, version, settled_first)
    return _verdict(Conclusion.NEAR if is_near else Conclusion.BELOW, version, nearest)


def _reach(reading: Reading) -> Decimal:
    return Decimal(-1) if reading.reach is None else reading.reach


def _waits_for_record(reading: Reading, facts: CaseFacts) -> bool:
    return (
        reading.branch.rule.asks_record and facts.penalties is None and PENALTIES in reading.missing
    )


def _verdict(conclusion: Conclusion, version: Version, reading: Reading) -> Verdict:
    return Verdict(
        conclusion, version, reading.branch, reading.reach, reading.missing, is_addressed=True
    )


def _no_branch(
    conclusion: Conclusion, version: Version, missing: tuple[str, ...], *, is_addressed: bool
) -> Verdict:
    return Verdict(conclusion, version, None, None, missing, is_addressed)


def _unaddressed(offence: OffenceInForce, version: Version, facts: CaseFacts) -> Verdict:
    """Nobody mentions a condition of any branch: open, unless the shared conduct is denied."""
    is_denied = not facts.given.isdisjoint(offence.not_enough) or any(
        rule.judge(facts)[0] is False for branch in version.branches for rule in branch.rule.conduct
    )
    if is_denied or not version.branches:
        return _no_branch(Conclusion.BELOW, version, (), is_addressed=is_denied)
    return _no_branch(Conclusion.UNDETERMINED, version, version.own, is_addressed=False)


def _severity(verdict: Verdict) -> int:
    return _RANK[verdict.conclusion]


def _strength(finding: Finding, agency_kind: str | None) -> tuple[int, int, bool, bool, Decimal]:
    return (
        _severity(finding.at_act),
        _severity(finding.current),
        finding.is_named,
        agency_kind in finding.offence.offence.agencies,
        finding.at_act.reach or Decimal(0),
    )
