"""New arrivals by server-sent events: how many came since a page was made, and never the list anew under a cursor.

A stream ends with its session, after a while in any case (a browser comes again by itself), and when the service stops.
An open queue is no sign of a person: it keeps no session alive.
"""

import asyncio
import json

from aiohttp import hdrs, web
from aiohttp_sse import sse_response

from adapters.web.pages.listening import may_listen
from adapters.web.pages.streams import check_here, has_left
from adapters.web.pages.visit import Visit

_SHOWN = 99


async def get_events(visit: Visit) -> web.StreamResponse:
    """Tell how many came since `?after=`, whenever that changes, until the reader leaves."""
    if visit.request.method == hdrs.METH_HEAD:
        return web.Response(content_type="text/event-stream")
    streams, after = visit.pages.streams, _number(visit.request.query.get("after", ""))
    ends_at = asyncio.get_running_loop().time() + streams.longest.total_seconds()
    with streams.place(visit.seat.staff_id):
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        beat = streams.heartbeat.total_seconds()
        check_here(visit.request)
        async with sse_response(visit.request, headers=headers, ping_interval=beat) as stream:
            told = 0
            while stream.is_connected() and not streams.is_closing and not has_left(visit.request):
                if asyncio.get_running_loop().time() > ends_at or not await may_listen(visit):
                    break
                count = await _count(visit, after)
                if count != told:
                    told = count
                    await stream.send(json.dumps({"text": _text(visit, count)}), event="arrivals")
                await streams.pause(visit.request)
        return stream


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
