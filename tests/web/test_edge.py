"""What happens at the edge: every failure is a problem document, and nothing is read that need not be."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import structlog

from adapters.web.call import Services
from contracts.jws import MEDIA_TYPE
from contracts.problem import Problem
from service.correspondence import Answered
from service.domain.errors import OutcomeUnknownError, Refusal
from tests.support.offices import key_of, office
from tests.support.packets import packet, signed
from tests.support.web import Site, post, said, site_of, token

ID = UUID("01982f5c-7a10-7c3e-9f00-6d1f3a2b4c5d")
DIGEST = "sha-256:" + "0" * 64


async def taking(_: str, __: bytes) -> Any:
    return Answered(b"receipt", ID)


@pytest.fixture
async def quiet(services: Services) -> AsyncIterator[Site]:
    """Serve use cases that nobody may reach."""
    limits = {"packet": 2000, "report": 1000, "material": 5000}
    async with site_of(services, body_within=timedelta(seconds=0.3), **limits) as site:
        yield site


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/v1",
        "/v1/transfers/not-an-id",
        f"/v1/transfers/{str(ID).upper()}",
        f"/v1/transfers/{ID}/documents/secret/{ID}",
        "/v1/mailbox/7",
    ],
)
async def test_unknown_address_is_a_problem(quiet: Site, path: str) -> None:
    assert (await quiet.call("GET", path, "county-police")).problem.code == "not_found"


async def test_wrong_method_says_which_are_right(quiet: Site) -> None:
    heard = await quiet.call("DELETE", "/v1/transfers")
    assert heard.problem.code == "method_not_allowed"
    assert heard.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("method", "code"),
    [("PROPFIND", "method_not_allowed"), ("BREW", "malformed_request")],
)
async def test_strange_method_is_no_alarm(quiet: Site, method: str, code: str) -> None:
    assert (await quiet.call(method, "/v1/transfers")).problem.code == code


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "text/plain; x=application/jose+json"]
)
async def test_other_media_type_is_refused(quiet: Site, content_type: str) -> None:
    heard = await quiet.post("/v1/transfers", b"{}", headers={"Content-Type": content_type})
    assert heard.problem.code == "unsupported_media_type"
    assert MEDIA_TYPE in (heard.problem.detail or "")


async def test_compressed_body_is_refused_unread(quiet: Site) -> None:
    """A signature is over bytes as they are sent, and a kilobyte of gzip may be a gigabyte."""
    heard = await quiet.post("/v1/transfers", b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert heard.problem.code == "unsupported_media_type"


async def test_length_beyond_the_limit_is_refused_unread(quiet: Site) -> None:
    status, headers, body = await said(quiet, post("/v1/transfers", "Content-Length: 2001"))
    assert (status, headers["Content-Type"]) == (413, "application/problem+json")
    assert "2000" in (Problem.model_validate_json(body).detail or "")


@pytest.mark.parametrize("size", [2001, 300_000])
async def test_body_that_grows_beyond_the_limit_is_refused(quiet: Site, size: int) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(0, size, 1000):
            yield b"x" * min(1000, size)

    heard = await quiet.call(
        "POST", "/v1/transfers", data=pieces(), headers={"Content-Type": MEDIA_TYPE}
    )
    assert heard.problem.code == "too_large"


async def test_reports_have_a_limit_of_their_own(quiet: Site) -> None:
    assert (await quiet.post("/v1/reports", b"x" * 1001)).problem.code == "too_large"
    assert (await quiet.post("/v1/acknowledgements", b"x" * 1001)).problem.code == "too_large"


async def test_body_that_stops_is_not_waited_for(quiet: Site) -> None:
    status, _, body = await said(quiet, post("/v1/transfers", "Content-Length: 9", body=b"half"))
    assert (status, Problem.model_validate_json(body).code) == (400, "malformed_request")


@pytest.mark.parametrize(
    "text",
    [
        b"this is not HTTP\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nBroken header\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nLong: " + b"x" * 20_000 + b"\r\n\r\n",
        b"POST /v1/transfers HTTP/1.1\r\nHost: here\r\nContent-Length: two\r\n\r\n",
        post("/v1/transfers", "Transfer-Encoding: chunked", body=b"no chunk\r\n\r\n"),
        post("/v1/transfers", "Transfer-Encoding: chunked", "Content-Length: 5", body=b"0\r\n\r\n"),
    ],
    ids=["no_http", "no_header", "long_header", "no_length", "no_chunk", "two_lengths"],
)
async def test_broken_http_is_a_problem_too(quiet: Site, text: bytes) -> None:
    status, headers, body = await said(quiet, text)
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    found = Problem.model_validate_json(body)
    assert (found.code, found.request_id) == ("malformed_request", headers["X-Request-Id"])


async def test_unknown_expectation_is_a_problem_too(quiet: Site) -> None:
    text = b"GET /nowhere HTTP/1.1\r\nHost: here\r\nExpect: miracles\r\n\r\n"
    status, headers, _ = await said(quiet, text)
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")


async def test_body_is_invited_once_nothing_stands_against_it(services: Services) -> None:
    async with site_of(replace(services, submit=taking)) as site:
        body = signed(packet(), key_of("market"))
        ask = post("/v1/transfers", "Expect: 100-continue", f"Content-Length: {len(body)}")
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(ask)
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(body)
        assert b" 201 " in await reader.readline()
        writer.close()


@pytest.mark.parametrize(
    ("line", "header", "status"),
    [
        ("POST /v1/transfers", f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: 2001", 413),
        ("POST /v1/transfers", "Content-Type: text/plain\r\nContent-Length: 10", 415),
        (f"PUT /v1/materials/{DIGEST}", "Content-Length: 10", 401),
        (f"PUT /v1/materials/{DIGEST}", "MARKET\r\nContent-Length: 5001", 413),
        (f"PUT /v1/materials/{DIGEST}", "POLICE\r\nContent-Length: 10", 403),
        ("PUT /v1/materials/sha-256:zz", "MARKET\r\nContent-Length: 10", 400),
    ],
)
async def test_body_is_not_invited_when_it_would_be_refused(
    quiet: Site, line: str, header: str, status: int
) -> None:
    for name, slug in (("MARKET", "market"), ("POLICE", "county-police")):
        header = header.replace(name, f"Authorization: Bearer {token(slug)}")
    text = f"{line} HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\n{header}\r\n\r\n"
    assert (await said(quiet, text.encode()))[0] == status


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/v1/events?afer=x", "afer"),
        ("/v1/events?after=a&after=b", "after"),
        ("/v1/events?limit=0", "limit"),
        ("/v1/events?limit=501", "limit"),
        ("/v1/events?limit=ten", "limit"),
        ("/v1/events?limit=１０", "limit"),
        ("/v1/deadlines?state=late", "state"),
        ("/livez?verbose=1", "verbose"),
    ],
)
async def test_wrong_parameter_is_named(quiet: Site, path: str, parameter: str) -> None:
    found = (await quiet.call("GET", path, "market")).problem
    assert found.code == "malformed_request"
    assert [fault.pointer for fault in found.errors] == [f"/{parameter}"]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("application/*;q=0.5", 200),
        ("text/html, */*;q=0.1", 200),
        ("application/problem+json", 200),
        ("text/html", 406),
        ("image/*", 406),
        ("application", 406),
    ],
)
async def test_answer_is_in_a_format_that_was_asked_for(
    quiet: Site, accept: str, status: int
) -> None:
    heard = await quiet.call("GET", "/livez", headers={"Accept": accept})
    assert heard.status == status


@pytest.mark.parametrize("path", ["/v1/events", f"/v1/transfers/{ID}", "/v1/mailbox"])
async def test_readers_must_say_who_they_are(quiet: Site, path: str) -> None:
    heard = await quiet.call("GET", path)
    assert heard.problem.code == "unauthenticated"
    assert heard.headers["WWW-Authenticate"].startswith("Bearer")


async def test_mailbox_is_for_addressees_only(quiet: Site) -> None:
    assert (await quiet.call("GET", "/v1/mailbox", "market")).problem.code == "not_permitted"


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Refusal("overloaded"), 503, "overloaded"),
        (Refusal("too_many_requests"), 429, "too_many_requests"),
        (OutcomeUnknownError("cut off"), 503, "outcome_unknown"),
        (RuntimeError("李四"), 500, "internal"),
        (TimeoutError(), 500, "internal"),
    ],
)
async def test_what_a_use_case_raises_is_answered(
    services: Services, raised: Exception, status: int, code: str
) -> None:
    async def failing(_: str, __: bytes) -> Any:
        raise raised

    async with site_of(replace(services, submit=failing)) as site:
        heard = await site.post("/v1/transfers", b"{}")
        assert (heard.status, heard.problem.code) == (status, code)
        assert int(heard.headers["Retry-After"]) >= 1
        assert "李四" not in heard.body.decode()


async def test_refusal_that_is_returned_is_answered_like_one_that_is_raised(
    services: Services,
) -> None:
    async def refusing(_: str, __: bytes) -> Any:
        return Refusal("schema")

    async with site_of(replace(services, submit=refusing)) as site:
        assert (await site.post("/v1/transfers", b"{}")).problem.code == "schema"


async def test_request_id_comes_from_us_alone(quiet: Site) -> None:
    mine = {"X-Request-Id": "mine"}
    first, second = [await quiet.call("GET", "/livez", headers=mine) for _ in range(2)]
    assert len({first.headers["X-Request-Id"], second.headers["X-Request-Id"], "mine"}) == 3


async def test_every_answer_is_kept_by_nobody_and_guessed_at_by_nobody(quiet: Site) -> None:
    for path in ("/livez", "/nowhere", "/v1/problems"):
        headers = (await quiet.call("GET", path)).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Server"] == "linkage"


async def test_log_line_names_the_route_and_never_the_query(quiet: Site) -> None:
    with structlog.testing.capture_logs() as lines:
        await quiet.call("GET", "/v1/events?limit=secret", "market")
    [line] = [line for line in lines if line["event"] == "request.answered"]
    assert (line["route"], line["http_status"]) == ("list_events", 400)
    assert (line["office"], line["problem"]) == (office("market").code, "malformed_request")
    assert "secret" not in str(line)


async def test_probe_that_passes_says_nothing(quiet: Site) -> None:
    with structlog.testing.capture_logs() as lines:
        await quiet.call("GET", "/livez")
        await quiet.call("GET", "/livez?x=1")
    assert [(line["log_level"], line["http_status"]) for line in lines] == [
        ("debug", 200),
        ("info", 400),
    ]


async def test_requests_are_counted_by_method_and_class(services: Services) -> None:
    async with site_of(services) as site:
        await site.call("GET", "/livez")
        await site.call("GET", "/nowhere")
    counted = services.measure.registry.get_sample_value  # type: ignore[attr-defined]
    for status in ("2xx", "4xx"):
        name, labels = "linkage_request_seconds_count", {"method": "GET", "status": status}
        assert counted(name, labels) == 1


async def test_office_that_a_packet_names_shares_the_queue(services: Services) -> None:
    offices = []

    async def submit(owner: str, _: bytes) -> Any:
        offices.append(owner)
        return Answered(b"receipt", ID)

    async with site_of(replace(services, submit=submit)) as site:
        for slug in ("market", "tobacco"):
            await site.post("/v1/transfers", signed(packet(agency=slug), key_of(slug)))
        for raw in (
            b"",
            b"{}",
            b'{"protected":7}',
            b'{"protected":"A"}',
            b'{"protected":"e30"}',
            b'{"protected":"eyJraWQiOiJub2JvZHkifQ"}',
        ):
            await site.post("/v1/transfers", raw)
    assert offices == [office("market").code, office("tobacco").code, *[""] * 6]


async def test_receipt_says_where_the_transfer_is(services: Services) -> None:
    async def repeating(_: bytes) -> Answered:
        return Answered(b"receipt", ID, repeated=True)

    wired = replace(services, submit=taking, acknowledge=repeating, report=repeating)
    async with site_of(wired) as site:
        new = await site.post("/v1/transfers", b"{}")
        assert (new.status, new.body) == (201, b"receipt")
        assert new.headers["Location"] == f"/v1/transfers/{ID}"
        assert new.headers["Content-Type"] == MEDIA_TYPE
        for path in ("/v1/acknowledgements", "/v1/reports"):
            assert (await site.post(path, b"{}")).status == 200
