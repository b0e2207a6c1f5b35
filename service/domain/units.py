"""Whether the conditions of a rule book fit the facts that they read: types, steps, shares, values."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from contracts.conditions import (
    ByParty,
    ByProvince,
    Compare,
    Condition,
    Conversion,
    History,
    Is,
    IsOneOf,
    Limit,
    Sum,
    leaves_of,
)
from contracts.facts import PENALTIES, Fact, FactType, Vocabulary

Misfit = tuple[str, str]
"""A code, and what does not fit."""

_FRACTION: Final = "fraction"
_FEN: Final = Decimal("0.01")


def misfits_of(condition: Condition, vocabulary: Vocabulary) -> Iterator[Misfit]:
    """Everything in a condition that its facts cannot be; all of them are in the vocabulary."""
    for leaf in leaves_of(condition):
        match leaf:
            case Compare(fact=fact):
                yield from _of_numbers(vocabulary.get(fact), _numbers(leaf.limit))
            case Sum(sum=parts):
                yield from _of_sum([vocabulary.get(part.fact) for part in parts], leaf)
            case Conversion(conversion=shares):
                for share in shares:
                    yield from _of_numbers(vocabulary.get(share.fact), [share.per])
            case Is(fact=fact, is_=value):
                yield from _of_values(vocabulary.get(fact), [value])
            case IsOneOf(fact=fact, is_one_of=values):
                yield from _of_values(vocabulary.get(fact), values)
            case History():
                yield from _of_families(leaf, vocabulary)
            case _:
                pass


def _numbers(limit: Limit) -> list[Decimal]:
    match limit:
        case ByParty(person=person, unit=unit):
            return [person, unit]
        case ByProvince(low=low, high=high):
            return [low, high]
        case _:
            return [limit]


def _of_numbers(fact: Fact, numbers: Iterable[Decimal]) -> Iterator[Misfit]:
    if not fact.type.is_numeric:
        yield "not_a_number", f"{fact.name} is of type {fact.type}, and is held against a number"
        return
    for number in numbers:
        if number < 0:
            yield "wrong_unit", f"{fact.name} is never below zero, and its limit is {number}"
        if number % _step(fact) != 0:
            yield "wrong_unit", f"{fact.name} goes by {_step(fact)}, and its limit is {number}"
        if fact.unit == _FRACTION and number > 1:
            yield "wrong_unit", f"{fact.name} is a share (1 is 100 %), and its limit is {number}"


def _step(fact: Fact) -> Decimal:
    match fact.type:
        case FactType.COUNT:
            return Decimal(1)
        case FactType.MONEY:
            return _FEN
        case _:
            return Decimal("0.0001")


def _of_sum(facts: list[Fact], leaf: Sum) -> Iterator[Misfit]:
    units = sorted({str(fact.unit) for fact in facts})
    if len(units) > 1:
        yield "mixed_units", f"a sum of {' and '.join(units)}: only a conversion adds these up"
    for fact in facts:
        yield from _of_numbers(fact, _numbers(leaf.limit))


def _of_values(fact: Fact, values: Iterable[bool | str]) -> Iterator[Misfit]:
    possible = (True, False) if fact.type is FactType.BOOLEAN else fact.values
    if possible is None:
        yield "not_a_finding", f"{fact.name} is of type {fact.type}, and is held against a value"
        return
    for value in values:
        if not any(value is one or (value == one and isinstance(value, str)) for one in possible):
            yield "unknown_value", f"{fact.name} is never {value}"


def _of_families(leaf: History, vocabulary: Vocabulary) -> Iterator[Misfit]:
    named = [
        forms.families for forms in (leaf.history.penalties, leaf.history.punishments) if forms
    ]
    known = _families(vocabulary)
    for family in sorted({family for families in named for family in families} - known):
        yield "unknown_value", f"no earlier penalty is of a family {family}"


def _families(vocabulary: Vocabulary) -> set[str]:
    fields = vocabulary.get(PENALTIES).fields or ()
    return {
        value
        for field in fields
        if field.name == "offence_family" and isinstance(field.values, tuple)
        for value in field.values
    }
