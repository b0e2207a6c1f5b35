"""Each thing that proofreading looks for is found, and nothing else is."""

import pytest

from contracts.facts import load_vocabulary
from contracts.rulebook import load_rulebook
from service.domain.book_faults import Severity
from service.domain.proofreading import proofread
from tests.support.books import EDITION, book, branch, offence

WORDS = load_vocabulary()


def faults(*offences: dict, **changes) -> list[tuple[str, str]]:
    return [(one.where, one.code) for one in proofread(book(*offences, **changes), WORDS)]


def codes(**changes) -> list[str]:
    return [code for _, code in faults(offence(branch(**changes)))]


def test_our_book_is_sound():
    assert proofread(load_rulebook(), WORDS) == []


def test_small_book_is_sound():
    assert faults() == []


def test_unknown_fact_stops_the_reading():
    wrong = offence(branch(when={"fact": "sale_amount", "at_least": 0.5}))
    assert faults(wrong) == [("M01", "unknown_fact")]


def test_unknown_fact_of_a_doubt_is_found():
    doubt = {"zh": "某", "en": "some", "facts": ["nonsense"]}
    assert faults(offence(doubts=[doubt])) == [("M01", "unknown_fact")]


def test_row_that_its_fact_does_not_list_is_a_warning():
    (fault,) = proofread(book(offence(row="S01")), WORDS)
    assert (fault.where, fault.code, fault.severity) == ("S01", "not_listed", Severity.WARNING)


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ({"fact": "sales_amount", "at_least": 0.001}, "wrong_unit"),
        ({"fact": "sales_amount", "at_least": -1}, "wrong_unit"),
        ({"fact": "deaths", "at_least": 2.5}, "wrong_unit"),
        ({"fact": "evaded_tax_ratio", "at_least": 10}, "wrong_unit"),
        ({"fact": "evaded_duty", "at_least": {"person": 1, "unit": 0.001}}, "wrong_unit"),
        ({"fact": "sales_amount", "at_least": {"province": "P", "low": 0.001, "high": 2}}, "wrong_unit"),
        ({"fact": "fake_drug", "at_least": 1}, "not_a_number"),
        ({"fact": "sales_amount", "is": True}, "not_a_finding"),
        ({"fact": "fake_drug", "is": "yes"}, "unknown_value"),
        ({"fact": "fishing_waters", "is": True}, "unknown_value"),
        ({"fact": "fishing_waters", "is_one_of": ["inland", "lake"]}, "unknown_value"),
        ({"sum": [{"fact": "sales_amount"}, {"fact": "deaths"}], "at_least": 5}, "mixed_units"),
        ({"conversion": [{"fact": "saplings", "per": 0.5}, {"fact": "timber_volume", "per": 2}]}, "wrong_unit"),
        ({"history": {"penalties": {"count": 1, "families": ["nonsense"]}}}, "unknown_value"),
    ],
)  # fmt: skip
def test_number_or_value_that_its_fact_cannot_have_is_found(when, code):
    assert code in codes(when=when)


def test_gap_in_a_history_is_found():
    earlier = EDITION | {"from": "2010-01-01", "until": "2019-12-30"}
    assert codes(editions=[EDITION, earlier]) == ["gap"]
    assert codes(editions=[EDITION, earlier | {"until": "2019-12-31"}]) == []


def test_overlap_that_was_never_checked_is_found():
    """The schema refuses it; a book made by hand may have it."""
    sound = book(offence(branch(editions=[EDITION | {"until": "2020-12-31"}, EDITION | {"from": "2021-01-01"}])))  # fmt: skip
    (row,) = sound.offences
    (one,) = row.branches
    open_ended = one.editions[0].model_copy(update={"effective_until": None})
    broken = one.model_copy(update={"editions": (open_ended, one.editions[1])})
    made = sound.model_copy(update={"offences": (row.model_copy(update={"branches": (broken,)}),)})
    assert [fault.code for fault in proofread(made, WORDS)] == ["overlap"]


def test_other_rule_in_the_same_words_is_found():
    changed = EDITION | {"when": {"fact": "sales_amount", "at_least": 5}}
    assert codes(editions=[changed]) == ["same_words"]
    assert codes(editions=[changed | {"zh": "五元以上的"}]) == []


def test_document_that_nobody_cites_is_a_warning():
    documents = {"CL": {"zh": "刑法"}, "JI 1": {"zh": "解释"}}
    (fault,) = proofread(book(documents=documents), WORDS)
    assert (fault.where, fault.code, fault.severity) == ("JI 1", "not_cited", Severity.WARNING)


def test_branch_with_nothing_of_its_own_is_never_addressed():
    conduct = [{"fact": "sales_amount", "at_least": 1}]
    assert codes(conduct=conduct) == ["never_addressed"]


def test_branch_that_contradicts_itself_is_unreachable():
    when = {"all": [{"fact": "deaths", "at_least": 3}, {"fact": "deaths", "less_than": 2}]}
    assert faults(offence(branch(when=when))) == [
        ("M01", "not_listed"), ("M01.B1@2020-01-01", "unreachable")
    ][::-1]  # fmt: skip


def test_branch_outside_the_scope_of_its_row_is_unreachable():
    when = {"all": [{"fact": "fishing_waters", "is": "sea"}, {"fact": "deaths", "at_least": 1}]}
    row = offence(branch(when=when), scope={"fact": "fishing_waters", "is": "inland"})
    assert ("M01.B1@2020-01-01", "unreachable") in faults(row)


def test_branch_behind_a_lower_number_never_decides():
    higher = branch("B2", when={"fact": "sales_amount", "at_least": 20_000})
    assert faults(offence(branch(), higher)) == [("M01.B2@2020-01-01", "never_decides")]
    assert faults(offence(higher, branch())) == []


def test_withheld_numbers_are_open_and_no_fault():
    withheld = {"withheld": "待查", "facts": ["sales_amount", "substandard_product"]}
    assert codes(when=withheld) == []


def test_withheld_numbers_that_another_branch_overrules_are_told():
    withheld = branch("B2", when={"withheld": "待查", "facts": ["sales_amount"]})
    always = branch(when={"fact": "sales_amount", "more_than": 0})
    assert ("M01.B2@2020-01-01", "not_open") in faults(offence(withheld, always))


RANGED = branch(when={"fact": "sales_amount", "at_least": {"province": "P", "low": 10, "high": 20}})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"province": "999999"}, "unknown_province"),
        ({"parameter": "Q"}, "unknown_parameter"),
        ({"value": 21}, "out_of_range"),
    ],
)
def test_provincial_number_that_fits_no_range_is_found(changes, code):
    number = {"parameter": "P", "province": "330000", "value": 15, "document": "文", "from": "2020-01-01"}  # fmt: skip
    assert faults(offence(RANGED), provincial=[number]) == []
    assert [found for _, found in faults(offence(RANGED), provincial=[number | changes])] == [code]


def test_two_provincial_numbers_at_once_are_found():
    number = {"parameter": "P", "province": "330000", "value": 15, "document": "文", "from": "2020-01-01"}  # fmt: skip
    later = number | {"from": "2021-01-01"}
    assert faults(offence(RANGED), provincial=[number, later]) == [("330000/P", "overlap")]
    ended = number | {"until": "2020-12-31"}
    assert faults(offence(RANGED), provincial=[ended, later]) == []
