"""Conditions that can be judged: the compiled form of `contracts.conditions`.

Logic is Kleene's: a fact that is not given makes a condition unknown (None), never false. Beside its
truth a condition says how far a false number got (its reach), what would settle it, and shows itself
as a clause.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import ClassVar, Final, NamedTuple

from typing_extensions import override

from contracts.conditions import HistoryForms, Penalties, Punishments
from contracts.facts import PENALTIES, PUNISHMENTS
from service.domain.case_facts import CaseFacts, Evidence, Number
from service.domain.history import Truth, either, penalised_before, punished_before
from service.domain.limits import FixedLimit, Limit, Measure, Single

Judgement = tuple[Truth, Decimal | None]

MET: Final[Judgement] = (True, None)
OPEN: Final[Judgement] = (None, None)
FAILED: Final[Judgement] = (False, None)
_OPPOSITE: Final[Mapping[Truth, Judgement]] = {True: FAILED, None: OPEN, False: MET}

NO_EVIDENCE: Final[tuple[Evidence, ...]] = ()


class Clause(NamedTuple):
    """One condition with what the case says about it; groups carry their parts."""

    condition: "Condition"
    truth: Truth
    value: object = None
    limit: tuple[Number, Number] | None = None
    reach: Decimal | None = None
    missing: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = NO_EVIDENCE
    children: "tuple[Clause, ...]" = ()


class Condition(ABC):
    """One condition of a branch; `facts` are those that it reads, `scale` divides its numbers."""

    __slots__ = ("facts", "scale")
    form: ClassVar[str]

    def __init__(self, facts: Iterable[str], scale: int = 1) -> None:
        self.facts: Final = tuple(dict.fromkeys(facts))
        self.scale: Final = scale

    @abstractmethod
    def judge(self, case: CaseFacts) -> Judgement:
        """Its truth, and for a false number how much of the limit it reached."""

    @abstractmethod
    def missing(self, case: CaseFacts) -> tuple[str, ...]:
        """What would settle a condition that is unknown."""

    @abstractmethod
    def clause(self, case: CaseFacts) -> Clause:
        """The condition as a lawyer wants to see it judged; its truth is that of `judge`."""

    def is_silent(self, case: CaseFacts) -> bool:
        """Whether nobody mentions the condition, so that as an alternative it is not judged."""
        return case.given.isdisjoint(self.facts)


class Reaches(Condition):
    """A number that must reach its limit; 以上 includes the limit itself (G1)."""

    __slots__ = ("limit", "measure")
    form = "at_least"

    def __init__(self, measure: Measure, limit: Limit) -> None:
        super().__init__(measure.facts, measure.scale)
        self.measure: Final = measure
        self.limit: Final = limit

    @override
    def judge(self, case: CaseFacts) -> Judgement:
        low = self.measure.of(case.low)
        if low is None:
            return OPEN
        bottom, top = self.limit.ends(case)
        if self._is_over(low, top):
            return MET
        high = low if case.high is case.low else self.measure.of(case.high)
        assert high is not None
        return OPEN if self._is_over(high, bottom) else (False, self._reach(case, bottom))

    def _is_over(self, number: Number, limit: Number) -> bool:
        return number >= limit

    def _reach(self, case: CaseFacts, bottom: Number) -> Decimal | None:
        stated = self.measure.of(case.stated)
        return None if stated is None or bottom <= 0 else Decimal(stated) / bottom

    @override
    def missing(self, case: CaseFacts) -> tuple[str, ...]:
        low = self.measure.of(case.low)
        if low is None:
            return self.facts
        open_limit = self.limit.missing(case)
        if open_limit and low >= self.limit.ends(case)[0]:
            return open_limit
        return tuple(fact for fact in self.facts if fact in case.stated)

    @override
    def clause(self, case: CaseFacts) -> Clause:
        truth, _ = self.judge(case)
        ends = self.limit.ends(case)
        return Clause(
            condition=self,
            truth=truth,
            value=self.measure.of(case.stated),
            limit=ends,
            reach=self._reach(case, ends[0]),
            missing=self.missing(case) if truth is None else (),
            evidence=_evidence(self.facts, case),
        )


class Exceeds(Reaches):
    """A number that must be more than its limit: 超过 leaves the limit out."""

    __slots__ = ()
    form = "more_than"

    @override
    def _is_over(self, number: Number, limit: Number) -> bool:
        return number > limit


class Threshold(Reaches):
    """The common case, one fact against one fixed number; the same as `Reaches`, only faster."""

    __slots__ = ("_fact", "_number")

    def __init__(self, fact: str, number: Number) -> None:
        super().__init__(Single(fact), FixedLimit(number))
        self._fact = fact
        self._number = number

    @override
    def judge(self, case: CaseFacts) -> Judgement:
        low = case.low.get(self._fact)
        if low is None:
            return OPEN
        number = self._number
        if low >= number:
            return MET
        if case.high is not case.low and case.high[self._fact] >= number:
            return OPEN
        return False, Decimal(case.stated[self._fact]) / number


class StaysUnder(Condition):
    """A number that must not reach (or not exceed) a limit; no larger number ever cures it."""

    __slots__ = ("reaches",)
    form = "stays_under"

    def __init__(self, reaches: Reaches) -> None:
        super().__init__(reaches.facts, reaches.scale)
        self.reaches: Final = reaches

    @override
    def judge(self, case: CaseFacts) -> Judgement:
        return _OPPOSITE[self.reaches.judge(case)[0]]

    @override
    def missing(self, case: CaseFacts) -> tuple[str, ...]:
        return self.reaches.missing(case)

    @override
    def clause(self, case: CaseFacts) -> Clause:
        inner = self.reaches.clause(case)
        return inner._replace(condition=self, truth=_OPPOSITE[inner.truth][0], reach=None)


class Finds(Condition):
    """A finding that must be one of the accepted values."""

    __slots__ = ("_fact", "accepted")
    form = "is"

    def __init__(self, fact: str, accepted: tuple[bool | str, ...]) -> None:
        super().__init__((fact,))
        self._fact = fact
        self.accepted: Final = accepted

    @override
    def judge(self, case: CaseFacts) -> Judgement:
        finding = case.findings.get(self._fact)
        if finding is None:
            return OPEN
        return MET if finding in self.accepted else FAILED

    @override
    def missing(self, case: CaseFacts) -> tuple[str, ...]:
        return self.facts

    @override
    def clause(self, case: CaseFacts) -> Clause:
        truth, _ = self.judge(case)
        return Clause(
            condition=self,
            truth=truth,
            value=case.findings.get(self._fact),
            missing=self.facts if truth is None else (),
            evidence=case.evidence.get(self._fact, NO_EVIDENCE),
        )


class Record(Condition):
    """Earlier penalties or punishments; no source of the record means unknown, not none (U5)."""

    __slots__ = ("penalties", "punishments")
    form = "history"

    def __init__(self, forms: HistoryForms) -> None:
        self.penalties: Final[Penalties | None] = forms.penalties
        self.punishments: Final[Punishments | None] = forms.punishments
        named = {PENALTIES: self.penalties, PUNISHMENTS: self.punishments}
        super().__init__(fact for fact, rule in named.items() if rule is not None)

    @override
    def is_silent(self, case: CaseFacts) -> bool:
        return False

    @override
    def judge(self, case: CaseFacts) -> Judgement:
        return self._truth(case), None

    def _truth(self, case: CaseFacts) -> Truth:
        if self.penalties is None:
            return self._punished(case)
        if case.penalties is None:
            return True if self._punished(case) else None
        penalised = bool(case.penalties) and penalised_before(
            self.penalties, case.penalties, case.acted
        )
        # A checked record without a word on punishments is read as having none.
        return penalised if case.punishments is None else either(penalised, self._punished(case))

    def _punished(self, case: CaseFacts) -> Truth:
        if self.punishments is None:
            return False
        if case.punishments is None:
            return None
        return punished_before(self.punishments, case.punishments, case.acted)

    @override
    def missing(self, case: CaseFacts) -> tuple[str, ...]:
        if case.given.isdisjoint(self.facts) or (
            PENALTIES in self.facts and case.penalties is None
        ):
            return self.facts[:1]
        return ("conduct_started_on",) if case.acted is None else (f"{self.facts[0]}:dates",)

    @override
    def clause(self, case: CaseFacts) -> Clause:
        truth = self._truth(case)
        return Clause(
            condition=self,
            truth=truth,
            value=None if case.penalties is None else len(case.penalties),
            missing=self.missing(case) if truth is None else (),
            evidence=_evidence(self.facts, case),
        )


class Unsettled(Condition):
    """A rule whose numbers are not known yet; it never closes and never opens a case."""

    __slots__ = ("reason", "row")
    form = "withheld"

    def __init__(self, row: str, reason: str, facts: Iterable[str]) -> None:
        super().__init__(facts)
        self.row: Final = row
        self.reason: Final = reason

    @override
    def judge(self, case: CaseFacts) -> Judgement:
        return OPEN

    @override
    def missing(self, case: CaseFacts) -> tuple[str, ...]:
        return (f"limit:{self.row}",)

    @override
    def clause(self, case: CaseFacts) -> Clause:
        return Clause(self, None, missing=self.missing(case))


def _evidence(facts: tuple[str, ...], case: CaseFacts) -> tuple[Evidence, ...]:
    if not case.evidence:
        return NO_EVIDENCE
    return tuple(proof for fact in facts for proof in case.evidence.get(fact, NO_EVIDENCE))
