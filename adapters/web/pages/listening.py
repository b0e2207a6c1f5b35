"""Whether somebody may go on listening: a stream ends with the session and the post that it began with."""

from aiohttp_session import get_session

from adapters.web.pages.services import digest_of_cookie
from adapters.web.pages.visit import Visit


async def may_listen(visit: Visit) -> bool:
    """Whether the session is still there, and its person still what he was at that office; nothing is touched."""
    cookie = str((await get_session(visit.request)).identity or "")
    now, limits = visit.pages.now(), visit.pages.limits
    digest = digest_of_cookie(cookie)
    if await visit.pages.sessions.load(digest, now, now - limits.idle) is None:
        return False
    seat = await visit.pages.staff.seat(visit.seat.staff_id, visit.seat.office.code)
    return seat is not None and seat.roles == visit.seat.roles
