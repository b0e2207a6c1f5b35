"""The outermost layer: every request has an id, an answer whatever happens, and a line in the log."""

from secrets import token_hex
from time import perf_counter

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from structlog.contextvars import bind_contextvars

from adapters.web.problems import PROBLEM, answer, answer_to
from service.ports import Measure

_log = structlog.get_logger()

OFFICE = web.RequestKey("office", str)
REQUEST_ID = web.RequestKey("request_id", str)
ROUTE = web.RequestKey("route", str)
TIMED = web.RequestKey("timed", bool)
"""Whether the answer says how long it took: those of pages do."""

_CLASSES = ("", "1xx", "2xx", "3xx", "4xx", "5xx")
# Probes come every few seconds and say nothing when all is well, and nor do the files of a page. A signed
# document has its line in the journal, and one here would cost as much as its receipt's signature.
_QUIET = frozenset(
    {"livez", "readyz", "metrics", "static", "post_transfer", "post_acknowledgement", "post_report"}
)
_FAILURES = 400


def edge(measure: Measure) -> Middleware:
    """Make the layer. Ids come from here and never from outside, so that nobody can make two requests look one."""

    @web.middleware
    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = perf_counter()
        request_id = request[REQUEST_ID] = new_request_id()
        # The task of each request has a context of its own: there is nothing to unbind.
        bind_contextvars(request_id=request_id)
        try:
            response = await handler(request)
        except Exception as error:  # noqa: BLE001 (an answer, whatever happens; it is logged there)
            response = _failed(request, error, request_id)
        seconds = perf_counter() - started
        if not response.prepared:
            mark(response, request_id)
            if request.get(TIMED):
                response.headers["Server-Timing"] = f"app;dur={seconds * 1000:.1f}"
        _tell(request, response, seconds)
        status = _CLASSES[response.status // 100]
        measure.observe("request_seconds", seconds, method=request.method, status=status)
        return response

    return answered


def _failed(request: web.Request, error: Exception, request_id: str) -> web.StreamResponse:
    if _hung_up(request):
        # Nobody hears this answer, and nothing of ours is broken.
        return answer("malformed_request", request_id, "the caller hung up")
    return answer_to(error, request_id)


def _hung_up(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def cut_off(request: web.Request, error: Exception) -> None:
    """End a connection in the middle of an answer: a body that stops short must not look whole."""
    if not _hung_up(request):
        _log.error("answer.cut_off", exc_info=error)
        assert request.transport is not None
        request.transport.abort()


def new_request_id() -> str:
    """Make an id that nobody can guess or repeat."""
    return token_hex(8)


def mark(response: web.StreamResponse, request_id: str) -> None:
    """Set what every answer carries; what a handler chose for itself stays."""
    response.headers["Server"] = "linkage"
    response.headers["X-Request-Id"] = request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")


def _tell(request: web.Request, response: web.StreamResponse, seconds: float) -> None:
    route = request.get(ROUTE, "none")
    if route in _QUIET and response.status < _FAILURES:
        _log.debug("request.answered", route=route, http_status=response.status)
        return
    fields = {
        "method": request.method,
        "route": route,
        "http_status": response.status,
        "problem": response.get(PROBLEM),
        "office": request.get(OFFICE),
        "seconds": round(seconds, 6),
    }
    _log.info("request.answered", **{name: fields[name] for name in fields if fields[name]})
