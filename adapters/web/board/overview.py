"""The board itself: sentences with a deadline, each number a link to the list behind it, and what they grew from."""

from collections.abc import Hashable
from typing import Any

from aiohttp import web
from markupsafe import Markup

from adapters.web.board.address import Asked, asked_of
from adapters.web.board.charts import bars, heat, spark, weeks
from adapters.web.board.leads import where_tags
from adapters.web.board.snapshots import Compute, Snapshot
from adapters.web.board.telling import Teller
from adapters.web.pages.places import first_place
from adapters.web.pages.visit import Visit
from contracts.office import Sector
from service.domain.appraisal import NEVER_TRANSFERRED
from service.domain.board import Figures


async def get_home(visit: Visit) -> web.Response:
    """Lead whoever is signed in to where he begins, and everybody else to the door."""
    return visit.go(first_place(visit.found) if visit.found else "/sign-in")


async def get_board(visit: Visit) -> web.Response:
    """Show how the jurisdiction stands, as of a few seconds ago at most."""
    asked = asked_of(visit)
    snapshot = await snapshot_of(visit, asked)
    tell = Teller(visit, snapshot.figures.as_of)
    funnel = snapshot.figures.funnel(asked.months)
    return visit.render(
        "board/board.html",
        asked=asked,
        tell=tell,
        tiles=part(visit, asked, snapshot, "tiles"),
        funnel=funnel,
        funnel_bars=bars([stage.cases for stage in funnel]),
        charts=part(visit, asked, snapshot, "charts"),
        tags=where_tags(asked, tell),
        agencies=visit.office.board.agencies(visit.seat.reader),
        sectors=[*Sector],
    )


def key_of(visit: Visit, asked: Asked) -> Hashable:
    """Name a snapshot by what it is of, and by the guard under which it was read; other first months are cut from it."""
    return visit.seat.office.code, asked.codes, asked.months.last


async def snapshot_of(visit: Visit, asked: Asked) -> Snapshot:
    return await visit.pages.boards.get(
        key_of(visit, asked), _computing(visit, asked), visit.pages.now()
    )


async def fresh_snapshot_of(visit: Visit, asked: Asked) -> Snapshot:
    return await visit.pages.boards.get_fresh(
        key_of(visit, asked), _computing(visit, asked), visit.pages.now()
    )


def _computing(visit: Visit, asked: Asked) -> Compute:
    return lambda: visit.office.board.figures(asked.codes, asked.months.last)


def part(visit: Visit, asked: Asked, snapshot: Snapshot, name: str) -> Markup:
    """Write a part of the page, once a snapshot and language: ten readers cost no more than one."""
    key = (visit.language, name)
    if key not in snapshot.written:
        told = _CONTEXT[name](snapshot.figures)
        snapshot.written[key] = visit.to_text(
            f"board/_{name}.html",
            asked=asked,
            figures=snapshot.figures,
            tell=Teller(visit, snapshot.figures.as_of),
            expected_days=visit.office.board.expected_every.days,
            **told,
        )
    return Markup(snapshot.written[key])  # noqa: S704 (written by our own template, which escapes)


def _charts(figures: Figures) -> dict[str, Any]:
    shown = figures.months[-12:]
    before = {one.month: one.counts for one in figures.months}
    return {
        "lead_bars": bars([age.amount.number for age in figures.lead_ages]),
        "clock_bars": bars([age.amount.number for age in figures.clock_ages]),
        "heats": (
            ("decided", heat(figures.days, lambda day: day.decided)),
            ("never_transferred", heat(figures.days, lambda day: day.kept_back)),
        ),
        "weeks": weeks(figures.days),
        "shown_months": shown,
        "trend_names": _TRENDS,
        "sparks": {name: spark([one.counts[name] for one in shown]) for name in _TRENDS},
        "year_before": {
            one.month: before.get(one.month.replace(year=one.month.year - 1)) for one in shown
        },
    }


_CONTEXT = {"tiles": lambda _: {}, "charts": _charts}
_TRENDS = ("decided", "suspected", "transferred", "filed", NEVER_TRANSFERRED)
