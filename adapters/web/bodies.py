"""What comes in: refused before it is read where that is possible, bounded in size and in time always."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from aiohttp import hdrs, web
from aiohttp.http import HttpVersion11

from service.domain.errors import Refusal

_PIECE = 64 * 1024


def check_body(request: web.Request, media_type: str | None, limit: int) -> None:
    """Refuse by the headers alone: another media type, an encoding, a length beyond the limit."""
    if media_type is not None:
        _check_type(request, media_type)
    # A signature is over bytes as they are sent, and a small compressed body may be a very large one.
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise Refusal("unsupported_media_type", "Content-Encoding must be absent")
    if (request.content_length or 0) > limit:
        raise _too_large(limit)


def _check_type(request: web.Request, media_type: str) -> None:
    given = request.headers.get(hdrs.CONTENT_TYPE, "")
    if given != media_type and given.partition(";")[0].strip().lower() != media_type:
        raise Refusal("unsupported_media_type", f"Content-Type must be {media_type}")


def _too_large(limit: int) -> Refusal:
    return Refusal("too_large", f"the limit is {limit} bytes")


async def receive(request: web.Request, limit: int, within: timedelta) -> bytes:
    """Read a whole body into memory."""
    if request.content.is_eof():
        # It came with its headers, as small ones do: no timer is worth starting.
        body = await request.content.read()
        if len(body) > limit:
            raise _too_large(limit)
        return body
    try:
        async with asyncio.timeout(within.total_seconds()):
            await invite(request)
            return await _gather(request, limit)
    except TimeoutError:
        raise _too_slow(within) from None


async def _gather(request: web.Request, limit: int) -> bytes:
    body = bytearray()
    while piece := await request.content.readany():
        body += piece
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


async def stream(request: web.Request, idle: timedelta) -> AsyncIterator[bytes]:
    """Give a body piece by piece, as fast as it is taken."""
    await invite(request)
    while piece := await _next_piece(request, idle):
        yield piece


async def _next_piece(request: web.Request, idle: timedelta) -> bytes:
    try:
        async with asyncio.timeout(idle.total_seconds()):
            return await request.content.read(_PIECE)
    except TimeoutError:
        raise _too_slow(idle) from None


def _too_slow(limit: timedelta) -> Refusal:
    return Refusal("malformed_request", f"the body stopped for {limit.total_seconds():g} seconds")


async def invite(request: web.Request) -> None:
    """Answer `Expect: 100-continue`, now that nothing stands against the body (RFC 9110 section 10.1.1)."""
    expected = request.headers.get(hdrs.EXPECT)
    if expected and expected.lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # The answer itself has not begun.
        request.writer.output_size = 0


async def keep_expecting(_: web.Request) -> None:
    """Stand in for aiohttp's own answer to Expect, which would invite a body before anything was checked."""
