"""The courier against a real endpoint that fails in every way it can."""

import asyncio
import gzip
import socket
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from aiohttp import web

from adapters.endpoints.egress import Egress
from adapters.endpoints.push import HttpCourier
from adapters.endpoints.retry_after import LONGEST, read_retry_after
from contracts import jws
from contracts.acknowledgement import AckResult
from contracts.jws import digest_of
from service.domain.delivery import Answer
from tests.support.addressee import FaultyAddressee, dispatch_to
from tests.support.packets import NOW
from tests.support.sending import DISPATCH_ID, QUICK, Frozen, acknowledgement_in, send
from tests.support.serving import served, server_trust


async def test_dispatch_is_taken_and_signed_for(
    courier: HttpCourier, police: FaultyAddressee
) -> None:
    answer = await send(courier, police.url)

    assert (answer.status, answer.content_type, answer.problem) == (200, jws.MEDIA_TYPE, None)
    assert acknowledgement_in(answer).dispatch_digest == digest_of(dispatch_to())
    assert len(police.inbox.taken) == 1


async def test_repeated_dispatch_gets_the_same_acknowledgement_and_is_entered_once(
    courier: HttpCourier, police: FaultyAddressee
) -> None:
    first, second = [await send(courier, police.url) for _ in range(2)]

    assert first.body == second.body
    assert (len(police.inbox.taken), police.inbox.arrivals.total()) == (1, 2)


async def test_lost_answer_is_told_from_lost_packet_only_by_the_addressee(
    courier: HttpCourier, police: FaultyAddressee
) -> None:
    police.loses_next_packet()
    lost_packet = await send(courier, police.url)
    taken_after_lost_packet = len(police.inbox.taken)
    police.loses_next_answer()
    lost_answer = await send(courier, police.url)

    assert lost_packet == lost_answer == Answer(problem="the connection was lost")
    assert (taken_after_lost_packet, len(police.inbox.taken)) == (0, 1)


async def test_answer_cut_in_the_middle_is_no_answer(
    courier: HttpCourier, police: FaultyAddressee
) -> None:
    police.cuts_next_answer()

    assert await send(courier, police.url) == Answer(problem="the connection was lost")


async def test_slow_answer_times_out(courier: HttpCourier, police: FaultyAddressee) -> None:
    police.answers_next_slowly(1.0)

    assert await send(courier, police.url) == Answer(problem="timed out")


async def test_endless_drip_of_an_answer_times_out_as_a_whole(courier: HttpCourier) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b" ")
            await asyncio.sleep(0.1)
        return response

    async with served(drip) as url:
        started = asyncio.get_running_loop().time()
        answer = await send(courier, url)

    assert answer.problem == "timed out"
    assert asyncio.get_running_loop().time() - started < 4


async def test_redirect_is_refused_and_not_followed(
    courier: HttpCourier, police: FaultyAddressee
) -> None:
    police.redirects_next()

    assert await send(courier, police.url) == Answer(307, problem="redirect refused")
    assert police.strayed == 0


async def test_answer_of_20_mb_is_cut_off(courier: HttpCourier, police: FaultyAddressee) -> None:
    police.sends_20_mb_next()
    too_large = await send(courier, police.url)
    next_one = await send(courier, police.url)

    assert (too_large.status, too_large.body) == (200, b"")
    assert too_large.problem == "the answer is too large"
    assert next_one.problem is None


async def test_compressed_answer_is_never_unfolded(courier: HttpCourier) -> None:
    bomb = gzip.compress(bytes(50 * 1024**2))

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async with served(answer) as url:
        assert (await send(courier, url)).body == bomb


async def test_signed_no_is_handed_over_to_be_judged(
    courier: HttpCourier, police: FaultyAddressee
) -> None:
    police.refuses_next_signed()

    assert acknowledgement_in(await send(courier, police.url)).result is AckResult.REFUSED
    assert not police.inbox.taken


async def test_unsigned_no_carries_no_acknowledgement(
    courier: HttpCourier, police: FaultyAddressee
) -> None:
    police.refuses_next_unsigned()
    answer = await send(courier, police.url)

    assert (answer.status, answer.content_type) == (403, "application/json")


async def test_busy_endpoint_says_how_long(courier: HttpCourier, police: FaultyAddressee) -> None:
    police.is_busy_next(seconds=7)
    answer = await send(courier, police.url)

    assert (answer.status, answer.retry_after) == (503, timedelta(seconds=7))


async def test_nobody_listening_is_an_answer(courier: HttpCourier) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert await send(courier, f"http://127.0.0.1:{port}/") == Answer(problem="no connection")


async def test_name_that_is_not_resolved_is_an_answer(courier: HttpCourier) -> None:
    answer = await send(courier, "http://no-such-office.invalid/dispatches")

    assert answer == Answer(problem="the name is not resolved")


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "unix:///run/socket",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "http://" + "a" * 300 + ".invalid/",
        "http://-\u200d.invalid/",
    ],
)
async def test_address_that_is_none_is_an_answer(courier: HttpCourier, url: str | None) -> None:
    answer = await send(courier, url)

    assert answer.problem
    assert answer.status is None


