"""`linkage appraisal`."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from adapters.appraisal_sheets import (
    counts_of,
    each_index,
    indexes_of,
    trend_of,
    who,
    words_of,
)
from adapters.cli.figures import reading
from adapters.cli.output import Json, StopError, say, say_json, say_table, wait_for
from adapters.clock import SystemClock
from adapters.sheets import write_csv, write_xlsx
from contracts.appraisal_views import AppraisalView, Rate
from contracts.office import Level
from service.appraisal import MOST_MONTHS, Appraisal, Asked, GroupBy
from service.domain.appraisal import month_of
from service.domain.registry import Registry


class RegionLevel(StrEnum):
    """What makes a region."""

    PROVINCE = Level.PROVINCE.value
    CITY = Level.CITY.value
    COUNTY = Level.COUNTY.value


def appraisal(
    *,
    month: Annotated[
        str | None, typer.Option(help="The last month, as 2026-10; the last full one without it.")
    ] = None,
    months: Annotated[
        int, typer.Option(min=1, max=MOST_MONTHS, help="How many months are taken together.")
    ] = 1,
    by: Annotated[GroupBy, typer.Option(help="What a row is.")] = GroupBy.OFFICE,
    level: Annotated[RegionLevel, typer.Option(help="What makes a region.")] = RegionLevel.CITY,
    csv: Annotated[Path | None, typer.Option(help="Write the indexes to a CSV file.")] = None,
    xlsx: Annotated[
        Path | None,
        typer.Option(help="Write indexes, trend and counts to a workbook."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the indexes of appraisal, or write them to a file.

    Each stands with its two numbers and the year before, and nobody is ranked. A rate of few cases says little, and a low rate of transfer is no proof of anything.
    """
    asked = Asked(by, _read_month(month), months, Level(level))
    view = wait_for(_ask(asked))
    if csv is not None:
        write_csv(csv, indexes_of(view))
    if xlsx is not None:
        write_xlsx(xlsx, [indexes_of(view), trend_of(view), counts_of(view), words_of(view)])
    if as_json:
        say_json(view.model_dump(mode="json"))
    elif csv is None and xlsx is None:
        _tell(view)


def _read_month(text: str | None) -> date | None:
    try:
        return month_of(text) if text else None
    except ValueError:
        raise StopError(f"{text} is no month", "write it as 2026-10") from None


async def _ask(asked: Asked) -> AppraisalView:
    async with reading() as figures:
        nobody = Registry.of(0, [], [])  # an operator sees everything, whoever is registered
        return await Appraisal(figures, lambda: nobody, SystemClock()).table(asked=asked)


def _tell(view: AppraisalView) -> None:
    say(f"{view.months} month(s) until {view.month}, by {view.by}")
    say(view.caution.zh)
    rows = [
        (*who(row)[:2], index.zh, *_shown(index.rate), *_shown(index.year_before))
        for row, index in each_index(view)
        if index.rate.denominator
    ]
    say_table(("key", "name", "index", "cases", "rate", "cases a year before", "rate"), rows)
    for one in view.top_offences or ():
        say(f"{one.offence_code}: {one.cases} open under leads")


def _shown(rate: Rate) -> tuple[str, str]:
    mark = " *" if rate.small else ""
    ratio = "-" if rate.value is None else f"{rate.value:.1%}{mark}"
    return f"{rate.numerator}/{rate.denominator}", ratio
