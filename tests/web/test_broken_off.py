"""Callers who stop or hang up, and files that break off: nothing half looks whole, and nobody is woken for it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import structlog
from aiohttp import ClientPayloadError

from adapters.web.call import Services
from contracts.answers import MaterialView
from contracts.problem import Problem
from service.domain.errors import Refusal
from tests.support.packets import NOW
from tests.support.web import never, said, site_of, token

ID = UUID("01982f5c-7a10-7c3e-9f00-6d1f3a2b4c5d")
DIGEST = "sha-256:" + "0" * 64


async def test_upload_that_stops_is_not_waited_for(services: Services) -> None:
    async def find(*_: str) -> MaterialView:
        raise Refusal("not_found")

    async def store(_: str, __: str, pieces: AsyncIterator[bytes]) -> MaterialView:
        size = sum([len(piece) async for piece in pieces])
        return MaterialView(digest=DIGEST, size=size, stored_at=NOW)

    wired = replace(services, find_material=find, store_material=store)
    async with site_of(wired, upload_idle=timedelta(seconds=0.2)) as site:
        head = (
            f"PUT /v1/materials/{DIGEST} HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n"
            f"Authorization: Bearer {token()}\r\n\r\nhalf"
        )
        status, _, body = await said(site, head.encode())
        assert (status, Problem.model_validate_json(body).code) == (400, "malformed_request")


async def test_faults_of_the_store_are_not_taken_for_absence(services: Services) -> None:
    async def find(*_: str) -> MaterialView:
        raise Refusal("overloaded")

    async with site_of(replace(services, find_material=find, store_material=never)) as site:
        heard = await site.call("PUT", f"/v1/materials/{DIGEST}", "market", data=b"x")
        assert heard.problem.code == "overloaded"


class _Reading:
    """Stands in for Review where a file breaks off."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    async def material(self, *_: object) -> tuple[MaterialView, str, AsyncIterator[bytes]]:
        return MaterialView(digest=DIGEST, size=10, stored_at=NOW), "text/plain", self._read()

    async def _read(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
        raise OSError(5, "Input/output error")


async def test_file_that_breaks_off_does_not_look_whole(services: Services) -> None:
    wired = replace(services, review=_Reading(b"half"))  # type: ignore[arg-type]
    async with site_of(wired) as site:
        with structlog.testing.capture_logs() as lines, pytest.raises(ClientPayloadError):
            await site.call("GET", f"/v1/transfers/{ID}/materials/{DIGEST}", "market")
    assert "answer.cut_off" in [line["event"] for line in lines]


async def test_file_that_cannot_be_read_at_all_is_a_problem(services: Services) -> None:
    async with site_of(replace(services, review=_Reading())) as site:  # type: ignore[arg-type]
        heard = await site.call("GET", f"/v1/transfers/{ID}/materials/{DIGEST}", "market")
        assert heard.problem.code == "internal"


async def test_caller_who_hangs_up_is_no_alarm(services: Services) -> None:
    ended = asyncio.Event()

    async def find(*_: str) -> MaterialView:
        raise Refusal("not_found")

    async def store(_: str, __: str, pieces: AsyncIterator[bytes]) -> MaterialView:
        try:
            async for _piece in pieces:
                pass
        finally:
            ended.set()
        raise AssertionError("half a body was taken for a whole one")

    async with site_of(replace(services, find_material=find, store_material=store)) as site:
        with structlog.testing.capture_logs() as lines:
            _, writer = await asyncio.open_connection("127.0.0.1", site.port)
            head = (
                f"PUT /v1/materials/{DIGEST} HTTP/1.1\r\nHost: here\r\nContent-Length: 99\r\n"
                f"Authorization: Bearer {token()}\r\n\r\nhalf"
            )
            writer.write(head.encode())
            await writer.drain()
            await asyncio.sleep(0.1)
            writer.close()
            await asyncio.wait_for(ended.wait(), 5)
            await asyncio.sleep(0.05)
    assert [line["log_level"] for line in lines] == ["info"]
