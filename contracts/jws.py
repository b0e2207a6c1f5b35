"""The one signature profile: flattened JWS (RFC 7515 section 7.2.2), ES256 or Ed25519, shaped like JAdES B-B."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey
from joserfc.util import json_b64encode, urlsafe_b64encode
from pydantic import BaseModel, ConfigDict, Field, StrictInt, TypeAdapter, ValidationError

from contracts.document import read_json

MEDIA_TYPE = "application/jose+json"
ALGORITHMS = ("ES256", "Ed25519")
CLOCK_SKEW = timedelta(minutes=5)
"""How far the clock of a signer may be from ours."""

SigningKey = ECKey | OKPKey
VerificationKey = ECKey | OKPKey


class Typ(StrEnum):
    """What a signed document claims to be; the `typ` of its protected header."""

    TRANSFER_PACKET = "transfer-packet+jws"
    CASE_RECORDS = "case-records+jws"
    RECEIPT = "receipt+jws"
    DISPATCH = "dispatch+jws"
    ACKNOWLEDGEMENT = "acknowledgement+jws"
    REPORT = "report+jws"
    SUPERVISION = "supervision+jws"
    SUPERVISION_REPLY = "supervision-reply+jws"


class SignatureError(Exception):
    """A document that is not to be trusted; `code` stands in the problem catalogue."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class RegisteredKey(Protocol):
    """What the registry says of a key; times that are None set no limit."""

    @property
    def kid(self) -> str: ...
    @property
    def key(self) -> VerificationKey: ...
    @property
    def valid_from(self) -> datetime | None: ...
    @property
    def valid_until(self) -> datetime | None: ...
    @property
    def revoked_at(self) -> datetime | None: ...


