"""The handlers of the operator's page. What is done here is done by the use cases, and names the person in the journal."""

from collections.abc import Awaitable
from uuid import UUID

from aiohttp import web

from adapters.web.operations_page.sections import (
    SECTIONS,
    age,
    platform_of,
    said,
    section,
    show,
)
from adapters.web.pages.page import Page
from adapters.web.pages.places import OPERATIONS
from adapters.web.pages.visit import Visit
from service.domain.errors import Refusal
from service.domain.transfer import DispatchStatus
from service.operations import DispatchToSolve

_MOVABLE = frozenset({DispatchStatus.WAITING, DispatchStatus.UNDELIVERABLE, DispatchStatus.REFUSED})


async def get_operations(visit: Visit) -> web.Response:
    """Show every section, and above them what was done a moment ago."""
    return visit.render(
        "operations/page.html", sections=await show(visit, SECTIONS), done=_done(visit)
    )


async def get_part(visit: Visit) -> web.Response:
    """Show one section alone, for a page that refreshes itself."""
    [written] = await show(visit, [section(visit.argument["part"])])
    return web.Response(text=written, content_type="text/html", charset="utf-8")


def _done(visit: Visit) -> dict[str, str] | None:
    """Read from the address what was done; an address that somebody made up shows no more than it names."""
    query = visit.request.query
    act, subject = query.get("done", ""), _uuid(query.get("id", ""))
    if act not in {"resent", "rerouted", "letter"} or subject is None:
        return None
    office = visit.pages.registry_now().offices.get(query.get("to", ""))
    return {"act": act, "id": str(subject), "to": office.name if office else ""}


async def get_dispatch(visit: Visit) -> web.Response:
    """Show what an operator should see before he acts on a dispatch."""
    return _dispatch_page(visit, await _found(visit))


async def post_resend(visit: Visit) -> web.Response:
    found = await _found(visit)
    deliveries = platform_of(visit).deliveries
    refusal = await _refusal(deliveries.resend(found.dispatch.id, _actor(visit)))
    if refusal is not None:
        return _dispatch_page(visit, await _found(visit), refusal)
    return visit.go("/operations", done="resent", id=str(found.dispatch.id))


async def post_reroute(visit: Visit) -> web.Response:
    found, code = await _found(visit), (await visit.form()).get("office", "")
    if not code:
        return _dispatch_page(visit, found, chosen="")
    deliveries = platform_of(visit).deliveries
    refusal = await _refusal(deliveries.reroute(found.dispatch.id, code, _actor(visit)))
    if refusal is not None:
        return _dispatch_page(visit, await _found(visit), refusal, code)
    return visit.go("/operations", done="rerouted", id=str(found.dispatch.id), to=code)


async def get_letter(visit: Visit) -> web.Response:
    return await _letter_page(visit)


async def post_letter_resend(visit: Visit) -> web.Response:
    letter_id = _id(visit, "letter_id")
    refusal = await _refusal(platform_of(visit).letters.resend(letter_id, _actor(visit)))
    if refusal is not None:
        return await _letter_page(visit, refusal)
    return visit.go("/operations", done="letter", id=str(letter_id))


def _dispatch_page(
    visit: Visit,
    found: DispatchToSolve,
    refusal: Refusal | None = None,
    chosen: str | None = None,
) -> web.Response:
    dispatch = found.dispatch
    waits = visit.pages.now() - (dispatch.due_at - platform_of(visit).deliver_within)
    return visit.render(
        "operations/dispatch.html",
        status=409 if refusal else 422 if chosen == "" else 200,
        found=found,
        dispatch=dispatch,
        age=age(visit, waits),
        problem=said(visit, dispatch.status, dispatch.problem)
        if dispatch.problem or dispatch.status.is_stuck
        else "",
        may_resend=dispatch.status.is_stuck and found.has_endpoint,
        may_move=dispatch.status in _MOVABLE and not dispatch.is_on_the_wire,
        refusal=refusal,
        chosen=chosen,
    )


async def _letter_page(visit: Visit, refusal: Refusal | None = None) -> web.Response:
    found = await platform_of(visit).operations.letter(_id(visit, "letter_id"))
    if found is None:
        raise Refusal("not_found", "no such letter")
    offices = visit.pages.registry_now().offices
    return visit.render(
        "operations/letter.html",
        status=409 if refusal else 200,
        letter=found,
        agency=offices.get(found.agency_code),
        office=offices.get(found.office_code),
        age=age(visit, visit.pages.now() - found.issued_at),
        problem=said(visit, found.status, found.problem or "nobody took it"),
        is_stuck=found.status == "undeliverable",
        refusal=refusal,
    )


async def _found(visit: Visit) -> DispatchToSolve:
    found = await platform_of(visit).operations.dispatch(_id(visit, "dispatch_id"))
    if found is None:
        raise Refusal("not_found", "no such dispatch")
    return found


async def _refusal(act: Awaitable[object]) -> Refusal | None:
    """Do it, and give why it was not done: somebody else, or the office itself, may have been quicker."""
    try:
        await act
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise
        return refusal
    return None


def _actor(visit: Visit) -> str:
    return f"desk:{visit.seat.staff_id}"


def _id(visit: Visit, name: str) -> UUID:
    found = _uuid(visit.argument[name])
    if found is None:
        raise Refusal("not_found")
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


_DISPATCH = "/operations/dispatches/{dispatch_id}"
_LETTER = "/operations/letters/{letter_id}"
TABLE = (
    Page("operations", "GET", "/operations", get_operations, OPERATIONS),
    Page("operations_part", "GET", "/operations/parts/{part}", get_part, OPERATIONS),
    Page("operations_dispatch", "GET", _DISPATCH, get_dispatch, OPERATIONS),
    Page("operations_resend", "POST", f"{_DISPATCH}/resend", post_resend, OPERATIONS),
    Page("operations_reroute", "POST", f"{_DISPATCH}/reroute", post_reroute, OPERATIONS),
    Page("operations_letter", "GET", _LETTER, get_letter, OPERATIONS),
    Page("operations_letter_resend", "POST", f"{_LETTER}/resend", post_letter_resend, OPERATIONS),
)
