"""Saved views above a queue, with live numbers: what everybody wants, what the office keeps, and one's own."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from adapters.web.desk.panel import address
from adapters.web.desk.telling import Telling
from adapters.web.pages.visit import Visit
from service.domain.errors import Refusal
from service.domain.queue_filters import Claimed, Facet, Filters, Order
from service.domain.urgency import Urgency

_DEFAULT = {
    "全部未办结": Filters(),
    "我领取的": Filters(claimed=Claimed.MINE),
    "今日到期": Filters({Facet.URGENCY: (Urgency.TODAY.value,)}),
    "已超期": Filters({Facet.URGENCY: (Urgency.OVERDUE.value, Urgency.SEVERE.value)}),
    "今日新到": Filters(arrived_from="today", order=Order.ARRIVED),
}
VIEW_NAMES = tuple(_DEFAULT)
"""Names of the views that everybody has, for the test that each is translated."""
_HANDED_BACK = 200
"""Characters of a name that comes back to be mended: it goes by the address."""


class ShownView(NamedTuple):
    """One view as a link; `id` is there if it can be deleted by who looks."""

    title: str
    href: str
    size: str
    is_here: bool
    id: UUID | None
    is_of_office: bool


async def shown_views(visit: Visit, filters: Filters) -> Sequence[ShownView]:
    """Give the views of somebody; those that search have no number, which would cost more than it is worth."""
    saved = await visit.office.views.of(visit.seat)
    lists = [*_DEFAULT.values(), *(Filters.read_query(view.query) for view in saved)]
    counts = await visit.office.queue.counts(visit.seat, lists)
    tell, may_keep = Telling(visit), visit.may("chief")
    names: list[tuple[str, UUID | None, bool]] = [
        (visit.say(name), None, False) for name in _DEFAULT
    ]
    names += [
        (view.name, view.id if may_keep or not view.is_of_office else None, view.is_of_office)
        for view in saved
    ]
    return [
        ShownView(title, address(one.query), tell.count(count), one == filters, view_id, of_office)
        for (title, view_id, of_office), one, count in zip(names, lists, counts, strict=True)
    ]


async def post_view(visit: Visit) -> web.Response:
    """Keep the queue as it is shown, under a name."""
    form = await visit.form()
    query, name = form.get("query", ""), form.get("name", "")
    for_office = form.get("for") == "office"
    try:
        view = await visit.office.views.save(visit.seat, name, query, for_office=for_office)
    except Refusal as refusal:
        if refusal.code != "schema":
            raise
        kept = {"named": name[:_HANDED_BACK], "for": "office" if for_office else ""}
        return _back(Filters.read_query(query).query, refusal.faults[0].code, kept)
    return _back(view.query, "saved")


async def post_delete(visit: Visit) -> web.Response:
    """Forget a view."""
    form = await visit.form()
    try:
        view_id = UUID(visit.argument["view_id"])
    except ValueError:
        raise Refusal("not_found", "no such view") from None
    await visit.office.views.delete(visit.seat, view_id)
    return _back(Filters.read_query(form.get("query", "")).query, "deleted")


def _back(query: str, said: str, typed: Mapping[str, str] = {}) -> web.Response:
    told = urlencode({"saved": said} | {name: text for name, text in typed.items() if text})
    mark = "&" if query else ""
    return web.Response(status=303, headers={"Location": f"/desk?{query}{mark}{told}"})
