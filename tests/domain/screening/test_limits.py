"""Every number of every branch in every version, from both sides of it.

The cases are made from the rules (`service.domain.trials`), so a new offence is tested the day its
file is written; what the numbers are is held by `test_numbers`.
"""

from collections import Counter
from functools import cache

import pytest

from contracts.facts import PENALTIES, load_vocabulary
from contracts.rulebook import load_rulebook
from service.domain.examples import ACTED, Draft
from service.domain.rulebook import compile_rulebook
from service.domain.trials import Side, trials_of


@cache
def _trials():
    book = compile_rulebook(load_rulebook(), load_vocabulary())
    return tuple(trials_of(book))


def _params(*sides: Side) -> list:
    wanted = [trial for trial in _trials() if not sides or trial.side in sides]
    return [pytest.param(trial, id=f"{trial.name}/{n}") for n, trial in enumerate(wanted)]


def _rules() -> list:
    rules = {trial.branch.rule: trial.name for trial in _trials()}
    return [pytest.param(rule, id=name) for rule, name in rules.items()]


@pytest.mark.parametrize("trial", _params())
def test_case_on_one_side_of_a_limit_is_judged_so(trial):
    """And its clause says what the judgement says."""
    facts = trial.draft.reading()
    truth, reach = trial.condition.judge(facts)
    assert truth in trial.expected, f"{trial.side}: {trial.draft}"
    clause = trial.condition.clause(facts)
    missing = trial.condition.missing(facts) if truth is None else ()
    assert (clause.truth, clause.missing) == (truth, missing)
    assert truth is not False or clause.reach == reach


@pytest.mark.parametrize("trial", _params(Side.RECORD_UNKNOWN))
def test_record_that_nobody_checked_is_asked_for(trial):
    missing = trial.condition.missing(trial.draft.reading())
    assert PENALTIES in missing or trial.leaf.penalties is None


@pytest.mark.parametrize("rule", _rules())
def test_branch_without_its_findings_is_unknown(rule):
    """No fact at all never means no."""
    assert rule.condition.judge(Draft().reading())[0] is None


def test_every_side_of_every_kind_of_limit_is_tried():
    tried = Counter(trial.side for trial in _trials())
    assert set(tried) == set(Side)
    assert tried[Side.AT] > 800
    assert tried[Side.WINDOW_PASSED] == tried[Side.WINDOW_LAST_DAY] > 30


def test_draft_is_of_a_day_on_which_no_window_has_a_special_end():
    """The anniversary of 29 February is another matter, and has tests of its own."""
    assert (ACTED.month, ACTED.day) != (2, 29)
