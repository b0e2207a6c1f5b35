"""Tables as files: CSV that a spreadsheet opens in Chinese, and XLSX in which numbers are numbers."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

Cell = str | int | float | None

# What a spreadsheet would take for the beginning of a formula, the wide signs of a Chinese keyboard among it.
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_WIDTH = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table; `rates` are the columns whose numbers are shown as percentages."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    rates: frozenset[int] = frozenset()


def write_csv(path: Path, sheet: Sheet) -> None:
    """Write one table to a file."""
    path.write_bytes(to_csv(sheet))


def to_csv(sheet: Sheet) -> bytes:
    """Write one table, with a byte order mark, without which Excel misreads Chinese."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(sheet.columns)
    writer.writerows([*map(_harmless, row)] for row in sheet.rows)
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> Cell:
    """A name that begins like a formula would be run by whoever opens the file."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RISKY) else cell


def write_xlsx(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write tables to a file."""
    path.write_bytes(to_xlsx(sheets))


def to_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Write tables as sheets of one workbook; text stays text, whatever it begins with."""
    file = BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        head, rate = book.add_format({"bold": True}), book.add_format({"num_format": "0.0%"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.title)
            page.freeze_panes(1, 0)
            page.set_column(0, len(sheet.columns) - 1, _WIDTH)
            for column, title in enumerate(sheet.columns):
                page.write_string(0, column, title, head)
            for number, row in enumerate(sheet.rows, start=1):
                formats = [rate if column in sheet.rates else None for column in range(len(row))]
                _write_row(page, number, row, formats)
    return file.getvalue()


def _write_row(
    page: Worksheet, number: int, row: Sequence[Cell], formats: Sequence[Format | None]
) -> None:
    for column, (cell, shown) in enumerate(zip(row, formats, strict=True)):
        if isinstance(cell, str):
            page.write_string(number, column, cell)
        elif cell is not None:
            page.write_number(number, column, cell, shown)
