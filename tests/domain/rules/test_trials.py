"""A rule that is judged otherwise than it is written does not pass its trials."""

from dataclasses import replace

import pytest

from service.domain.conditions import OPEN, Threshold
from service.domain.examples import draft_for, is_withheld
from service.domain.trials import Side, trials_of
from tests.support.books import branch, compiled, offence


def test_small_book_passes_on_both_sides():
    trials = list(trials_of(compiled()))
    assert {trial.side for trial in trials} == {Side.AT, Side.BELOW, Side.PATH_BELOW}
    assert all(trial.passes for trial in trials)
    assert trials[0].name == "M01.B1@2020-01-01"
    assert trials[0].draft.facts == {"sales_amount": 10_000}


def test_judgement_that_leaves_the_limit_out_fails(monkeypatch):
    def more_than(self: Threshold, case):
        return (case.low["sales_amount"] > self._number, None) if case.low else OPEN

    monkeypatch.setattr(Threshold, "judge", more_than)
    failed = [trial.side for trial in trials_of(compiled()) if not trial.passes]
    assert failed == [Side.AT]


def test_trial_of_another_limit_fails():
    (at, *_) = trials_of(compiled())
    short = replace(at, draft=at.draft.stating(sales_amount=9_999))
    assert (short.truth(), short.passes) == (False, False)


def test_withheld_numbers_have_no_trial():
    withheld = branch(when={"withheld": "待查", "facts": ["sales_amount"]})
    assert list(trials_of(compiled(offence(withheld)))) == []


def test_finding_is_tried_with_another_value():
    sides = {
        trial.side: trial
        for trial in trials_of(
            compiled(offence(branch(when={"fact": "fishing_waters", "is": "inland"})))
        )
    }
    assert sides[Side.DENIED].draft.facts == {"fishing_waters": "sea"}
    assert all(trial.passes for trial in sides.values())


def test_record_of_punishments_alone_is_tried_on_both_sides_of_its_window():
    history = {"punishments": {"within_years": 2, "offences": ["CL-213"]}}
    when = {"all": [{"history": history}, {"fact": "sales_amount", "at_least": 5}]}
    trials = list(trials_of(compiled(offence(branch(when=when)))))
    assert all(trial.passes for trial in trials)
    sides = {trial.side for trial in trials}
    assert sides >= {Side.RECORD, Side.RECORD_SHORT, Side.WINDOW_LAST_DAY, Side.WINDOW_PASSED}


def test_no_case_can_be_drafted_for_withheld_numbers():
    withheld = branch(when={"withheld": "待查", "facts": ["sales_amount"]})
    (one,) = compiled(offence(withheld)).offences
    rule = one.versions[0].branches[0].rule.condition
    assert is_withheld(rule)
    with pytest.raises(ValueError, match="numbers are not known"):
        draft_for(rule.children)
