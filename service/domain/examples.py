"""Cases made from the rules themselves: one that just meets a branch, and those one unit short.

A branch is broken down into paths, each a list of leaves that together are enough. For each path a
case is drafted that sits exactly on every number.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, product
from typing import Any, Final

from contracts.facts import FactType, PartialDate, PriorPenalty, PriorPunishment, load_vocabulary
from service.domain.case_facts import CaseFacts, ScreeningCase
from service.domain.conditions import (
    Condition,
    Exceeds,
    Finds,
    Reaches,
    Record,
    StaysUnder,
    Unsettled,
)
from service.domain.groups import AtLeast, Every, Exit, Some
from service.domain.limits import Weighted

Path = tuple[Condition, ...]

# Of a rule that has no time of its own: any day will do.
ACTED: Final = date(2024, 6, 15)
_RECENTLY: Final = timedelta(days=30)
_SMALLEST: Final[Mapping[FactType, Decimal]] = {
    FactType.MONEY: Decimal("0.01"),
    FactType.COUNT: Decimal(1),
}


@dataclass(frozen=True)
class Draft:
    """A case in the making."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    penalties: tuple[PriorPenalty, ...] | None = None
    punishments: tuple[PriorPunishment, ...] | None = None
    party: str = "person"
    acted: date = ACTED

    def reading(self) -> CaseFacts:
        """The case as conditions see it."""
        return CaseFacts(self.case(), self.acted)

    def case(self, **more: Any) -> ScreeningCase:  # noqa: ANN401  # what ScreeningCase takes
        """The case as it would be screened."""
        return ScreeningCase(
            facts=self.facts,
            prior_penalties=self.penalties,
            prior_punishments=self.punishments,
            party_type=self.party,
            conduct_on=PartialDate.parse(self.acted),
            **more,
        )

    def stating(self, **facts: object) -> "Draft":
        """The same case with these facts."""
        return replace(self, facts={**self.facts, **facts})

    def with_record(self, **record: tuple[Any, ...] | None) -> "Draft":
        """The same case with other `penalties` or `punishments`."""
        return replace(self, **record)  # type: ignore[arg-type]  # the two fields named above

    def number(self, fact: str) -> Decimal:
        """A stated number; KeyError when it is not stated."""
        return Decimal(self.facts[fact])


def unit_of(fact: str) -> Decimal:
    """The smallest step of a fact: one fen, one piece, a ten-thousandth."""
    return _SMALLEST.get(load_vocabulary().get(fact).type, Decimal("0.0001"))


def paths_of(condition: Condition) -> Iterator[Path]:
    """Every minimal set of leaves that makes the condition true; exits stay silent."""
    match condition:
        case Every(children=children):
            for parts in product(*(list(paths_of(child)) for child in children)):
                yield tuple(leaf for part in parts for leaf in part)
        case Some(children=children):
            for child in children:
                yield from paths_of(child)
        case AtLeast(children=children, count=count):
            for chosen in combinations(children, count):
                yield from paths_of(Every(chosen))
        case Exit():
            yield ()
        case _:
            yield (condition,)


def is_withheld(condition: Condition) -> bool:
    """Whether the numbers of the rule are not known, so that no case meets it."""
    return any(isinstance(leaf, Unsettled) for path in paths_of(condition) for leaf in path)


def draft_for(path: Iterable[Condition], party: str = "person", acted: date = ACTED) -> Draft:
    """The case that meets every leaf of the path, and sits exactly on each number.

    Raises `ValueError` for a rule whose numbers are not known.
    """
    draft = Draft(party=party, acted=acted)
    for leaf in sorted(path, key=lambda leaf: isinstance(leaf, StaysUnder)):
        draft = _add(draft, leaf)
    return draft


def _add(draft: Draft, leaf: Condition) -> Draft:
    match leaf:
        case Reaches():
            return _reaching(draft, leaf)
        case StaysUnder():
            return draft if leaf.facts[0] in draft.facts else draft.stating(**{leaf.facts[0]: 0})
        case Finds(facts=(fact,), accepted=(value, *_)):
            return draft.stating(**{fact: value})
        case Record():
            return _with_record(draft, leaf)
        case _:
            raise ValueError("nothing meets a rule whose numbers are not known")


def _reaching(draft: Draft, leaf: Reaches) -> Draft:
    *others, last = leaf.facts
    _, top = leaf.limit.ends(draft.reading())
    needed = Decimal(top) / _weight_of(leaf, last)
    if isinstance(leaf, Exceeds):
        needed += unit_of(last)
    stated = {fact: 0 for fact in others if fact not in draft.facts}
    highest = max(needed, Decimal(draft.facts.get(last, 0)))
    return draft.stating(**stated, **{last: highest})


def _weight_of(leaf: Reaches, fact: str) -> Decimal:
    weights = leaf.measure.weights if isinstance(leaf.measure, Weighted) else ()
    return Decimal(dict(weights).get(fact, 1))


def _with_record(draft: Draft, leaf: Record) -> Draft:
    recently = PartialDate.parse(draft.acted - _RECENTLY)
    if leaf.penalties is None:
        return replace(draft, punishments=(punishment_for(leaf, recently),))
    penalty = penalty_for(leaf, recently)
    return replace(draft, penalties=(penalty,) * leaf.penalties.count)


def penalty_for(leaf: Record, effective_on: PartialDate) -> PriorPenalty:
    """A penalty of the kind that the leaf counts."""
    assert leaf.penalties is not None
    return PriorPenalty(
        effective_on=effective_on,
        offence_family=next(iter(leaf.penalties.families), "other"),
        authority="".join(leaf.penalties.authority),
    )


def punishment_for(leaf: Record, effective_on: PartialDate) -> PriorPunishment:
    """A punishment of the kind that the leaf counts."""
    assert leaf.punishments is not None
    return PriorPunishment(
        effective_on=effective_on,
        offence_family=next(iter(leaf.punishments.families), None),
        offence_code=next(iter(leaf.punishments.offences), None),
    )


def one_unit_short(draft: Draft, leaf: Reaches) -> Draft:
    """The same case with the number of that leaf one unit under what it needs."""
    fact = leaf.facts[-1]
    return draft.stating(**{fact: draft.number(fact) - unit_of(fact)})
