"""`linkage register import`: an export comes in chunk by chunk; what cannot be taken goes into a file beside it.

Each chunk is one commit, so whatever ends the command leaves whole chunks, and the same command goes on: what is
stored already is unchanged.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, Final, Protocol

import typer

from adapters import main
from adapters.cli.bar import bar
from adapters.cli.database import check_agency, connected
from adapters.cli.output import FAILED, Json, StopError, say, say_json, wait_for
from adapters.imports.files import Format, format_of, open_export
from adapters.imports.mapper import Mapper
from adapters.imports.mapping import FLAT, find_mapping
from adapters.imports.records import Chunk, Reject, ToContent, as_it_is, chunks
from adapters.imports.rejects import RejectsFile, rejects_file, rejects_path
from adapters.imports.rows import Export, ExportError
from adapters.postgres.register_views import PostgresRegisterViews
from adapters.settings import read_settings
from contracts.case_record import CaseRecord, RecordAnswer, RecordResult
from service.domain.errors import OutcomeUnknownError, Refusal

CHUNK: Final = 1000
"""Records of one commit: enough that the commit costs little, few enough that a crash loses a moment."""
TRIES: Final = 6
"""A commit that was cut off is tried so often, for some seconds in all."""
_FIRST_PAUSE: Final = 0.1
_INTERRUPTED: Final = 130  # as a shell says it


class Takes(Protocol):
    """What an import needs of the register."""

    async def take(
        self, agency_code: str, records: Sequence[CaseRecord], source: str = ...
    ) -> list[RecordAnswer]: ...


@dataclass(slots=True)
class Summary:
    """What became of an export; `before` has the lines of the exports before it too."""

    before: "Summary | None" = None
    lines: int = 0
    read: int = 0
    refused: int = 0
    results: Counter[str] = field(default_factory=Counter)
    conclusions: Counter[str] = field(default_factory=Counter)
    leads_raised: dict[str, int] = field(default_factory=dict)

    def add(self, chunk: Chunk, answers: Sequence[RecordAnswer]) -> None:
        self.read += chunk.read
        self.lines += chunk.read
        if self.before is not None:
            self.before.lines += chunk.read
        self.refused += len(chunk.rejects)
        self.results.update(answer.result.value for answer in answers)
        self.conclusions.update(answer.conclusion for answer in answers if answer.conclusion)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was opened, and how it is read."""

    path: Path
    form: Format
    mapping: str | None
    export: Export
    to_content: ToContent
    unread: Sequence[str]


@dataclass(frozen=True, slots=True)
class Manner:
    """How files are read, and how what became of them is told."""

    mapping: str | None
    form: Format | None
    sheet: str | None
    as_json: bool


