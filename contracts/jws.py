"""The one signature profile: flattened JWS (RFC 7515 section 7.2.2), ES256 or Ed25519, shaped like JAdES B-B."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey
from joserfc.registry import HeaderParameter
from joserfc.util import json_b64encode, urlsafe_b64decode, urlsafe_b64encode
from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError

MEDIA_TYPE = "application/jose+json"
ALGORITHMS = ("ES256", "Ed25519")

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


class SignatureError(Exception):
    """A document that is not to be trusted; `code` stands in the problem catalogue."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class ProtectedHeader(BaseModel):
    """The header members that we sign, read and allow (RFC 7515 section 4.1)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    alg: str
    typ: str
    kid: Annotated[str, Field(min_length=1, max_length=128)]
    iat: Annotated[StrictInt, Field(ge=0, le=253402300799)]
    x5t_s256: Annotated[str | None, Field(alias="x5t#S256", max_length=64)] = None
    x5c: Annotated[list[str] | None, Field(max_length=5)] = None


_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
_MEMBERS = frozenset({"payload", "protected", "signature"})


class _Registry(jws.JWSRegistry):
    # The library's own bounds (512 bytes of header) are too small for a certificate chain and for a dispatch.
    max_header_length = 32 * 1024
    max_payload_length = 16 * 1024 * 1024


def _is_epoch_seconds(value: object) -> None:
    if not isinstance(value, int):
        raise ValueError("must be a number of seconds")  # noqa: TRY004 (the registry reports ValueError)


_registry = _Registry(
    header_registry={"iat": HeaderParameter("Issued At", _is_epoch_seconds)},
    algorithms=ALGORITHMS,
)


@dataclass(frozen=True)
class Envelope:
    """A signed document as it arrived: opened, but not yet trusted."""

    raw: bytes
    header: ProtectedHeader
    members: Mapping[str, str]

    @cached_property
    def digest(self) -> str:
        return digest_of(self.raw)

    @cached_property
    def payload(self) -> bytes:
        """The signed content; to be read only after `verify`."""
        return urlsafe_b64decode(self.members["payload"].encode())


def digest_of(content: bytes) -> str:
    """Name content by its SHA-256, the way materials and documents refer to each other."""
    return f"sha-256:{sha256(content).hexdigest()}"


def open_envelope(raw: bytes) -> Envelope:
    """Open a flattened JWS without trusting it; raises SignatureError with code `not_a_jws`."""
    try:
        members = json.loads(raw, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise SignatureError("not_a_jws", f"the body is not JSON: {_short(error)}") from None
    if not isinstance(members, dict) or members.keys() != _MEMBERS:
        raise SignatureError(
            "not_a_jws",
            "a flattened JWS has exactly the members payload, protected and signature",
        )
    for name, segment in members.items():
        if not isinstance(segment, str) or not _SEGMENT.fullmatch(segment):
            raise SignatureError("not_a_jws", f"{name} is not base64url without padding")
    return Envelope(raw, _read_header(members["protected"]), cast("dict[str, str]", members))


def verify(envelope: Envelope, typ: Typ, key: VerificationKey) -> bytes:
    """Prove that `key` signed the envelope as a document of `typ`, and give its payload.

    Raises SignatureError: `wrong_typ`, `wrong_alg`, `bad_signature` (RFC 7515 section 5.2).
    """
    check_header(envelope.header, typ)
    try:
        jws.deserialize_json(
            cast("jws.FlattenedJSONSerialization", envelope.members), key, registry=_registry
        )
    except (JoseError, ValueError) as error:
        raise SignatureError("bad_signature", _short(error) or "it does not verify") from None
    return envelope.payload


def check_header(header: ProtectedHeader, typ: Typ) -> None:
    """Refuse another kind of document and any algorithm outside the profile, before any arithmetic."""
    if header.typ != typ:
        raise SignatureError("wrong_typ", f"typ is {header.typ!r}, expected {typ.value!r}")
    if header.alg not in ALGORITHMS:
        raise SignatureError("wrong_alg", f"alg is {header.alg!r}, allowed: ES256, Ed25519")


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


def _read_header(segment: str) -> ProtectedHeader:
    try:
        text = urlsafe_b64decode(segment.encode())
        members = json.loads(text, object_pairs_hook=_without_repeats)
        return ProtectedHeader.model_validate(members)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in found["loc"])
        raise SignatureError("not_a_jws", f"protected header, {where}: {found['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise SignatureError(
            "not_a_jws", f"the protected header cannot be read: {_short(error)}"
        ) from None


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    # Two readers could each believe another of the two values.
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else ""
