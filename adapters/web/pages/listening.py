"""Server-sent events for whoever has a page open: told again whenever there is something else to tell.

A stream ends with the session and the post that it began with, after a while in any case (a browser comes again by
itself), and when the service stops. An open page is no sign of a person: it keeps no session alive.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from aiohttp import hdrs, web
from aiohttp_session import get_session
from aiohttp_sse import sse_response

from adapters.web.pages.services import digest_of_cookie
from adapters.web.pages.streams import check_here, has_left
from adapters.web.pages.visit import Visit

T = TypeVar("T")


async def keep_telling(
    visit: Visit,
    event: str,
    look: Callable[[], Awaitable[T]],
    write: Callable[[T], str],
    told: T | None = None,
) -> web.StreamResponse:
    """Send what is seen, written, whenever it is not what was told last, until the reader leaves."""
    if visit.request.method == hdrs.METH_HEAD:
        return web.Response(content_type="text/event-stream")
    streams, now = visit.pages.streams, asyncio.get_running_loop().time
    ends_at = now() + streams.longest.total_seconds()
    with streams.place(visit.seat.staff_id):
        check_here(visit.request)
        beat = streams.heartbeat.total_seconds()
        async with sse_response(visit.request, ping_interval=beat) as stream:
            while stream.is_connected() and not streams.is_closing and not has_left(visit.request):
                if now() > ends_at or not await _may_listen(visit):
                    break
                seen = await look()
                if seen != told:
                    told = seen
                    with suppress(ConnectionResetError):  # the reader has left just now
                        await stream.send(write(seen), event=event)
                await streams.pause(visit.request)
        return stream


async def _may_listen(visit: Visit) -> bool:
    """Whether the session is still there, and its person still what he was at that office; nothing is touched."""
    cookie = str((await get_session(visit.request)).identity or "")
    now, limits = visit.pages.now(), visit.pages.limits
    digest = digest_of_cookie(cookie)
    if await visit.pages.sessions.load(digest, now, now - limits.idle) is None:
        return False
    seat = await visit.pages.staff.seat(visit.seat.staff_id, visit.seat.office.code)
    return seat is not None and seat.roles == visit.seat.roles