def import_(
    files: Annotated[
        list[Path], typer.Argument(help="One export or several.", exists=True, dir_okay=False)
    ],
    *,
    agency: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="Whose register it is; a file named register-CODE.… says it itself.",
        ),
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="How columns are read: `linkage register mappings` lists them.",
        ),
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="What the file is; its name says it if absent."),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="The sheet of a workbook; its first if absent.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take the export of an agency's register in: NDJSON, CSV or XLSX.

    Lines that cannot be taken are written to FILE.rejected.ndjson with the reason, one JSON object
    each, and the others are kept; the exit code is 1 if there were any. The same file again changes
    nothing.
    """
    whose = [(file, agency or _agency_of(file)) for file in files]
    summary = Summary()
    manner = Manner(mapping, form, sheet, as_json)
    try:
        refused = wait_for(_import_all(whose, manner, summary))
    except KeyboardInterrupt:
        typer.echo(
            f"stopped after {summary.lines} lines; the same command reads it again, and what is stored stays as it is",
            err=True,
        )
        raise typer.Exit(_INTERRUPTED) from None
    raise typer.Exit(FAILED if refused else 0)


_NAMED: Final = re.compile(r"register-([0-9A-Z]{18})(\..+)?")


def _agency_of(file: Path) -> str:
    found = _NAMED.fullmatch(file.name)
    if found is None:
        raise StopError(f"{file.name} does not say whose register it is", "give --agency CODE")
    return found[1]


async def _import_all(whose: Sequence[tuple[Path, str]], manner: Manner, all_: Summary) -> int:
    """Take the files in one after the other, and tell of each; give how many lines were refused."""
    refused = 0
    async with main.register(read_settings()) as register:
        for file, agency in whose:
            started, summary = perf_counter(), Summary(before=all_)
            with _opened(file, manner, agency) as source:
                _tell_source(source)
                await _import(register, source, agency, summary)
                seconds = perf_counter() - started
                _tell(source, agency, summary, seconds, as_json=manner.as_json)
            refused += summary.refused
    return refused


@contextmanager
def _opened(path: Path, manner: Manner, agency: str) -> Iterator[Source]:
    try:
        form = manner.form or format_of(path)
        name = manner.mapping or (None if form is Format.NDJSON else FLAT)
        mapper = Mapper(find_mapping(name), agency) if name else None
        with open_export(path, form, manner.sheet) as export:
            unread = mapper.check(export.columns) if mapper and export.columns else ()
            to_content = mapper.content if mapper else as_it_is
            yield Source(path, form, name, export, to_content, unread)
    except ExportError as error:
        raise StopError(str(error), error.advice) from error


def _tell_source(source: Source) -> None:
    found = ", ".join(f"{what} {how}" for what, how in source.export.notes.items())
    if found:
        typer.echo(f"{source.path.name}: {found}", err=True)
    if source.unread:
        typer.echo(f"warning: nobody reads the columns {', '.join(source.unread)}", err=True)


async def _import(register: Takes, source: Source, agency: str, summary: Summary) -> None:
    await check_agency(agency)
    began = datetime.now(UTC)
    with rejects_file(source.path) as rejects, bar(source.path.name) as show:
        read = chunks(source.export.rows(), source.to_content, CHUNK)
        async with aclosing(_ahead(read)) as coming:
            async for chunk in coming:
                await take_chunk(register, agency, chunk, rejects, summary)
                show(source.export.done, source.export.total)
    async with connected() as connection:
        views = PostgresRegisterViews(connection)
        summary.leads_raised = await views.raised_since(agency, began)


async def _ahead(read: Iterator[Chunk]) -> AsyncGenerator[Chunk, None]:
    """Read the next chunk while the one before is stored."""
    coming = asyncio.create_task(asyncio.to_thread(next, read, None))
    try:
        while chunk := await coming:
            coming = asyncio.create_task(asyncio.to_thread(next, read, None))
            yield chunk
    finally:
        coming.cancel()


async def take_chunk(
    register: Takes, agency: str, chunk: Chunk, rejects: RejectsFile, summary: Summary
) -> None:
    """Store one chunk, and write down what of it was not taken, in the order of its lines."""
    answers = await _take(register, agency, chunk.records) if chunk.records else []
    chunk.rejects.extend(_refused(chunk, answers))
    kept = [answer for answer in answers if answer.result is not RecordResult.REFUSED]
    rejects.add(sorted(chunk.rejects, key=lambda reject: reject.line))
    summary.add(chunk, kept)


async def _take(register: Takes, agency: str, records: Sequence[CaseRecord]) -> list[RecordAnswer]:
    """Try again what may or may not be stored: what is stored already is found unchanged."""
    for attempt in range(TRIES - 1):
        try:
            return await register.take(agency, records)
        except (OutcomeUnknownError, Refusal) as error:
            if isinstance(error, Refusal) and error.code != "overloaded":
                raise
            await asyncio.sleep(_FIRST_PAUSE * 2**attempt)
    return await register.take(agency, records)


def _refused(chunk: Chunk, answers: Sequence[RecordAnswer]) -> Iterator[Reject]:
    for answer in answers:
        if answer.result is RecordResult.REFUSED:
            row = chunk.rows[answer.index]
            yield Reject(row.number, answer.case_number, answer.errors, row.values)


def _tell(source: Source, agency: str, summary: Summary, seconds: float, *, as_json: bool) -> None:
    kept = ("stored", "replaced", "unchanged", "stale")
    told: dict[str, Any] = {"read": summary.read}
    told |= {result: summary.results[result] for result in kept} | {"refused": summary.refused}
    conclusions = dict(sorted(summary.conclusions.items()))
    leads = dict(sorted(summary.leads_raised.items()))
    rejected = str(rejects_path(source.path)) if summary.refused else None
    if as_json:
        about = {"file": str(source.path), "agency": agency, "format": source.form.value}
        read_by = {"mapping": source.mapping, **source.export.notes}
        found = {"conclusions": conclusions, "leads_raised": leads}
        how = {"columns_not_read": source.unread, "rejected_file": rejected}
        say_json({**about, **read_by, **told, **found, **how, "seconds": round(seconds, 3)})
        return
    counted = ", ".join(f"{count} {name}" for name, count in told.items())
    say(f"{source.path.name}: {counted}")
    say(f"conclusions: {_counted(conclusions)}")
    say(f"leads raised: {_counted(leads)}")
    if rejected:
        say(f"what was refused, with the reasons: {rejected}")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"
