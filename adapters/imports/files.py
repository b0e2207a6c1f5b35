"""Opening an export by what its name, or whoever calls, says it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

from adapters.imports.delimited import CsvExport
from adapters.imports.ndjson import NdjsonExport
from adapters.imports.rows import LARGEST_FILE, Export, ExportError
from adapters.imports.sheet import SheetExport


class Format(StrEnum):
    """The forms in which registers are exported."""

    NDJSON = "ndjson"
    CSV = "csv"
    XLSX = "xlsx"


_BY_SUFFIX: Final = {
    ".ndjson": Format.NDJSON,
    ".jsonl": Format.NDJSON,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".txt": Format.CSV,
    ".xlsx": Format.XLSX,
    ".xlsm": Format.XLSX,
    ".xls": Format.XLSX,
}


def format_of(path: Path) -> Format:
    """Tell the form from the name; raises ExportError for a name that does not say."""
    found = _BY_SUFFIX.get(path.suffix.lower())
    if found is None:
        raise ExportError(f"{path}: the name does not say what it is", "say it with --format")
    return found


@contextmanager
def open_export(path: Path, form: Format, sheet: str | None = None) -> Iterator[Export]:
    """Open an export for as long as the block lasts; raises ExportError or OSError."""
    if path.stat().st_size > LARGEST_FILE:
        raise ExportError(f"{path} has more than {LARGEST_FILE} bytes", "is this the register?")
    if form is Format.XLSX:
        yield SheetExport(path, sheet)
        return
    if sheet is not None:
        raise ExportError(f"{path} is {form}, which has no sheets", "leave --sheet out")
    with path.open("rb") as file:
        yield NdjsonExport(file) if form is Format.NDJSON else CsvExport(file)
