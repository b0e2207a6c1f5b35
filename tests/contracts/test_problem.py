import re

import pytest

from contracts.document import Fault
from contracts.problem import catalogue, problem

RETRY_LATER = {429, 500, 503, 507}


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_problem_is_complete_in_both_languages(code: str) -> None:
    entry = catalogue()[code]
    for chinese in (entry.zh, entry.advice_zh):
        assert re.search("[\u4e00-\u9fff]", chinese)
    for english in (entry.en, entry.advice_en):
        assert not re.search("[\u4e00-\u9fff]", english)
    assert entry.advice_zh.endswith("。")
    assert entry.advice_en.endswith(".")
    assert not entry.en.endswith(".")


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_retry_says_what_the_status_says(code: str) -> None:
    entry = catalogue()[code]
    assert (entry.retry == "later") == (entry.status in RETRY_LATER)


def test_problem_is_filled_in() -> None:
    fault = Fault(pointer="/suspects", code="too_short", detail="at least one")
    told = problem("schema", "one fault", errors=[fault], request_id="r-1")
    assert told.type == "urn:linkage:problem:schema"
    assert told.status == 422
    assert told.title == catalogue()["schema"].en
    assert told.advice_zh == catalogue()["schema"].advice_zh
    assert told.errors == [fault]


def test_code_outside_the_catalogue_is_our_fault() -> None:
    with pytest.raises(KeyError):
        problem("bad_luck")
