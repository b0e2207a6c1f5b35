"""Cases made from the rules themselves: one that just meets a branch, and those one unit short.

A branch is broken down into paths, each a list of leaves that together are enough. For each path a
case is drafted that sits exactly on every number.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, product

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

ACTED = date(2024, 6, 15)
Path = tuple[Condition, ...]


@dataclass(frozen=True)
class Draft:
    """A case in the making."""

    facts: dict[str, object] = field(default_factory=dict)
    penalties: tuple[PriorPenalty, ...] | None = None
    punishments: tuple[PriorPunishment, ...] | None = None
    party: str = "person"

    def reading(self) -> CaseFacts:
        return CaseFacts(self.case(), ACTED)

    def case(self, **more) -> ScreeningCase:
        return ScreeningCase(
            facts=self.facts,
            prior_penalties=self.penalties,
            prior_punishments=self.punishments,
            party_type=self.party,
            conduct_on=PartialDate.parse(ACTED),
            **more,
        )

    def stating(self, **facts) -> "Draft":
        return replace(self, facts={**self.facts, **facts})

    def with_record(self, **record) -> "Draft":
        return replace(self, **record)

    def number(self, fact: str) -> Decimal:
        return Decimal(self.facts[fact])


def unit_of(fact: str) -> Decimal:
    """The smallest step of a fact: one fen, one piece, a ten-thousandth."""
    kind = load_vocabulary().get(fact).type
    return {FactType.MONEY: Decimal("0.01"), FactType.COUNT: Decimal(1)}.get(
        kind, Decimal("0.0001")
    )


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


def draft_for(path: Path, party: str = "person") -> Draft:
    """The case that meets every leaf of the path, and sits exactly on each number."""
    draft = Draft(party=party)
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
        case Unsettled():
            raise ValueError("nothing meets a rule whose numbers are not known")
        case _:
            raise TypeError(type(leaf).__name__)


def _reaching(draft: Draft, leaf: Reaches) -> Draft:
    *others, last = leaf.facts
    weight = dict(getattr(leaf.measure, "weights", ())).get(last, Decimal(1))
    _, top = leaf.limit.ends(draft.reading())
    needed = Decimal(top) / weight
    if isinstance(leaf, Exceeds):
        needed += unit_of(last)
    stated = {fact: 0 for fact in others if fact not in draft.facts}
    highest = max(needed, Decimal(draft.facts.get(last, 0)))
    return draft.stating(**stated, **{last: highest})


def _with_record(draft: Draft, leaf: Record) -> Draft:
    recently = PartialDate.parse(ACTED - timedelta(days=30))
    if leaf.penalties is None:
        return replace(draft, punishments=(punishment_for(leaf, recently),))
    penalty = penalty_for(leaf, recently)
    return replace(draft, penalties=(penalty,) * leaf.penalties.count)


def penalty_for(leaf: Record, effective_on: PartialDate) -> PriorPenalty:
    assert leaf.penalties is not None
    return PriorPenalty(
        effective_on=effective_on,
        offence_family=next(iter(leaf.penalties.families), "other"),
        authority="".join(leaf.penalties.authority),
    )


def punishment_for(leaf: Record, effective_on: PartialDate) -> PriorPunishment:
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
