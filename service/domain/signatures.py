"""How a signature stands today: verified again from the bytes that are kept, whenever somebody looks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from contracts import jws
from contracts.jws import Envelope, SignatureError, Typ, VerificationKey
from service.domain.registry import OfficeKey, Registry


class Standing(StrEnum):
    """What a signature is worth now; all but the last two are over these very bytes."""

    VALID = "valid"
    KEY_EXPIRED = "key_expired"  # the key ran out after it signed, as keys do
    KEY_REVOKED = "key_revoked"  # somebody must ask when the key was lost
    KEY_NOT_IN_FORCE = (
        "key_not_in_force"  # the document is dated before its key, or ahead of our clock
    )
    UNKNOWN_KEY = "unknown_key"  # the registry no longer has the key: nothing can be said
    BROKEN = "broken"  # not the bytes that were signed, or not those that were stored


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A signed document as it is kept; without content its seal could not be opened."""

    kind: str
    subject: UUID
    digest: str
    content: bytes | None
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and how it stands; what is None cannot be read out of the document."""

    of: KeptDocument
    standing: Standing
    kid: str | None = None
    algorithm: str | None = None
    signed_at: datetime | None = None
    office_code: str | None = None
    revoked_at: datetime | None = None

    @property
    def digest(self) -> str:
        return self.of.digest


TYPS: Mapping[str, Typ] = {
    "packet": Typ.TRANSFER_PACKET,
    "receipt": Typ.RECEIPT,
    "dispatch": Typ.DISPATCH,
    "acknowledgement": Typ.ACKNOWLEDGEMENT,
    "report": Typ.REPORT,
}
PlatformKeys = Mapping[str, VerificationKey]
"""By their kid, those that the platform signs and has signed with."""

_WEAKER: Mapping[str, Standing] = {
    "key_revoked": Standing.KEY_REVOKED,
    "key_expired": Standing.KEY_EXPIRED,
}


def signature_of(
    kept: KeptDocument, registry: Registry, platform: PlatformKeys, now: datetime
) -> Signature:
    """Verify a kept document again.

    1. Its bytes are those that were stored.
    2. It is a signed document of its kind.
    3. Its key is known: one of the registry, or the platform's.
    4. The signature is that key's, over these bytes.
    5. The key was in force when it signed, and was not revoked since.
    """
    try:
        envelope = _opened(kept)  # 1, 2
    except SignatureError:
        return Signature(kept, Standing.BROKEN)
    registered = registry.keys.get(envelope.header.kid)
    key = registered.key if registered else platform.get(envelope.header.kid)  # 3
    if key is None:
        return _told(kept, envelope, Standing.UNKNOWN_KEY)
    try:
        jws.verify(envelope, TYPS[kept.kind], key)  # 4
    except SignatureError:
        return _told(kept, envelope, Standing.BROKEN, registered)
    standing = _in_force(registered, envelope, now) if registered else Standing.VALID  # 5
    return _told(kept, envelope, standing, registered)


def _opened(kept: KeptDocument) -> Envelope:
    if kept.content is None or jws.digest_of(kept.content) != kept.digest:
        raise SignatureError("bad_signature", "these are not the bytes that were stored")
    envelope = jws.open_envelope(kept.content)
    jws.check_header(envelope.header, TYPS[kept.kind])
    return envelope


def _in_force(key: OfficeKey, envelope: Envelope, now: datetime) -> Standing:
    try:
        jws.check_in_force(key, envelope.header.iat, now)
    except SignatureError as error:
        return _WEAKER.get(error.code, Standing.KEY_NOT_IN_FORCE)
    return Standing.VALID


def _told(
    kept: KeptDocument, envelope: Envelope, standing: Standing, key: OfficeKey | None = None
) -> Signature:
    header = envelope.header
    return Signature(
        kept,
        standing,
        header.kid,
        header.alg,
        datetime.fromtimestamp(header.iat, UTC),
        key.office_code if key else None,
        key.revoked_at if key else None,
    )
