from datetime import date

import pytest

from contracts.facts import PartialDate, load_vocabulary
from contracts.rulebook import load_rulebook
from service.domain.rulebook import compile_rulebook
from service.domain.screening import ScreeningCase, screen

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def book():
    return compile_rulebook(load_rulebook(), load_vocabulary())


@pytest.fixture
def judge(book):
    """Screens facts under one named row and gives its finding."""

    def judge(row: str, facts: dict, on: date = TODAY, **more):
        if "conduct_on" in more:
            more["conduct_on"] = PartialDate.parse(more["conduct_on"])
        case = ScreeningCase(facts=facts, offence_codes=(row,), **more)
        return screen(case, book, on=on).leading

    return judge
