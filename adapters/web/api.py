"""What each operation does: take a checked call, ask one use case, write the answer."""

from collections.abc import AsyncIterator
from importlib import resources

from aiohttp import hdrs, web
from aiohttp.typedefs import LooseHeaders
from pydantic import BaseModel
from pydantic_core import to_json

from adapters.web.bodies import stream
from adapters.web.call import Call
from adapters.web.edge import REQUEST_ID, cut_off, mark
from adapters.web.hint import likely_office
from adapters.web.operation import JSON
from contracts.answers import MaterialView
from contracts.jws import MEDIA_TYPE
from contracts.problem import catalogue
from service.correspondence import Answered
from service.domain.errors import Refusal
from service.domain.glimpses import Unchanged

_CREATED, _OK, _NOT_MODIFIED = 201, 200, 304


async def post_transfer(call: Call) -> web.Response:
    office = likely_office(call.body, call.services.registry_now())
    answered = await call.services.submit(office, call.body)
    if isinstance(answered, Exception):
        raise answered
    return _receipt(answered)


async def validate_transfer(call: Call) -> web.Response:
    return _json(await call.services.validate(call.body))


async def post_acknowledgement(call: Call) -> web.Response:
    return _receipt(await call.services.acknowledge(call.body))


async def post_report(call: Call) -> web.Response:
    return _receipt(await call.services.report(call.body))


async def put_material(call: Call) -> web.Response:
    agency, digest = call.reader.office_code, call.arguments["digest"]
    measure = call.services.measure
    held = await _find_material(call)
    if held is not None:
        measure.count("materials", outcome="repeated")
        # Who did not ask first is sending already, and hears us only at the end.
        if hdrs.EXPECT not in call.request.headers:
            await _discard(call)
        return _json(held)
    pieces = stream(call.request, call.limits.upload_idle)
    return _json(await call.services.store_material(agency, digest, pieces), status=_CREATED)


async def head_material(call: Call) -> web.Response:
    found = await call.services.find_material(call.reader.office_code, call.arguments["digest"])
    return _json(found)


async def get_transfer(call: Call) -> web.Response:
    """Answer 304 for a version that the caller has; then nothing of the case is shown, or journaled."""
    known = frozenset(tag.value for tag in call.request.if_none_match or ())
    found = await call.services.review.transfer(call.reader, call.arguments["transfer_id"], known)
    headers = {hdrs.ETAG: f'"{found.version}"'}
    if isinstance(found, Unchanged):
        return web.Response(status=_NOT_MODIFIED, headers=headers)
    return _json(found, headers=headers)


async def get_document(call: Call) -> web.Response:
    found = await call.services.review.document(
        call.reader,
        call.arguments["transfer_id"],
        call.arguments["kind"],
        call.arguments["subject"],
    )
    return web.Response(body=found, content_type=MEDIA_TYPE)


async def get_material(call: Call) -> web.StreamResponse:
    digest = call.arguments["digest"]
    material, media_type, pieces = await call.services.review.material(
        call.reader, call.arguments["transfer_id"], digest
    )
    headers = {
        hdrs.CONTENT_TYPE: media_type,
        hdrs.CONTENT_LENGTH: str(material.size),
        # An agency chose these bytes and their type: no browser may run them here.
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{digest.removeprefix("sha-256:")}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return await _send(call.request, web.StreamResponse(headers=headers), pieces)


async def list_events(call: Call) -> web.Response:
    after, limit = call.arguments["after"], call.arguments["limit"]
    return _json(await call.services.review.events(call.reader, after, limit))


async def list_deadlines(call: Call) -> web.Response:
    state, after = call.arguments["state"], call.arguments["after"]
    limit = call.arguments["limit"]
    return _json(await call.services.review.deadlines(call.reader, state, after, limit))


async def list_mailbox(call: Call) -> web.Response:
    return _json(await call.services.review.mailbox(call.reader, call.arguments["limit"]))


async def get_mailbox_dispatch(call: Call) -> web.Response:
    found = await call.services.review.mailbox_dispatch(call.reader, call.arguments["dispatch_id"])
    return web.Response(body=found, content_type=MEDIA_TYPE)


async def list_problems(_: Call) -> web.Response:
    entries = {code: entry.model_dump() for code, entry in catalogue().items()}
    return web.Response(body=to_json(entries), content_type=JSON)


async def get_openapi(_: Call) -> web.Response:
    text = (resources.files("contracts") / "openapi.yaml").read_bytes()
    return web.Response(body=text, content_type="application/yaml")


async def get_metrics(call: Call) -> web.Response:
    if call.services.metrics is None:
        raise Refusal("not_found", "metrics are not served here")
    headers = {hdrs.CONTENT_TYPE: "text/plain; version=0.0.4; charset=utf-8"}
    return web.Response(body=call.services.metrics(), headers=headers)


async def _find_material(call: Call) -> MaterialView | None:
    try:
        return await call.services.find_material(call.reader.office_code, call.arguments["digest"])
    except Refusal as refusal:
        if refusal.code != "not_found":
            raise
        return None


async def _discard(call: Call) -> None:
    async for _ in stream(call.request, call.limits.upload_idle):
        pass


def _receipt(answered: Answered) -> web.Response:
    return web.Response(
        body=answered.receipt,
        status=_OK if answered.repeated else _CREATED,
        headers={
            hdrs.CONTENT_TYPE: MEDIA_TYPE,
            hdrs.LOCATION: f"/v1/transfers/{answered.transfer_id}",
        },
    )


def _json(view: BaseModel, status: int = _OK, headers: LooseHeaders | None = None) -> web.Response:
    return web.Response(body=to_json(view), status=status, headers=headers, content_type=JSON)


async def _send(
    request: web.Request, response: web.StreamResponse, pieces: AsyncIterator[bytes]
) -> web.StreamResponse:
    # The first piece before the first header: what cannot be read at all is still a problem document.
    first = await anext(pieces, b"")
    mark(response, request[REQUEST_ID])
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        try:
            await _send_all(response, first, pieces)
        except Exception as error:  # noqa: BLE001 (no other answer can be given any more)
            cut_off(request, error)
    return response


async def _send_all(
    response: web.StreamResponse, first: bytes, pieces: AsyncIterator[bytes]
) -> None:
    await response.write(first)
    async for piece in pieces:
        await response.write(piece)
    await response.write_eof()