async def test_request_says_which_dispatch_it_is_and_can_be_repeated(courier: HttpCourier) -> None:
    seen: list[web.BaseRequest] = []

    async def look(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response()

    document = dispatch_to()
    async with served(look) as url:
        await send(courier, url, document)
    headers = seen[0].headers

    assert headers["Content-Type"] == jws.MEDIA_TYPE
    assert headers["Linkage-Dispatch"] == headers["Idempotency-Key"]
    assert headers["Idempotency-Key"] == str(DISPATCH_ID)
    assert headers["Linkage-Attempt"] == "3"
    assert headers["Linkage-Digest"] == digest_of(document)
    assert headers["User-Agent"].startswith("linkage/")
    assert "Cookie" not in headers


async def test_cookies_of_an_endpoint_are_not_kept(courier: HttpCourier) -> None:
    seen: list[str | None] = []

    async def look(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Cookie"))
        return web.Response(headers={"Set-Cookie": "who=you"})

    async with served(look) as url:
        await send(courier, url)
        await send(courier, url)

    assert seen == [None, None]


async def test_line_breaks_in_an_address_inject_nothing(courier: HttpCourier) -> None:
    seen: list[web.BaseRequest] = []

    async def look(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response()

    async with served(look) as url:
        await send(courier, url + "x\r\nInjected: yes\r\n\r\nGET /y")

    assert all("Injected" not in request.headers for request in seen)
    assert len(seen) <= 1


async def test_proxy_of_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch, police: FaultyAddressee
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with HttpCourier(Frozen(), QUICK) as courier:
        assert (await send(courier, police.url)).status == 200


async def test_closed_courier_answers_so(police: FaultyAddressee) -> None:
    courier = HttpCourier(Frozen(), QUICK)

    assert (await send(courier, police.url)).problem == "the courier is closed"


async def test_plain_http_must_be_allowed(police: FaultyAddressee) -> None:
    async with HttpCourier(Frozen(), replace(QUICK, plain_http=False)) as courier:
        answer = await send(courier, police.url)

    assert answer == Answer(problem="not an address that may be called")
    assert police.requests == 0


async def test_own_machine_is_not_called_unless_named(police: FaultyAddressee) -> None:
    async with HttpCourier(Frozen(), replace(QUICK, egress=Egress())) as courier:
        by_number = await send(courier, police.url)
        by_name = await send(courier, police.url.replace("127.0.0.1", "localhost"))

    assert by_number == by_name == Answer(problem="not an address that may be called")
    assert police.requests == 0


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "169.254.169.254",
        "100.100.100.200",
        "10.0.0.1",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
    ],
)
def test_address_beside_us_is_refused_in_every_spelling(address: str) -> None:
    assert not Egress().allows(ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_public_address_is_allowed(address: str) -> None:
    assert Egress().allows(ip_address(address))


def test_named_private_network_is_allowed_and_its_neighbour_is_not() -> None:
    egress = Egress((ip_network("10.1.0.0/16"),))

    assert egress.allows(ip_address("10.1.2.3"))
    assert egress.allows(ip_address("::ffff:10.1.2.3"))
    assert not egress.allows(ip_address("10.2.0.1"))


async def test_certificate_that_nobody_vouches_for_is_refused(
    courier: HttpCourier, tmp_path: Path
) -> None:
    trust, _ = server_trust(tmp_path)
    async with served(says_nothing, trust) as url:
        assert await send(courier, url) == Answer(problem="the certificate is not trusted")


async def test_certificate_of_the_own_bundle_is_trusted(tmp_path: Path) -> None:
    trust, bundle = server_trust(tmp_path)
    async with (
        served(says_nothing, trust) as url,
        HttpCourier(Frozen(), replace(QUICK, ca_file=bundle)) as courier,
    ):
        assert (await send(courier, url)).status == 200


async def test_certificate_of_another_host_is_refused(tmp_path: Path) -> None:
    trust, bundle = server_trust(tmp_path, "127.0.0.2")
    async with (
        served(says_nothing, trust) as url,
        HttpCourier(Frozen(), replace(QUICK, ca_file=bundle)) as courier,
    ):
        assert await send(courier, url) == Answer(problem="the certificate is not trusted")


async def test_endpoint_gets_no_more_connections_than_its_share() -> None:
    at_once = [0, 0]

    async def count(_: web.Request) -> web.Response:
        at_once[0] += 1
        at_once[1] = max(at_once)
        await asyncio.sleep(0.05)
        at_once[0] -= 1
        return web.Response()

    async with (
        served(count) as url,
        HttpCourier(Frozen(), replace(QUICK, connections_per_host=3)) as courier,
    ):
        answers = await asyncio.gather(*(send(courier, url) for _ in range(12)))

    assert {answer.status for answer in answers} == {200}
    assert at_once[1] == 3


async def says_nothing(_: web.Request) -> web.Response:
    return web.Response()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 5 ", 5),
        ("9" * 400, LONGEST.total_seconds()),
        (format_datetime(NOW + timedelta(minutes=3), usegmt=True), 180),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0),
        (format_datetime(NOW + timedelta(days=900), usegmt=True), LONGEST.total_seconds()),
        ("Mon, 23 Nov 2026 02:01:00 -0000", 60),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(value: str, seconds: float) -> None:
    assert read_retry_after(value, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", [None, "", "soon", "-5", "1.5", "Mon, 99 Nov 2026 99:00:00 GMT"])
def test_retry_after_that_says_nothing_is_ignored(value: str | None) -> None:
    assert read_retry_after(value, NOW) is None
