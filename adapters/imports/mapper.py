"""From the columns of a line to a case record that can be checked."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from adapters.imports.cells import (
    PLAIN,
    CellError,
    Kind,
    as_line,
    as_list,
    as_number,
    as_text,
    as_word,
)
from adapters.imports.mapping import Column, RegisterMapping, column_key, prefixed
from adapters.imports.paths import is_path, put
from adapters.imports.rows import MOST_COLUMNS, ExportError
from contracts.document import Fault, pointer
from contracts.facts import FactType, load_vocabulary


class FaultsError(Exception):
    """A line whose cells do not make a record; the faults name the columns, `content` is what could be read."""

    def __init__(self, faults: list[Fault], content: Mapping[str, Any]) -> None:
        super().__init__("; ".join(fault.detail for fault in faults))
        self.faults, self.content = faults, content


_Cells = Mapping[str, object]


class _Step(NamedTuple):
    """A column of the mapping, the names by which the file has it, the first alias first, and how its cells are read."""

    column: Column
    names: tuple[str, ...]
    read: Callable[[Sequence[object]], object]


class _Plan(NamedTuple):
    """How lines are read that have no other columns than these."""

    names: frozenset[str]
    steps: tuple[_Step, ...]
    agencies: tuple[str, ...]
    unread: tuple[str, ...]


class Mapper:
    """Reads lines by a mapping, for one agency."""

    def __init__(self, mapping: RegisterMapping, agency_code: str) -> None:
        self._mapping = mapping
        self._agency_code = agency_code
        self._empty = frozenset({"", *mapping.empty})
        self._plan = _plan_of(mapping, ())

    def check(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Name the columns that are not read; raises ExportError when one is missing that every case needs."""
        self._plan = _plan_of(self._mapping, columns)
        there = {step.column.to for step in self._plan.steps if step.names}
        for column in self._mapping.columns:
            if column.needed and column.to not in there:
                raise ExportError(
                    f"no column for {column.to}: one of {', '.join(column.from_)}",
                    "`linkage register mappings` lists the mappings; choose one with --mapping",
                )
        return self._plan.unread

    def content(self, values: _Cells) -> dict[str, Any]:
        """Write a line as the JSON of a record; raises FaultsError."""
        if not values.keys() <= self._plan.names:
            try:
                self._learn(values)
            except ExportError as error:
                fault = Fault(pointer="", code="column_unknown", detail=str(error))
                raise FaultsError([fault], {}) from None
        cells = {
            name: cell
            for name, cell in values.items()
            if cell is not None and not (isinstance(cell, str) and cell.strip() in self._empty)
        }
        faults = [*self._foreign(cells)]
        content: dict[str, Any] = {}
        filled: set[str] = set()
        for path, value in self._mapping.constants.items():
            _put(content, filled, path, value)
        for step in self._plan.steps:
            given = [cells[name] for name in step.names if name in cells]
            if given or step.column.default is not None:
                try:
                    _fill(content, filled, step, given)
                except CellError as error:
                    faults.append(_fault(step, error))
        if faults:
            raise FaultsError(faults, content)
        return content

    def _learn(self, values: _Cells) -> None:
        """Lines that each name their own columns: plan for all that were met."""
        names = dict.fromkeys((*self._plan.names, *values))
        if len(names) > MOST_COLUMNS:
            names = dict.fromkeys(values)
        self._plan = _plan_of(self._mapping, tuple(names))

    def _foreign(self, cells: _Cells) -> Iterator[Fault]:
        # A file of several agencies, taken as one's own, would give this one the cases of another.
        for name in self._plan.agencies:
            if name in cells and as_line(cells[name]).upper() != self._agency_code:
                detail = f"{name}: this is a case of another agency"
                yield Fault(pointer="", code="other_agency", detail=detail)


