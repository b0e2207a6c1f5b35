"""Exports as CSV: UTF-8 or GB18030, commas, semicolons or tabs, and cells that have lines of their own."""

import csv
import os
import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final, NamedTuple

from adapters.imports.rows import (
    LONGEST_LINE,
    BadRow,
    ExportError,
    Row,
    checked_columns,
    raw_lines,
    too_long,
)

_DELIMITERS: Final = (",", ";", "\t")
_NAMES: Final = {",": "comma", ";": "semicolon", "\t": "tab"}
_QUOTED: Final = re.compile('"[^"]*"')
_BOM: Final = "\ufeff"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_ENOUGH_LINES: Final = 100  # with other letters than ASCII: they tell the two encodings apart


class CsvExport:
    """A header and its rows; a line that breaks the form of CSV fails alone."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.total = os.fstat(file.fileno()).st_size
        encoding = _encoding_of(file)
        delimiter = _delimiter_of(file, encoding)
        self._lines = _Lines(file, encoding, delimiter)
        self._records = self._lines.records()
        self.columns = self._read_header()
        self.notes: Mapping[str, str] = {"encoding": encoding, "delimiter": _NAMES[delimiter]}

    @property
    def done(self) -> int:
        return self._file.tell()

    def rows(self) -> Iterator[Row | BadRow]:
        for record in self._records:
            if isinstance(record, BadRow):
                yield record
            elif any(cell.strip() for cell in record.cells):
                yield self._row(record)

    def _row(self, record: "_Record") -> Row | BadRow:
        more = [cell for cell in record.cells[len(self.columns) :] if cell.strip()]
        if more or len(record.cells) < len(self.columns):
            detail = f"{len(record.cells)} cells where there are {len(self.columns)} columns"
            return BadRow(record.number, "wrong_width", detail, record.text)
        pairs = zip(self.columns, record.cells, strict=False)
        return Row(record.number, {name: cell for name, cell in pairs if name and cell.strip()})

    def _read_header(self) -> tuple[str, ...]:
        header = next(self._records, None)
        if header is None:
            raise ExportError("the file is empty")
        if isinstance(header, BadRow):
            raise ExportError(f"the header cannot be read: {header.detail}")
        return checked_columns(tuple(cell.strip(f"{_BOM} \t") for cell in header.cells))


class _Line(NamedTuple):
    number: int
    text: str
    fault: BadRow | None = None


class _Record(NamedTuple):
    number: int
    cells: list[str]
    text: str


class _Lines:
    """Lines as a reader of CSV takes them; those of a record that fails are given back, all but its first.

    So a quote that never closes costs one line, and not what follows it.
    """

    def __init__(self, file: BinaryIO, encoding: str, delimiter: str) -> None:
        self._raw = raw_lines(file)
        self._encoding = encoding
        self._delimiter = delimiter
        self._waiting: deque[_Line] = deque()
        self._taken: list[_Line] = []
        self._length = 0

    def records(self) -> Iterator[_Record | BadRow]:
        reader = self._reader()
        while True:
            self._taken, self._length = [], 0
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._failed(str(error))
                reader = self._reader()  # the old one stands in the middle of a cell
            else:
                text = "".join(line.text for line in self._taken)
                yield _Record(self._taken[0].number, cells, text)

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self, delimiter=self._delimiter, strict=True)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._read()
        self._taken.append(line)
        self._length += len(line.text)
        if line.fault or self._length > LONGEST_LINE:
            raise csv.Error("a quoted cell is not closed")
        return line.text

    def _read(self) -> _Line:
        number, raw = next(self._raw)
        if raw is None:
            return _Line(number, "", too_long(number))
        try:
            return _Line(number, raw.decode(self._encoding))
        except UnicodeDecodeError as error:
            text = raw.decode("ascii", "backslashreplace")
            detail = f"not {self._encoding.upper()} at byte {error.start} of the line"
            return _Line(number, text, BadRow(number, "not_text", detail, text))

    def _failed(self, reason: str) -> BadRow:
        first, *others = self._taken
        self._waiting.extendleft(reversed(others))
        return first.fault or BadRow(first.number, "csv_invalid", reason, first.text)


def _encoding_of(file: BinaryIO) -> str:
    """UTF-8, unless most of the first lines with other letters than ASCII are not: then GB18030."""
    if file.read(2) in _UTF_16:
        raise ExportError("the file is UTF-16", "save it as CSV in UTF-8, or as XLSX")
    file.seek(0)
    votes = []
    for _, line in raw_lines(file):
        if line is not None and not line.isascii():
            votes.append(_is_utf8(line))
        if len(votes) == _ENOUGH_LINES:
            break
    file.seek(0)
    return "utf-8" if votes.count(True) >= votes.count(False) else "gb18030"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _delimiter_of(file: BinaryIO, encoding: str) -> str:
    """Whichever cuts the header into the most columns."""
    line = file.readline(LONGEST_LINE).decode(encoding, "replace")
    file.seek(0)
    return max(_DELIMITERS, key=_QUOTED.sub("", line).count)
