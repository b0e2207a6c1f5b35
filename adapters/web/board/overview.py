"""The board itself: sentences with a deadline, each number a link to the list behind it, and what they grew from."""

from asyncio import gather
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from aiohttp import web
from markupsafe import Markup

from adapters.web.board.address import Asked, asked_of
from adapters.web.board.charts import bars, heat, spark, weeks
from adapters.web.board.listing import where_tags
from adapters.web.board.snapshots import Compute, F, Snapshot
from adapters.web.board.telling import Teller
from adapters.web.pages.places import first_place
from adapters.web.pages.visit import Visit
from contracts.office import Sector
from service.domain.appraisal import NEVER_TRANSFERRED
from service.domain.board import Charts, Tiles


async def get_home(visit: Visit) -> web.Response:
    """Lead whoever is signed in to where he begins, and everybody else to the door."""
    return visit.go(first_place(visit.found) if visit.found else "/sign-in")


async def get_board(visit: Visit) -> web.Response:
    """Show how the jurisdiction stands, as of a few seconds ago at most, and what that grew from."""
    asked, board, pages = asked_of(visit), visit.office.board, visit.pages
    last = asked.months.last  # other first months are cut from the same
    key = (visit.seat.office.code, asked.codes, last)
    tiles, charts = await gather(
        pages.tiles.get(*_tiles(visit, asked), pages.now()),
        pages.charts.get(key, lambda: board.charts(asked.codes, last), pages.now()),
    )
    tell, funnel = Teller(visit, charts.figures.as_of), charts.figures.funnel(asked.months)
    return visit.render(
        "board/board.html",
        asked=asked,
        tell=tell,
        tiles=written_tiles(visit, asked, tiles),
        funnel=funnel,
        funnel_bars=bars([stage.cases for stage in funnel]),
        charts=_written(visit, asked, charts, "charts", _drawn),
        tags=where_tags(asked, tell),
        agencies=board.agencies(visit.seat.reader),
        sectors=[*Sector],
    )


async def fresh_tiles(visit: Visit, asked: Asked) -> Snapshot[Tiles]:
    """Give tiles of a moment ago, for whoever can wait."""
    return await visit.pages.tiles.get_fresh(*_tiles(visit, asked), visit.pages.now())


def written_tiles(visit: Visit, asked: Asked, snapshot: Snapshot[Tiles]) -> Markup:
    every = visit.office.board.expected_every
    return _written(visit, asked, snapshot, "tiles", lambda _: {"expected_days": every.days})


def _tiles(visit: Visit, asked: Asked) -> tuple[Hashable, Compute[Tiles]]:
    """Name tiles by what they are of, and by the guard under which they are read; and say how they are made."""
    key = (visit.seat.office.code, asked.codes)
    return key, lambda: visit.office.board.tiles(asked.codes)


def _written(
    visit: Visit,
    asked: Asked,
    snapshot: Snapshot[F],
    name: str,
    drawn: Callable[[F], Mapping[str, object]],
) -> Markup:
    """Draw and write a part of the page, once a snapshot and language: ten readers cost no more than one."""
    if visit.language not in snapshot.written:
        snapshot.written[visit.language] = visit.to_text(
            f"board/_{name}.html",
            asked=asked,
            figures=snapshot.figures,
            tell=Teller(visit, snapshot.figures.as_of),
            **drawn(snapshot.figures),
        )
    return Markup(snapshot.written[visit.language])  # noqa: S704 (written by our own template, which escapes)


def _drawn(figures: Charts) -> dict[str, Any]:
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


_TRENDS = ("decided", "suspected", "transferred", "filed", NEVER_TRANSFERRED)