def _fill(content: dict[str, Any], filled: set[str], step: _Step, cells: Sequence[object]) -> None:
    """Set the member of a column, unless an earlier column of the mapping did."""
    column = step.column
    if column.to in filled or (column.where is not None and column.where not in filled):
        return
    value = step.read(cells) if cells else None
    if value is None:
        value = column.default
    else:
        for path, constant in column.with_.items():
            _put(content, filled, path, constant)
    if value is not None:
        _put(content, filled, column.to, value)


def _put(content: dict[str, Any], filled: set[str], path: str, value: object) -> None:
    filled.add(path)
    put(content, path, value)


def _fault(step: _Step, error: CellError) -> Fault:
    where = pointer(*step.column.to.split("."))
    return Fault(pointer=where, code="cell_invalid", detail=f"{' / '.join(step.names)}: {error}")


def _plan_of(mapping: RegisterMapping, names: Sequence[str]) -> _Plan:
    by_key = {column_key(name): name for name in names if name}
    steps = [
        _step(column, tuple(by_key[key] for key in column.keys if key in by_key))
        for column in mapping.columns
    ]
    read = {name for step in steps for name in step.names}
    free = {name: path for name in names if name not in read and (path := prefixed(mapping, name))}
    agencies = tuple(name for key, name in by_key.items() if key in mapping.agency_keys)
    known = {*read, *free, *agencies, ""}
    useful = [step for step in steps if step.names or step.column.default is not None]
    return _Plan(
        frozenset(names),
        (*useful, *(_step_of_fact(name, path) for name, path in free.items())),
        agencies,
        tuple(n for n in names if n not in known and column_key(n) not in mapping.unused_keys),
    )


def _step(column: Column, names: tuple[str, ...]) -> _Step:
    return _Step(column, names, _reader(column))


_KINDS: Final[Mapping[FactType, Kind]] = {
    FactType.ENUM: Kind.LINE,
    FactType.TEXT: Kind.LINE,
    FactType.MONEY: Kind.NUMBER,
    FactType.COUNT: Kind.NUMBER,
    FactType.NUMBER: Kind.NUMBER,
    FactType.RATIO: Kind.NUMBER,
    FactType.BOOLEAN: Kind.YES_NO,
    FactType.DATE: Kind.DATE,
    FactType.LIST: Kind.JSON,
}


def _step_of_fact(name: str, path: str) -> _Step:
    member, _, fact = path.partition(".")
    if not is_path(path):
        raise ExportError(
            f"the column {name} names no fact: the vocabulary has no {fact}",
            "contracts/facts.yaml has the names",
        )
    kind = _KINDS[load_vocabulary().get(fact).type] if member == "facts" else Kind.LINE
    return _step(Column.model_validate({"to": path, "from": [name], "as": kind}), (name,))


def _reader(column: Column) -> Callable[[Sequence[object]], object]:
    """How the cells of a column are read: one of them, the first that says something, or all together."""
    if column.as_ is Kind.LIST:
        return lambda cells: [
            one for cell in cells for one in as_list(cell, column.split, column.member)
        ]
    if column.join is not None:
        return lambda cells: _cut(str(column.join).join(map(as_text, cells)), column)
    read = _cell_reader(column)
    if column.take is None:
        return lambda cells: read(cells[0])
    pattern = re.compile(column.take)

    def first(cells: Sequence[object]) -> object:
        found = (pattern.search(as_text(cell)) for cell in cells)
        return next((read(one[0]) for one in found if one), None)

    return first


def _cell_reader(column: Column) -> Callable[[object], object]:
    if column.as_ in (Kind.NUMBER, Kind.MONEY):
        return lambda cell: as_number(cell, column.factor)
    if column.as_ is Kind.WORD:
        return lambda cell: as_word(cell, column.tidy_words, column.otherwise)
    read = PLAIN[column.as_]
    if column.at_most is None:
        return read
    return lambda cell: _cut(str(read(cell)), column)


def _cut(text: str, column: Column) -> str:
    if column.at_most is None or len(text) <= column.at_most:
        return text
    return f"{text[: column.at_most - 1]}…"
