"""Signing in at the office's own identity provider: out to its page with a question, and back with the answer.

A question is kept in the session of the browser that asked it (before anybody is signed in, that session lives for
as long as a question does) and is taken out of it by the first answer, so that an answer brought by another
browser, or brought twice, finds none.
"""

from datetime import datetime, timedelta
from typing import Any

from aiohttp import hdrs, web
from aiohttp_session import get_session, new_session

from adapters.oidc.provider import Begun, Provider, failed, plain_code
from adapters.web.pages.page import Page
from adapters.web.pages.places import first_place, local_path
from adapters.web.pages.sessions import ASKED, ASKED_WITHIN
from adapters.web.pages.sign_in import let_in
from adapters.web.pages.visit import Visit
from service.domain.errors import Refusal

_MOST = 4
"""Questions of one browser at once: each of its tabs may have asked one."""
_LONGEST_CODE = 4096


async def get_begin(visit: Visit) -> web.Response:
    """Send somebody to the provider; raises Refusal `not_found` where there is none, `provider_unreachable`."""
    path = local_path(visit.request.query.get("next"))
    if visit.found is not None:
        return visit.go(path if path != "/" else first_place(visit.found))
    begun = Begun.by_chance()
    address = await _provider(visit).address(begun)
    await _keep(visit, begun, path)
    return web.Response(status=303, headers={hdrs.LOCATION: address})


async def get_callback(visit: Visit) -> web.Response:
    """Let in whom the provider proves; raises Refusal `sign_in_failed`, `provider_unreachable`, `not_on_staff`."""
    provider, query = _provider(visit), visit.request.query
    begun, path = await _take(visit, query.get("state", ""))
    if "error" in query:
        raise failed(f"the provider says {plain_code(query['error'])}")
    code = query.get("code", "")
    if not 0 < len(code) <= _LONGEST_CODE:
        raise failed("the provider's answer has no code")
    identity = await provider.identify(begun, code, query.get("iss"))
    return await let_in(visit, identity.issuer, identity.subject, path, identity.name)


def _provider(visit: Visit) -> Provider:
    if visit.pages.provider is None:
        raise Refusal("not_found", "no identity provider is set")
    return visit.pages.provider


async def _keep(visit: Visit, begun: Begun, path: str) -> None:
    """Keep a question in a new session, with those that other tabs have asked and that are still alive."""
    now, before = visit.pages.now(), await get_session(visit.request)
    alive = {state: one for state, one in before.get(ASKED, {}).items() if _is_alive(one, now)}
    newest = dict(sorted(alive.items(), key=lambda one: float(one[1]["at"]))[1 - _MOST :])
    if before.identity:
        await visit.pages.end_session(str(before.identity))
    session = await new_session(visit.request)
    told = {"nonce": begun.nonce, "verifier": begun.verifier, "next": path, "at": now.timestamp()}
    session[ASKED] = newest | {begun.state: told}


async def _take(visit: Visit, state: str) -> tuple[Begun, str]:
    """Take the question out of the session, whatever becomes of the answer."""
    session = await get_session(visit.request)
    kept = dict(session.get(ASKED, {}))
    asked = kept.pop(state, None)
    if asked is None:
        raise failed("this browser has not begun this sign-in, or has ended it already")
    if kept:
        session[ASKED] = kept
    else:
        del session[ASKED]
    if not _is_alive(asked, visit.pages.now()):
        raise failed("it was begun too long ago")
    return Begun(state, asked["nonce"], asked["verifier"]), asked["next"]


def _is_alive(asked: dict[str, Any], now: datetime) -> bool:
    return timedelta(seconds=now.timestamp() - asked["at"]) <= ASKED_WITHIN


TABLE = (
    Page("sign_in_oidc", "GET", "/sign-in/oidc", get_begin, is_public=True),
    Page("sign_in_callback", "GET", "/sign-in/callback", get_callback, is_public=True),
)
