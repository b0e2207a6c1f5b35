"""Why a signed document is, or is not, to be believed: verification step by step, for whoever connects a system."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import product

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.util import urlsafe_b64encode

from contracts import jws
from contracts.jws import Envelope, RegisteredKey, SignatureError, Typ, VerificationKey


class Outcome(StrEnum):
    """How a step ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class Step:
    """One check; `code` is the problem that the service would answer with."""

    number: int
    what: str
    outcome: Outcome
    detail: str = ""
    code: str | None = None


@dataclass
class _Reading:
    raw: bytes
    typ: Typ | None
    now: datetime | None
    key: VerificationKey | None
    known: Mapping[str, RegisteredKey]
    segments: dict[str, bytes] = field(default_factory=dict)

    def envelope(self) -> Envelope:
        return jws.open_envelope(self.raw)


def explain(
    raw: bytes,
    key: VerificationKey | None = None,
    *,
    known: Iterable[RegisteredKey] = (),
    typ: Typ | None = None,
    now: datetime | None = None,
) -> list[Step]:
    """Verify a document and tell every step; a signature that fails says why, where that can be known.

    `key` is tried whatever `kid` says, else the one of `known` that `kid` names. Without `typ` any kind of
    document passes, without `now` the validity of the key is not looked at.

    1. The body is a flattened JWS.
    2. Its members are base64url.
    3. The protected header has the members that we allow.
    4. It claims to be a document we know, or the one expected.
    5. Its algorithm is allowed.
    6. Its key is known.
    7. The key was in force.
    8. A certificate, if one is sent, is that of the key.
    9. The signature verifies over the bytes as they came.
    """
    reading = _Reading(raw, typ, now, key, {one.kid: one for one in known})
    steps: list[Step] = []
    for number, (what, check) in enumerate(_CHECKS, 1):
        stopped = bool(steps) and steps[-1].outcome is not Outcome.PASSED
        steps.append(
            Step(number, what, Outcome.NOT_REACHED)
            if stopped
            else _take(number, what, check, reading)
        )
    return steps


def _take(number: int, what: str, check: "_Check", reading: _Reading) -> Step:
    try:
        return Step(number, what, Outcome.PASSED, check(reading))
    except SignatureError as error:
        return Step(number, what, Outcome.FAILED, error.detail, error.code)
    except _NothingToCheckWith as nothing:
        return Step(number, what, Outcome.NOT_REACHED, str(nothing))


class _NothingToCheckWith(Exception):  # noqa: N818 (no error: the caller gave nothing)
    pass


def _json(reading: _Reading) -> str:
    if reading.raw.count(b".") == 2 and not reading.raw.lstrip().startswith(b"{"):  # noqa: PLR2004
        raise SignatureError("not_a_jws", "this is a compact JWS; send the flattened JSON form")
    members = jws.read_members(reading.raw)
    return ", ".join(f"{name} has {len(str(value))} characters" for name, value in members.items())


def _base64url(reading: _Reading) -> str:
    members = jws.read_members(reading.raw)
    sizes = {name: len(jws.decode_segment(members, name)) for name in members}
    return ", ".join(f"{name} has {size} bytes" for name, size in sizes.items())


def _header(reading: _Reading) -> str:
    return reading.envelope().header.model_dump_json(
        exclude_none=True, by_alias=True, exclude={"x5c"}
    )


def _typ(reading: _Reading) -> str:
    header = reading.envelope().header
    expected = (reading.typ,) if reading.typ else tuple(Typ)
    if header.typ not in expected:
        raise SignatureError(
            "wrong_typ", f"typ is {header.typ!r}, expected {' or '.join(expected)}"
        )
    return header.typ


def _alg(reading: _Reading) -> str:
    header = reading.envelope().header
    jws.check_algorithm(header)
    return header.alg


def _key(reading: _Reading) -> str:
    kid = reading.envelope().header.kid
    if reading.key is not None:
        return f"the key you gave, {jws.key_id(reading.key)}; kid is {kid}"
    if not reading.known:
        raise _NothingToCheckWith("no key was given")
    if kid not in reading.known:
        raise SignatureError("unknown_key", f"no known key has the kid {kid!r}")
    return kid


def _in_force(reading: _Reading) -> str:
    header = reading.envelope().header
    registered = reading.known.get(header.kid)
    if registered is None or reading.now is None:
        return "not looked at: no times are known"
    jws.check_in_force(registered, header.iat, reading.now)
    return "valid when it was signed, valid now, not revoked"


def _certificate(reading: _Reading) -> str:
    header = reading.envelope().header
    jws.check_certificate(header, _key_to_use(reading))
    return "none is sent" if header.x5c is None else "its key is the one above"


def _signature(reading: _Reading) -> str:
    envelope, key = reading.envelope(), _key_to_use(reading)
    if _verifies(envelope, key, envelope.signing_input, envelope.signature):
        return f"{envelope.header.alg} over {len(envelope.signing_input)} bytes"
    raise SignatureError("bad_signature", _why(envelope, key, reading.known.values()))


def _key_to_use(reading: _Reading) -> VerificationKey:
    return reading.key or reading.known[reading.envelope().header.kid].key


