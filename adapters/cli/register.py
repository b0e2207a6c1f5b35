"""`linkage register`: agencies' own registers: what came in, what is missing of them, what cannot be judged yet."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

import typer
from pydantic import ValidationError

from adapters import main
from adapters.cli.app import new_app
from adapters.cli.database import check_agency, connected
from adapters.cli.output import Json, StopError, guarded, local, say, say_json, say_table, wait_for
from adapters.cli.register_generate import generate
from adapters.cli.register_import import import_
from adapters.cli.register_show import show
from adapters.imports.mapping import shipped
from adapters.postgres.overview import PostgresOverview
from adapters.postgres.register_views import PostgresRegisterViews
from adapters.settings import read_settings
from contracts.appraisal_views import ReconciledMonth, RescreeningView
from contracts.case_record import MonthlyCount
from service.domain.appraisal import CONCLUSIONS, conclusion_name
from service.domain.register_glimpses import FeedRow, OpenCaseRow
from service.domain.scope import EVERYTHING
from service.overview import Period

app = new_app(help="Take agencies' registers in, show what came, and what of it is missing.")
app.command("import")(guarded(import_))
app.command("generate")(guarded(generate))
app.command("show")(guarded(show))

Agency = Annotated[str | None, typer.Option(metavar="CODE", help="Only this agency.")]
Month = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m"], help="Only this month, as 2026-10.")
]
_PAGE: Final = 1000
_ALL_TIME: Final = Period(date(1900, 1, 1), date(2100, 12, 1))


@app.command()
@guarded
def mappings(*, as_json: Json = False) -> None:
    """List the mappings of columns that we ship; a file of the same form is named by its path."""
    ours = shipped()
    if as_json:
        told = [
            {
                "name": name,
                **one.model_dump(include={"zh", "en", "basis", "mark"}),
                "columns": [list(column.from_) for column in one.columns],
            }
            for name, one in ours.items()
        ]
        say_json({"mappings": told})
        return
    rows = [(name, one.zh, len(one.columns), one.basis) for name, one in ours.items()]
    say_table(("mapping", "what it reads", "columns", "basis"), rows)


@app.command()
@guarded
def counts(
    *,
    agency: Annotated[str, typer.Option(metavar="CODE", help="Whose register it is.")],
    month: Annotated[datetime, typer.Option(formats=["%Y-%m"], help="The month, as 2026-10.")],
    decided: Annotated[int, typer.Option(min=0, help="Decisions of the month.")],
    filed: Annotated[
        int | None, typer.Option(min=0, help="Cases that were filed in the month.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Keep what an agency's own register counts for a month; a later word replaces an earlier one."""
    try:
        count = MonthlyCount(month=f"{month:%Y-%m}", filed=filed, decided=decided)
    except ValidationError as error:
        raise StopError(error.errors(include_input=False)[0]["msg"]) from error
    wait_for(_report(agency, count))
    if as_json:
        say_json({"agency": agency, **count.model_dump(mode="json")})
        return
    say(f"{agency} counts {decided} decisions for {count.month}: `linkage register reconcile`")


async def _report(agency: str, count: MonthlyCount) -> None:
    await check_agency(agency)
    async with main.register(read_settings()) as register:
        await register.report_counts(agency, [count])


@app.command()
@guarded
def reconcile(*, month: Month = None, as_json: Json = False) -> None:
    """Hold what agencies count against what is here, month by month, the latest first."""
    day = month.date() if month else None
    rows = wait_for(_reconciled(Period(day, day) if day else _ALL_TIME))
    missing = sum(row.missing_decided for row in rows)
    if as_json:
        told = [row.model_dump(mode="json") for row in rows]
        say_json({"missing_decided": missing, "months": told})
        return
    say_table(_RECONCILED, map(_reconciled_cells, rows))
    say(f"{missing} decisions are missing here")


async def _reconciled(period: Period) -> list[ReconciledMonth]:
    found: list[ReconciledMonth] = []
    async with connected() as connection:
        overview, place = PostgresOverview(connection), (date.max, "")
        while page := await overview.reconciliation(EVERYTHING, period, place, _PAGE):
            found += page
            place = (date.fromisoformat(f"{page[-1].month}-01"), page[-1].agency)
    return found


