"""The ID token: what a provider says about who signed in, believed only when every check holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ConfigDict, Field, ValidationError

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "Ed25519")
"""Signatures by a key pair; never "none", and never a secret that both sides know."""
SKEW = timedelta(minutes=1)
"""How far the provider's clock may be from ours."""
OLDEST = timedelta(minutes=10)
"""Longest time since a token was issued: it was asked for a moment ago."""
_LONGEST = 64 * 1024
_REGISTRY = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)


class IdTokenError(Exception):
    """A token that proves nothing; the text says which check failed, and nothing of what it held."""


class UnknownKeyError(IdTokenError):
    """No key that we have of the provider is named by the token: it may have a new one."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in: the two names that stay (OIDC Core 2), and the one to read, if the provider told it."""

    issuer: str
    subject: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say; `max_age` is how long ago somebody may have proved himself, if that matters."""

    issuer: str
    client_id: str
    nonce: str
    now: datetime
    max_age: timedelta | None = None


class _Claims(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, allow_inf_nan=False)

    iss: str
    sub: Annotated[str, Field(min_length=1, max_length=255)]
    aud: str | list[str]
    exp: float
    iat: float
    azp: str | None = None
    nonce: str | None = None
    auth_time: float | None = None
    name: Annotated[str, Field(max_length=200)] | None = None


def prove(token: str, keys: KeySet, expected: Expected) -> Identity:
    """Give who signed in; raises UnknownKeyError or IdTokenError.

    The numbers are those of OpenID Connect Core 1.0, 3.1.3.7; we ask for no encryption (1) and no class
    of authentication (12).

    6. The provider signed it: over these bytes, with a key that it publishes.
    7. The algorithm is one of our list, whatever the token says of itself.
    8. So it is none that rests on a shared secret.
    2. The issuer is the one that we asked.
    3. It is meant for us, and for nobody whom we do not know.
    4. Where it names an authorised party, and where it is meant for several,
    5. that party is us.
    9. It has not run out.
    10. It was issued just now.
    11. It answers our own question: the nonce is the one that went out with this browser.
    13. Who signed in proved himself recently enough, where we asked for that.
    """
    claims = _signed(token, keys)  # 6, 7, 8
    _check(claims.iss == expected.issuer, "2: another issuer")
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    _check(audience == [expected.client_id], "3: not meant for us alone")
    _check(claims.azp in (None, expected.client_id), "4, 5: another authorised party")
    now, skew = expected.now.timestamp(), SKEW.total_seconds()
    _check(now < claims.exp + skew, "9: it has run out")
    age = now - claims.iat
    _check(-skew <= age <= OLDEST.total_seconds() + skew, "10: not issued just now")
    _check(claims.nonce == expected.nonce, "11: another nonce")
    _check_age(claims, expected)  # 13
    return Identity(claims.iss, claims.sub, claims.name)


def _signed(token: str, keys: KeySet) -> _Claims:
    if len(token) > _LONGEST or not token.isascii():
        raise IdTokenError("6: not a token")
    try:
        return _Claims.model_validate(jwt.decode(token, keys, registry=_REGISTRY).claims)
    except InvalidKeyIdError:
        raise UnknownKeyError("6: no key of the provider's has this name") from None
    except JoseError as error:
        raise IdTokenError(f"6, 7, 8: {error.error}") from None
    except ValidationError as error:
        where = ", ".join(str(fault["loc"][0]) for fault in error.errors(include_input=False))
        raise IdTokenError(f"its claims are not those of an ID token: {where}") from None
    except (ValueError, TypeError):  # what a library did not foresee in bytes from outside
        raise IdTokenError("6: not a token") from None


def _check_age(claims: _Claims, expected: Expected) -> None:
    if expected.max_age is None:
        return
    _check(claims.auth_time is not None, "13: no time of authentication, although it was asked for")
    since = expected.now.timestamp() - (claims.auth_time or 0)
    _check(since <= (expected.max_age + SKEW).total_seconds(), "13: proved too long ago")


def _check(holds: bool, otherwise: str) -> None:  # noqa: FBT001 (reads as a sentence)
    if not holds:
        raise IdTokenError(otherwise)
