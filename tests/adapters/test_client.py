"""The client of an office against a server that answers as the platform does, and as others do."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from adapters.client import (
    LinkageClient,
    ProblemError,
    Retries,
    UnprovenReceiptError,
    UnreachableError,
)
from adapters.web.access import authenticate
from contracts.jws import Typ, VerificationKey, digest_of
from contracts.problem import problem
from service.domain.registry import Registry
from tests.support.addressee import office_key, registered
from tests.support.offices import key_of, office
from tests.support.packets import NOW, packet, payload_of, signed
from tests.support.serving import served

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
IMPATIENT = Retries(
    tries=3, first_pause=timedelta(milliseconds=1), longest_pause=timedelta(seconds=1)
)
PACKET = signed(packet(), key_of("market"))


def client(url: str, platform_key: VerificationKey | None = None) -> LinkageClient:
    return LinkageClient(
        url, office("market").code, key_of("market"), platform_key, retries=IMPATIENT
    )


def refusing(code: str, **headers: str) -> web.Response:
    told = problem(code)
    return web.Response(
        status=told.status,
        text=told.model_dump_json(),
        content_type="application/problem+json",
        headers=headers,
    )


def receipt(of: bytes = PACKET, key: str = "platform") -> bytes:
    document = {
        "document": "receipt",
        "version": "1",
        "receipt_id": "receipt-1",
        "of": {"document": "transfer-packet", "id": "packet-1", "digest": digest_of(of)},
        "office": office("market").code,
        "transfer_id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "received_at": NOW.isoformat(),
        "status": "dispatching",
    }
    return signed(payload_of(document), key_of(key), typ=Typ.RECEIPT)


async def test_receipt_is_verified_and_read() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=201, body=receipt())

    async with served(answer) as url, client(url, key_of("platform")) as agency:
        receipted = await agency.send_packet(PACKET)

    assert str(receipted.transfer_id) == receipted.receipt.transfer_id
    assert receipted.receipt.status == "dispatching"
    assert not receipted.repeated


@pytest.mark.parametrize(
    "body",
    [receipt(of=b"other bytes"), receipt(key="market"), b"{}", PACKET],
    ids=["for other bytes", "by another key", "no receipt", "our own packet"],
)
async def test_answer_that_proves_nothing_is_not_a_receipt(body: bytes) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=201, body=body)

    async with served(answer) as url, client(url, key_of("platform")) as agency:
        with pytest.raises(UnprovenReceiptError):
            await agency.send_packet(PACKET)


async def test_refusal_carries_code_advice_and_places_and_is_not_repeated() -> None:
    bodies: list[bytes] = []

    async def answer(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return refusing("bad_signature")

    async with served(answer) as url, client(url) as agency:
        with pytest.raises(ProblemError) as caught:
            await agency.send_packet(PACKET)

    assert (caught.value.code, caught.value.status) == ("bad_signature", 403)
    assert "signing input" in caught.value.advice
    assert caught.value.errors == []
    assert bodies == [PACKET]


@pytest.mark.parametrize("code", ["overloaded", "outcome_unknown", "too_many_requests", "internal"])
async def test_what_may_be_repeated_is_repeated_with_the_same_bytes(code: str) -> None:
    bodies: list[bytes] = []

    async def answer(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return refusing(code) if len(bodies) < 3 else web.Response(status=200, body=receipt())

    async with served(answer) as url, client(url) as agency:
        assert (await agency.send_packet(PACKET)).repeated

    assert bodies == [PACKET] * 3


async def test_lost_answer_is_asked_for_again() -> None:
    bodies: list[bytes] = []

    async def answer(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        if len(bodies) == 1:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=200, body=receipt())

    async with served(answer) as url, client(url) as agency:
        await agency.send_packet(PACKET)

    assert bodies == [PACKET] * 2


async def test_retry_after_is_honoured_and_bounded() -> None:
    async def answer(_: web.Request) -> web.Response:
        return refusing("overloaded", **{"Retry-After": "3600"})

    async with served(answer) as url, client(url) as agency:
        started = datetime.now(UTC)
        with pytest.raises(ProblemError) as caught:
            await agency.send_packet(PACKET)

    assert caught.value.retry_after == timedelta(hours=1)
    assert timedelta(seconds=2) <= datetime.now(UTC) - started < timedelta(seconds=4)


@pytest.mark.parametrize(
    ("status", "error"), [(502, UnreachableError), (503, UnreachableError), (404, ProblemError)]
)
async def test_answer_of_something_else_is_told_as_such(status: int, error: type) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>proxy</html>")

    async with served(answer) as url, client(url) as agency:
        with pytest.raises(error):
            await agency.events()


async def test_nobody_there_is_unreachable() -> None:
    async with client("http://127.0.0.1:9") as agency:
        with pytest.raises(UnreachableError):
            await agency.mailbox()


async def test_redirect_is_not_followed() -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async with served(answer) as url, client(url) as agency:
        with pytest.raises(ProblemError):
            await agency.send_packet(PACKET)

    assert seen == ["/v1/transfers"]


@pytest.mark.parametrize("slug", ["market", "tobacco"], ids=["ES256", "Ed25519"])
async def test_token_is_one_that_the_platform_takes(slug: str) -> None:
    headers: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        headers.append(request.headers["Authorization"])
        return web.json_response({"items": []})

    member = office(slug)
    async with served(answer) as url, LinkageClient(url, member.code, key_of(slug)) as agency:
        await agency.mailbox()
        await agency.mailbox()
    registry = Registry.of(1, [registered(member)], [office_key(slug)])
    reader = authenticate(headers[0], registry, "linkage", datetime.now(UTC))

    assert reader.office_code == member.code
    assert headers[0] == headers[1]


async def test_signed_posts_carry_no_token() -> None:
    headers: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        headers.append(request.headers.get("Authorization"))
        return web.Response(status=201, body=receipt())

    async with served(answer) as url, client(url) as agency:
        await agency.send_packet(PACKET)

    assert headers == [None]


async def test_file_is_streamed_and_not_sent_when_it_is_there(tmp_path: Path) -> None:
    file = tmp_path / "material"
    file.write_bytes(b"x" * 3_000_000)
    digest = digest_of(file.read_bytes())
    stored: dict[str, bytes] = {}
    puts: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        name = request.path.rpartition("/")[2]
        if request.method == "HEAD":
            return web.Response(status=200 if name in stored else 404)
        puts.append(name)
        stored[name] = await request.read()
        return web.Response(status=201)

    async with served(answer) as url, client(url) as agency:
        first, second = await agency.put_material(file), await agency.put_material(file)

    assert first == second == digest
    assert stored == {digest: file.read_bytes()}
    assert puts == [digest]
