"""Groups of conditions: all of them, any of them, so many of them, and the exits."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Final

from typing_extensions import override

from service.domain.case_facts import CaseFacts
from service.domain.conditions import FAILED, MET, OPEN, Clause, Condition, Judgement


class _Group(Condition):
    __slots__ = ("_judges", "children")

    def __init__(self, children: Iterable[Condition]) -> None:
        self.children: Final = tuple(children)
        self._judges: Final = tuple(child.judge for child in self.children)
        super().__init__(fact for child in self.children for fact in child.facts)

    @abstractmethod
    def _combine(self, parts: Iterable[Judgement]) -> Judgement:
        """The judgement of the group from those of its judged parts."""

    def _judged(self, case: CaseFacts) -> Sequence[Condition]:  # noqa: ARG002  # alternatives look at it
        return self.children

    @override
    def judge(self, case: CaseFacts) -> Judgement:
        return self._combine([judge(case) for judge in self._judges])

    @override
    def missing(self, case: CaseFacts) -> tuple[str, ...]:
        unknown = [child for child in self._judged(case) if child.judge(case)[0] is None]
        return _joined(child.missing(case) for child in unknown)

    @override
    def clause(self, case: CaseFacts) -> Clause:
        judged = set(self._judged(case))
        clauses = tuple([child.clause(case) for child in self.children])
        parts = [part for part in clauses if part.condition in judged]
        truth, reach = self._combine([(part.truth, part.reach) for part in parts])
        missing = _joined(part.missing for part in parts) if truth is None else ()
        return Clause(self, truth, reach=reach, missing=missing, children=clauses)


class Every(_Group):
    """All of its parts; a false part settles it, and only numbers among the false leave a reach."""

    __slots__ = ()
    form = "all"

    @classmethod
    def of(cls, parts: Iterable[Condition]) -> "Every":
        """All of these, without groups of groups."""
        return cls(
            leaf
            for part in parts
            for leaf in (part.children if isinstance(part, Every) else (part,))
        )

    @override
    def _combine(self, parts: Iterable[Judgement]) -> Judgement:
        is_open, least = False, None
        for truth, reach in parts:
            if truth:
                continue
            if truth is None:
                is_open = True
            elif reach is None:
                return FAILED
            elif least is None or reach < least:
                least = reach
        if least is not None:
            return False, least
        return OPEN if is_open else MET


class _Alternatives(_Group):
    """Parts of which one that nobody mentions is not judged while another one is."""

    __slots__ = ()

    @override
    def judge(self, case: CaseFacts) -> Judgement:
        return self._combine([child.judge(case) for child in self._judged(case)])

    @override
    def _judged(self, case: CaseFacts) -> Sequence[Condition]:
        return [child for child in self.children if not child.is_silent(case)] or self.children


class Some(_Alternatives):
    """Any of its parts."""

    __slots__ = ()
    form = "any"

    @override
    def _combine(self, parts: Iterable[Judgement]) -> Judgement:
        is_open, most = False, None
        for truth, reach in parts:
            if truth:
                return MET
            if truth is None:
                is_open = True
            elif reach is not None:
                most = reach if most is None else max(most, reach)
        return OPEN if is_open else (False, most)


class AtLeast(_Alternatives):
    """So many of its parts."""

    __slots__ = ("count",)
    form = "at_least_n_of"

    def __init__(self, count: int, children: Iterable[Condition]) -> None:
        super().__init__(children)
        self.count: Final = count

    @override
    def _combine(self, parts: Iterable[Judgement]) -> Judgement:
        judged = list(parts)
        truths = [truth for truth, _ in judged]
        wanted = self.count - truths.count(True)
        if wanted <= 0:
            return MET
        if truths.count(None) >= wanted:
            return OPEN
        false = [reach for truth, reach in judged if truth is False and reach is not None]
        best = sorted(false, reverse=True)[:wanted]
        return (False, best[-1]) if len(best) == wanted else FAILED


class Exit(Condition):
    """A way out of a branch: it closes the branch where it is shown, and is silent otherwise."""

    __slots__ = ("rule",)
    form = "unless"

    def __init__(self, rule: Condition) -> None:
        super().__init__(rule.facts)
        self.rule: Final = rule

    @override
    def judge(self, case: CaseFacts) -> Judgement:
        if self.is_silent(case):
            return MET
        truth, _ = self.rule.judge(case)
        if truth is None:
            return OPEN
        return FAILED if truth else MET

    @override
    def missing(self, case: CaseFacts) -> tuple[str, ...]:
        return self.rule.missing(case)

    @override
    def clause(self, case: CaseFacts) -> Clause:
        truth, _ = self.judge(case)
        missing = self.missing(case) if truth is None else ()
        return Clause(self, truth, missing=missing, children=(self.rule.clause(case),))


def _joined(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in parts for name in part))
