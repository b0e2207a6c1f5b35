"""Failures become problem documents of the catalogue, all of them, and tell nobody what is none of his concern."""

import ast
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
import structlog
from aiohttp import web

from adapters.web.problems import answer, answer_to
from contracts.document import Fault
from contracts.problem import Problem, catalogue
from service.domain.errors import OutcomeUnknownError, Refusal

ROOT = Path(__file__).parents[2]
_RAISING = {"Refusal", "SignatureError", "answer", "problem", "_refused"}


def _calls() -> Iterator[tuple[str, ast.Call]]:
    """Every place in the code that names a problem."""
    for folder in ("contracts", "service", "adapters"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and _name(node) in _RAISING and node.args:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def _name(call: ast.Call) -> str:
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _codes() -> Iterator[tuple[str, str]]:
    for place, call in _calls():
        first = call.args[0]
        if _name(call) != "_refused" and isinstance(first, ast.Constant):
            yield place, str(first.value)


def test_every_code_that_is_raised_stands_in_the_catalogue() -> None:
    codes = dict(_codes())
    assert len(codes) > 50, "the search finds nothing any more"
    assert {place: code for place, code in codes.items() if code not in catalogue()} == {}


def test_every_code_of_the_catalogue_is_raised_somewhere() -> None:
    text = "".join(
        path.read_text("utf-8")
        for folder in ("contracts", "service", "adapters")
        for path in (ROOT / folder).rglob("*.py")
        if path.name not in {"operations.py", "operation.py"}
    )
    assert [code for code in catalogue() if f'"{code}"' not in text] == []


def _read(response: web.Response) -> Problem:
    assert response.content_type == "application/problem+json"
    assert isinstance(response.body, bytes)
    found = Problem.model_validate_json(response.body)
    assert found.status == response.status
    return found


@pytest.mark.parametrize("code", catalogue())
def test_problem_carries_its_entry_in_both_languages(code: str) -> None:
    found, entry = _read(answer(code, "id-1")), catalogue()[code]
    assert (found.title, found.title_zh) == (entry.en, entry.zh)
    assert (found.advice, found.advice_zh) == (entry.advice_en, entry.advice_zh)
    assert (found.code, found.request_id) == (code, "id-1")


@pytest.mark.parametrize("code", catalogue())
def test_retry_later_says_when(code: str) -> None:
    response = answer(code, "id-1")
    assert ("Retry-After" in response.headers) == (catalogue()[code].retry == "later")
    assert int(response.headers.get("Retry-After", "1")) >= 1


def test_401_says_how_to_authenticate() -> None:
    assert answer("unauthenticated", "id-1").headers["WWW-Authenticate"].startswith("Bearer ")


def test_refusal_keeps_its_detail_and_its_pointers() -> None:
    fault = Fault(pointer="/case/title", code="missing", detail="Field required")
    found = _read(answer_to(Refusal("schema", "one fault", [fault]), "id-1"))
    assert (found.code, found.detail, found.errors) == ("schema", "one fault", [fault])


def test_unknown_outcome_is_told_as_such() -> None:
    assert _read(answer_to(OutcomeUnknownError("TimeoutError"), "id-1")).code == "outcome_unknown"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (web.HTTPNotFound(), "not_found"),
        (web.HTTPForbidden(), "not_permitted"),
        (web.HTTPUnauthorized(), "unauthenticated"),
        (web.HTTPNotAcceptable(), "not_acceptable"),
        (web.HTTPUnsupportedMediaType(), "unsupported_media_type"),
        (web.HTTPRequestEntityTooLarge(10, 20), "too_large"),
        (web.HTTPBadRequest(), "malformed_request"),
        (web.HTTPExpectationFailed(), "malformed_request"),
        (web.RequestPayloadError("cut off"), "malformed_request"),
        (web.HTTPInternalServerError(), "internal"),
        (web.HTTPBadGateway(), "internal"),
        (KeyError("李四"), "internal"),
        (TimeoutError(), "internal"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_error_has_its_code(error: Exception, code: str) -> None:
    assert _read(answer_to(error, "id-1")).code == code


def test_405_lists_the_methods_that_are_allowed() -> None:
    response = answer_to(web.HTTPMethodNotAllowed("DELETE", {"PUT", "HEAD"}), "id-1")
    assert response.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert response.headers["Allow"] == "HEAD, PUT"


def test_unforeseen_error_shows_nothing_but_an_id_and_is_logged() -> None:
    with structlog.testing.capture_logs() as lines:
        response = answer_to(ValueError("李四 110105194912310021"), "id-1")
    found = _read(response)
    assert isinstance(response.body, bytes)
    assert "李四" not in response.body.decode()
    assert (found.detail, found.request_id) == (None, "id-1")
    assert [line["event"] for line in lines] == ["request.failed"]


def test_foreseen_failures_are_no_alarm() -> None:
    with structlog.testing.capture_logs() as lines:
        answer_to(Refusal("not_found"), "id-1")
        answer_to(web.HTTPNotFound(), "id-1")
    assert lines == []
