from datetime import date
from pathlib import Path

import pytest

from contracts import calendar
from contracts.calendar import Calendars, CalendarYear, Day, DayKind

# Workdays lost and weekend days worked, day by day, as two public packages of Chinese holidays list
# them (chinesecalendar 1.11.0 and holidays 0.109 agree); written here so that the test needs neither.
WEEKDAYS_OFF = {
    2025: """
        01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02
        10-01 10-02 10-03 10-06 10-07 10-08
    """,
    2026: """
        01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25
        10-01 10-02 10-05 10-06 10-07
    """,
}
WEEKEND_DAYS_WORKED = {
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}
DAYS_OF_THE_DECREE = {  # Decree 795 Art 2 on the dates of 2027
    2027: "01-01 02-05 02-06 02-07 02-08 04-05 05-01 05-02 06-09 09-15 10-01 10-02 10-03",
}
NOTICES = {2025: "国办发明电〔2024〕12号", 2026: "国办发明电〔2025〕7号"}
CALENDARS = calendar.load()

NOTICE = {"number": "国办发明电〔2026〕1号", "issued_on": "2026-11-01", "title": "通知"}


def dates(year: int, text: str) -> list[date]:
    return [date.fromisoformat(f"{year}-{day}") for day in text.split()]


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1).toordinal()
    return [date.fromordinal(first + n) for n in range(365)]


def year(*holidays: dict[str, object], notice: dict[str, str] | None = NOTICE) -> dict[str, object]:
    named = [
        {"festival": "春节", "festival_en": "Spring Festival", **holiday} for holiday in holidays
    ]
    return {"year": 2027, "notice": notice, "holidays": named}


@pytest.mark.parametrize("of", [2025, 2026])
def test_working_days_of_a_year_agree_with_the_oracles_day_by_day(of: int) -> None:
    off, worked = dates(of, WEEKDAYS_OFF[of]), dates(of, WEEKEND_DAYS_WORKED[of])
    expected = [on for on in days_of(of) if (on.weekday() < 5 and on not in off) or on in worked]
    assert [on for on in days_of(of) if CALENDARS.day(on).is_working] == expected


@pytest.mark.parametrize("of", [2025, 2026])
def test_a_fixed_year_names_its_notice(of: int) -> None:
    notice = CALENDARS.years[of].notice
    assert notice is not None
    assert notice.number == NOTICES[of]
    assert notice.issued_on.year == of - 1
    assert not CALENDARS.is_provisional(date(of, 6, 1))


def test_2027_has_the_statutory_days_and_is_provisional() -> None:
    off = [on for on in days_of(2027) if CALENDARS.day(on).kind is DayKind.HOLIDAY]
    assert off == dates(2027, DAYS_OF_THE_DECREE[2027])
    assert all(CALENDARS.day(on).kind is not DayKind.MAKE_UP_DAY for on in days_of(2027))
    assert CALENDARS.is_provisional(date(2027, 6, 1))


def test_a_year_without_a_file_knows_only_weekends() -> None:
    assert CALENDARS.day(date(2031, 10, 1)) == Day(DayKind.WORKDAY)
    assert CALENDARS.day(date(2031, 10, 4)) == Day(DayKind.WEEKEND)
    assert CALENDARS.is_provisional(date(2031, 10, 1))


def test_a_day_says_which_festival_makes_it() -> None:
    assert CALENDARS.day(date(2025, 10, 6)) == Day(DayKind.HOLIDAY, "国庆节、中秋节")
    assert CALENDARS.day(date(2026, 2, 14)) == Day(DayKind.MAKE_UP_DAY, "春节")


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        pytest.param(
            year({"first": "2027-02-12", "last": "2027-02-05"}), "ends before", id="backwards"
        ),
        pytest.param(
            year({"first": "2027-12-31", "last": "2028-01-02"}), "leaves the year", id="next_year"
        ),
        pytest.param(
            year({"first": "2027-02-05", "last": "2027-02-12", "make_up_days": ["2026-12-27"]}),
            "leaves the year",
            id="make_up_day_of_last_year",
        ),
        pytest.param(
            year({"first": "2027-02-05", "last": "2027-02-12", "make_up_days": ["2027-02-15"]}),
            "no weekend day",
            id="make_up_day_on_a_monday",
        ),
        pytest.param(
            year({"first": "2027-02-05", "last": "2027-02-12", "make_up_days": ["2027-02-06"]}),
            "stands twice",
            id="holiday_and_make_up_day",
        ),
        pytest.param(
            year(
                {"first": "2027-02-05", "last": "2027-02-12"},
                {"first": "2027-02-12", "last": "2027-02-13"},
            ),
            "stands twice",
            id="overlap",
        ),
        pytest.param(
            year(
                {"first": "2027-02-05", "last": "2027-02-12", "make_up_days": ["2027-02-14"]},
                notice=None,
            ),
            "only a notice",
            id="make_up_day_without_notice",
        ),
    ],
)
def test_impossible_days_are_refused(entry: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        CalendarYear.model_validate(entry)


FIXED_2027 = """
year: 2027
notice: {number: 国办发明电〔2026〕1号, issued_on: 2026-11-01, title: 通知}
holidays:
  - {festival: 元旦, festival_en: New Year's Day, first: 2027-01-01, last: 2027-01-03}
"""


def test_a_folder_of_the_operators_replaces_a_year(tmp_path: Path) -> None:
    (tmp_path / "2027.yaml").write_text(FIXED_2027, "utf-8")
    (tmp_path / "README.txt").write_text("no calendar", "utf-8")
    calendars = calendar.load(tmp_path)
    assert not calendars.is_provisional(date(2027, 6, 1))
    assert calendars.day(date(2027, 2, 8)) == Day(DayKind.WORKDAY)
    assert calendars.day(date(2026, 2, 16)).kind is DayKind.HOLIDAY


@pytest.mark.parametrize(
    "text", ["year: [", "year: 2027", FIXED_2027.replace("year: 2027", "year: 2026")]
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "2027.yaml").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"calendar 2027\.yaml"):
        calendar.load(tmp_path)


def test_a_file_is_named_after_its_year(tmp_path: Path) -> None:
    (tmp_path / "2028.yaml").write_text(FIXED_2027, "utf-8")
    with pytest.raises(ValueError, match=r"2028\.yaml holds the year 2027"):
        calendar.load(tmp_path)


def test_calendars_are_told_apart_even_when_equal() -> None:
    """A cache keyed by calendars must not answer for others."""
    assert Calendars.of([]) != Calendars.of([])
