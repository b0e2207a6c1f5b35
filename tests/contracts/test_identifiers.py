"""Check digits and document numbers; the examples are those that the standards' readers publish."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import identifiers
from contracts.identifiers import (
    CREDIT_CODE_ALPHABET,
    credit_code_check,
    is_citizen_id,
    is_credit_code,
    is_foreigner_card,
    is_organisation_code,
    is_residence_permit,
    is_usual_document_number,
    normalised,
    normalised_document_number,
)

CREDIT_CODES = (
    "914403001922038216",
    "91110000802100433B",
    "91330100799655058B",
    "91440300708461136T",
)
first_17 = st.text(CREDIT_CODE_ALPHABET, min_size=17, max_size=17)
citizens = st.builds(
    lambda area, born, order: f"{area:06d}{born:%Y%m%d}{order:03d}",
    st.integers(110000, 659999),
    st.dates().filter(lambda day: day.year >= 1000),
    st.integers(0, 999),
)


@pytest.mark.parametrize("code", CREDIT_CODES)
def test_published_credit_code_passes(code: str) -> None:
    assert is_credit_code(code)


def test_credit_code_of_2015_that_breaks_the_standard_fails() -> None:
    """Such codes are in use, which is why a failed check warns and never refuses."""
    assert not is_credit_code("91350100M0001TGQXM")


@pytest.mark.parametrize("code", ["", "9144030019220382", "91440300192203821I", "９" * 17])
def test_what_is_no_credit_code_fails(code: str) -> None:
    assert not is_credit_code(code)


def test_credit_code_may_be_written_loosely() -> None:
    assert is_credit_code(" 91110000-802100433b ")
    assert is_credit_code("９１１１００００８０２１００４３３Ｂ")


@given(first_17)
def test_computed_check_character_passes(body: str) -> None:
    assert is_credit_code(body + credit_code_check(body))


@given(first_17, st.integers(0, 17), st.sampled_from(CREDIT_CODE_ALPHABET))
def test_one_wrong_character_is_always_found(body: str, place: int, other: str) -> None:
    """31 is prime and no weight is a multiple of it, so no single change keeps the sum."""
    code = body + credit_code_check(body)
    changed = code[:place] + other + code[place + 1 :]
    assert is_credit_code(changed) == (changed == code)


@given(first_17, st.integers(0, 16))
def test_two_neighbours_in_the_wrong_order_are_always_found(body: str, place: int) -> None:
    code = body + credit_code_check(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_credit_code(swapped) == (swapped == code)


def test_published_citizen_id_passes() -> None:
    assert is_citizen_id("11010519491231002X")
    assert is_citizen_id("11010519491231002x")


@pytest.mark.parametrize(
    "code", ["11010519491231002", "110105194912310021", "1101051949123100\u0662X"]
)
def test_what_is_no_citizen_id_fails(code: str) -> None:
    assert not is_citizen_id(code)


def test_citizen_id_with_an_impossible_birthday_fails() -> None:
    candidates = [f"11010519490231002{check}" for check in "0123456789X"]
    assert not any(map(is_citizen_id, candidates))


def completed(first: str) -> str:
    return next(first + check for check in "0123456789X" if is_citizen_id(first + check))


@given(citizens, st.integers(0, 16), st.sampled_from(string.digits))
def test_one_wrong_digit_of_a_citizen_id_is_always_found(first: str, at: int, other: str) -> None:
    code = completed(first)
    changed = code[:at] + other + code[at + 1 :]
    assert is_citizen_id(changed) == (changed == code)


def test_residence_permit_is_told_by_its_first_digits() -> None:
    assert is_residence_permit(completed("81000019900101001"))
    assert is_residence_permit(completed("83000019900101001"))
    assert not is_residence_permit("11010519491231002X")


def test_foreigner_card_has_two_forms() -> None:
    assert is_foreigner_card("ABC123456789012")
    assert is_foreigner_card(completed("91110019900101001"))
    assert not is_foreigner_card("11010519491231002X")
    assert not is_foreigner_card("AB1234567890123")


def test_published_organisation_code_passes() -> None:
    assert is_organisation_code("D2143569-X")
    assert is_organisation_code("D2143569X")


@pytest.mark.parametrize("code", ["D2143569-0", "D214356-X", "D2143569-Y"])
def test_what_is_no_organisation_code_fails(code: str) -> None:
    assert not is_organisation_code(code)


@given(st.integers(0, 99_999_999))
def test_every_organisation_number_has_exactly_one_check(number: int) -> None:
    candidates = [f"{number:08d}{check}" for check in "0123456789X"]
    assert sum(map(is_organisation_code, candidates)) == 1


@given(st.text())
def test_no_text_breaks_a_check(value: str) -> None:
    checks = (
        is_credit_code,
        is_organisation_code,
        is_citizen_id,
        is_residence_permit,
        is_foreigner_card,
        is_usual_document_number,
    )
    for check in checks:
        assert check(value) in {True, False}


@given(st.text())
def test_normalising_twice_changes_nothing(value: str) -> None:
    assert normalised(normalised(value)) == normalised(value)


@pytest.mark.parametrize(
    "number",
    [
        "示市监处罚〔2025〕12号",
        "示环罚〔2025〕3号",
        "示税稽罚[2025]8号",
        "示公(经)立字〔2025〕123号",
        "示检刑检意（2025）1号",
        "示市监案移〔2025〕第3号",
        "示环移〔2025〕1号之二",
        " 示环移 〔2025〕 1 号",
    ],
)
def test_usual_document_numbers(number: str) -> None:
    assert is_usual_document_number(number)


@pytest.mark.parametrize("number", ["", "移送 7", "示环移〔25〕1号", "示环移〔2025〕1", "1号"])
def test_unusual_document_numbers(number: str) -> None:
    assert not is_usual_document_number(number)


@pytest.mark.parametrize("brackets", ["[]", "()", "（）", "〔〕", "［］"])
def test_the_year_is_written_in_six_cornered_brackets(brackets: str) -> None:
    left, right = brackets
    number = normalised_document_number(f"示公(经)移{left}2025{right} 3号")
    assert number == "示公(经)移〔2025〕3号"


def test_the_alphabet_has_no_letter_that_looks_like_a_digit() -> None:
    assert set(string.ascii_uppercase) - set(identifiers.CREDIT_CODE_ALPHABET) == set("IOSVZ")