_Check = Callable[[_Reading], str]
_CHECKS: tuple[tuple[str, _Check], ...] = (
    ("the body is a flattened JWS", _json),
    ("its members are base64url without padding", _base64url),
    ("the protected header has the members that are allowed", _header),
    ("typ names the kind of document", _typ),
    ("alg is allowed", _alg),
    ("the key is known", _key),
    ("the key was in force", _in_force),
    ("the certificate is that of the key", _certificate),
    ("the signature verifies", _signature),
)


def _verifies(envelope: Envelope, key: VerificationKey, message: bytes, signature: bytes) -> bool:
    return jws.is_signed_by(key, envelope.header.alg, message, signature)


def _why(envelope: Envelope, key: VerificationKey, known: Iterable[RegisteredKey]) -> str:
    expected = jws.algorithm_of(key)
    if envelope.header.alg != expected:
        return f"alg is {envelope.header.alg}, but the key is one for {expected}"
    return (
        _other_bytes(envelope, key)
        or _other_key(envelope, known)
        or _wrong_length(envelope)
        or "it was made with a key that is not known here, or the bytes were changed after signing"
    )


def _other_bytes(envelope: Envelope, key: VerificationKey) -> str | None:
    for signature, form in _forms(envelope):
        for message, over in _other_messages(envelope):
            if _verifies(envelope, key, message, signature):
                return "; ".join(part for part in (form, over) if part)
    return None


def _forms(envelope: Envelope) -> Iterator[tuple[bytes, str]]:
    yield envelope.signature, ""
    try:
        r, s = decode_dss_signature(envelope.signature)
        joined = r.to_bytes(32) + s.to_bytes(32)
    except (ValueError, OverflowError):
        return
    yield joined, "the signature is DER; ES256 wants the 64 bytes r‖s"


def _other_messages(envelope: Envelope) -> Iterator[tuple[bytes, str]]:
    """Give what people sign by mistake, each with the words for it; the right bytes come first."""
    right = envelope.signing_input
    protected, payload = right.split(b".")
    yield right, ""
    yield right + b"\n", "a line feed was signed along at the end (use printf, not echo)"
    yield sha256(right).digest(), "it is over the SHA-256 of the signing input: hashed twice"
    yield envelope.payload, "it is over the decoded payload, not over protected.payload"
    yield payload, "it is over the payload segment alone, without protected"
    yield protected + b"." + envelope.payload, "the payload was not base64url-encoded for signing"
    yield payload + b"." + protected, "protected and payload are in the wrong order"
    yield _padded(protected) + b"." + _padded(payload), "it is over base64 with padding"
    for written, how in _other_writings(envelope.payload):
        signed = protected + b"." + urlsafe_b64encode(written)
        yield signed, f"the payload was written anew after signing: what was signed {how}"


def _padded(segment: bytes) -> bytes:
    return segment + b"=" * (-len(segment) % 4)


def _other_writings(payload: bytes) -> Iterator[tuple[bytes, str]]:
    yield payload + b"\n", "ends in a line feed"
    yield payload.rstrip(), "does not end in white space"
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return
    for sort, ascii_only, (comma, colon, indent) in product((False, True), (False, True), _SPACING):
        text = json.dumps(
            value,
            sort_keys=sort,
            ensure_ascii=ascii_only,
            separators=(comma, colon),
            indent=indent,
        )
        yield text.encode(errors="replace"), _style(text, sort=sort, ascii_only=ascii_only)


_SPACING = ((",", ":", None), (", ", ": ", None), (",", ": ", 2))


def _style(text: str, *, sort: bool, ascii_only: bool) -> str:
    spacing = "is indented" if "\n" in text else "has spaces" if '": ' in text else "is compact"
    order = ", with sorted members" if sort else ""
    return spacing + order + (", with \\u escapes" if ascii_only else "")


def _other_key(envelope: Envelope, known: Iterable[RegisteredKey]) -> str | None:
    for other in known:
        alg = jws.algorithm_of(other.key)
        if jws.is_signed_by(other.key, alg, envelope.signing_input, envelope.signature):
            return f"it was signed with the key {other.kid!r}, not with {envelope.header.kid!r}"
    return None


def _wrong_length(envelope: Envelope) -> str | None:
    size = len(envelope.signature)
    return None if size == 64 else f"the signature has {size} bytes, {envelope.header.alg} makes 64"  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Difference:
    """The first byte in which two texts differ, with what stands around it in each."""

    offset: int
    left: str
    right: str


_AROUND = 24


def first_difference(left: bytes, right: bytes) -> Difference | None:
    """Find where two documents that should be the same bytes part; None when they do not."""
    if left == right:
        return None
    pairs = enumerate(zip(left, right, strict=False))
    offset = next((at for at, (one, other) in pairs if one != other), min(len(left), len(right)))
    around = slice(max(0, offset - _AROUND), offset + _AROUND)
    return Difference(offset, _shown(left[around]), _shown(right[around]))


def _shown(content: bytes) -> str:
    return content.decode("utf-8", "backslashreplace")
