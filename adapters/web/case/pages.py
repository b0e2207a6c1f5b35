"""The pages of a case: document beside clauses, its files, corrections, and the record to print."""

from collections.abc import Mapping
from uuid import UUID

from aiohttp import web

from adapters.web.acts.offering import Offering, offering
from adapters.web.case.case_view import CaseView, Typed, chosen_of
from adapters.web.case.file_kinds import SAMPLE, disposition, kind_of
from adapters.web.case.links import CaseLinks
from adapters.web.case.sending import headers_to_show, part_of, send
from adapters.web.pages import places
from adapters.web.pages.page import Page
from adapters.web.pages.visit import Visit
from contracts.office import ADDRESSEES, SUPERVISORS
from service.domain.claims import Subject
from service.domain.docket import CaseMaterial
from service.domain.errors import Refusal

_UNPROCESSABLE = 422


async def get_case(visit: Visit) -> web.Response:
    """Show a case; who asks for the document pane alone is given no more.

    What may be decided is asked before the case is read, so that nobody decides on more than he sees.
    """
    typed = Typed(visit.request.query["correct"]) if "correct" in visit.request.query else None
    await _take(visit)
    if visit.is_boosted:
        view = await _view(visit, visit.request.query)
        return visit.render("case/_document.html", view=view, chosen=await chosen_of(visit, view))
    transfer_id = _transfer_id(visit)
    acts = await offering(visit, Subject.TRANSFER, transfer_id)
    return await _render(visit, await _view(visit, visit.request.query), typed, acts)


async def post_correction(visit: Visit) -> web.Response:
    """Lay a value over a field; what is not taken comes back with all that was typed."""
    form = await visit.form()
    links = _links(visit, form)
    pointer, value, reason = (form.get(name, "") for name in ("pointer", "value", "reason"))
    transfer_id = _transfer_id(visit)
    try:
        await visit.office.corrections.add(visit.seat, transfer_id, pointer, value, reason)
    except Refusal as refusal:
        faults = {one.pointer.removeprefix("/"): one.code for one in refusal.faults}
        if refusal.code != "schema" or "pointer" in faults:
            raise
        typed = Typed(pointer, value, reason, faults)
        acts = await offering(visit, Subject.TRANSFER, transfer_id)
        view = await _view(visit, form)
        return await _render(visit, view, typed, acts, status=_UNPROCESSABLE)
    return web.Response(status=303, headers={"Location": links.to("corrected", corrected=pointer)})


async def get_record(visit: Visit) -> web.Response:
    """Give everything that happened, to print."""
    await _take(visit)
    view = await _view(visit, visit.request.query)
    return visit.render("case/record.html", view=view, now=visit.pages.now())


async def get_material(visit: Visit) -> web.StreamResponse:
    """Give a file for keeping."""
    material, size, head = await _opened(visit)
    kind = kind_of(head, material.material.media_type)
    named = disposition(material.material.title, kind, material.material.media_type)
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": named,
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Accept-Ranges": "bytes",
    }
    return await _send(visit, material, size, headers)


async def view_material(visit: Visit) -> web.StreamResponse:
    """Give a file to a page of ours that shows it, under the type that its own bytes have."""
    material, size, head = await _opened(visit)
    kind = kind_of(head, material.material.media_type)
    return await _send(visit, material, size, headers_to_show(kind, head))


async def _send(
    visit: Visit, material: CaseMaterial, size: int, headers: dict[str, str]
) -> web.StreamResponse:
    part = part_of(visit.request, size)
    start, length = (part.start, part.length) if part else (0, 0)
    pieces = visit.office.case_reading.content(material, start, length)
    return await send(visit.request, headers, part, pieces)


async def _take(visit: Visit) -> None:
    """To open a case, or anything of it, is to have it, where the office works at a desk."""
    if visit.is_read:
        await visit.pages.taking.take(visit.seat, _transfer_id(visit))


async def _opened(visit: Visit) -> tuple[CaseMaterial, int, bytes]:
    await _take(visit)
    reading, digest = visit.office.case_reading, visit.argument["digest"]
    material, size = await reading.material(visit.seat, _transfer_id(visit), digest)
    return material, size, await reading.sample(material, SAMPLE) or b""


async def _render(
    visit: Visit,
    view: CaseView,
    typed: Typed | None,
    acts: Offering,
    status: int = 200,
) -> web.Response:
    return visit.render(
        "case/case.html",
        status=status,
        view=view,
        chosen=await chosen_of(visit, view),
        typed=typed if view.may_correct else None,
        corrected=visit.request.query.get("corrected", ""),
        **acts,
    )


async def _view(visit: Visit, query: Mapping[str, str]) -> CaseView:
    docket = await visit.office.case_reading.docket(visit.seat, _transfer_id(visit))
    return CaseView(visit, docket, _links(visit, query))


def _links(visit: Visit, query: Mapping[str, str]) -> CaseLinks:
    is_addressee = visit.seat.office.kind in ADDRESSEES and visit.seat.has(*places.DESK)
    return CaseLinks.of(_transfer_id(visit), query, "/desk" if is_addressee else "/board")


def _transfer_id(visit: Visit) -> UUID:
    try:
        return UUID(visit.argument["transfer_id"])
    except ValueError:
        raise Refusal("not_found", "no such transfer of your office") from None


_READS = places.DESK | places.BOARD
_KINDS = ADDRESSEES | SUPERVISORS
_CASE = "/desk/transfers/{transfer_id}"
TABLE = (
    Page("case", "GET", _CASE, get_case, _READS, _KINDS),
    Page(
        "case_correction",
        "POST",
        f"{_CASE}/corrections",
        post_correction,
        places.DECIDES,
        ADDRESSEES,
    ),
    Page("case_record", "GET", f"{_CASE}/record", get_record, _READS, _KINDS),
    Page("case_material", "GET", f"{_CASE}/materials/{{digest}}", get_material, _READS, _KINDS),
    Page(
        "case_material_view",
        "GET",
        f"{_CASE}/materials/{{digest}}/view",
        view_material,
        _READS,
        _KINDS,
    ),
)
