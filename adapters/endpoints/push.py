"""Carries signed documents over HTTP(S) to endpoints that can be called."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    TCPConnector,
)
from typing_extensions import override

from adapters.endpoints.egress import Egress, EgressRefusedError
from adapters.endpoints.retry_after import read_retry_after
from contracts.jws import MEDIA_TYPE, digest_of
from service.domain.delivery import Answer, Parcel
from service.domain.registry import Endpoint
from service.ports import Clock, Courier

USER_AGENT = "linkage/1"
_REDIRECTS = range(300, 400)
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Manners:
    """How endpoints are called: operations, not law. `total` must stay below the lease of a claim."""

    total: timedelta = timedelta(seconds=30)
    connect: timedelta = timedelta(seconds=5)
    read: timedelta = timedelta(seconds=20)
    longest_answer: int = 1024**2
    connections: int = 1000
    connections_per_host: int = 32
    plain_http: bool = False
    ca_file: Path | None = None
    egress: Egress = field(default_factory=Egress)


class HttpCourier(Courier):
    """Sends once and reports what came back; whatever the network does is an Answer, never an exception.

    Nothing of the environment steers it: no proxy, no .netrc, no cookie, no redirect. The registry
    alone says where a document goes.
    """

    def __init__(self, clock: Clock, manners: Manners = Manners()) -> None:
        self._clock = clock
        self._manners = manners
        # Reading the CA bundle blocks and fails early, so it happens here and not in the first send.
        self._trust = ssl.create_default_context(cafile=manners.ca_file)
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            connector=self._connector(),
            timeout=self._timeout(),
            cookie_jar=DummyCookieJar(),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            # A compressed answer is never opened: a kilobyte could unfold into gigabytes.
            auto_decompress=False,
            trust_env=False,
            requote_redirect_url=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the kept connections; what is still being sent ends as an Answer that says so."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @override
    async def send(self, endpoint: Endpoint, parcel: Parcel, document: bytes) -> Answer:
        """Send once; safe to repeat. Network trouble is an Answer, never an exception."""
        if self._session is None:
            return Answer(problem="the courier is closed")
        if not endpoint.url or not self._may_call(endpoint.url):
            return Answer(problem="not an address that may be called")
        try:
            async with self._session.post(
                endpoint.url,
                data=document,
                headers=_headers(parcel, document),
                allow_redirects=False,
            ) as response:
                return await self._read(response)
        except (ClientError, OSError, ValueError, RuntimeError) as error:
            # TimeoutError is an OSError; uvloop and a session closed meanwhile raise RuntimeError.
            return Answer(problem=_problem(error))

    def _may_call(self, url: str) -> bool:
        return url.startswith("https://") or (
            self._manners.plain_http and url.startswith("http://")
        )

    async def _read(self, response: ClientResponse) -> Answer:
        if response.status in _REDIRECTS:
            response.close()
            return Answer(response.status, problem="redirect refused")
        body = await self._read_body(response)
        return Answer(
            response.status,
            response.content_type,
            body or b"",
            read_retry_after(response.headers.get("Retry-After"), self._clock.now()),
            "the answer is too large" if body is None else None,
        )

    async def _read_body(self, response: ClientResponse) -> bytes | None:
        body = bytearray()
        async for piece in response.content.iter_chunked(_PIECE):
            body += piece
            if len(body) > self._manners.longest_answer:
                # Not given back to the pool: the rest of the answer is still on its way in it.
                response.close()
                return None
        return bytes(body)

    def _connector(self) -> TCPConnector:
        return TCPConnector(
            ssl=self._trust,
            limit=self._manners.connections,
            limit_per_host=self._manners.connections_per_host,
            # Shorter than what common servers keep, so that we rarely write into a closing connection.
            keepalive_timeout=4,
            socket_factory=self._manners.egress.open_socket,
        )

    def _timeout(self) -> ClientTimeout:
        return ClientTimeout(
            total=self._manners.total.total_seconds(),
            sock_connect=self._manners.connect.total_seconds(),
            sock_read=self._manners.read.total_seconds(),
        )


def _headers(parcel: Parcel, document: bytes) -> Mapping[str, str]:
    # Made of ids, a count and a digest of ours: nothing that another office wrote gets into a header.
    return {
        "Content-Type": MEDIA_TYPE,
        "Accept": f"{MEDIA_TYPE}, application/json",
        f"Linkage-{parcel.noun}": str(parcel.id),
        "Linkage-Attempt": str(parcel.attempts),
        "Linkage-Digest": digest_of(document),
        "Idempotency-Key": str(parcel.id),
    }


# Fixed words: they are stored with what was sent and shown to other offices, and must not tell our network.
_PROBLEMS: tuple[tuple[type[Exception], str], ...] = (
    (ClientConnectorDNSError, "the name is not resolved"),
    (ClientConnectorCertificateError, "the certificate is not trusted"),
    (ClientConnectorSSLError, "no TLS connection"),
    (ClientConnectorError, "no connection"),
    (InvalidURL, "not an address that may be called"),
    (TimeoutError, "timed out"),
    (ClientError, "the connection was lost"),
)


def _problem(error: Exception) -> str:
    if isinstance(error, ClientConnectorError) and _is_refused_by_us(error.os_error):
        return "not an address that may be called"
    return next(
        (words for kind, words in _PROBLEMS if isinstance(error, kind)), "the connection was lost"
    )


def _is_refused_by_us(error: OSError) -> bool:
    # Several refused addresses come back as one of them; a mixture comes back as a plain OSError.
    return isinstance(error, EgressRefusedError)