class ProtectedHeader(BaseModel):
    """The header members that we sign, read and allow (RFC 7515 section 4.1)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alg: str
    typ: str
    kid: Annotated[str, Field(min_length=1, max_length=128)]
    iat: Annotated[StrictInt, Field(ge=0, le=253402300799)]
    x5t_s256: Annotated[str | None, Field(alias="x5t#S256", max_length=64)] = None
    x5c: Annotated[list[str] | None, Field(min_length=1, max_length=5)] = None


_MEMBERS = frozenset({"payload", "protected", "signature"})
_registry = jws.JWSRegistry(algorithms=ALGORITHMS)


@dataclass(frozen=True)
class Envelope:
    """A signed document as it arrived: opened, but not yet trusted."""

    raw: bytes
    header: ProtectedHeader
    members: Mapping[str, str]
    payload: bytes
    """The signed content; to be read only after `verify`."""
    signature: bytes

    @cached_property
    def digest(self) -> str:
        return digest_of(self.raw)

    @property
    def signing_input(self) -> bytes:
        """What the signature is over: the two segments as they were sent (RFC 7515 section 5.2)."""
        return f"{self.members['protected']}.{self.members['payload']}".encode("ascii")


def digest_of(content: bytes) -> str:
    """Name content by its SHA-256, the way materials and documents refer to each other."""
    return f"sha-256:{sha256(content).hexdigest()}"


def open_envelope(raw: bytes) -> Envelope:
    """Open a flattened JWS without trusting it; raises SignatureError with code `not_a_jws`."""
    members = read_members(raw)
    protected, payload, signature = (
        decode_segment(members, name) for name in ("protected", "payload", "signature")
    )
    return Envelope(raw, read_header(protected), members, payload, signature)


def read_members(raw: bytes) -> dict[str, str]:
    """Read the three members of a flattened JWS; raises SignatureError with code `not_a_jws`."""
    try:
        members = read_json(raw)
    except (ValueError, RecursionError) as error:
        raise SignatureError("not_a_jws", f"the body is not JSON: {_short(error)}") from None
    if not isinstance(members, dict) or members.keys() != _MEMBERS:
        raise SignatureError(
            "not_a_jws",
            "a flattened JWS has exactly the members payload, protected and signature",
        )
    return members


def decode_segment(members: Mapping[str, object], name: str) -> bytes:
    """Decode one member, which has exactly one spelling; raises SignatureError with code `not_a_jws`."""
    segment = members[name]
    try:
        if segment and isinstance(segment, str):
            return _decode(segment)
    except ValueError:
        pass
    raise SignatureError("not_a_jws", f"{name} is not base64url without padding")


# Decodes a payload in a sixth of the time that `binascii` takes.
_BASE64URL = TypeAdapter(bytes, config=ConfigDict(val_json_bytes="base64"))


def _decode(segment: str) -> bytes:
    # This decoder refuses left-over bits and strange characters, but takes padding and plain base64 as well.
    if "=" in segment or "+" in segment or "/" in segment:
        raise ValueError("base64, but not base64url without padding")
    return _BASE64URL.validate_strings(segment)


def verify(envelope: Envelope, typ: Typ, key: VerificationKey) -> bytes:
    """Prove that `key` signed the envelope as a document of `typ`, and give its payload.

    Raises SignatureError: `wrong_typ`, `wrong_alg`, `bad_signature` (RFC 7515 section 5.2).
    """
    check_header(envelope.header, typ)
    check_certificate(envelope.header, key)
    if not is_signed_by(key, envelope.header.alg, envelope.signing_input, envelope.signature):
        raise SignatureError("bad_signature", "it does not verify with the key that kid names")
    return envelope.payload


def is_signed_by(key: VerificationKey, alg: str, message: bytes, signature: bytes) -> bool:
    """Tell whether `signature` is that of `key` over `message`; a key of another kind has signed nothing."""
    try:
        algorithm = _registry.get_alg(alg)
        algorithm.check_key(key)
        return algorithm.verify(message, signature, key)
    except JoseError:
        return False


def check_certificate(header: ProtectedHeader, key: VerificationKey) -> None:
    """Refuse a certificate chain that is not the registered key's; it travels for later proof, trust is ours.

    Raises SignatureError `bad_signature` (RFC 7515 section 4.1.6, 4.1.8).
    """
    if header.x5c is None:
        return
    try:
        leaf = b64decode(header.x5c[0], validate=True)
        certified = x509.load_der_x509_certificate(leaf).public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise SignatureError("bad_signature", "x5c holds no certificate that can be read") from None
    if certified != key.public_key:
        raise SignatureError(
            "bad_signature", "the certificate in x5c is not for the registered key"
        )
    thumbprint = urlsafe_b64encode(sha256(leaf).digest()).decode()
    if header.x5t_s256 not in (None, thumbprint):
        raise SignatureError(
            "bad_signature", "x5t#S256 is not the thumbprint of the x5c certificate"
        )


def check_header(header: ProtectedHeader, typ: Typ) -> None:
    """Refuse another kind of document and any algorithm outside the profile, before any arithmetic."""
    if header.typ != typ:
        raise SignatureError("wrong_typ", f"typ is {header.typ!r}, expected {typ.value!r}")
    check_algorithm(header)


def check_algorithm(header: ProtectedHeader) -> None:
    """Refuse any algorithm outside the profile; raises SignatureError `wrong_alg`."""
    if header.alg not in ALGORITHMS:
        raise SignatureError(
            "wrong_alg", f"alg is {header.alg!r}, allowed: {', '.join(ALGORITHMS)}"
        )


def check_in_force(key: RegisteredKey, iat: int, now: datetime) -> None:
    """Refuse a key that was not valid when the document says it was signed, or is not valid now.

    Raises SignatureError: `signed_in_the_future`, `key_revoked`, `key_not_yet_valid`, `key_expired`.
    """
    signed_at = datetime.fromtimestamp(iat, UTC)
    if signed_at > now + CLOCK_SKEW:
        raise SignatureError("signed_in_the_future", f"iat is {signed_at.isoformat()}")
    # A revoked key is refused whatever `iat` says: a thief writes any date.
    if key.revoked_at is not None:
        raise SignatureError("key_revoked", f"revoked at {key.revoked_at.isoformat()}")
    if key.valid_from is not None and signed_at + CLOCK_SKEW < key.valid_from:
        raise SignatureError("key_not_yet_valid", f"valid from {key.valid_from.isoformat()}")
    if key.valid_until is not None and now >= key.valid_until:
        raise SignatureError("key_expired", f"valid until {key.valid_until.isoformat()}")


def sign(payload: bytes, typ: Typ, key: SigningKey, at: datetime) -> bytes:
    """Sign `payload` as a document of `typ`; the answer is the exact text to send and to keep."""
    protected = json_b64encode(
        {
            "alg": algorithm_of(key),
            "typ": typ.value,
            "kid": key_id(key),
            "iat": int(at.timestamp()),
        }
    )
    body = urlsafe_b64encode(payload)
    algorithm = _registry.get_alg(algorithm_of(key))
    signature = urlsafe_b64encode(algorithm.sign(protected + b"." + body, key))
    return b'{"payload":"%b","protected":"%b","signature":"%b"}' % (body, protected, signature)


def algorithm_of(key: SigningKey | VerificationKey) -> str:
    """Name the algorithm that a key signs with: P-256 keys ES256, Ed25519 keys Ed25519 (RFC 9864)."""
    return "ES256" if isinstance(key, ECKey) else "Ed25519"


def import_key(jwk: Mapping[str, Any]) -> SigningKey:
    """Read a key from its JWK; raises ValueError unless it is P-256 or Ed25519 (RFC 7517, RFC 8037)."""
    kind = (jwk.get("kty"), jwk.get("crv"))
    try:
        if kind == ("EC", "P-256"):
            key: SigningKey = ECKey.import_key(dict(jwk))
        elif kind == ("OKP", "Ed25519"):
            key = OKPKey.import_key(dict(jwk))
        else:
            raise ValueError(f"a key is EC P-256 or OKP Ed25519, this one is {kind}")
    except JoseError as error:
        raise ValueError(f"the key cannot be read: {_short(error)}") from None
    key.ensure_kid()
    return key


def key_id(key: SigningKey | VerificationKey) -> str:
    """Give the key's `kid`: what its owner named it, else its RFC 7638 thumbprint."""
    return key.kid or key.thumbprint()


def read_header(text: bytes) -> ProtectedHeader:
    """Read a decoded protected header; raises SignatureError with code `not_a_jws`."""
    try:
        return ProtectedHeader.model_validate(read_json(text))
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in found["loc"])
        raise SignatureError("not_a_jws", f"protected header, {where}: {found['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise SignatureError(
            "not_a_jws", f"the protected header cannot be read: {_short(error)}"
        ) from None


def _short(error: Exception) -> str:
    return "it nests too deeply" if isinstance(error, RecursionError) else str(error)[:200]
