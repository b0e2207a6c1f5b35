"""An identity provider that fails on demand, in the ways that the world does; the real one is in tests/browser."""

import asyncio
import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from tests.support.serving import served

CLIENT, SECRET = "linkage-pages", "a:secret with % and + and é"


@dataclass
class Question:
    """What a browser was sent with, and for whom it was answered."""

    nonce: str
    challenge: str
    redirect_uri: str
    subject: str


@dataclass
class FakeProvider:
    """Answers well, unless one of its switches says otherwise."""

    now: Callable[[], datetime]
    issuer: str = ""
    key: RSAKey | ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1"}))
    published: list[RSAKey | ECKey] | None = None
    """The keys of its document, if it is not the one that it signs with."""
    claims: dict[str, Any] = field(default_factory=dict)
    """Claims that it tells otherwise; None leaves one out."""
    alg: str = "ES256"
    token: str | None = None
    """What it gives as ID token, whatever was asked."""
    discovery: dict[str, Any] = field(default_factory=dict)
    """What it says otherwise of itself; None leaves it out."""
    answers: dict[str, Callable[[], web.Response]] = field(default_factory=dict)
    """By a path's last part: what is answered instead."""
    delay: float = 0.0
    asked: list[str] = field(default_factory=list)
    """The last part of each path that was asked for."""
    _questions: dict[str, Question] = field(default_factory=dict)

    def changes_keys(self, kid: str) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": kid})

    def sign_in(self, address: str, subject: str) -> str:
        """Do what somebody does on its page, and give where his browser is sent back to."""
        query = dict(parse_qsl(urlsplit(address).query, strict_parsing=True))
        assert query["client_id"] == CLIENT
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        assert query["scope"].split()[0] == "openid"
        code = token_urlsafe(8)
        self._questions[code] = Question(
            query["nonce"], query["code_challenge"], query["redirect_uri"], subject
        )
        told = {"code": code, "state": query["state"], "iss": self.issuer}
        return f"{query['redirect_uri']}?{urlencode(told)}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        self.asked.append(name)
        await asyncio.sleep(self.delay)
        if name in self.answers:
            return self.answers[name]()
        match name:
            case "openid-configuration":
                return web.json_response(self._describe())
            case "jwks":
                keys = [self.key] if self.published is None else self.published
                return web.json_response(KeySet(list(keys)).as_dict(private=False))
            case "token":
                return await self._trade(request)
        return web.Response(status=404)

    def _describe(self) -> dict[str, Any]:
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/end",
            "authorization_response_iss_parameter_supported": True,
        } | self.discovery
        return {name: value for name, value in told.items() if value is not None}

    async def _trade(self, request: web.Request) -> web.Response:
        form = {name: one[0] for name, one in parse_qs(await request.text()).items()}
        if "Authorization" in request.headers:
            assert _proved(request.headers["Authorization"]) == (CLIENT, SECRET)
        else:
            assert (form["client_id"], form.get("client_secret", SECRET)) == (CLIENT, SECRET)
        question = self._questions.pop(form["code"], None)
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest())
        if (
            question is None
            or challenge.decode().rstrip("=") != question.challenge
            or form["redirect_uri"] != question.redirect_uri
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = self.token or self.id_token(question.nonce, question.subject)
        return web.json_response(
            {"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": token}
        )

    def id_token(self, nonce: str, subject: str) -> str:
        now = int(self.now().timestamp())
        usual = {
            "iss": self.issuer,
            "sub": subject,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": nonce,
            "name": f"{subject} 先生",
        }
        claims = {name: one for name, one in (usual | self.claims).items() if one is not None}
        header = {"alg": self.alg, "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, algorithms=[self.alg])


def _proved(header: str) -> tuple[str, str]:
    """Read who calls (RFC 6749 2.3.1: each part is written like a form's before they are joined)."""
    scheme, _, pair = header.partition(" ")
    assert scheme == "Basic"
    client, _, secret = b64decode(pair).decode("ascii").partition(":")
    return unquote_plus(client), unquote_plus(secret)


def unsigned(claims: dict[str, Any]) -> str:
    """Write a token that nobody signed, as no library would."""
    parts = ({"alg": "none"}, claims)
    written = [urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts]
    return f"{'.'.join(written)}."


@asynccontextmanager
async def fake_provider(now: Callable[[], datetime]) -> AsyncIterator[FakeProvider]:
    """Run one on a free port of this machine until the block ends."""
    fake = FakeProvider(now)
    async with served(fake.answer) as address:
        fake.issuer = address.rstrip("/")
        yield fake
