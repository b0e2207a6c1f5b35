"""What a page is: an address, who may open it, and what is checked before its handler runs.

A page that names no role and is not marked public is an error when the table is built, not a page for everybody.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler as AiohttpHandler
from aiohttp.typedefs import Middleware
from aiohttp_session import get_session

from adapters.web.bodies import keep_expecting
from adapters.web.edge import OFFICE, ROUTE, TIMED
from adapters.web.pages.addresses import SAFE, is_ours, readable_address
from adapters.web.pages.ended import ended
from adapters.web.pages.failures import failure
from adapters.web.pages.languages import Language
from adapters.web.pages.services import PageServices
from adapters.web.pages.sessions import OFFICE as SEATED_AT
from adapters.web.pages.sessions import PERSON
from adapters.web.pages.visit import CARE, LANGUAGE_COOKIE, LOOK_COOKIE, Visit, check_text
from contracts.office import OfficeKind
from service.domain.errors import OutcomeUnknownError, Refusal
from service.domain.staff import Seat, StaffRole

Handler = Callable[[Visit], Awaitable[web.StreamResponse]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
EVERY_KIND = frozenset(OfficeKind)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Page:
    """One method at one address; `roles` of them one is enough, at an office of one of `kinds`."""

    name: str
    method: str
    path: str
    handler: Handler
    roles: frozenset[StaffRole] = frozenset()
    kinds: frozenset[OfficeKind] = EVERY_KIND
    is_public: bool = False

    def __post_init__(self) -> None:
        if self.is_public == bool(self.roles):
            raise ValueError(f"{self.name} is for everybody, or for some roles: say which")


def page_routes(table: Iterable[Page], pages: PageServices) -> list[web.RouteDef]:
    """Give each row its route; a page that can be got can be asked for its head too."""
    return [
        web.route(
            page.method,
            page.path,
            _guarded(page, pages),
            name=page.name,
            expect_handler=keep_expecting,
        )
        for page in table
    ] + [
        web.head(page.path, _guarded(page, pages), expect_handler=keep_expecting)
        for page in table
        if page.method == hdrs.METH_GET
    ]


def lost(pages: PageServices) -> Middleware:
    """Make the layer that answers a browser with a page at an address, or for a method, that has no route.

    What asks for anything but pages, or for an address of the API, has the problem document as ever.
    """
    tell = _guarded(Page("none", hdrs.METH_GET, "", _tell_lost, is_public=True), pages)

    @web.middleware
    async def answered(request: web.Request, handler: AiohttpHandler) -> web.StreamResponse:
        found = request.match_info.http_exception
        if not isinstance(found, web.HTTPNotFound | web.HTTPMethodNotAllowed):
            return await handler(request)
        is_of_api = f"{request.path}/".startswith("/v1/")
        return await (handler if is_of_api or not _takes_pages(request) else tell)(request)

    return answered


async def _tell_lost(visit: Visit) -> web.Response:
    found = visit.request.match_info.http_exception
    if not isinstance(found, web.HTTPMethodNotAllowed):
        return failure(visit, Refusal("not_found"))
    response = failure(visit, Refusal("method_not_allowed"))
    response.headers[hdrs.ALLOW] = ", ".join(sorted(found.allowed_methods))
    return response


def _takes_pages(request: web.Request) -> bool:
    return "text/html" in request.headers.get(hdrs.ACCEPT, "")


def _guarded(page: Page, pages: PageServices) -> AiohttpHandler:
    async def handle(request: web.Request) -> web.StreamResponse:
        request[ROUTE] = page.name
        request[TIMED] = True
        address = await readable_address(request, pages.limits.public_url)
        visit = Visit(request, pages, language_of(request), look_of(request), address)
        try:
            response = await _admit_and_answer(page, visit)
        except (Refusal, OutcomeUnknownError) as error:
            response = failure(visit, error)
        except (web.HTTPException, ConnectionResetError):
            raise
        except Exception as error:  # noqa: BLE001 (a person gets a page, whatever happens)
            _log.error("request.failed", exc_info=error)
            response = failure(visit, error)
        if not response.prepared:
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return handle


async def _admit_and_answer(page: Page, visit: Visit) -> web.StreamResponse:
    """Let in who may, at an address that can be read.

    1. A page of another site may not post here.
    2. A page that is not public is for somebody whose session is alive and whose post still stands.
    3. He has one of its roles, at an office of one of its kinds.
    """
    check_text(visit.request.path, visit.request.query_string)
    if page.method not in SAFE:
        check_same_origin(visit.request, visit.pages.limits.public_url)  # 1
    seat = await seat_of(visit)  # 2
    if seat is not None:
        visit.request[OFFICE] = seat.office.code
    if page.is_public:
        return await page.handler(_at(visit, seat))
    if seat is None:
        return await _to_sign_in(visit)
    seated = _at(visit, seat)
    if not seat.has(*page.roles) or seat.office.kind not in page.kinds:  # 3
        return failure(seated, Refusal("not_permitted", f"{page.name} is not for your roles"))
    try:
        return await page.handler(await _with_badges(seated))
    except (Refusal, OutcomeUnknownError) as error:
        return failure(seated, error)


async def _with_badges(visit: Visit) -> Visit:
    """Count what the navigation tells, for who reads a page; files, streams and posts show none."""
    reads = visit.request.method in SAFE and _takes_pages(visit.request)
    if not reads or visit.is_boosted:
        return visit
    return replace(visit, badges=await visit.pages.badges(visit.seat))


def _at(visit: Visit, seat: Seat | None) -> Visit:
    return replace(visit, found=seat)


def check_same_origin(request: web.Request, public_url: str) -> None:
    """Refuse a post that another site's page made; raises Refusal `not_permitted`.

    Every browser of today says where a request comes from (Fetch Metadata); one that does not, sends Origin
    with a post. What says neither is no browser with a session of ours to abuse, and is refused all the same.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site != "same-origin":
            raise Refusal("not_permitted", "another site's page may not post here")
        return
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None or not is_ours(origin, request, public_url):
        raise Refusal("not_permitted", "the post does not say that it comes from a page of ours")


async def seat_of(visit: Visit) -> Seat | None:
    """Give the seat of who is signed in, as his post stands at this moment."""
    session = await get_session(visit.request)
    person = session.get(PERSON)
    if person is None:
        return None
    return await visit.pages.staff.seat(UUID(person), session.get(SEATED_AT))


async def _to_sign_in(visit: Visit) -> web.Response:
    """Send somebody to sign in, and back here afterwards; a post cannot be repeated, so its page gives it back."""
    if visit.request.method in SAFE:
        return visit.go("/sign-in", next=visit.address)
    return await ended(visit)


def language_of(request: web.Request) -> Language:
    """Give the visitor's language: the one he chose, else what his browser asks for, else Chinese."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen is not None and chosen in {*Language}:
        return Language(chosen)
    asked = request.headers.get(hdrs.ACCEPT_LANGUAGE, "").lower()
    first = asked.partition(",")[0].strip()
    return Language.ENGLISH if first.startswith("en") else Language.CHINESE


def look_of(request: web.Request) -> str:
    return CARE if request.cookies.get(LOOK_COOKIE) == CARE else ""
