"""What cells mean: dates, moments, numbers, yes and no, lists."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from adapters.imports.cells import (
    CellError,
    as_date,
    as_json,
    as_line,
    as_list,
    as_moment,
    as_number,
    as_text,
    as_word,
    as_yes_no,
)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("2026-03-09", "2026-03-09"),
        ("2026/3/9", "2026-03-09"),
        ("2026.03.09", "2026-03-09"),
        ("20260309", "2026-03-09"),
        (20260309.0, "2026-03-09"),
        ("2026年3月9日", "2026-03-09"),
        ("２０２６年３月９日", "2026-03-09"),
        ("2026-03-09 00:00:00", "2026-03-09"),
        ("2026-03-09T08:00:00", "2026-03-09"),
        ("2026-03", "2026-03"),
        ("2026年3月", "2026-03"),
        ("2026年", "2026"),
        (2026.0, "2026"),
        (date(2026, 3, 9), "2026-03-09"),
        (datetime(2026, 3, 9, 23, tzinfo=UTC), "2026-03-09"),
    ],
)
def test_dates_are_read_as_people_write_them(cell, text):
    assert as_date(cell) == text


@pytest.mark.parametrize("cell", ["", "soon", "09-03-2026", "3月9日", 46000.5, "1826-01-01"])
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(CellError, match="a date is expected"):
        as_date(cell)


@pytest.mark.parametrize("cell", ["2026-13-11", "2026-02-29", "20260230", "2026年0月", "2026-1-0"])
def test_day_that_no_calendar_has_is_refused(cell):
    with pytest.raises(CellError, match="a day of the calendar is expected"):
        as_date(cell)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("2026-03-09T10:00:00+08:00", "2026-03-09T10:00:00+08:00"),
        ("2026-03-09T02:00:00Z", "2026-03-09T02:00:00Z"),
        ("2026-03-09 10:00:00+08:00", "2026-03-09T10:00:00+08:00"),
        ("2026-03-09 02:00:00.5Z", "2026-03-09T02:00:00.5Z"),
        ("2026-03-09 10:00", "2026-03-09T10:00:00+08:00"),
        ("2026/3/9 9:05:07", "2026-03-09T09:05:07+08:00"),
        ("2026年3月9日 10:00", "2026-03-09T10:00:00+08:00"),
        ("2026年3月9日", "2026-03-09T00:00:00+08:00"),
        ("2026-03-09T10:00:00", "2026-03-09T10:00:00+08:00"),
        (datetime(2026, 3, 9, 10), "2026-03-09T10:00:00+08:00"),  # noqa: DTZ001 (as a sheet has it)
        (
            datetime(2026, 3, 9, 10, tzinfo=timezone(timedelta(hours=8))),
            "2026-03-09T10:00:00+08:00",
        ),
        (date(2026, 3, 9), "2026-03-09T00:00:00+08:00"),
    ],
)
def test_moments_without_a_zone_are_of_china(cell, text):
    assert as_moment(cell) == text


@pytest.mark.parametrize(
    "cell",
    [
        *("", "10:00", "now", "2026-03-09 10时30分", "2026/3/9 上午10:00", "2026-03-09 10:00 PM"),
        *("2026年3月9日上午", "2026-03-09T25"),
    ],
)
def test_what_is_no_moment_is_refused(cell):
    with pytest.raises(CellError, match="is expected"):
        as_moment(cell)


@pytest.mark.parametrize(
    ("cell", "factor", "number"),
    [
        ("1234", 1, 1234),
        ("1,234.50", 1, 1234.5),
        ("¥1,000", 1, 1000),
        ("￥１，０００", 1, 1000),
        ("1.23", 10000, 12300),
        ("0.00001", 10000, 0.1),
        ("5万元", 1, 50000),
        ("5 元", 10000, 5),
        ("1.5亿元", 1, 150000000),
        ("-3", 1, -3),
        ("1e-05", 1, 1e-05),
        (2.5, 1, 2.5),
        (7.0, 1, 7),
        (7, 10000, 70000),
    ],
)
def test_numbers_are_exact_and_in_the_unit_of_the_record(cell, factor, number):
    found = as_number(cell, Decimal(factor))

    assert found == number
    assert type(found) is type(number)


@pytest.mark.parametrize("cell", ["", "x", "1.2.3", "NaN", "inf", True, "1000000元整", date.max])
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(CellError, match="a number is expected"):
        as_number(cell)


@pytest.mark.parametrize("cell", ["1e18", "1e999", 1e300, "9" * 19])
def test_number_beyond_every_fact_is_refused(cell):
    with pytest.raises(CellError, match="too large"):
        as_number(cell)


@pytest.mark.parametrize("cell", ["是", "TRUE", "yes", 1.0, True, "有", "Ｙ"])
def test_yes_has_many_words(cell):
    assert as_yes_no(cell) is True


@pytest.mark.parametrize("cell", ["否", "false", "No", 0.0, False, "无"])
def test_no_has_many_words(cell):
    assert as_yes_no(cell) is False


def test_what_is_neither_yes_nor_no_is_refused():
    with pytest.raises(CellError, match="yes or no"):
        as_yes_no("也许")


def test_identity_number_that_a_sheet_has_rounded_is_refused():
    with pytest.raises(CellError, match="lost its end"):
        as_text(110105194912310020.0)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (339921.0, "339921"),
        (1.5, "1.5"),
        (True, "true"),
        (False, "false"),
        (date(2026, 3, 9), "2026-03-09"),
        (time(9, 30), "09:30:00"),
        (" 一\r\n二 ", "一\n二"),
    ],
)
def test_any_cell_is_text(cell, text):
    assert as_text(cell) == text


def test_line_has_no_line_ends():
    assert as_line(" 一\r\n 二\t三 ") == "一 二 三"


def test_list_is_cut_at_its_marks_or_is_json():
    assert as_list("罚款；没收;", ";；", None) == ["罚款", "没收"]
    assert as_list('["罚款;警告"]', ";", None) == ["罚款;警告"]
    assert as_list('["CL-140", {"code": "CL-143"}]', ";", "code") == [
        {"code": "CL-140"},
        {"code": "CL-143"},
    ]


@pytest.mark.parametrize("cell", ["[", '["\\ud800"]', '{"a": 1, "a": 2}', "[" * 100_000])
def test_cell_that_is_no_json_is_refused(cell):
    with pytest.raises(CellError, match="JSON is expected"):
        as_json(cell)


def test_word_that_is_not_listed_is_refused_without_being_repeated():
    with pytest.raises(CellError) as caught:
        as_word("张三", {"自然人": "person", "法人": "unit"}, None)
    assert str(caught.value) == "one of these is expected: 自然人, 法人"
    assert as_word("张三", {"自然人": "person"}, "unit") == "unit"
