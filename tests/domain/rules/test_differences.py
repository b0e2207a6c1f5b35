"""What two books do not have in common, told once each."""

import pytest

from contracts.facts import load_vocabulary
from contracts.rulebook import load_rulebook
from service.domain.differences import differences
from tests.support.books import EDITION, book, branch, offence

WORDS = load_vocabulary()
NUMBER = {"parameter": "P", "province": "330000", "value": 15, "document": "文", "from": "2020-01-01"}  # fmt: skip


def told(old, new) -> list[tuple[str, str, str]]:
    return [(one.kind.value, one.where, one.what) for one in differences(old, new, WORDS)]


def test_equal_books_do_not_differ():
    assert told(load_rulebook(), load_rulebook()) == []


def test_every_pair_of_sides_is_the_other_way_round():
    old, new = book(), book(offence(branch(), branch("B2")), offence(row="M02"))
    assert told(old, new) == [("added", "M01.B2", "branch"), ("added", "M02", "offence")]
    assert told(new, old) == [("removed", "M01.B2", "branch"), ("removed", "M02", "offence")]


def test_changed_number_is_said_in_both_languages():
    dearer = branch(when={"fact": "sales_amount", "at_least": 20_000})
    (one,) = differences(book(), book(offence(dearer)), WORDS)
    assert (one.where, one.what) == ("M01.B1@2020-01-01", "rule")
    assert (one.was.zh, one.now.zh) == ("销售金额达到10,000元", "销售金额达到20,000元")
    assert (one.was.en, one.now.en) == ("sales amount reaches 10,000 CNY", "sales amount reaches 20,000 CNY")  # fmt: skip


def test_only_what_changed_of_a_rule_is_said():
    def both(number):
        parts = [{"fact": "deaths", "at_least": 1}, {"fact": "sales_amount", "at_least": number}]
        return book(offence(branch(when={"all": parts})))

    (one,) = differences(both(5), both(6), WORDS)
    assert one.now.en == "sales amount reaches 6 CNY"


def test_change_that_words_leave_out_is_shown_as_data():
    def within(family):
        when = {"history": {"penalties": {"count": 1, "families": [family]}}}
        return book(offence(branch(when=when)))

    (one,) = differences(within("tobacco"), within("salt"), WORDS)
    assert one.what == "rule"
    assert ('"tobacco"' in one.was.zh, '"salt"' in one.now.zh) == (True, True)


def test_number_of_a_branch_changes_those_that_share_it():
    def shared(number):
        lower = branch("B2", when={"share": 0.8, "of": ["B1"]})
        return book(offence(branch(when={"fact": "sales_amount", "at_least": number}), lower))

    found = told(shared(100), shared(200))
    assert [where for _, where, _ in found] == ["M01.B1@2020-01-01", "M01.B2@2020-01-01"]


def test_editions_come_and_go():
    ended = EDITION | {"until": "2025-12-31"}
    newer = EDITION | {"from": "2026-01-01"}
    assert told(book(), book(offence(branch(editions=[ended, newer])))) == [
        ("changed", "M01.B1@2020-01-01", "effective_until"),
        ("added", "M01.B1@2026-01-01", "edition"),
    ]
    assert ("removed", "M01.B1@2026-01-01", "edition") in told(
        book(offence(branch(editions=[ended, newer]))), book()
    )


@pytest.mark.parametrize(
    ("changes", "what", "now"),
    [
        ({"mark": "secondary"}, "mark", "secondary"),
        ({"article": "第二条"}, "article", "第二条"),
        ({"note": "见"}, "note", "见"),
        ({"zh": "一万元以上"}, "wording", "一万元以上"),
    ],
)
def test_source_of_an_edition_is_compared(changes, what, now):
    changed = book(offence(branch(editions=[EDITION | changes])))
    (one,) = differences(book(), changed, WORDS)
    assert (one.what, one.now.zh) == (what, now)


def test_description_of_an_offence_is_compared():
    name = {"zh": "新罪", "en": "New"}
    (one,) = differences(book(), book(offence(name=name)), WORDS)
    assert (one.what, one.was.en, one.now.zh) == ("name", "Some offence", "新罪")
    (one,) = differences(book(), book(offence(agencies=["forestry", "customs"])), WORDS)
    assert (one.what, one.now.en) == ("agencies", "forestry, customs")


def test_documents_and_provinces_are_compared():
    documents = {"CL": {"zh": "刑法（修正）"}, "JI 1": {"zh": "解释"}}
    assert told(book(), book(documents=documents)) == [
        ("changed", "CL", "document"),
        ("added", "JI 1", "document"),
    ]
    assert told(book(documents=documents), book())[1] == ("removed", "JI 1", "document")
    one, other = (book(provincial=[NUMBER | {"value": value}]) for value in (15, 16))
    (changed,) = differences(one, other, WORDS)
    assert (changed.where, changed.now.zh) == ("330000/P@2020-01-01", "16 (文)")
