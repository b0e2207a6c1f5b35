"""Failures as pages: what went wrong, what to do, and by which number to ask about it."""

from aiohttp import web

from adapters.web.edge import REQUEST_ID
from adapters.web.pages.languages import Language
from adapters.web.pages.visit import Visit
from adapters.web.problems import PROBLEM
from contracts.problem import problem
from service.domain.errors import OutcomeUnknownError, Refusal


def failure(visit: Visit, error: Exception) -> web.Response:
    """Answer with the page of a problem of the catalogue; what nobody foresaw shows nothing of itself."""
    code, detail = _told(error)
    found = problem(code, detail, request_id=visit.request.get(REQUEST_ID))
    is_chinese = visit.language is Language.CHINESE
    response = visit.render(
        "failure.html",
        status=found.status,
        problem=found,
        title=found.title_zh if is_chinese else found.title,
        advice=found.advice_zh if is_chinese else found.advice,
        faults=error.faults if isinstance(error, Refusal) else (),
    )
    response[PROBLEM] = code
    return response


def _told(error: Exception) -> tuple[str, str | None]:
    match error:
        case Refusal():
            return error.code, error.detail
        case OutcomeUnknownError():
            return "outcome_unknown", None
        case _:
            return "internal", None
