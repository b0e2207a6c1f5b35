"""`linkage appraisal`."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.figures import reading
from adapters.cli.output import Json, StopError, say, say_json, say_table, wait_for
from adapters.cli.sheets import Cell, Sheet, write_csv, write_xlsx
from adapters.clock import SystemClock
from contracts import appraisal as table_of_indexes
from contracts.appraisal import COUNTS
from contracts.appraisal_views import AppraisalRow, AppraisalView, IndexView, Rate
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
        (*_who(row)[:2], index.zh, *_shown(index.rate), *_shown(index.year_before))
        for row, index in _indexes(view)
        if index.rate.denominator
    ]
    say_table(("key", "name", "index", "cases", "rate", "cases a year before", "rate"), rows)
    for one in view.top_offences or ():
        say(f"{one.offence_code}: {one.cases} open under leads")


def _shown(rate: Rate) -> tuple[str, str]:
    mark = " *" if rate.small else ""
    ratio = "-" if rate.value is None else f"{rate.value:.1%}{mark}"
    return f"{rate.numerator}/{rate.denominator}", ratio


def _indexes(view: AppraisalView) -> Iterator[tuple[AppraisalRow, IndexView]]:
    return ((row, index) for row in view.rows for index in row.indexes)


def _who(row: AppraisalRow) -> tuple[Cell, ...]:
    return row.key, row.name, row.division, row.sector


_WHO = ("编号", "名称", "地区", "领域")
_RATE = ("分子", "分母", "比率")


def indexes_of(view: AppraisalView) -> Sheet:
    """One row a group and index: the period, and the same a year before."""
    return Sheet(
        "指标",
        (*_WHO, "截至月份", "月数", "指标", *_RATE, "件数少", *(f"上年同期{one}" for one in _RATE)),
        [
            (
                *(*_who(row), view.month, view.months, index.zh),
                *(
                    *_cells(index.rate),
                    "是" if index.rate.small else "",
                    *_cells(index.year_before),
                ),
            )
            for row, index in _indexes(view)
        ],
        frozenset({9, 13}),
    )


def trend_of(view: AppraisalView) -> Sheet:
    """One row a group, index and month."""
    return Sheet(
        "走势",
        (*_WHO, "指标", "月份", *_RATE),
        [
            (*_who(row), index.zh, one.month, *_cells(one))
            for row, index in _indexes(view)
            for one in index.trend
        ],
        frozenset({8}),
    )


def counts_of(view: AppraisalView) -> Sheet:
    """One row a group, one column a count."""
    names = table_of_indexes.load().counts
    return Sheet(
        "件数",
        (*_WHO, *(names[name].zh for name in COUNTS)),
        [(*_who(row), *(row.counts[name] for name in COUNTS)) for row in view.rows],
    )


def words_of(view: AppraisalView) -> Sheet:
    """What must be read beside the numbers."""
    table = table_of_indexes.load()
    rows = [
        (one.zh, one.basis, one.mark, one.note.zh if one.note else None) for one in table.indexes
    ]
    return Sheet(
        "说明",
        ("指标", "依据", "核实", "说明"),
        [("总说明", view.caution.basis, None, view.caution.zh), *rows],
    )


def _cells(rate: Rate) -> tuple[Cell, ...]:
    return rate.numerator, rate.denominator, rate.value
