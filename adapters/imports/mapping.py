"""Mappings: which column says what of a case record, as data in `mappings/*.yaml`."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from adapters.imports.cells import Kind, tidy
from adapters.imports.paths import is_path
from adapters.imports.rows import ExportError
from contracts.facts import read_yaml

FLAT = "linkage"
"""The mapping of our own columns, which serves where none is named."""


def column_key(name: str) -> str:
    """What of a column's name counts: not its spaces, not its case, not the width of its brackets."""
    return "".join(tidy(name).lower().split())


def _is_known(path: str) -> str:
    if not is_path(path):
        raise ValueError(f"a case record has no {path}")
    return path


def _is_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from error
    return text


RecordPath = Annotated[str, AfterValidator(_is_known)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Column(_Part):
    """What one or several columns say; the README of the mappings explains every member."""

    to: RecordPath
    from_: Annotated[tuple[str, ...], Field(alias="from", min_length=1)]
    as_: Annotated[Kind, Field(alias="as")] = Kind.LINE
    needed: bool = False
    factor: Decimal = Decimal(1)
    words: Mapping[str, str] = {}
    otherwise: str | None = None
    split: str = ";；"
    member: str | None = None
    join: str | None = None
    take: Annotated[str | None, AfterValidator(_is_pattern)] = None
    at_most: Annotated[int | None, Field(gt=1)] = None
    default: Any = None
    where: RecordPath | None = None
    with_: Annotated[Mapping[RecordPath, Any], Field(alias="with")] = {}

    @model_validator(mode="after")
    def _has_its_words(self) -> Self:
        if (self.as_ is Kind.WORD) != bool(self.words):
            raise ValueError("`as: word` lists its words, and nothing else does")
        return self

    @cached_property
    def tidy_words(self) -> Mapping[str, str]:
        return {tidy(word): value for word, value in self.words.items()}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        return tuple(map(column_key, self.from_))


class RegisterMapping(_Part):
    """The columns of one kind of export; `by_prefix` are those whose names end in the name of a fact."""

    zh: str
    en: str
    basis: str | None = None
    mark: str | None = None
    agency: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    constants: Mapping[RecordPath, Any] = {}
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    by_prefix: Mapping[str, Literal["facts", "bounds"]] = {}

    @cached_property
    def agency_keys(self) -> frozenset[str]:
        return frozenset(map(column_key, self.agency))

    @cached_property
    def unused_keys(self) -> frozenset[str]:
        return frozenset(map(column_key, self.unused))


def shipped() -> dict[str, RegisterMapping]:
    """Read every mapping that we ship, by its name."""
    folder = resources.files("adapters.imports") / "mappings"
    files = sorted((file for file in folder.iterdir()), key=lambda file: file.name)
    return {
        file.name.removesuffix(".yaml"): parse_mapping(file.name, file.read_text("utf-8"))
        for file in files
        if file.name.endswith(".yaml")
    }


def find_mapping(name: str) -> RegisterMapping:
    """Read a mapping that we ship by its name, or one from a file; raises ExportError."""
    ours = shipped()
    if name in ours:
        return ours[name]
    if not Path(name).is_file():
        raise ExportError(f"there is no mapping {name}", f"ours: {', '.join(ours)}; or name a file")
    return parse_mapping(name, Path(name).read_text("utf-8"))


def parse_mapping(name: str, text: str) -> RegisterMapping:
    """Read a mapping; raises ExportError with everything that is wrong with it."""
    try:
        return RegisterMapping.model_validate(read_yaml(text))
    except yaml.YAMLError as error:
        raise ExportError(f"{name} is not YAML: {error}") from error
    except ValidationError as error:
        raise ExportError("\n".join(f"{name}: {line}" for line in _faults(error))) from error


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_input=False, include_url=False):
        where = ".".join(str(part) for part in fault["loc"] if part != "[key]")
        yield f"{where or 'the whole'}: {fault['msg'].removeprefix('Value error, ')}"


def prefixed(mapping: RegisterMapping, name: str) -> str | None:
    """The path of a column that is named by a prefix and a fact; None for any other column."""
    for prefix, member in mapping.by_prefix.items():
        if name.startswith(prefix):
            return f"{member}.{name.removeprefix(prefix)}"
    return None
