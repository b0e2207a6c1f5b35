"""Which rule book a command works with: ours, a folder, a file, or one that the database kept."""

import re
from collections.abc import Iterable
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import ValidationError

from adapters.cli.output import StopError, wait_for
from adapters.main import database_url
from adapters.postgres import pool as postgres
from adapters.postgres.rulebooks import PostgresRuleBooks
from adapters.settings import read_settings
from contracts.facts import load_vocabulary
from contracts.rulebook import ProvincialNumber, RuleBook, load_rulebook
from contracts.rulebook_files import read_book, read_provinces
from service.domain.proofreading import faults_of_provinces
from service.domain.rulebook import CompiledRuleBook, compile_rulebook

Book = Annotated[
    str | None,
    typer.Option(
        "--rulebook",
        metavar="DIGEST|FILE",
        help="A rule book by its digest (from the database), or a file or folder; ours if absent.",
    ),
]
Provinces = Annotated[
    Path | None,
    typer.Option(
        "--provinces",
        metavar="FOLDER",
        help="Packs of provincial numbers; examples in it count too, and a warning says so.",
    ),
]

OURS: Final = "ours"
_DIGEST: Final = re.compile(r"sha-256:[0-9a-f]{64}")
_ADVICE: Final = "`linkage rules check` says what is wrong with a book, file by file"


def find_book(name: str | None) -> RuleBook:
    """Read the book that is named: nothing or `ours`, a digest, a file or a folder; raises StopError."""
    try:
        if name is None or name == OURS:
            return load_rulebook()
        return _of_digest(name) if _DIGEST.fullmatch(name) else read_book(Path(name))
    except ValueError as error:
        raise StopError(f"{name or OURS} is not a rule book: {_first(error)}", _ADVICE) from error


def folder_of(name: str | None) -> Path | None:
    """The folder that is named, or None when the book is not one of files that people edit."""
    if name is None or name == OURS:
        return Path(str(resources.files("contracts") / "rulebook"))
    return Path(name) if Path(name).is_dir() else None


def ready(book: RuleBook, provinces: Path | None = None) -> CompiledRuleBook:
    """The book made ready to judge, with the numbers of a folder of packs; raises StopError."""
    if provinces is not None:
        book = _with_numbers(book, provinces)
    try:
        return compile_rulebook(book, load_vocabulary())
    except ValueError as error:
        raise StopError(str(error), _ADVICE) from error


def _with_numbers(book: RuleBook, folder: Path) -> RuleBook:
    book = book.with_provinces(_numbers_in(folder))
    faults = [f"{one.where}: {one.detail}" for one in faults_of_provinces(book, load_vocabulary())]
    if faults:
        raise StopError(
            "\n".join(faults), "contracts/rulebook/provinces says how a pack is written"
        )
    return book


def _numbers_in(folder: Path) -> Iterable[ProvincialNumber]:
    try:
        real, every = read_provinces(folder), read_provinces(folder, examples=True)
    except ValueError as error:
        raise StopError(f"{folder} has a pack that cannot be read: {_first(error)}") from error
    if len(every) > len(real):
        typer.echo(f"warning: {folder} has examples, whose numbers are nobody's law", err=True)
    return every


def _of_digest(digest: str) -> RuleBook:
    book = load_rulebook()
    return book if book.digest == digest else wait_for(_stored(digest))


async def _stored(digest: str) -> RuleBook:
    pool = await postgres.connect(database_url(read_settings()), most=1)
    try:
        async with pool.acquire() as connection:
            text = await PostgresRuleBooks(connection).find(digest)
    finally:
        await pool.close()
    if text is None:
        raise StopError(
            f"the database has no rule book {digest}", "`linkage rules diff` takes files"
        )
    if f"sha-256:{sha256(text.encode()).hexdigest()}" != digest:
        raise StopError(f"the rule book stored as {digest} is not the one of that digest")
    return RuleBook.from_json(text)


def _first(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    fault = error.errors(include_input=False, include_url=False)[0]
    return f"/{'/'.join(map(str, fault['loc']))}: {fault['msg']}"
