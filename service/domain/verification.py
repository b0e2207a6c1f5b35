"""Whether a signed document is to be trusted: the steps, in order, and nothing of what the document says."""

from datetime import datetime

from contracts import jws
from contracts.jws import Envelope, SignatureError, Typ
from service.domain.errors import Refusal
from service.domain.registry import OfficeKey, Registry


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
        jws.check_in_force(key, envelope.header.iat, now)  # 4
        jws.verify(envelope, typ, key.key)  # 5
    except SignatureError as error:
        raise Refusal(error.code, error.detail) from None
    return envelope, key


def check_key_unchanged(key: OfficeKey, registry: Registry, now: datetime) -> None:
    """Check again, against a newer registry, that a key which verified is still to be trusted."""
    current = _find_key(key.kid, registry)
    if current.office_code != key.office_code:
        raise Refusal("unknown_key", f"kid {key.kid} belongs to another office now")
    try:
        jws.check_in_force(current, int(now.timestamp()), now)
    except SignatureError as error:
        raise Refusal(error.code, error.detail) from None


def _find_key(kid: str, registry: Registry) -> OfficeKey:
    key = registry.keys.get(kid)
    if key is None:
        raise Refusal("unknown_key", f"no office has registered the kid {kid!r}")
    return key
