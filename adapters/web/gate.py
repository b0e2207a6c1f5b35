"""From the table to routes: each operation's handler behind the checks that its row demands, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from adapters.web.access import authenticate
from adapters.web.bodies import check_body, keep_expecting, receive
from adapters.web.call import Call, Services, WebLimits
from adapters.web.edge import OFFICE, ROUTE
from adapters.web.operation import Access, Operation
from adapters.web.problems import refuse_parameter
from service.domain.access import Reader
from service.domain.errors import Refusal


def routes(
    operations: tuple[Operation, ...], services: Services, limits: WebLimits
) -> list[web.AbstractRouteDef]:
    """Give one route an operation; it does not answer to Expect before its own checks are done."""
    return [
        web.route(
            operation.method,
            operation.path,
            _guarded(operation, services, limits),
            name=operation.name,
            expect_handler=keep_expecting,
        )
        for operation in operations
    ]


def _guarded(operation: Operation, services: Services, limits: WebLimits) -> Handler:
    body, handler = operation.body, operation.handler
    limit = body.limit(limits) if body else 0
    room = asyncio.Semaphore(body.at_once) if body and body.at_once else None

    async def handle(request: web.Request) -> web.StreamResponse:
        request[ROUTE] = operation.name
        _check_accept(request, operation)
        reader = _admit(request, operation, services, limits)
        arguments = _arguments(request, operation)
        if body is not None:
            check_body(request, body.media_type, limit)
        async with _place_in(room):
            content = b""
            if body is not None and body.typ is not None:
                content = await receive(request, limit, limits.body_within)
            return await handler(Call(request, services, limits, arguments, content, reader))

    return handle


@asynccontextmanager
async def _place_in(room: asyncio.Semaphore | None) -> AsyncIterator[None]:
    """Let only so many be in memory at once, whoever sent them: nobody is known before his body is read."""
    if room is None:
        yield
        return
    if room.locked():
        raise Refusal("overloaded")
    async with room:
        yield


def _admit(
    request: web.Request, operation: Operation, services: Services, limits: WebLimits
) -> Reader | None:
    if operation.access is not Access.BEARER:
        return None
    given = request.headers.get(hdrs.AUTHORIZATION)
    reader = authenticate(given, services.registry_now(), limits.audience, services.now())
    request[OFFICE] = reader.office_code
    if reader.kind not in operation.kinds:
        raise Refusal("not_permitted", f"this is for {', '.join(sorted(operation.kinds))}")
    return reader


def _check_accept(request: web.Request, operation: Operation) -> None:
    accept = request.headers.get(hdrs.ACCEPT)
    if accept is None or accept == "*/*":
        return
    ranges = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    if not any(_matches(wanted, media) for wanted in ranges for media in operation.produces):
        raise Refusal("not_acceptable", f"offered: {', '.join(sorted(operation.produces))}")


def _matches(wanted: str, media_type: str) -> bool:
    main, _, sub = wanted.partition("/")
    return wanted in ("*/*", media_type) or (sub == "*" and media_type.startswith(f"{main}/"))


def _arguments(request: web.Request, operation: Operation) -> Mapping[str, Any]:
    """Read what the row names. A parameter that it does not name is an error: a misspelt `after` would start again."""
    if not operation.parameters and not request.query_string:
        return {}
    known = {one.name for one in operation.parameters if not one.in_path}
    for name in request.query:
        if name not in known:
            raise refuse_parameter(name, "there is no such parameter here")
        if len(request.query.getall(name)) > 1:
            raise refuse_parameter(name, "it is given twice")
    found: dict[str, Any] = {}
    for one in operation.parameters:
        text = (request.match_info if one.in_path else request.query).get(one.name)
        try:
            found[one.name] = one.default if text is None else one.read(text)
        except ValueError as error:
            raise refuse_parameter(one.name, str(error)) from None
    return found
