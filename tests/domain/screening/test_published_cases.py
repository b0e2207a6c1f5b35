"""Published cases, with what their facts should come to (`tests/contracts/data/cases-open.jsonl`)."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.facts import PartialDate, PriorPenalty, check_facts
from service.domain.screening import ScreeningCase, screen
from tests.domain.screening.conftest import TODAY

FILE = Path(__file__).parents[2] / "contracts" / "data" / "cases-open.jsonl"
CASES = [
    json.loads(line, parse_float=Decimal) for line in FILE.read_text("utf-8").splitlines() if line
]


def _case(published) -> ScreeningCase:
    penalties = published["prior_penalties"]
    return ScreeningCase(
        facts=published["facts"],
        bounds=published["bounds"],
        party_type=published["party_type"],
        prior_penalties=None
        if penalties is None
        else tuple(PriorPenalty.model_validate(penalty) for penalty in penalties),
        conduct_on=published["conduct_on"] and PartialDate.parse(published["conduct_on"]),
        offence_codes=(published["offence_code"],),
    )


def _agreement(book, cases) -> float:
    agreed = 0
    for published in cases:
        screening = screen(_case(published), book, on=TODAY)
        agreed += (screening.conclusion, screening.conclusion_current) == (
            published["expected"],
            published["expected_current"],
        )
    return agreed / len(cases)


def _judged(book) -> list:
    rows = {offence.row for offence in book.offences}
    return [published for published in CASES if published["dossier_row"] in rows]


def test_high_confidence_cases_agree(book):
    cases = [one for one in _judged(book) if one["adjudication_confidence"] == "high"]
    assert _agreement(book, cases) >= 0.95


def test_all_cases_agree(book):
    assert _agreement(book, _judged(book)) >= 0.90


@pytest.mark.parametrize("published", CASES, ids=[published["id"] for published in CASES])
def test_published_case_uses_the_vocabulary(published):
    assert check_facts(published["facts"], published["bounds"]) == []


OPEN = [published for published in CASES if published["expected"] == "undetermined"]


@pytest.mark.parametrize("published", OPEN, ids=[published["id"] for published in OPEN])
def test_missing_facts_are_named(book, published):
    """What the case files say is missing is what screening asks for."""
    leading = screen(_case(published), book, on=TODAY).leading
    assert leading is not None
    assert set(published["missing"]) <= set(leading.missing)
