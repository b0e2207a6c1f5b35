"""The HTTP client of an office: what the command line and the sandbox speak to the platform with."""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout
from pydantic import BaseModel, ValidationError

from adapters.endpoints.retry_after import read_retry_after
from adapters.keys import TOKEN_LIFE, bearer_token
from contracts import jws
from contracts.answers import (
    DeadlinesPage,
    DeadlineState,
    EventsPage,
    MailboxPage,
    TransferView,
    ValidationAnswer,
)
from contracts.case_record import RecordsReceipt
from contracts.document import Fault, SchemaError, parse
from contracts.jws import MEDIA_TYPE, SigningKey, Typ, VerificationKey, digest_of
from contracts.problem import Problem
from contracts.receipt import Receipt
from contracts.supervision import LetterReceipt

_V = TypeVar("_V", bound=BaseModel)
_P = TypeVar("_P", Receipt, RecordsReceipt, LetterReceipt)
_TOKEN_RESERVE = timedelta(minutes=1)
_PIECE = 1024**2
_FROM_A_GATEWAY = frozenset(
    {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)


class ProblemError(Exception):
    """The platform said no; `code` stands in the problem catalogue, `advice` says what to do."""

    def __init__(self, problem: Problem, retry_after: timedelta | None = None) -> None:
        super().__init__(
            f"{problem.code}: {problem.title}" + (f" ({problem.detail})" if problem.detail else "")
        )
        self.problem = problem
        self.retry_after = retry_after

    @property
    def code(self) -> str:
        return self.problem.code

    @property
    def status(self) -> int:
        return self.problem.status

    @property
    def advice(self) -> str:
        return self.problem.advice

    @property
    def errors(self) -> list[Fault]:
        return self.problem.errors

    @property
    def may_repeat(self) -> bool:
        """Whether the very same request may succeed later."""
        return self.problem.retry == "later"


class UnreachableError(Exception):
    """No answer that means anything: the request may or may not have been done, and is safe to repeat."""

    retry_after: timedelta | None = None


class UnprovenReceiptError(Exception):
    """An answer that is not the platform's signature over exactly what was sent: nothing is proved."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How stubborn the client is; every try sends the same bytes."""

    tries: int = 6
    first_pause: timedelta = timedelta(milliseconds=200)
    longest_pause: timedelta = timedelta(seconds=10)

    def pause(self, tried: int, asked: timedelta | None) -> timedelta:
        doubled: timedelta = self.first_pause * 2 ** min(tried, 16)
        return min(max(doubled, asked or timedelta()), self.longest_pause)


@dataclass(frozen=True, slots=True)
class Receipted:
    """The platform's receipt, as it came, and what it says."""

    raw: bytes
    receipt: Receipt
    repeated: bool

    @property
    def transfer_id(self) -> UUID:
        return UUID(self.receipt.transfer_id)


@dataclass(frozen=True, slots=True)
class RecordsReceipted:
    """The platform's receipt for a batch of records, as it came, and what it says."""

    raw: bytes
    receipt: RecordsReceipt
    repeated: bool


@dataclass(frozen=True, slots=True)
class LetterReceipted:
    """The platform's receipt for a letter of supervision or a reply, as it came, and what it says."""

    raw: bytes
    receipt: LetterReceipt
    repeated: bool


@dataclass(slots=True)
class _Token:
    text: str = ""
    until: datetime = datetime(1, 1, 2, tzinfo=UTC)


@dataclass
class LinkageClient:
    """One office's way to the platform; to be used as an asynchronous context.

    With `platform_key` every receipt is verified before it is believed. A call raises ProblemError when
    the platform refuses, UnreachableError when it gave no answer in `retries.tries` tries.
    """

    base_url: str
    office_code: str
    key: SigningKey
    platform_key: VerificationKey | None = None
    audience: str = "linkage"
    retries: Retries = Retries()
    timeout: timedelta = timedelta(seconds=60)
    ca_file: Path | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _session: ClientSession | None = field(default=None, init=False, repr=False)
    _token: _Token = field(default_factory=_Token, init=False, repr=False)

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            timeout=ClientTimeout(sock_connect=10, sock_read=self.timeout.total_seconds())
        )
        self._trust = ssl.create_default_context(cafile=self.ca_file)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def put_material(self, content: bytes | Path) -> str:
        """Upload a file of a case, unless the platform holds it already; give its digest."""
        digest = await asyncio.to_thread(_digest, content)
        if isinstance(content, bytes) or not await self.has_material(digest):
            path = f"/v1/materials/{digest}"
            await self._call("PUT", path, content, "application/octet-stream")
        return digest

    async def has_material(self, digest: str) -> bool:
        try:
            await self._call("HEAD", f"/v1/materials/{digest}")
        except ProblemError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return False
            raise
        return True

    async def send_packet(self, packet: bytes) -> Receipted:
        """Send a signed packet and give its receipt; sending the same bytes again gives the same receipt."""
        return await self._send("/v1/transfers", packet)

    async def send_acknowledgement(self, acknowledgement: bytes) -> Receipted:
        return await self._send("/v1/acknowledgements", acknowledgement)

    async def send_report(self, report: bytes) -> Receipted:
        return await self._send("/v1/reports", report)

    async def send_records(self, batch: bytes) -> RecordsReceipted:
        """Send a signed batch of case records; sending the same bytes again gives the same receipt."""
        answer = await self._call("POST", "/v1/case-records", batch, MEDIA_TYPE)
        receipt = _proved(RecordsReceipt, answer.body, batch, self.platform_key)
        return RecordsReceipted(answer.body, receipt, answer.status == HTTPStatus.OK)

    async def send_supervision(self, letter: bytes) -> LetterReceipted:
        """Send a signed letter, dismissal or outcome; the same bytes again give the same receipt."""
        return await self._send_letter("/v1/supervisions", letter)

    async def send_supervision_reply(self, reply: bytes) -> LetterReceipted:
        return await self._send_letter("/v1/supervision-replies", reply)

    async def validate(self, packet: bytes) -> ValidationAnswer:
        """Ask what would happen to a packet; nothing is stored."""
        answer = await self._call("POST", "/v1/transfers:validate", packet, MEDIA_TYPE)
        return _read(ValidationAnswer, answer)

    async def transfer(self, transfer_id: UUID | str) -> TransferView:
        return _read(TransferView, await self._call("GET", f"/v1/transfers/{transfer_id}"))

    async def document(self, transfer_id: UUID, kind: str, subject: UUID) -> bytes:
        """Give a signed document of a transfer, byte for byte."""
        path = f"/v1/transfers/{transfer_id}/documents/{kind}/{subject}"
        return (await self._call("GET", path)).body

    async def events(self, after: str | None = None, limit: int = 100) -> EventsPage:
        answer = await self._call("GET", "/v1/events", params=_given(after=after, limit=limit))
        return _read(EventsPage, answer)

    async def deadlines(
        self, state: DeadlineState | None = None, after: str | None = None, limit: int = 100
    ) -> DeadlinesPage:
        params = _given(state=state, after=after, limit=limit)
        return _read(DeadlinesPage, await self._call("GET", "/v1/deadlines", params=params))

    async def mailbox(self, limit: int = 100) -> MailboxPage:
        answer = await self._call("GET", "/v1/mailbox", params=_given(limit=limit))
        return _read(MailboxPage, answer)

    async def mailbox_dispatch(self, dispatch_id: UUID | str) -> bytes:
        """Take a dispatch out of the mailbox; it stays there until its acknowledgement is posted."""
        return (await self._call("GET", f"/v1/mailbox/{dispatch_id}")).body

    async def _send(self, path: str, document: bytes) -> Receipted:
        answer = await self._call("POST", path, document, MEDIA_TYPE)
        return Receipted(
            answer.body,
            _proved(Receipt, answer.body, document, self.platform_key),
            repeated=answer.status == HTTPStatus.OK,
        )

    async def _send_letter(self, path: str, letter: bytes) -> LetterReceipted:
        answer = await self._call("POST", path, letter, MEDIA_TYPE)
        receipt = _proved(LetterReceipt, answer.body, letter, self.platform_key)
        return LetterReceipted(answer.body, receipt, answer.status == HTTPStatus.OK)

    async def _call(
        self,
        method: str,
        path: str,
        body: bytes | Path | None = None,
        content_type: str | None = None,
        *,
        params: Mapping[str, str] | None = None,
    ) -> "_Answered":
        for tried in range(self.retries.tries):
            try:
                return await self._try(method, path, body, content_type, params)
            except (ProblemError, UnreachableError) as error:
                is_last = tried + 1 == self.retries.tries
                if is_last or (isinstance(error, ProblemError) and not error.may_repeat):
                    raise
                await asyncio.sleep(self.retries.pause(tried, error.retry_after).total_seconds())
        raise UnreachableError("no try was allowed")

    async def _try(
        self,
        method: str,
        path: str,
        body: bytes | Path | None,
        content_type: str | None,
        params: Mapping[str, str] | None,
    ) -> "_Answered":
        assert self._session is not None, "use the client as an asynchronous context"
        headers = _given(
            **{"Content-Type": content_type, "Authorization": self._bearer(method, path)}
        )
        try:
            async with self._session.request(
                method,
                self.base_url.rstrip("/") + path,
                data=_pieces(body) if isinstance(body, Path) else body,
                headers=headers,
                params=params,
                allow_redirects=False,
                ssl=self._trust,
            ) as response:
                return await self._answer(response)
        except (ClientError, OSError) as error:
            raise UnreachableError(str(error) or type(error).__name__) from error

    async def _answer(self, response: ClientResponse) -> "_Answered":
        body = await response.read()
        if response.status < HTTPStatus.MULTIPLE_CHOICES:
            return _Answered(response.status, body)
        wait = read_retry_after(response.headers.get("Retry-After"), self.now())
        found = _find_problem(body)
        if found is None and response.status in _FROM_A_GATEWAY:
            error = UnreachableError(f"a gateway answered {response.status}")
            error.retry_after = wait
            raise error
        raise ProblemError(found or _unexplained(response.status), wait)

    def _bearer(self, method: str, path: str) -> str | None:
        # Signed posts speak for themselves; everything else needs a token.
        if method == "POST" and path in _SIGNED_POSTS:
            return None
        if self.now() + _TOKEN_RESERVE >= self._token.until:
            self._token = self._new_token()
        return f"Bearer {self._token.text}"

    def _new_token(self) -> _Token:
        now = self.now()
        text = bearer_token(self.key, self.office_code, self.audience, now)
        return _Token(text, now + TOKEN_LIFE)


