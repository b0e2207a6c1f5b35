"""Sending the bytes of an agency so that nothing in them can run, whole or in the parts that a viewer asks for."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import hdrs, web

from adapters.web.case.file_kinds import FileKind, charset_of
from adapters.web.edge import REQUEST_ID, cut_off, mark
from service.domain.errors import Refusal

_PARTIAL, _NOT_SATISFIABLE, _NOT_MODIFIED = 206, 416, 304
_HEADERS = {
    # An agency chose these bytes: no browser may run anything of them here.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Which bytes of a file are wanted."""

    start: int
    length: int
    size: int

    @property
    def is_whole(self) -> bool:
        return self.length == self.size

    @property
    def content_range(self) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def part_of(request: web.Request, size: int) -> Part | None:
    """Read which part is asked for: the whole file without a range that we understand, None for one outside it."""
    whole = Part(0, size, size)
    try:
        asked = request.http_range
    except ValueError:
        return (
            whole  # RFC 9110 section 14.2: a range that cannot be read is as if it were not there
        )
    if asked.start is None:
        return whole
    start = asked.start if asked.start >= 0 else max(0, size + asked.start)
    stop = size if asked.stop is None else min(asked.stop, size)
    return Part(start, stop - start, size) if start < stop else None


def headers_to_show(kind: FileKind, head: bytes) -> dict[str, str]:
    """Give the headers of a file that a page of ours shows; raises Refusal `not_found` for one that it does not."""
    if kind is FileKind.OTHER:
        raise Refusal("not_found", "this file is for downloading only")
    charset = f"; charset={charset_of(head)}" if kind is FileKind.TEXT else ""
    return {hdrs.CONTENT_TYPE: f"{kind.media_type}{charset}", hdrs.ACCEPT_RANGES: "bytes"}


async def send(
    request: web.Request, headers: dict[str, str], part: Part | None, pieces: AsyncIterator[bytes]
) -> web.StreamResponse:
    """Send a part; a body that stops short is cut off, so that it does not look whole."""
    if part is None:
        return web.Response(status=_NOT_SATISFIABLE, headers=_HEADERS)
    told = {hdrs.CONTENT_LENGTH: str(part.length)}
    if not part.is_whole:
        told[hdrs.CONTENT_RANGE] = part.content_range
    response = web.StreamResponse(
        status=200 if part.is_whole else _PARTIAL, headers=_HEADERS | headers | told
    )
    mark(response, request[REQUEST_ID])
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        try:
            async for piece in pieces:
                await response.write(piece)
            await response.write_eof()
        except Exception as error:  # noqa: BLE001 (no other answer can be given any more)
            cut_off(request, error)
    return response