_RECONCILED = ("month", "agency", "name", "theirs", "ours", "missing", "filed", "ours", "missing")


def _reconciled_cells(row: ReconciledMonth) -> Sequence[object]:
    decided = (row.reported_decided, row.decided, row.missing_decided)
    filed = (row.reported_filed, row.filed_cases, row.missing_filed)
    return (row.month, row.agency, row.name, *decided, *filed)


@app.command()
@guarded
def undetermined(
    *,
    agency: Agency = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line instead of text.")
    ] = False,
) -> None:
    """List the cases that cannot be judged before facts are given, and which facts these are."""
    wait_for(_tell_open(agency, as_json=as_json))


async def _tell_open(agency: str | None, *, as_json: bool) -> None:
    found = 0
    async with connected() as connection:
        async for page in _open_cases(PostgresRegisterViews(connection), agency):
            found += len(page)
            if as_json:
                for row in page:
                    say_json(_open_as_json(row))
            else:
                columns = ("case", "agency", "conclusion", "offence", "facts missing")
                say_table(columns, map(_open_cells, page))
    if not as_json:
        say(f"{found} cases need facts")


async def _open_cases(
    views: PostgresRegisterViews, agency: str | None
) -> AsyncIterator[list[OpenCaseRow]]:
    after = None
    while page := await views.open_cases(agency, after, _PAGE):
        yield page
        after = page[-1].case_id


def _open_as_json(row: OpenCaseRow) -> dict[str, Any]:
    return {
        "case_number": row.case_number,
        "agency": row.agency,
        "conclusion": row.conclusion,
        "offence_code": row.offence_code,
        "missing": row.missing,
        "undetermined": row.undetermined,
    }


def _open_cells(row: OpenCaseRow) -> Sequence[object]:
    missing = {*row.missing, *(fact for one in row.undetermined for fact in one["missing"])}
    facts = ", ".join(sorted(missing))
    return row.case_number, row.agency, row.conclusion, row.offence_code, facts


@app.command()
@guarded
def status(*, as_json: Json = False) -> None:
    """Show who feeds its register, who is silent, how cases stand, and how far a re-screening is."""
    feeds, cases, rescreening = wait_for(_status())
    if as_json:
        told = [_feed_as_json(feed) for feed in feeds]
        how_far = rescreening.model_dump(mode="json") if rescreening else None
        say_json({"feeds": told, "cases": cases, "rescreening": how_far})
        return
    say_table(_FEED, map(_feed_cells, feeds))
    say(", ".join(f"{count} {conclusion}" for conclusion, count in cases.items()))
    if rescreening and rescreening.slices_left:
        done = rescreening.slices - rescreening.slices_left
        progress = f"{done} of {rescreening.slices} parts, {rescreening.screened} cases"
        say(f"re-screening: {progress}, {rescreening.changed} came out otherwise")


async def _status() -> tuple[list[FeedRow], dict[str, int], RescreeningView | None]:
    before = datetime.now(UTC) - read_settings().register_expected_every
    names = {conclusion: conclusion_name(conclusion) for conclusion in CONCLUSIONS}
    async with connected() as connection:
        overview = PostgresOverview(connection)
        feeds = await PostgresRegisterViews(connection).feeds(before)
        tallied = await overview.tallied(EVERYTHING, list(names.values()))
        cases = {conclusion: tallied.get(name, 0) for conclusion, name in names.items()}
        return feeds, cases, await overview.rescreening()


_FEED = ("agency", "name", "since", "last", "cases", "")


def _feed_cells(feed: FeedRow) -> Sequence[object]:
    moments = (local(feed.connected_at), local(feed.last_received_at))
    return (feed.agency, feed.name, *moments, feed.cases, "silent" if feed.silent else "")


def _feed_as_json(feed: FeedRow) -> dict[str, Any]:
    return {
        "agency": feed.agency,
        "name": feed.name,
        "connected_at": feed.connected_at.isoformat(),
        "last_received_at": feed.last_received_at.isoformat(),
        "cases": feed.cases,
        "silent": feed.silent,
    }
