"""The one place where failures become answers: RFC 9457, in Chinese and English, whatever went wrong."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

import structlog
from aiohttp import web
from pydantic_core import to_json

from contracts.document import Fault
from contracts.problem import MEDIA_TYPE, problem
from service.domain.errors import OutcomeUnknownError, Refusal

_log = structlog.get_logger()

PROBLEM = web.ResponseKey("problem", str)

# How long to wait where the same request may succeed later, in seconds.
_RETRY_AFTER = {
    "too_many_requests": 1,
    "overloaded": 1,
    "not_ready": 5,
    "outcome_unknown": 2,
    "internal": 5,
    "storage_full": 300,
    "provider_unreachable": 10,
}
_CHALLENGE = 'Bearer realm="linkage", error="invalid_token"'
_OF_STATUS: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "unauthenticated",
    HTTPStatus.FORBIDDEN: "not_permitted",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.NOT_ACCEPTABLE: "not_acceptable",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
}


def refuse_parameter(where: str, detail: str) -> Refusal:
    """Say which parameter of a request is wrong."""
    return Refusal(
        "malformed_request", faults=[Fault(pointer=f"/{where}", code="parameter", detail=detail)]
    )


def answer_to(error: Exception, request_id: str) -> web.Response:
    """Turn any failure into its answer. What nobody foresaw is told to the log, and to the caller by its id only."""
    match error:
        case Refusal():
            return answer(error.code, request_id, error.detail, error.faults)
        case OutcomeUnknownError():
            return answer("outcome_unknown", request_id)
        case web.HTTPMethodNotAllowed():
            return _method_not_allowed(error, request_id)
        case web.HTTPException() if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return answer(_OF_STATUS.get(error.status, "malformed_request"), request_id)
        case web.RequestPayloadError():
            return answer("malformed_request", request_id, "the body is not framed as HTTP has it")
        case _:
            _log.error("request.failed", exc_info=error)
            return answer("internal", request_id)


def _method_not_allowed(error: web.HTTPMethodNotAllowed, request_id: str) -> web.Response:
    allowed = ", ".join(sorted(error.allowed_methods))
    return answer("method_not_allowed", request_id, headers={"Allow": allowed})


def answer(
    code: str,
    request_id: str,
    detail: str | None = None,
    faults: Iterable[Fault] = (),
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> web.Response:
    """Answer with a problem of the catalogue; `more` are extension members (RFC 9457 section 3.2)."""
    found = problem(code, detail, errors=list(faults), request_id=request_id)
    body = found.model_dump(exclude_none=True) | more
    if not found.errors:
        del body["errors"]
    response = web.Response(
        status=found.status, body=to_json(body), content_type=MEDIA_TYPE, headers=headers
    )
    response[PROBLEM] = code
    if found.retry == "later":
        response.headers["Retry-After"] = str(_RETRY_AFTER[code])
    if found.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = _CHALLENGE
    return response
