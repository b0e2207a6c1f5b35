"""The identity provider of staff: OpenID Connect's code flow with PKCE, by Authlib's client (RFC 6749, 7636, 9207)."""

import asyncio
import re
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote_plus, urlencode

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.auth import ClientAuth
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet
from pydantic import BaseModel, ConfigDict, ValidationError

from adapters.oidc.id_token import Expected, Identity, IdTokenError, UnknownKeyError, prove
from adapters.oidc.wire import BoundedTransport, UnusableAnswerError, may_call
from service.domain.errors import Refusal

_WELL_KNOWN = "/.well-known/openid-configuration"
_AT_ONCE = 2.0
_BASIC = "client_secret_basic"
_CODE = re.compile(r"[a-z_]{1,40}")
_log = structlog.get_logger()
_M = TypeVar("_M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Registration:
    """What the provider and we have agreed on, and how it is called."""

    issuer: str
    client_id: str
    callback: str
    """Where the provider sends people back to."""
    client_secret: str | None = field(default=None, repr=False)
    scopes: str = "openid profile"
    max_age: timedelta | None = None
    ca_file: Path | None = None
    plain_http: bool = False
    within: timedelta = timedelta(seconds=10)
    """How long one question to the provider may take."""
    kept: timedelta = timedelta(minutes=5)
    """How long what it says of itself is believed without another look."""


class Begun(NamedTuple):
    """A sign-in under way: what only the browser that began it, and we, know."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def by_chance(cls) -> "Begun":
        return cls(token_urlsafe(24), token_urlsafe(24), token_urlsafe(48))


class _Discovery(BaseModel):
    """What we read of the provider's metadata (OIDC Discovery 3)."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    authorization_response_iss_parameter_supported: bool = False

    @property
    def places(self) -> list[str]:
        found = (self.authorization_endpoint, self.token_endpoint, self.jwks_uri)
        return [*found, *([self.end_session_endpoint] if self.end_session_endpoint else [])]


class _Keys(BaseModel):
    keys: list[dict[str, str | list[str]]]


class Provider:
    """One provider; it is asked only when somebody signs in, so that its absence keeps nothing else from running.

    Raises Refusal `provider_unreachable` when it does not answer as one, and `sign_in_failed` when it says no, or
    what it says does not prove who is there.
    """

    def __init__(self, registration: Registration, now: Callable[[], datetime]) -> None:
        self._ours = registration
        self._now = now
        # Reading the CA bundle blocks and fails early, so it happens here and not at a sign-in.
        self._trust = ssl.create_default_context(cafile=registration.ca_file)
        self._discovery: _Discovery | None = None
        self._keys: KeySet | None = None
        self._read_at: datetime | None = None
        self._turn = asyncio.Lock()

    async def address(self, begun: Begun) -> str:
        """Give where to send a browser for signing in."""
        found = await self._discovered()
        age = self._ours.max_age
        more = {"max_age": str(int(age.total_seconds()))} if age is not None else {}
        async with self._client(found) as client:
            url, _ = client.create_authorization_url(
                found.authorization_endpoint,
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
                **more,
            )
        return str(url)

    async def identify(self, begun: Begun, code: str, issuer: str | None) -> Identity:
        """Trade the code that came back for who signed in; `issuer` is the answer's own `iss`, if it has one."""
        found = await self._discovered()
        if issuer != self._ours.issuer and (
            issuer is not None or found.authorization_response_iss_parameter_supported
        ):
            raise failed("the answer comes from another provider")  # RFC 9207 2.4
        token = await self._trade(found, begun, code)
        expected = Expected(
            self._ours.issuer, self._ours.client_id, begun.nonce, self._now(), self._ours.max_age
        )
        try:
            return await self._prove(found, token, expected)
        except IdTokenError as error:
            raise failed(f"its ID token proves nothing, {error}") from None

    async def find_sign_out(self) -> str | None:
        """Give where somebody may sign out at the provider too; None if there is no such place, or nobody answers."""
        try:
            async with asyncio.timeout(_AT_ONCE):  # nobody waits for a link
                found = await self._discovered()
        except (Refusal, TimeoutError):
            return None
        if found.end_session_endpoint is None:
            return None
        mark = "&" if "?" in found.end_session_endpoint else "?"
        asked = urlencode({"client_id": self._ours.client_id})
        return f"{found.end_session_endpoint}{mark}{asked}"

    async def check(self) -> None:
        """Ask the provider what it says of itself and for its keys; raises Refusal `provider_unreachable`."""
        await self._read_keys(await self._read_discovery())

    async def _prove(self, found: _Discovery, token: str, expected: Expected) -> Identity:
        keys = self._keys or await self._read_keys(found)
        try:
            return prove(token, keys, expected)
        except UnknownKeyError:  # it may have changed its keys since we looked (OIDC Core 10.1.1)
            return prove(token, await self._read_keys(found), expected)

    async def _trade(self, found: _Discovery, begun: Begun, code: str) -> str:
        async with _asking(self._ours.within), self._client(found) as client:
            answer = await client.fetch_token(
                found.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=begun.verifier,
            )
            token = answer.get("id_token")
            if not isinstance(token, str):
                raise UnusableAnswerError("it gives no ID token")
            return token

    async def _discovered(self) -> _Discovery:
        # Many who sign in at once are one question, and none waits longer for it than for a question of his own.
        async with _asking(self._ours.within), self._turn:
            if self._discovery is None or self._is_old():
                return await self._read_discovery()
            return self._discovery

    def _is_old(self) -> bool:
        return self._read_at is None or self._now() - self._read_at > self._ours.kept

    async def _read_discovery(self) -> _Discovery:
        """Read what the provider says of itself; it must speak as who it is, and of places that may be called."""
        async with _asking(self._ours.within):
            found = await self._get(f"{self._ours.issuer.rstrip('/')}{_WELL_KNOWN}", _Discovery)
            if found.issuer != self._ours.issuer:
                raise UnusableAnswerError("it calls itself otherwise than LINKAGE_OIDC_ISSUER does")
            if not all(may_call(place, plain_http=self._ours.plain_http) for place in found.places):
                raise UnusableAnswerError("it names an address without TLS")
        # A key that the provider has withdrawn proves nothing any more: its keys are looked at anew as well.
        self._discovery, self._keys, self._read_at = found, None, self._now()
        return found

    async def _read_keys(self, found: _Discovery) -> KeySet:
        async with _asking(self._ours.within):
            self._keys = _key_set(await self._get(found.jwks_uri, _Keys))
        return self._keys

    async def _get(self, url: str, model: type[_M]) -> _M:
        async with httpx2.AsyncClient(**self._manners()) as client:
            response = await client.get(url, headers={"Accept": "application/json"})
        if response.status_code != httpx2.codes.OK:
            raise UnusableAnswerError(f"it answers {response.status_code}")
        try:
            return model.model_validate_json(response.content)
        except ValidationError:
            raise UnusableAnswerError("its answer is not the document it should be") from None

    def _client(self, found: _Discovery) -> AsyncOAuth2Client:
        client = AsyncOAuth2Client(
            self._ours.client_id,
            self._ours.client_secret,
            token_endpoint_auth_method=_proof(found, self._ours.client_secret),
            scope=self._ours.scopes,
            redirect_uri=self._ours.callback,
            code_challenge_method="S256",
            **self._manners(),
        )
        client.register_client_auth_method((_BASIC, _prove_in_header))
        return client

    def _manners(self) -> dict[str, Any]:
        # Nothing of the environment steers it: no proxy, no .netrc, no redirect.
        return {
            "transport": BoundedTransport(self._trust),
            "trust_env": False,
            "timeout": self._ours.within.total_seconds(),
        }


def _proof(found: _Discovery, secret: str | None) -> str:
    """Choose how we prove ourselves: PKCE alone, the secret in the header, or in the form where that is all there is."""
    if secret is None:
        return "none"
    methods = found.token_endpoint_auth_methods_supported
    return _BASIC if _BASIC in methods else "client_secret_post"


def _prove_in_header(
    client: ClientAuth, _: str, uri: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    # The library's own joins the two as they are, so that a secret with a % or a : proves nothing (RFC 6749 2.3.1).
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {b64encode(pair.encode('ascii')).decode('ascii')}"
    return uri, headers, body


def _key_set(published: _Keys) -> KeySet:
    """Take the keys for signatures; one of a kind that we do not know is none of ours (RFC 7517 section 5)."""
    keys = []
    for jwk in published.keys:
        if jwk.get("use", "sig") == "sig" and jwk.get("kty") != "oct":
            with suppress(JoseError, ValueError, TypeError, KeyError):
                keys.append(JWKRegistry.import_key(jwk))
    if not keys:
        raise UnusableAnswerError("it publishes no key")
    return KeySet(keys)


@asynccontextmanager
async def _asking(within: timedelta) -> AsyncIterator[None]:
    """Turn whatever the network and the provider do into a Refusal; the log has the reason, in words of ours."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            yield
    except OAuthError as error:
        raise failed(f"the provider says {plain_code(error.error)}") from None
    except UnusableAnswerError as error:
        raise _unreachable(str(error)) from None
    except (TimeoutError, httpx2.TimeoutException):
        raise _unreachable("it takes too long") from None
    except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, OSError) as error:
        raise _unreachable(f"no answer ({type(error).__name__})") from None
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
    ):  # the library reads what came as it is
        raise _unreachable("its answer is not the document it should be") from None


def plain_code(text: object) -> str:
    """Give an error code that somebody sent us, if it looks like one (RFC 6749 4.1.2.1): it is shown and logged."""
    return text if isinstance(text, str) and _CODE.fullmatch(text) else "something else"


def failed(reason: str) -> Refusal:
    """Refuse a sign-in, and tell the log why."""
    _log.warning("sign_in.failed", reason=reason)
    return Refusal("sign_in_failed", reason)


def _unreachable(reason: str) -> Refusal:
    _log.warning("provider.unreachable", reason=reason)
    return Refusal("provider_unreachable", reason)
