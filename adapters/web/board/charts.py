"""Geometry of the charts: numbers in, places out; the templates draw them and write the same numbers as a table."""

from collections.abc import Callable, Sequence
from datetime import date
from math import ceil
from typing import NamedTuple

from service.domain.board import Day

BAR = 320
"""Width of the longest bar."""
LEVELS = 4


def bars(values: Sequence[int]) -> list[int]:
    """Give each value its width, the largest the whole; whatever is not nothing can be seen."""
    most = max(values, default=0)
    return [max(2, round(BAR * value / most)) if value else 0 for value in values]


class Cell(NamedTuple):
    """One day of a calendar heat map."""

    x: int
    y: int
    level: int
    day: Day
    value: int


class Heat(NamedTuple):
    """A calendar heat map: a column a week from Monday to Sunday; `months` say where each begins."""

    cells: Sequence[Cell]
    months: Sequence[tuple[int, date]]
    width: int
    most: int
    total: int


SIDE, STEP = 11, 13
TOP = 16


def heat(days: Sequence[Day], value: Callable[[Day], int]) -> Heat:
    """Lay days out; a level is a quarter of the largest value, and nought is a level of its own."""
    if not days:
        return Heat((), (), 0, 0, 0)
    first = days[0].on.weekday()
    values = [value(day) for day in days]
    most = max(values)
    cells = [
        Cell(
            (number + first) // 7 * STEP,
            TOP + day.on.weekday() * STEP,
            ceil(LEVELS * count / most) if most else 0,
            day,
            count,
        )
        for number, (day, count) in enumerate(zip(days, values, strict=True))
    ]
    months = [(cell.x, cell.day.on) for cell in cells if cell.day.on.day == 1]
    return Heat(cells, months, cells[-1].x + STEP, most, sum(values))


class Week(NamedTuple):
    """The days of a week together, for the table beside a heat map."""

    since: date
    until: date
    decided: int
    kept_back: int


def weeks(days: Sequence[Day]) -> list[Week]:
    """Sum days by their week, the latest first."""
    found: list[list[Day]] = []
    for day in days:
        if not found or day.on.weekday() == 0:
            found.append([])
        found[-1].append(day)
    return [
        Week(
            week[0].on,
            week[-1].on,
            sum(day.decided for day in week),
            sum(day.kept_back for day in week),
        )
        for week in reversed(found)
    ]


def spark(values: Sequence[int], width: int = 120, height: int = 24) -> str:
    """Give the points of a line through values, from nought at the foot to the largest at the head."""
    most = max(values, default=0) or 1
    step = width / max(1, len(values) - 1)
    return " ".join(
        f"{number * step:.1f},{height - 2 - (height - 4) * value / most:.1f}"
        for number, value in enumerate(values)
    )
