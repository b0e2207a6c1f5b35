"""Whether a signed document is to be trusted: the steps, in order, and nothing of what the document says."""

from datetime import datetime, timedelta

from contracts import jws
from contracts.jws import Envelope, SignatureError, Typ
from service.domain.errors import Refusal
from service.domain.registry import OfficeKey, Registry

CLOCK_SKEW = timedelta(minutes=5)


def verify(raw: bytes, typ: Typ, registry: Registry, now: datetime) -> tuple[Envelope, OfficeKey]:
    """Prove who signed a document, or raise Refusal with the code of the step that failed.

    1. It is a flattened JWS with the header members that we allow.
    2. It claims to be the document that is expected here, under an allowed algorithm.
    3. Its key is registered.
    4. The key was valid when the document says it was signed, is valid now, and is not revoked.
    5. The signature verifies over the bytes as they came.
    """
    try:
        envelope = jws.open_envelope(raw)  # 1
        jws.check_header(envelope.header, typ)  # 2
        key = _find_key(envelope.header.kid, registry)  # 3
        _check_key_in_force(key, envelope, now)  # 4
        jws.verify(envelope, typ, key.key)  # 5
    except SignatureError as error:
        raise Refusal(error.code, error.detail) from None
    return envelope, key


def check_key_unchanged(key: OfficeKey, registry: Registry, now: datetime) -> None:
    """Check again, against a newer registry, that a key which verified is still to be trusted."""
    current = _find_key(key.kid, registry)
    if current.office_code != key.office_code:
        raise Refusal("unknown_key", f"kid {key.kid} belongs to another office now")
    _check_not_revoked(current)
    _check_not_expired(current, now)


def _find_key(kid: str, registry: Registry) -> OfficeKey:
    key = registry.keys.get(kid)
    if key is None:
        raise Refusal("unknown_key", f"no office has registered the kid {kid!r}")
    return key


def _check_key_in_force(key: OfficeKey, envelope: Envelope, now: datetime) -> None:
    signed_at = datetime.fromtimestamp(envelope.header.iat, now.tzinfo)
    if signed_at > now + CLOCK_SKEW:
        raise Refusal("signed_in_the_future", f"iat is {signed_at.isoformat()}")
    # A revoked key is refused whatever `iat` says: a thief writes any date.
    _check_not_revoked(key)
    if signed_at + CLOCK_SKEW < key.valid_from:
        raise Refusal("key_not_yet_valid", f"valid from {key.valid_from.isoformat()}")
    _check_not_expired(key, now)


def _check_not_revoked(key: OfficeKey) -> None:
    if key.revoked_at is not None:
        raise Refusal("key_revoked", f"revoked at {key.revoked_at.isoformat()}")


def _check_not_expired(key: OfficeKey, now: datetime) -> None:
    if key.valid_until is not None and now >= key.valid_until:
        raise Refusal("key_expired", f"valid until {key.valid_until.isoformat()}")
