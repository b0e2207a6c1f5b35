"""The table of causes: what it names exists, and the longest word decides."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from contracts import causes, cumulation
from contracts.causes import Cause, Causes
from contracts.facts import load_vocabulary
from contracts.rulebook import load_rulebook

TABLE = causes.load()
VOCABULARY = load_vocabulary()
CODES = {offence.code for offence in load_rulebook().offences}


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row.words[0])
def test_row_names_what_exists(row: Cause) -> None:
    assert row.words
    assert row.offences
    assert {*row.offences} <= CODES
    assert {name for group in row.groups for name in group} <= {
        fact.name for fact in VOCABULARY.facts
    }
    assert row.asks


def test_family_is_one_that_facts_know() -> None:
    families = {row.family for row in TABLE.rows} | {*cumulation.load()}
    [field] = [
        one
        for one in VOCABULARY.get("prior_administrative_penalties").fields
        if one.name == "offence_family"
    ]
    assert families <= {*field.values}


def test_no_word_stands_twice() -> None:
    found = Counter(word for row in TABLE.rows for word in row.words)
    assert [word for word, times in found.items() if times > 1] == []


def test_charge_is_the_name_of_an_offence_of_the_row() -> None:
    names: dict[str, list[str]] = {}
    for offence in load_rulebook().offences:
        names.setdefault(offence.code, []).append(offence.name.zh)
    for row in TABLE.rows:
        if row.charge is not None:
            assert any(row.charge in name for code in row.offences for name in names[code])


@pytest.mark.parametrize(
    ("cause", "word"),
    [
        ("销售假冒注册商标的商品", "销售假冒注册商标"),
        ("假冒注册商标", "假冒注册商标"),
        ("销售不合格产品案", "不合格产品"),
        ("虚开增值税专用发票", "虚开增值税专用发票"),
    ],
)
def test_longest_word_decides(cause: str, word: str) -> None:
    found = TABLE.find(cause)
    assert found is not None
    assert word in found.words


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row.words[0])
def test_every_word_finds_its_own_row(row: Cause) -> None:
    for word in row.words:
        assert TABLE.find(word) is row
        assert TABLE.find(f"涉嫌{word}案") is row or len(word) < 4


def test_unknown_cause_finds_nothing() -> None:
    assert TABLE.find("占道经营") is None
    assert TABLE.find("") is None


ROW = Cause(family="other", words=("甲",), offences=("CL-1",), asks=("one", ("two", "three")))


@pytest.mark.parametrize(
    ("facts", "lacking"),
    [
        ({}, ("one", "two", "three")),
        ({"one": False}, ("two", "three")),
        ({"one": 0, "three": 0}, ()),
        ({"one": None, "two": 1}, ("one",)),
    ],
)
def test_what_is_asked_for_and_not_given_is_lacking(
    facts: dict[str, object], lacking: tuple[str, ...]
) -> None:
    """No and zero are answers; of a group one is enough."""
    assert ROW.lacks(facts) == lacking


def test_causes_without_bound_are_not_all_remembered() -> None:
    """Agencies write what they like; whatever is forgotten meanwhile, each is answered."""
    table = Causes((ROW,))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(table.find, (f"甲{number}" for number in range(25_000))))
    assert found == [ROW] * 25_000
    assert len(table._known) <= 10_005
