"""The lists behind the other numbers: clocks, stages of the funnel, the silent, and what does not reconcile."""

from datetime import date

from aiohttp import web

from adapters.web.board.address import (
    PAGE,
    asked_of,
    malformed,
    moment_text,
    read_id,
    read_moment,
    read_place,
)
from adapters.web.board.leads import span_of
from adapters.web.board.listing import Listing, Tag, where_tags
from adapters.web.board.telling import Teller
from adapters.web.pages.visit import Visit
from service.domain.appraisal import month_of
from service.domain.board import FUNNEL, CasePlace
from service.domain.board_rows import DeadlinesAsked

STATES = ("overdue", "near", "open", "lapsed")


async def get_deadlines(visit: Visit) -> web.Response:
    """List the clocks of the jurisdiction that nothing has ended, the earliest first."""
    asked = asked_of(visit)
    state = asked.address.one_of("state", STATES) or "overdue"
    age = span_of(asked.address.get("age"))
    after, until = age.moments(visit.pages.now()) if age else (None, None)
    place = read_place(asked.address, "moment", "id")
    shown = (read_moment(place[0]), read_id(place[1])) if place else None
    which = DeadlinesAsked(asked.codes, state, after, until)
    found = await visit.office.board.deadlines(which, shown, PAGE)
    tell = Teller(visit, found.as_of)
    tags = [*where_tags(asked, tell)]
    if age:
        tags.append(Tag(tell.span(age), asked.address.having(age=None)))
    behind = found.next and f"{moment_text(found.next[0])}.{found.next[1]}"
    return Listing(asked, tell, found, tags, behind).show(
        "board/deadlines.html",
        state=state,
        states=STATES,
        computation=visit.office.board.computation,
    )


async def get_stage(visit: Visit) -> web.Response:
    """List the cases that a stage of the funnel counts."""
    asked = asked_of(visit)
    stage = asked.address.one_of("stage", FUNNEL) or "transferred"
    place = read_place(asked.address, "code", "id")
    after = CasePlace(place[0], read_id(place[1])) if place else None
    found = await visit.office.board.stage(asked.codes, stage, asked.months, after, PAGE)
    tell = Teller(visit, found.as_of)
    behind = found.next and f"{found.next.agency}.{found.next.case_id}"
    return Listing(asked, tell, found, where_tags(asked, tell), behind).show(
        "board/stage.html", stage=stage, stages=FUNNEL
    )


async def get_silence(visit: Visit) -> web.Response:
    """List the agencies whose register has not come, the longest silent first."""
    asked = asked_of(visit)
    place = read_place(asked.address, "moment", "code")
    after = (read_moment(place[0]), place[1]) if place else None
    found = await visit.office.board.silent(asked.codes, after, PAGE)
    tell = Teller(visit, found.as_of)
    behind = found.next and f"{moment_text(found.next[0])}.{found.next[1]}"
    return Listing(asked, tell, found, where_tags(asked, tell), behind).show(
        "board/silence.html", expected_days=visit.office.board.expected_every.days
    )


async def get_reconciliation(visit: Visit) -> web.Response:
    """Hold what agencies count for a month against what is here; only what is missing, where that is asked for."""
    asked = asked_of(visit)
    missing = asked.address.is_set("missing")
    place = read_place(asked.address, "month", "code")
    after = (_month(place[0]), place[1]) if place else None
    found, gaps = await visit.office.board.reconciliation(asked.codes, after, PAGE, missing=missing)
    tell = Teller(visit, found.as_of)
    tags = [*where_tags(asked, tell)]
    if missing:
        tags.append(Tag(visit.say("只看有差额的月份"), asked.address.having(missing=None)))
    behind = found.next and f"{found.next[0]:%Y-%m}.{found.next[1]}"
    return Listing(asked, tell, found, tags, behind).show(
        "board/reconciliation.html", gaps=gaps, missing=missing
    )


def _month(text: str) -> date:
    try:
        return month_of(text)
    except ValueError:
        raise malformed("after", "it is not the next page of this list") from None
