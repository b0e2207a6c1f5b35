"""Rule books on disk: folders of YAML, books in one JSON file, and packs of provincial numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from contracts.facts import read_yaml
from contracts.rulebook import (
    Document,
    Offence,
    ProvincialNumber,
    RuleBook,
    load_rulebook,
    provincial_numbers,
)

_DOCUMENTS = TypeAdapter(dict[str, Document])


@dataclass(frozen=True, slots=True)
class FileFault:
    """What keeps a file from being read; `pointer` is a JSON pointer into it."""

    file: str
    pointer: str
    detail: str


def read_book(path: Path) -> RuleBook:
    """Read a folder like `contracts/rulebook`, or a file that `RuleBook.to_json` wrote.

    Raises `ValueError` for what is no rule book, `OSError` for what is not there.
    """
    if path.is_dir():
        return load_rulebook(path)
    return RuleBook.from_json(path.read_bytes())


def read_provinces(folder: Path, *, examples: bool = False) -> tuple[ProvincialNumber, ...]:
    """Read every pack of a folder; those that call themselves examples only when they are wanted.

    Raises `ValueError` for a pack that is not in the form, `OSError` for a folder that is not there.
    """
    numbers = provincial_numbers(folder, examples=examples)
    return tuple(ProvincialNumber.model_validate(number) for number in numbers)


def rulebook_with(provinces: Path | None) -> RuleBook:
    """Our book, with the numbers of a folder of packs where one is given; examples are left out.

    Raises as `read_provinces` does.
    """
    book = load_rulebook()
    return book if provinces is None else book.with_provinces(read_provinces(provinces))


def faults_of_folder(path: Path | None = None) -> list[FileFault]:
    """Everything that keeps a folder from being a rule book, file by file; ours by default.

    An empty list means that `load_rulebook` takes it.
    """
    folder: Traversable = path or resources.files("contracts") / "rulebook"
    faults = [*_faults_of_sources(folder / "sources"), *_faults_of_offences(folder)]
    return faults or [*_faults_of_the_whole(path)]


def _faults_of_sources(sources: Traversable) -> Iterator[FileFault]:
    if not (sources / "VERSION").is_file():
        yield FileFault("sources/VERSION", "", "there is no such file: the book has no version")
    documents = sources / "documents.yaml"
    if not documents.is_file():
        yield FileFault("sources/documents.yaml", "", "there is no such file")
        return
    yield from _faults_of_file(documents, "sources/documents.yaml", _DOCUMENTS)


def _faults_of_offences(folder: Traversable) -> Iterator[FileFault]:
    offence = TypeAdapter(Offence)
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            yield from _faults_of_file(file, file.name, offence)


def _faults_of_file(
    file: Traversable, name: str, model: TypeAdapter[Offence] | TypeAdapter[dict[str, Document]]
) -> Iterator[FileFault]:
    try:
        model.validate_python(read_yaml(file.read_text("utf-8")))
    except yaml.YAMLError as error:
        yield FileFault(name, "", f"it is not YAML: {' '.join(str(error).split())}")
    except UnicodeDecodeError:
        yield FileFault(name, "", "it is not UTF-8")
    except ValidationError as error:
        yield from _told(name, error)


def _told(name: str, error: ValidationError) -> Iterator[FileFault]:
    for fault in error.errors(include_input=False, include_url=False):
        pointer = "".join(f"/{part}" for part in fault["loc"])
        yield FileFault(name, pointer, fault["msg"].removeprefix("Value error, "))


def _faults_of_the_whole(path: Path | None) -> Iterator[FileFault]:
    """What no file shows by itself: rows given twice, documents that are not listed, bad packs."""
    try:
        load_rulebook(path)
    except ValidationError as error:
        yield from _told(".", error)
    except ValueError as error:
        yield FileFault(".", "", str(error))
