"""A made-up register as files: one an agency, and apart from them the truth, the counts, the registry and the keys."""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import yaml
from xlsxwriter import Workbook

from adapters.imports.files import Format
from adapters.imports.flat import flat_columns, flat_row
from adapters.keys import public_jwk, read_private_key, write_private_key
from adapters.sandbox.offices import SandboxOffice
from adapters.sandbox.register import kinds
from adapters.sandbox.register.monthly import MonthlyCounts, reported
from adapters.sandbox.register.truth import Made
from contracts.case_record import CaseRecord

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Written:
    """What was written: records by agency, versions that a later one replaces among them, and planted cases by detector."""

    folder: Path
    files: dict[str, Path]
    records: int
    cases: int
    planted: dict[str, int]


class _Sheet(Protocol):
    def add(self, record: dict[str, Any]) -> None: ...
    def close(self) -> None: ...


class _Lines:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def add(self, record: dict[str, Any]) -> None:
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._file.close()


class _Csv:
    def __init__(self, path: Path) -> None:
        # With a mark, or the spreadsheets of offices would take it for another coding.
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._rows = csv.DictWriter(self._file, _columns())
        self._rows.writeheader()

    def add(self, record: dict[str, Any]) -> None:
        self._rows.writerow(flat_row(CaseRecord.model_validate(record)))

    def close(self) -> None:
        self._file.close()


class _Xlsx:
    def __init__(self, path: Path) -> None:
        self._book = Workbook(path, {"constant_memory": True})
        self._sheet = self._book.add_worksheet()
        self._columns = _columns()
        self._written = 0
        self._write(self._columns)

    def add(self, record: dict[str, Any]) -> None:
        row = flat_row(CaseRecord.model_validate(record))
        self._write([row.get(column, "") for column in self._columns])

    def _write(self, cells: Iterable[str]) -> None:
        for place, cell in enumerate(cells):
            if cell:
                self._sheet.write_string(self._written, place, cell)
        self._written += 1

    def close(self) -> None:
        self._book.close()


_SHEETS: dict[Format, Callable[[Path], _Sheet]] = {
    Format.NDJSON: _Lines,
    Format.CSV: _Csv,
    Format.XLSX: _Xlsx,
}


def _columns() -> list[str]:
    return flat_columns(kinds.load().fact_names)


def write_register(
    made: Iterable[Made], folder: Path, seed: int, form: Format = Format.NDJSON
) -> Written:
    """Write records as they come, and when they end the truth about them and what the agencies count."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = _Writer(folder, form)
    with writer:
        for one in made:
            writer.add(one)
    told, gap = reported(writer.counts, seed)
    _write_json(folder / "counts.json", told)
    _write_json(folder / "truth-counts.json", gap)
    return writer.written()


class _Writer(ExitStack):
    """The open files of one register."""

    def __init__(self, folder: Path, form: Format) -> None:
        super().__init__()
        self.counts = MonthlyCounts()
        self._folder = folder
        self._form = form
        self._sheets: dict[str, _Sheet] = {}
        self._truth = self.enter_context((folder / "truth.ndjson").open("w", encoding="utf-8"))
        self._records = self._cases = 0
        self._planted: dict[str, int] = {}

    def add(self, made: Made) -> None:
        sheet = self._sheets.get(made.agency) or self._open(made.agency)
        sheet.add(made.record)
        self.counts.add(made)
        self._records += 1
        self._cases += not made.is_earlier
        if made.truth is None:
            return
        self._truth.write(json.dumps(made.truth._asdict(), ensure_ascii=False) + "\n")
        for detector in made.truth.detectors:
            self._planted[detector] = self._planted.get(detector, 0) + 1

    def _open(self, agency: str) -> _Sheet:
        sheet = _SHEETS[self._form](self.path(agency))
        self.callback(sheet.close)
        self._sheets[agency] = sheet
        return sheet

    def path(self, agency: str) -> Path:
        return self._folder / f"register-{agency}.{self._form}"

    def written(self) -> Written:
        files = {agency: self.path(agency) for agency in sorted(self._sheets)}
        planted = dict(sorted(self._planted.items(), key=lambda one: int(one[0][1:])))
        return Written(self._folder, files, self._records, self._cases, planted)


def write_registry(offices: Sequence[SandboxOffice], folder: Path) -> list[SandboxOffice]:
    """Write the offices as the registry takes them, and their private keys where only the owner reads them.

    A key that an earlier run left is kept: what it signed must still prove itself. Gives the offices
    with the keys that they have now.
    """
    keys = folder / "keys"
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = [_with_kept_key(office, keys / f"{office.code}.jwk") for office in offices]
    text = yaml.safe_dump(
        {"offices": [_entry(one) for one in kept]}, sort_keys=False, allow_unicode=True
    )
    (folder / "registry.yaml").write_text(text, encoding="utf-8")
    return kept


def _with_kept_key(office: SandboxOffice, path: Path) -> SandboxOffice:
    if not path.exists():
        write_private_key(path, office.key)
    return replace(office, key=read_private_key(path))


def _entry(one: SandboxOffice) -> dict[str, Any]:
    office = one.office
    entry = {
        "code": office.code,
        "name": office.name,
        "kind": office.kind.value,
        "division": office.division,
        "level": office.level.value,
    }
    sector = {"sector": office.sector.value} if office.sector else {}
    key = {"jwk": public_jwk(one.key), "valid_from": _LONG_AGO.isoformat()}
    return entry | sector | {"keys": [key], "endpoint": {"kind": one.endpoint.value}}


def _write_json(path: Path, content: object) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
