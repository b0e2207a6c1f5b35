"""The board by server-sent events: the tiles anew whenever they say something else, and the moment that they are of.

A stream ends with its session, after a while in any case (a browser comes again by itself), and when the service stops.
An open board is no sign of a person: it keeps no session alive.
"""

import asyncio
from contextlib import suppress

from aiohttp import hdrs, web
from aiohttp_sse import sse_response

from adapters.web.board.address import asked_of
from adapters.web.board.overview import fresh_tiles, written_tiles
from adapters.web.pages.listening import may_listen
from adapters.web.pages.streams import check_here, has_left
from adapters.web.pages.visit import Visit


async def get_events(visit: Visit) -> web.StreamResponse:
    """Send the tiles whenever they change, until the reader leaves."""
    asked, streams = asked_of(visit), visit.pages.streams
    if visit.request.method == hdrs.METH_HEAD:
        return web.Response(content_type="text/event-stream")
    ends_at = asyncio.get_running_loop().time() + streams.longest.total_seconds()
    with streams.place(visit.seat.staff_id):
        headers = {"X-Accel-Buffering": "no"}
        beat = streams.heartbeat.total_seconds()
        check_here(visit.request)
        async with sse_response(visit.request, headers=headers, ping_interval=beat) as stream:
            sent: object = None
            while stream.is_connected() and not streams.is_closing and not has_left(visit.request):
                if asyncio.get_running_loop().time() > ends_at or not await may_listen(visit):
                    break
                tiles = await fresh_tiles(visit, asked)
                if tiles.figures != sent:
                    sent = tiles.figures
                    with suppress(ConnectionResetError):  # the reader has left just now
                        await stream.send(written_tiles(visit, asked, tiles), event="tiles")
                await streams.pause(visit.request)
        return stream
