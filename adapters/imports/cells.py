"""What a cell means: text, days, moments, numbers, yes and no, lists."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final

from adapters.imports.ndjson import read_text

EXACT_IN_SHEETS: Final = 10**15
"""A spreadsheet keeps fifteen digits of a number: the end of a longer one, as of an identity number, is lost."""
LARGEST_NUMBER: Final = 10**18
"""Beyond what the vocabulary takes for any fact, and within what every reader of JSON can hold."""
CHINA: Final = "+08:00"


class CellError(ValueError):
    """A cell that does not say what its column should; the text never repeats the cell."""


class Kind(StrEnum):
    """How a cell is read."""

    LINE = "line"
    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    NUMBER = "number"
    MONEY = "money"
    YES_NO = "yes_no"
    WORD = "word"
    LIST = "list"
    JSON = "json"


def tidy(text: str) -> str:
    """Write words in one way: full-width signs as narrow ones, no space at the ends."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def as_text(cell: object) -> str:
    """The text of a cell, lines kept."""
    if isinstance(cell, str):
        return cell.replace("\r\n", "\n").strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return _as_digits(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _as_digits(cell: float) -> str:
    if abs(cell) >= EXACT_IN_SHEETS:
        raise CellError("a number this long has lost its end: make the column one of text")
    return str(int(cell)) if cell == int(cell) else repr(cell)


def as_line(cell: object) -> str:
    """The text of a cell on one line."""
    return " ".join((cell if isinstance(cell, str) else as_text(cell)).split())


_DATE: Final = re.compile(
    r"(?P<year>(?:19|20)[0-9]{2})"
    r"(?:年|[-/.年](?P<month>[0-9]{1,2})(?:月|[-/.月](?P<day>[0-9]{1,2})日?(?:[T ].*)?)?)?"
)
_COMPACT: Final = re.compile(r"(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")


def as_date(cell: object) -> str:
    """A day, a month or a year as 2026-03-09; a time behind the day is dropped."""
    if isinstance(cell, date):
        return cell.strftime("%Y-%m-%d")
    return _date_of(as_text(cell))


@lru_cache(maxsize=4096)  # the same days come again and again
def _date_of(text: str) -> str:
    text = tidy(text)
    found = _COMPACT.fullmatch(text) or _DATE.fullmatch(text)
    if found is None:
        raise CellError("a date is expected, as 2026-03-09 or 2026年3月9日")
    year, *others = found.groups()
    parts = [int(part) for part in others if part]
    try:
        date(int(year), *[*parts, 1, 1][:2])
    except ValueError:
        raise CellError("a day of the calendar is expected, as 2026-03-09") from None
    return "-".join([year, *(f"{part:02}" for part in parts)])


_ZONED: Final = re.compile(r"[^T ]+[T ][0-9]{2}:.*(?:Z|[+-][0-9]{2}:?[0-9]{2})")
_BEHIND_A_DAY: Final = re.compile(r"[T ]|日.")
_MOMENT: Final = re.compile(
    r"(?P<day>.+?)(?:[T日 ]\s*(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?))?"
)


def as_moment(cell: object) -> str:
    """A moment; one without a zone is of China, and a day without a time is its beginning."""
    if isinstance(cell, datetime):
        return cell.isoformat() + ("" if cell.tzinfo else CHINA)
    text = tidy(as_text(cell))
    if _ZONED.fullmatch(text):
        return text.replace(" ", "T", 1)
    found = _MOMENT.fullmatch(text)
    # What stands behind the day and is no time must not be lost: of two versions the later one counts.
    if found is None or (found["time"] is None and _BEHIND_A_DAY.search(found["day"])):
        raise CellError("a moment is expected, as 2026-03-09 10:00")
    hour, minute, *second = (found["time"] or "0:00").split(":")
    return (
        f"{as_date(found['day'])}T{hour.zfill(2)}:{minute}:{second[0] if second else '00'}{CHINA}"
    )


_NUMBER: Final = re.compile(
    r"¥?\s*(?P<number>-?[0-9][0-9,]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)\s*(?P<unit>元|万元|亿元)?"
)
_YUAN: Final = {"元": Decimal(1), "万元": Decimal(10**4), "亿元": Decimal(10**8)}


def as_number(cell: object, factor: Decimal = Decimal(1)) -> int | float:
    """A number in the unit of the record; a unit that the cell itself names goes before that of its column."""
    if isinstance(cell, bool):
        raise CellError("a number is expected")
    text = repr(cell) if isinstance(cell, int | float) else tidy(as_text(cell))
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise CellError("a number is expected")
    written = found["number"].replace(",", "")
    value = Decimal(written) * (_YUAN[found["unit"]] if found["unit"] else factor)
    if abs(value) >= LARGEST_NUMBER:
        raise CellError("this number is too large")
    # A number that was written with a point stays one, so that what we wrote comes back as it was.
    is_plain = isinstance(cell, str) and written == found[0] and factor == 1
    stays = is_plain and not written.removeprefix("-").isdigit()
    return int(value) if value == value.to_integral_value() and not stays else float(value)


_YES: Final = frozenset({"是", "有", "true", "yes", "y", "1"})
_NO: Final = frozenset({"否", "无", "false", "no", "n", "0"})


def as_yes_no(cell: object) -> bool:
    """Yes or no, in the words that are used for it."""
    word = tidy(as_text(cell)).lower()
    if word not in _YES | _NO:
        raise CellError("yes or no is expected: 是, 否, true, false, 1, 0")
    return word in _YES


def as_word(cell: object, words: Mapping[str, str], otherwise: str | None) -> str:
    """The value of a word that the mapping lists."""
    found = words.get(tidy(as_text(cell)), otherwise)
    if found is None:
        raise CellError(f"one of these is expected: {', '.join(words)}")
    return found


def as_list(cell: object, marks: str, member: str | None) -> list[object]:
    """The parts of a cell, cut at any of the marks; a cell that is a JSON list is read as one."""
    text = as_text(cell)
    if text.startswith("["):
        parts: Sequence[object] = _as_json_list(text)
    else:
        parts = [part for one in re.split(f"[{re.escape(marks)}\n]", text) if (part := one.strip())]
    return [{member: part} if member and isinstance(part, str) else part for part in parts]


def _as_json_list(text: str) -> list[object]:
    content = as_json(text)
    assert isinstance(content, list)
    return content


def as_json(cell: object) -> object:
    """What the cell says in JSON."""
    try:
        return read_text(as_text(cell).encode())
    except (ValueError, RecursionError):
        raise CellError("JSON is expected") from None


PLAIN: Final[Mapping[Kind, Callable[[object], object]]] = {
    Kind.LINE: as_line,
    Kind.TEXT: as_text,
    Kind.DATE: as_date,
    Kind.MOMENT: as_moment,
    Kind.YES_NO: as_yes_no,
    Kind.JSON: as_json,
}
"""The kinds that need nothing but the cell."""
