"""The appraisal: every index with both its numbers, its own trend and the year before; nobody is ranked."""

import re
from datetime import date

from aiohttp import web

from adapters.appraisal_sheets import counts_of, indexes_of, trend_of, words_of
from adapters.web.board.address import Address, malformed
from adapters.web.board.charts import spark
from adapters.web.board.exports import FORMATS, file_answer, noted
from adapters.web.pages.visit import Visit
from contracts import appraisal as table_of_indexes
from contracts.appraisal import COUNTS
from contracts.appraisal_views import IndexView
from contracts.office import Level
from service.appraisal import MOST_MONTHS, Asked, GroupBy
from service.domain.appraisal import month_of

PAGE = 10
_GROUPS = [one.value for one in GroupBy]
_LEVELS = [one.value for one in Level]


async def get_appraisal(visit: Visit) -> web.Response:
    """Show the indexes of a month, or of several, by office, region or sector, in the order of their codes."""
    address = Address.of(visit)
    view = await visit.office.appraisal.of(visit.seat.reader, _asked(address, PAGE))
    registry = visit.pages.registry_now()
    return visit.render(
        "board/appraisal.html",
        address=address,
        view=view,
        names={code: office.name for code, office in registry.offices.items()},
        counts=table_of_indexes.load().counts,
        count_names=COUNTS,
        sparks={
            (row.key, index.id): spark([round(1000 * (one.value or 0)) for one in index.trend])
            for row in view.rows
            for index in row.indexes
        },
        counted={
            row.key: [index.id for index in row.indexes if _has_cases(index)] for row in view.rows
        },
        groups=_GROUPS,
        levels=_LEVELS,
        most_months=MOST_MONTHS,
        next=view.next and address.going_on(view.next),
    )


def _has_cases(index: IndexView) -> bool:
    """Whether there is anything to divide, in the period, a year before or in the trend."""
    rates = (index.rate, index.year_before, *index.trend)
    return any(rate.denominator or rate.numerator for rate in rates)


async def post_export(visit: Visit) -> web.Response:
    """Give the appraisal as a file; a line notes that it was taken out."""
    form = await visit.form()
    kind = form.get("format", "xlsx")
    if kind not in FORMATS:
        raise malformed("format", "this format is not known")
    address = Address("/appraisal", tuple((name, value) for name, value in form.items() if value))
    view = await visit.office.appraisal.of(visit.seat.reader, _asked(address, None))
    await noted(visit, "appraisal", len(view.rows), external=False)
    sheets = [indexes_of(view), trend_of(view), counts_of(view), words_of(view)]
    return await file_answer(kind, f"appraisal-{view.month}", sheets)


def _asked(address: Address, limit: int | None) -> Asked:
    return Asked(
        by=GroupBy(address.one_of("by", _GROUPS) or GroupBy.OFFICE),
        month=_month(address),
        months=address.whole("months", 1, MOST_MONTHS) or 1,
        level=_level(address),
        after=address.get("after"),
        limit=limit,
    )


def _level(address: Address) -> Level | None:
    chosen = address.one_of("level", _LEVELS)
    return Level(chosen) if chosen else None


def _month(address: Address) -> date | None:
    text = address.get("month")
    if text is not None and not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text):
        raise malformed("month", "a month is written 2026-10")
    return month_of(text) if text else None
