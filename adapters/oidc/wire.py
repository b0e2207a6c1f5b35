"""Calls to the identity provider: nothing but JSON, of a bounded size, from where it was asked for."""

import ssl
from collections.abc import AsyncIterator
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx2
from typing_extensions import override

LONGEST_ANSWER = 256 * 1024
_REDIRECTS = range(300, 400)


class UnusableAnswerError(Exception):
    """What came back is not what a provider answers; the text says how, and nothing that came."""


def may_call(url: str, *, plain_http: bool) -> bool:
    """Say whether a provider may be there: behind TLS, or on this machine, or anywhere in a sandbox."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and (plain_http or _is_here(host)))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """Follows nobody elsewhere and reads no more than a provider has to say."""

    def __init__(self, trust: ssl.SSLContext, longest: int = LONGEST_ANSWER) -> None:
        super().__init__(verify=trust, trust_env=False)
        self._longest = longest

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        # A compressed answer is never opened: a kilobyte could unfold into gigabytes.
        request.headers["Accept-Encoding"] = "identity"
        response = await super().handle_async_request(request)
        if response.status_code in _REDIRECTS:
            await response.aclose()
            raise UnusableAnswerError("it redirects, which is refused")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            await response.aclose()
            raise UnusableAnswerError("its answer is compressed, which was not asked for")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _BoundedStream(response.stream, self._longest)
        return response


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, longest: int) -> None:
        self._stream = stream
        self._longest = longest

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._stream:
            size += len(piece)
            if size > self._longest:
                raise UnusableAnswerError("its answer is too large")
            yield piece

    @override
    async def aclose(self) -> None:
        await self._stream.aclose()
