"""Days off and make-up workdays (调休): one file a year, copied from the State Council's notice."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple, Self

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

SATURDAY = 5


class DayKind(StrEnum):
    """What a day is; work is done on the first two."""

    WORKDAY = "workday"
    MAKE_UP_DAY = "make_up_day"  # 调休上班: a weekend day on which offices work
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


class Day(NamedTuple):
    """One day of the calendar, with the festival that makes it a holiday or a make-up day."""

    kind: DayKind
    festival: str | None = None

    @property
    def is_working(self) -> bool:
        return self.kind in (DayKind.WORKDAY, DayKind.MAKE_UP_DAY)


WORKDAY, WEEKEND = Day(DayKind.WORKDAY), Day(DayKind.WEEKEND)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Notice(_Entry):
    """The notice of the State Council's General Office that fixes a year."""

    number: str
    issued_on: date
    title: str


class Holiday(_Entry):
    """One festival: its days off, first to last, and the weekend days worked in exchange."""

    festival: str
    festival_en: str
    lunar: str | None = None
    first: date
    last: date
    make_up_days: tuple[date, ...] = ()

    def days_off(self) -> Iterator[date]:
        """Give every day off, the first and the last included."""
        for offset in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=offset)


class CalendarYear(_Entry):
    """The days off of one year; without a notice the year is provisional and has no make-up days."""

    year: int
    notice: Notice | None
    holidays: tuple[Holiday, ...]

    @model_validator(mode="after")
    def _days_are_possible(self) -> Self:
        for holiday in self.holidays:
            self._check(holiday)
        named = [
            on for holiday in self.holidays for on in (*holiday.days_off(), *holiday.make_up_days)
        ]
        if len(named) != len(set(named)):
            raise ValueError("a day stands twice, as a holiday or as a make-up day")
        return self

    def _check(self, holiday: Holiday) -> None:
        if holiday.last < holiday.first:
            raise ValueError(f"{holiday.festival} ends before it begins")
        if {on.year for on in (holiday.first, holiday.last, *holiday.make_up_days)} != {self.year}:
            raise ValueError(
                f"{holiday.festival} leaves the year: each year's file holds its own days"
            )
        if any(on.weekday() < SATURDAY for on in holiday.make_up_days):
            raise ValueError(f"{holiday.festival} has a make-up day that is no weekend day")
        if holiday.make_up_days and self.notice is None:
            raise ValueError(f"{holiday.festival} has make-up days, which only a notice can order")

    def named_days(self) -> Iterator[tuple[date, Day]]:
        """Give the days that are not what their weekday says."""
        for holiday in self.holidays:
            for on in holiday.days_off():
                yield on, Day(DayKind.HOLIDAY, holiday.festival)
            for on in holiday.make_up_days:
                yield on, Day(DayKind.MAKE_UP_DAY, holiday.festival)


@dataclass(frozen=True, slots=True, eq=False)
class Calendars:
    """All years that are known. Two instances are never equal, so that each can key a cache."""

    years: Mapping[int, CalendarYear]
    _named: Mapping[date, Day] = field(repr=False)

    @classmethod
    def of(cls, years: Iterable[CalendarYear]) -> Self:
        """Put years together; a later entry for the same year replaces the earlier one."""
        known = {entry.year: entry for entry in years}
        return cls(known, {on: day for entry in known.values() for on, day in entry.named_days()})

    def day(self, on: date) -> Day:
        """Say what a day is; in a year without a file only weekends are known."""
        ordinary = WORKDAY if on.weekday() < SATURDAY else WEEKEND
        return self._named.get(on, ordinary)

    def is_provisional(self, on: date) -> bool:
        """Tell whether no notice has fixed the year of this day yet."""
        entry = self.years.get(on.year)
        return entry is None or entry.notice is None


def load(*folders: Traversable) -> Calendars:
    """Read the calendars we ship, then those in `folders`, which may replace a year.

    Raises ValueError naming the file whose days cannot be right.
    """
    shipped = resources.files("contracts") / "calendars"
    return Calendars.of(entry for folder in (shipped, *folders) for entry in _years_in(folder))


def _years_in(folder: Traversable) -> Iterator[CalendarYear]:
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            yield _read(file)


def _read(file: Traversable) -> CalendarYear:
    try:
        entry = CalendarYear.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except (ValidationError, yaml.YAMLError) as fault:
        raise ValueError(f"calendar {file.name}: {fault}") from fault
    if file.name != f"{entry.year}.yaml":
        raise ValueError(f"calendar {file.name} holds the year {entry.year}")
    return entry
