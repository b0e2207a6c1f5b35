from datetime import date

import pytest

from contracts.facts import load_vocabulary
from contracts.rulebook import load_rulebook
from service.domain.rulebook import compile_rulebook

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def book():
    return compile_rulebook(load_rulebook(), load_vocabulary())
