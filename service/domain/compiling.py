"""Compiling: from conditions as data to conditions that can be judged.

Done once when a rule book is loaded. A share of another branch (G3, G11) becomes that branch's own
condition with smaller numbers, as it stands in the same version of the law.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from math import lcm
from typing import Final

from contracts import conditions as written
from contracts.rulebook import ProvincialNumber
from service.domain.conditions import (
    Condition,
    Exceeds,
    Finds,
    Reaches,
    Record,
    StaysUnder,
    Threshold,
    Unsettled,
)
from service.domain.groups import AtLeast, Every, Some
from service.domain.limits import (
    FixedLimit,
    Limit,
    Measure,
    PartyLimit,
    ProvinceLimit,
    Single,
    Weighted,
)

Numbers = Mapping[str, Mapping[str, list[ProvincialNumber]]]
Lookup = Callable[[str], written.Condition | None]


class Compiler:
    """Compiles the conditions of one row; `lookup` finds the words of a branch in force, or None."""

    def __init__(self, row: str, numbers: Numbers) -> None:
        self._row: Final = row
        self._numbers: Final = numbers

    def compile(self, condition: written.Condition, lookup: Lookup) -> Condition:
        """The condition ready to judge."""
        match condition:
            case written.AllOf(all=parts):
                return Every(self._compiled(parts, lookup))
            case written.AnyOf(any=parts):
                return Some(self._compiled(parts, lookup))
            case written.AtLeastNOf(at_least_n_of=count, of=parts):
                return AtLeast(count, self._compiled(parts, lookup))
            case written.ShareOf():
                return self._share(condition, lookup)
            case _:
                return self._leaf(condition)

    def _compiled(
        self, conditions: tuple[written.Condition, ...], lookup: Lookup
    ) -> list[Condition]:
        return [self.compile(condition, lookup) for condition in conditions]

    def _share(self, share: written.ShareOf, lookup: Lookup) -> Condition:
        found = [rule for rule in map(lookup, share.of) if rule is not None]
        if not found:
            raise ValueError(f"{self._row}: a share of branches that are not in force")
        parts = [self.compile(written.scaled(rule, share.share), lookup) for rule in found]
        return parts[0] if len(parts) == 1 else Some(parts)

    def _leaf(self, leaf: written.Condition) -> Condition:
        match leaf:
            case written.Compare(fact=fact):
                return self._comparison(leaf, Single(fact))
            case written.Sum(sum=parts):
                return self._comparison(leaf, Weighted({part.fact: part.times for part in parts}))
            case written.Conversion(conversion=shares, at_least=limit):
                measure = _converted(shares)
                return Reaches(measure, FixedLimit(limit * measure.scale))
            case _:
                return self._finding(leaf)

    def _finding(self, leaf: written.Condition) -> Condition:
        match leaf:
            case written.Is(fact=fact, is_=value):
                return Finds(fact, (value,))
            case written.IsOneOf(fact=fact, is_one_of=values):
                return Finds(fact, values)
            case written.History(history=forms):
                return Record(forms)
            case written.Withheld(withheld=reason, facts=facts):
                return Unsettled(self._row, reason, facts)
            case _:
                raise TypeError(f"{type(leaf).__name__} is not a leaf")

    def _comparison(self, leaf: written.Compare | written.Sum, measure: Measure) -> Condition:
        limit = self._limit(leaf.limit)
        if isinstance(leaf, written.Compare) and isinstance(leaf.at_least, Decimal):
            return Threshold(leaf.fact, leaf.at_least)
        match leaf.operator:
            case "at_least":
                return Reaches(measure, limit)
            case "more_than":
                return Exceeds(measure, limit)
            case "less_than":
                return StaysUnder(Reaches(measure, limit))
            case _:
                return StaysUnder(Exceeds(measure, limit))

    def _limit(self, limit: written.Limit) -> Limit:
        match limit:
            case written.ByParty(person=person, unit=unit):
                return PartyLimit(person, unit)
            case written.ByProvince(province=parameter, low=low, high=high):
                return ProvinceLimit(self._row, low, high, self._numbers.get(parameter, {}))
            case _:
                return FixedLimit(limit)


def _converted(shares: tuple[written.Share, ...]) -> Weighted:
    """Whole weights over a common multiple, so that thirds add up to exactly one."""
    shift = Decimal(10) ** max(0, *(_decimals(share.per) for share in shares))
    scale = lcm(*(int(share.per * shift) for share in shares))
    return Weighted({one.fact: scale / one.per for one in shares}, scale)


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return -exponent
