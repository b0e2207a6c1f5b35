"""The queue as a page: one list, worst first, whose address is its state."""

from dataclasses import replace

from aiohttp import web

from adapters.web.desk.lines import Lines
from adapters.web.desk.panel import Panel, address
from adapters.web.desk.saved import shown_views
from adapters.web.desk.telling import Telling
from adapters.web.pages.visit import Visit
from service.domain.queue_filters import Filters
from service.queue import read_step


async def get_queue(visit: Visit) -> web.Response:
    """Show a page of the queue; a search for an exact number opens its case at once."""
    query = visit.request.query
    filters = Filters.read(query.items())
    after, before = query.get("after", ""), query.get("before", "")
    step = read_step(after, before)
    queue = visit.office.queue
    is_asked = bool(filters.text) and step.place is None and not visit.is_boosted
    if is_asked and (found := await queue.find_number(visit.seat, filters)):
        # The way back leads to the list: the search would only open the case again.
        listed = replace(filters, text="").query
        return visit.go(f"/desk/transfers/{found}", **({"from": listed} if listed else {}))
    page = await queue.page(visit.seat, filters, step)
    if step.backwards and page.before is None:
        # The first page has one address, whichever way somebody came to it.
        return web.Response(status=303, headers={"Location": address(filters.query)})
    panel = Panel(page, Telling(visit), after if not before else "", before)
    return visit.render(
        "desk/queue.html",
        panel=panel,
        page=page,
        tell=panel.telling,
        views=await shown_views(visit, filters),
        may_act=visit.may("reviewer", "chief"),
        lines=Lines(panel.telling, panel.here, panel.query),
        saved=query.get("saved", ""),
        typed=query,
    )
