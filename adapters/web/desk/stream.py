"""New arrivals by server-sent events: how many came since a page was made, and never the list anew under a cursor."""

import json

from aiohttp import web

from adapters.web.pages.listening import keep_telling
from adapters.web.pages.visit import Visit

_SHOWN = 99


async def get_events(visit: Visit) -> web.StreamResponse:
    """Tell how many came since `?after=`, whenever that changes, until the reader leaves."""
    after = _number(visit.request.query.get("after", ""))
    return await keep_telling(
        visit,
        "arrivals",
        look=lambda: _count(visit, after),
        write=lambda count: json.dumps({"text": _text(visit, count)}),
        told=0,
    )


async def _count(visit: Visit, after: int) -> int:
    newest = await visit.pages.arrivals.newest(
        visit.seat.office.code, lambda: visit.office.queue.newest(visit.seat)
    )
    return sum(number > after for number in newest)


def _text(visit: Visit, count: int) -> str:
    if count > _SHOWN:
        return visit.say("有 %(n)s 件以上新到，点击更新列表", n=_SHOWN)
    return visit.say("有 %(n)s 件新到，点击更新列表", n=count)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0  # noqa: PLR2004 (of 63 bits)
