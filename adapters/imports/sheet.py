"""Exports as spreadsheets: numbers, dates and words come as the cells have them."""

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile, is_zipfile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from adapters.imports.rows import BadRow, ExportError, Row, checked_columns

LARGEST_WORKBOOK: Final = 1024**3
"""Bytes unpacked. The reader holds one sheet whole, at 1.6 times that (measured): more goes into CSV."""


class SheetExport:
    """One sheet of a workbook: its first row that is not empty names the columns."""

    def __init__(self, path: Path, sheet: str | None = None) -> None:
        _check_size(path)
        found = _open(path, sheet)
        self._cells = zip(count(1), found.iter_rows(), strict=False)
        self._row = 0
        self.total = found.end[0] + 1 if found.end else 0
        self.columns = self._read_header()
        self.notes: Mapping[str, str] = {"sheet": found.name}

    @property
    def done(self) -> int:
        return self._row

    def rows(self) -> Iterator[Row | BadRow]:
        for number, cells in self._cells:
            self._row = number
            pairs = zip(self.columns, cells, strict=False)
            if values := {name: cell for name, cell in pairs if name and _is_given(cell)}:
                yield Row(number, values)

    def _read_header(self) -> tuple[str, ...]:
        for _, cells in self._cells:
            if any(map(_is_given, cells)):
                return checked_columns(tuple(str(cell).strip() for cell in cells))
        raise ExportError("the sheet is empty")


def _is_given(cell: object) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else True


def _check_size(path: Path) -> None:
    """Ask before anything is unpacked: a small file may hold a very large one."""
    if not is_zipfile(path):
        return
    try:
        with ZipFile(path) as parts:
            size = sum(part.file_size for part in parts.infolist())
    except BadZipFile as error:
        raise ExportError(f"{path} is no workbook: {error}") from error
    if size > LARGEST_WORKBOOK:
        raise ExportError(
            f"{path} has {size} bytes unpacked, more than {LARGEST_WORKBOOK}", "export it as CSV"
        )


def _open(path: Path, sheet: str | None) -> CalamineSheet:
    try:
        book = CalamineWorkbook.from_path(path)
        if sheet is not None and sheet not in book.sheet_names:
            names = ", ".join(book.sheet_names)
            raise ExportError(f"{path} has no sheet {sheet!r}", f"its sheets: {names}")
        return book.get_sheet_by_index(0) if sheet is None else book.get_sheet_by_name(sheet)
    except PasswordError as error:
        raise ExportError(f"{path} is locked by a password", "save it without one") from error
    except CalamineError as error:
        raise ExportError(f"{path} is no workbook that can be read: {error}") from error
