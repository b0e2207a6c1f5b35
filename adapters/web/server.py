"""The runner of the application: where HTTP itself is broken, the answer is a problem document too.

aiohttp answers some requests before any middleware sees them: a request line that cannot be parsed,
headers beyond its limits, an `Expect` that it does not know. Those answers are made here.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from typing_extensions import override

from adapters.web.edge import mark, new_request_id
from adapters.web.problems import answer, answer_to

_Handle = Callable[[Any], Awaitable[web.StreamResponse]]


class Runner(web.AppRunner):
    """Runs the application as it must be run: bodies as they were sent, failures as problems, our own log line."""

    def __init__(self, app: web.Application, *, shutdown_timeout: float = 30.0) -> None:
        super().__init__(
            app,
            access_log=None,
            # A signature is over the bytes that were sent, and not over what they may unpack to.
            auto_decompress=False,
            shutdown_timeout=shutdown_timeout,
        )

    @override
    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return _Server(
            _outermost(server.request_handler),
            request_factory=server.request_factory,
            **server._kwargs,  # noqa: SLF001 (aiohttp has no other way to a protocol of one's own)
        )


class _Server(web.Server):
    @override
    def __call__(self) -> RequestHandler:
        return _Protocol(self, loop=self._loop, **self._kwargs)


class _Protocol(RequestHandler):
    __slots__ = ()

    @override
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun, and no other can be given")
        request_id = new_request_id()
        response = (
            answer("malformed_request", request_id, "this is not HTTP that can be read")
            if status < 500 or not isinstance(exc, Exception)  # noqa: PLR2004
            else answer_to(exc, request_id)
        )
        mark(response, request_id)
        # What follows in the stream cannot be told from what was broken.
        response.force_close()
        return response


def _outermost(handle: _Handle) -> _Handle:
    async def handled(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except web.HTTPException as error:
            request_id = new_request_id()
            response = answer_to(error, request_id)
            mark(response, request_id)
            return response

    return handled
