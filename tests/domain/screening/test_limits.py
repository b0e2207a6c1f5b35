"""Every number of every branch in every version, from both sides of it.

The cases are made from the rules (`examples`), so a new offence is tested the day its file is
written; what the numbers are is held by `test_numbers`.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

import pytest

from contracts.facts import PENALTIES, PartialDate, load_vocabulary
from contracts.rulebook import load_rulebook
from service.domain.conditions import Condition, Reaches, Record, StaysUnder
from service.domain.groups import Every
from service.domain.limits import PartyLimit, ProvinceLimit
from service.domain.rulebook import compile_rulebook
from tests.domain.screening.examples import (
    ACTED,
    Draft,
    Path,
    draft_for,
    one_unit_short,
    paths_of,
    penalty_for,
    punishment_for,
    unit_of,
)

PARTIES = ("person", "unit")


class Example(NamedTuple):
    """One way to meet a branch, and the leaf that the test moves."""

    rule: Condition
    path: Path
    leaf: Condition
    party: str

    def draft(self) -> Draft:
        return draft_for(self.path, self.party)


@cache
def _branches():
    return tuple(_distinct_branches())


def _distinct_branches():
    book = compile_rulebook(load_rulebook(), load_vocabulary())
    for offence in book.offences:
        seen = set()
        for version in offence.versions:
            for branch in version.branches:
                if branch.rule not in seen and not _is_withheld(branch.rule.condition):
                    seen.add(branch.rule)
                    yield f"{offence.row}.{branch.id}@{branch.edition.effective_from}", branch.rule


def _is_withheld(rule: Condition) -> bool:
    return any(leaf.form == "withheld" for path in paths_of(rule) for leaf in path)


def _examples(*kinds: type[Condition]) -> list:
    return [example for example in _all_examples() if isinstance(example.values[0].leaf, kinds)]


@cache
def _all_examples() -> tuple:
    return tuple(_made())


def _made() -> Iterator:
    for name, rule in _branches():
        for number, path in enumerate(paths_of(rule.condition)):
            for leaf in path:
                for party in PARTIES if _is_by_party(leaf) else PARTIES[:1]:
                    label = f"{name}/{number}/{'+'.join(leaf.facts)}/{party}"
                    yield pytest.param(Example(rule.condition, path, leaf, party), id=label)


def _is_by_party(leaf: Condition) -> bool:
    return isinstance(leaf, Reaches) and isinstance(leaf.limit, PartyLimit)


def _is_by_province(leaf: Condition) -> bool:
    return isinstance(leaf, Reaches) and isinstance(leaf.limit, ProvinceLimit)


def _truth(rule: Condition, draft: Draft) -> bool | None:
    facts = draft.reading()
    truth, reach = rule.judge(facts)
    clause = rule.clause(facts)
    assert (clause.truth, clause.missing) == (truth, rule.missing(facts) if truth is None else ())
    assert truth is not False or clause.reach == reach
    return truth


@pytest.mark.parametrize("example", _examples(Reaches))
def test_number_met_at_its_limit(example):
    assert _truth(example.rule, example.draft()) is True


@pytest.mark.parametrize("example", _examples(Reaches))
def test_number_not_met_one_unit_below_its_limit(example):
    short = one_unit_short(example.draft(), example.leaf)
    expected = None if _is_by_province(example.leaf) else False
    assert _truth(Every(example.path), short) is expected
    assert _truth(example.rule, short) is not True


@pytest.mark.parametrize(
    "example", [e for e in _examples(Reaches) if _is_by_province(e.values[0].leaf)]
)
def test_provincial_number_is_open_from_the_low_end_up(example):
    """Inside the range only the province knows; under the low end nobody's number is reached."""
    draft, leaf = example.draft(), example.leaf
    low, _ = leaf.limit.ends(draft.reading())
    fact = leaf.facts[0]
    assert _truth(example.rule, draft.stating(**{fact: low})) is None
    assert _truth(example.rule, draft.stating(**{fact: low - unit_of(fact)})) is False


@pytest.mark.parametrize("example", _examples(StaysUnder))
def test_number_that_must_stay_under_a_limit_closes_its_path(example):
    draft, leaf = example.draft(), example.leaf
    fact, (_, top) = leaf.facts[0], leaf.reaches.limit.ends(draft.reading())
    over = top + (unit_of(fact) if leaf.reaches.form == "more_than" else 0)
    assert _truth(Every(example.path), draft) is True
    assert _truth(Every(example.path), draft.stating(**{fact: over})) is False


def _count(leaf: Record) -> int:
    return 1 if leaf.penalties is None else leaf.penalties.count


def _window(leaf: Record) -> int | None:
    return (leaf.penalties or leaf.punishments).within_years


def _recorded(example: Example, first: date) -> Draft:
    """The example with its earliest penalty (or punishment) moved to that day."""
    draft, leaf, day = example.draft(), example.leaf, PartialDate.parse(first)
    if leaf.penalties is None:
        return draft.with_record(punishments=(punishment_for(leaf, day),))
    return draft.with_record(penalties=(penalty_for(leaf, day), *draft.penalties[1:]))


@pytest.mark.parametrize("example", _examples(Record))
def test_record_of_enough_penalties_meets(example):
    assert _truth(example.rule, example.draft()) is True


@pytest.mark.parametrize("example", _examples(Record))
def test_record_of_one_penalty_too_few_does_not(example):
    draft = example.draft()
    if draft.penalties is None:
        assert _truth(example.rule, draft.with_record(punishments=())) is False
    else:
        assert _truth(example.rule, draft.with_record(penalties=draft.penalties[1:])) is False


@pytest.mark.parametrize("example", _examples(Record))
def test_record_that_nobody_checked_is_unknown(example):
    draft = example.draft().with_record(penalties=None, punishments=None)
    assert _truth(example.rule, draft) is None
    assert PENALTIES in example.rule.missing(draft.reading()) or example.leaf.penalties is None


@pytest.mark.parametrize("example", [e for e in _examples(Record) if _window(e.values[0].leaf)])
def test_record_window_ends_on_the_anniversary_of_the_first_penalty(example):
    anniversary = ACTED.replace(year=ACTED.year - _window(example.leaf))
    assert _truth(example.rule, _recorded(example, anniversary)) is True
    assert _truth(example.rule, _recorded(example, anniversary - timedelta(days=1))) is False


@pytest.mark.parametrize(("name", "rule"), [pytest.param(n, r, id=n) for n, r in _branches()])
def test_branch_without_its_findings_is_unknown(name, rule):
    """No fact at all never means no."""
    assert _truth(rule.condition, Draft()) is None
