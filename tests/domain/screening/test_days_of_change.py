"""On which days a book that nobody changes says something else: of its own editions, and of a province's numbers."""

from datetime import date, timedelta

import pytest

from contracts.facts import PENALTIES, load_vocabulary
from contracts.rulebook import ProvincialNumber, load_rulebook
from service.domain.phrases import Language, Phrases
from service.domain.rulebook import CompiledRuleBook, compile_rulebook

BEGINS, ENDS = date(2027, 3, 1), date(2028, 2, 29)


@pytest.fixture(scope="module")
def book() -> CompiledRuleBook:
    number = ProvincialNumber.model_validate(
        {
            "parameter": "E13-value",
            "province": "330000",
            "value": 200_000,
            "document": "示例〔2027〕1号",
            "from": BEGINS,
            "until": ENDS,
        }
    )
    return compile_rulebook(load_rulebook().with_provinces([number]), load_vocabulary())


@pytest.mark.parametrize("day", [BEGINS, ENDS + timedelta(days=1), date(2025, 4, 26)])
def test_day_on_which_a_number_begins_or_ends_is_a_day_of_change(book, day):
    assert book.changes_between(day - timedelta(days=1), day)
    assert not book.changes_between(day, day + timedelta(days=1))


def test_number_without_an_end_only_begins():
    number = ProvincialNumber.model_validate(
        {
            "parameter": "E13-value",
            "province": "330000",
            "value": 1,
            "document": "x",
            "from": BEGINS,
        }
    )
    book = compile_rulebook(load_rulebook().with_provinces([number]), load_vocabulary())
    assert not book.changes_between(BEGINS, ENDS + timedelta(days=2))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (Language.ZH, "曾受行政处罚（日期）"),
        (Language.EN, "prior administrative penalties (its dates)"),
    ],
)
def test_dates_of_a_record_that_are_missing_are_named(language, said):
    assert Phrases(load_vocabulary(), language).fact(f"{PENALTIES}:dates") == said
