"""What an export is made of: rows by column, and lines that cannot be read, each with its reason."""

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final, NamedTuple, Protocol

LARGEST_FILE: Final = 16 * 1024**3
"""Bytes of a file: ten million records of 1.6 kB. A larger one is not a register but a wrong name."""
LONGEST_LINE: Final = 1024**2
"""Bytes of a line: what a packet may have. A longer one is a file without line ends, or a quote that never closes."""
MOST_COLUMNS: Final = 1000
"""Columns: every member of a case record, every fact and every bound fit, and are not seven hundred."""


class ExportError(Exception):
    """A file of which nothing can be read; `advice` says what to do."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


class Row(NamedTuple):
    """What a line says, by column; empty cells are left out."""

    number: int
    values: Mapping[str, object]


class BadRow(NamedTuple):
    """A line that cannot be read, and what stands in it as far as it is text."""

    number: int
    code: str
    detail: str
    text: str = ""


class Export(Protocol):
    """A file that is open; its rows come once, and `done` of `total` tells how far they are."""

    @property
    def total(self) -> int: ...
    @property
    def done(self) -> int: ...
    @property
    def columns(self) -> tuple[str, ...] | None:
        """The columns of the file; None where each line names its own."""
        ...

    @property
    def notes(self) -> Mapping[str, str]:
        """What was found out about the file and not told: its encoding, its delimiter, its sheet."""
        ...

    def rows(self) -> Iterator[Row | BadRow]:
        """Give every line in its order; one that cannot be read does not end the file."""
        ...


def raw_lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Number the lines from 1; one that is longer than the longest is None."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) <= LONGEST_LINE:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)
        yield number, None


def too_long(number: int) -> BadRow:
    return BadRow(number, "line_too_long", f"the line has more than {LONGEST_LINE} bytes")


def checked_columns(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Give the columns back; raises ExportError where two share a name, or there are none or too many."""
    named = [name for name in columns if name]
    if not named:
        raise ExportError("the first line names no column", "put the names of the columns there")
    if len(columns) > MOST_COLUMNS:
        raise ExportError(f"the file has {len(columns)} columns, more than {MOST_COLUMNS}")
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise ExportError(f"columns are named twice: {', '.join(twice)}", "rename one of them")
    return columns
