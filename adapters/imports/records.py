"""From the rows of an export to case records, a chunk at a time; what cannot be one is put aside with its reason."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from adapters.imports.mapper import FaultsError
from adapters.imports.paths import find
from adapters.imports.rows import BadRow, Row
from contracts.case_record import CaseRecord, faults_of, read_records
from contracts.document import Fault

ToContent = Callable[[Mapping[str, object]], Mapping[str, Any]]


class Reject(NamedTuple):
    """A line that was not taken, and why; `row` is what it says, by column where it has columns."""

    line: int
    case_number: str | None
    errors: list[Fault]
    row: Mapping[str, object] | str


class Chunk(NamedTuple):
    """Some lines: the records that can be stored, the row of each, and the lines that were put aside."""

    records: list[CaseRecord]
    rows: list[Row]
    rejects: list[Reject]

    @property
    def read(self) -> int:
        return len(self.rows) + len(self.rejects)


def as_it_is(values: Mapping[str, object]) -> Mapping[str, Any]:
    """For lines that are case records already."""
    return values


def chunks(rows: Iterator[Row | BadRow], to_content: ToContent, size: int) -> Iterator[Chunk]:
    """Cut an export into chunks of so many lines, in their order."""
    while some := list(islice(rows, size)):
        yield _chunk(some, to_content)


def _chunk(some: list[Row | BadRow], to_content: ToContent) -> Chunk:
    chunk = Chunk([], [], [])
    rows, contents = list[Row](), list[Mapping[str, Any]]()
    for row in some:
        if isinstance(row, BadRow):
            chunk.rejects.append(_of_bad_row(row))
            continue
        try:
            contents.append(to_content(row.values))
        except FaultsError as error:
            number = _case_number(error.content)
            chunk.rejects.append(Reject(row.number, number, error.faults, row.values))
        else:
            rows.append(row)
    for row, content, read in zip(rows, contents, read_records(contents), strict=True):
        if faults := faults_of(read):
            chunk.rejects.append(Reject(row.number, _case_number(content), faults, row.values))
        else:
            assert isinstance(read, CaseRecord)
            chunk.records.append(read)
            chunk.rows.append(row)
    return chunk


def _of_bad_row(row: BadRow) -> Reject:
    fault = Fault(pointer="", code=row.code, detail=row.detail)
    return Reject(row.number, None, [fault], row.text)


def _case_number(content: Mapping[str, Any]) -> str | None:
    found = find(content, "case_number")
    return found if isinstance(found, str) else None