_SIGNED_POSTS = frozenset(
    {
        *("/v1/transfers", "/v1/transfers:validate", "/v1/acknowledgements", "/v1/reports"),
        *("/v1/case-records", "/v1/supervisions", "/v1/supervision-replies"),
    }
)


@dataclass(frozen=True, slots=True)
class _Answered:
    status: int
    body: bytes


def _proved(model: type[_P], raw: bytes, sent: bytes, key: VerificationKey | None) -> _P:
    try:
        envelope = jws.open_envelope(raw)
        if key is not None:
            jws.verify(envelope, Typ.RECEIPT, key)
        receipt = parse(model, envelope.payload)
    except (jws.SignatureError, SchemaError) as error:
        raise UnprovenReceiptError(str(error)) from None
    if receipt.of.digest != digest_of(sent):
        raise UnprovenReceiptError("the receipt is for other bytes")
    return receipt


def _read(model: type[_V], answer: _Answered) -> _V:
    return model.model_validate_json(answer.body)


def _find_problem(body: bytes) -> Problem | None:
    try:
        return Problem.model_validate_json(body)
    except ValidationError:
        return None


def _unexplained(status: int) -> Problem:
    return Problem(
        type="about:blank",
        code=f"http_{status}",
        status=status,
        title="The answer is not one of the platform's",
        title_zh="答复并非来自平台",
        advice="Check the address: something else may be answering there.",
        advice_zh="请核对地址: 可能是其他系统在答复。",
        retry="never",
    )


def _given(**members: Any) -> dict[str, str]:  # noqa: ANN401 (they become text)
    return {name: str(value) for name, value in members.items() if value is not None}


def _digest(content: bytes | Path) -> str:
    if isinstance(content, bytes):
        return digest_of(content)
    with content.open("rb") as file:
        return f"sha-256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
