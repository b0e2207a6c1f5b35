"""Sessions in PostgreSQL for aiohttp-session: a cookie of chance, of which the database knows the digest only."""

from datetime import timedelta
from secrets import token_urlsafe
from uuid import UUID

from aiohttp import hdrs, web
from aiohttp_session import AbstractStorage, Session
from typing_extensions import override

from adapters.web.pages.services import PageServices, digest_of_cookie

_TOUCH_AFTER = timedelta(minutes=1)
"""How stale `seen_at` may be: a reader of pages costs a write a minute."""
_LONGEST_COOKIE = 128
PERSON = "staff"
OFFICE = "office"
ASKED = "asked"
"""Questions to the identity provider that have no answer yet, by their state."""
ASKED_WITHIN = timedelta(minutes=10)
"""How long a sign-in at the provider may take; a session of nobody lives no longer."""


class PostgresStorage(AbstractStorage):
    """Keeps sessions; each ends when it is idle for too long, and in any case after its longest life.

    A session that was ended elsewhere is not brought back by a page that was under way.
    """

    def __init__(self, pages: PageServices) -> None:
        limits = pages.limits
        super().__init__(
            # The prefix binds the cookie to this host and to TLS (RFC 6265bis 4.1.3).
            cookie_name="__Host-linkage" if limits.is_secure else "linkage",
            httponly=True,
            secure=limits.is_secure,
            samesite="Lax",
        )
        self._pages = pages

    @override
    async def load_session(self, request: web.Request) -> Session:
        cookie = self.load_cookie(request)
        now, limits = self._pages.now(), self._pages.limits
        if not cookie or len(cookie) > _LONGEST_COOKIE:
            return Session(None, data=None, new=True)
        digest = digest_of_cookie(cookie)
        row = await self._pages.sessions.load(digest, now, now - limits.idle)
        if row is None:
            return Session(None, data=None, new=True)
        if now - row.seen_at > _TOUCH_AFTER and not _listens(request):
            await self._pages.sessions.touch(digest, now)
        return Session(cookie, data={"session": row.data}, new=False)

    @override
    async def save_session(
        self, request: web.Request, response: web.StreamResponse, session: Session
    ) -> None:
        sessions, cookie = self._pages.sessions, str(session.identity or "")
        if session.empty:
            if cookie:
                await sessions.end(digest_of_cookie(cookie))
            self._forget_cookie(response)
            return
        if session.new or not cookie:
            cookie = await self._begin(session)
            self.save_cookie(response, cookie)
            return
        await sessions.update(
            digest_of_cookie(cookie), _person(session), _data(session), self._pages.now()
        )

    def _forget_cookie(self, response: web.StreamResponse) -> None:
        """Take the cookie away as it was set: one that is bound to TLS by its name is not taken away by less."""
        secure = self._pages.limits.is_secure
        response.del_cookie(self.cookie_name, secure=secure, httponly=True, samesite="Lax")

    async def _begin(self, session: Session) -> str:
        cookie, now = token_urlsafe(32), self._pages.now()
        person = _person(session)
        ends_at = now + (self._pages.limits.longest if person else ASKED_WITHIN)
        await self._pages.sessions.begin(
            digest_of_cookie(cookie), person, _data(session), now, ends_at
        )
        return cookie


def _listens(request: web.Request) -> bool:
    """Whether a stream is asked for: a page that lies open asks again by itself, and is no sign of a person."""
    return "text/event-stream" in request.headers.get(hdrs.ACCEPT, "")


def _data(session: Session) -> dict[str, object]:
    return dict(session)


def _person(session: Session) -> UUID | None:
    found = session.get(PERSON)
    return UUID(found) if found else None
