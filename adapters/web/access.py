"""Who calls: a short-lived token (RFC 7519) signed by a key of the registry."""

import json
from datetime import datetime, timedelta
from typing import Annotated

from joserfc import jws as compact
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts import jws
from contracts.document import unique
from contracts.jws import SignatureError, VerificationKey
from service.domain.access import Reader
from service.domain.errors import Refusal
from service.domain.registry import OfficeKey, Registry

LONGEST_LIFE = timedelta(minutes=5)
LEEWAY = timedelta(minutes=1)
"""How far the clock of a caller may be from ours."""
_LONGEST_TOKEN = 4096
# Strict: a header member that we do not know, `crit` and `b64` among them, is refused.
_registry = compact.JWSRegistry(algorithms=jws.ALGORITHMS)

_Seconds = Annotated[float, Field(ge=0, le=253402300799)]


class Claims(BaseModel):
    """What the token says; claims that we do not know are no concern of ours (RFC 7519 section 4)."""

    model_config = ConfigDict(strict=True, frozen=True)

    iss: str
    aud: str | list[str]
    iat: _Seconds
    exp: _Seconds
    nbf: _Seconds | None = None

    @property
    def audiences(self) -> list[str]:
        return [self.aud] if isinstance(self.aud, str) else self.aud


def authenticate(
    authorization: str | None, registry: Registry, audience: str, now: datetime
) -> Reader:
    """Prove which office calls, or raise Refusal `unauthenticated` saying which step failed.

    1. There is a bearer token.
    2. Its key is registered, in force, and of the kind that `alg` names.
    3. The signature verifies.
    4. The token was issued by the key's office, for us, lives five minutes at most, and is alive.
    """
    token = _bearer(authorization)  # 1
    keys: list[OfficeKey] = []

    def find_key(guest: GuestProtocol) -> VerificationKey:
        keys.append(_key(guest, registry, now))  # 2
        return keys[0].key

    try:
        signed = compact.deserialize_compact(token, find_key, registry=_registry)  # 3
    except (JoseError, ValueError, TypeError) as error:
        raise _refused(f"the token does not verify: {type(error).__name__}") from None
    _check_claims(_claims(signed.payload), keys[0], audience, now)  # 4
    office = registry.offices[keys[0].office_code]
    return Reader(office.code, office.kind, keys[0].kid)


def _refused(detail: str) -> Refusal:
    return Refusal("unauthenticated", detail)


def _bearer(authorization: str | None) -> bytes:
    if authorization is None:
        raise _refused("there is no Authorization header")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.isascii() or len(token) > _LONGEST_TOKEN:
        raise _refused("the Authorization header is not 'Bearer' and a token")
    return token.strip().encode()


def _key(guest: GuestProtocol, registry: Registry, now: datetime) -> OfficeKey:
    header = guest.headers()
    key = registry.keys.get(str(header.get("kid")))
    if key is None or key.office_code not in registry.offices:
        raise _refused("no office has registered the kid of the token")
    # The key decides on the algorithm, never the token.
    if header.get("alg") != jws.algorithm_of(key.key):
        raise _refused(f"the key signs with {jws.algorithm_of(key.key)}")
    try:
        jws.check_in_force(key, int(now.timestamp()), now)
    except SignatureError as error:
        raise _refused(f"{error.code}: {error.detail}") from None
    return key


def _claims(payload: bytes) -> Claims:
    try:
        return Claims.model_validate(json.loads(payload, object_pairs_hook=unique))
    except ValidationError as error:
        wrong = {str(fault["loc"][0]) if fault["loc"] else "claims" for fault in error.errors()}
        raise _refused(f"wrong or missing: {', '.join(sorted(wrong))}") from None
    except (ValueError, RecursionError):
        raise _refused("the claims are not JSON") from None


def _check_claims(claims: Claims, key: OfficeKey, audience: str, now: datetime) -> None:
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    if claims.iss != key.office_code:
        raise _refused("iss is not the office that owns the key")
    if audience not in claims.audiences:
        raise _refused(f"aud does not name {audience!r}")
    if not 0 < claims.exp - claims.iat <= LONGEST_LIFE.total_seconds():
        raise _refused("exp must lie after iat, by five minutes at most")
    if at >= claims.exp + leeway:
        raise _refused("the token has expired")
    if max(claims.iat, claims.nbf or 0) > at + leeway:
        raise _refused("the token is not valid yet: is your clock right?")
