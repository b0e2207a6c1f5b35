"""Bad vectors whose envelope is wrong: no JWS, another header, a key or a signature not to be trusted."""

import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from contracts.jws import Typ
from tests.support import certificates, packets
from tests.support.bad import Bad, body, document, envelope, flipped, header, members
from tests.support.offices import (
    EXPIRED_KID,
    FUTURE_KID,
    REVOKED_KID,
    key,
    key_of,
    office,
    public_jwk,
)
from tests.support.packets import SIGNED_AT, payload_of, signed


def bad_envelopes() -> Iterator[Bad]:
    yield from _no_jws()
    yield from _bad_headers()
    yield from _bad_keys()
    yield from _bad_signatures()


def _no_jws() -> Iterator[Bad]:
    def bad(name: str, what: str, content: bytes) -> Bad:
        return Bad(name, what, "not_a_jws", content)

    whole = members()
    compact = f"{whole['protected']}.{whole['payload']}.{whole['signature']}".encode()
    yield bad("empty-body", "Nothing was sent", b"")
    yield bad("not-json", "Plain text", b"hello, procuratorate")
    yield bad(
        "not-utf8",
        "UTF-16, which is no JSON on the wire (RFC 8259)",
        body().decode().encode("utf-16"),
    )
    yield bad("byte-order-mark", "A byte order mark before the JSON text", b"\xef\xbb\xbf" + body())
    yield bad("cut-off", "The second half was lost on the way", body()[: len(body()) // 2])
    yield bad("two-documents", "Two documents in one body", body() + body())
    yield bad("json-array", "An array around the document", b"[" + body() + b"]")
    yield bad("unsigned-packet", "The packet itself, without any signature", payload_of(document()))
    yield bad("compact-jws", "The compact serialisation", compact)
    general = {
        "payload": whole["payload"],
        "signatures": [{k: whole[k] for k in ("protected", "signature")}],
    }
    yield bad(
        "general-jws",
        "The general serialisation, with a list of signatures",
        json.dumps(general).encode(),
    )
    yield bad(
        "unprotected-header",
        "A header that nobody signed",
        envelope(header={"kid": office("tobacco").kid}),
    )
    yield bad("extra-member", "A member that the profile does not have", envelope(note="urgent"))
    yield bad("missing-signature", "No signature member", envelope(signature=None))
    yield bad("empty-signature", "An empty signature", envelope(signature=""))
    yield bad("signature-is-a-number", "A number where text belongs", envelope(signature=7))
    doubled = b'{"payload":"%b",%b' % (
        urlsafe_b64encode(payload_of(document(packet_id="other"))),
        body()[1:],
    )
    yield bad(
        "duplicated-member", "payload is named twice; readers could take different ones", doubled
    )
    yield bad("padded-payload", "base64url with padding", envelope(payload=whole["payload"] + "="))
    yield bad(
        "standard-base64",
        "A plus sign, which base64url does not have",
        envelope(signature="+" + whole["signature"][1:]),
    )
    yield bad(
        "line-break-in-payload",
        "base64 broken into lines",
        envelope(payload=whole["payload"][:76] + "\n" + whole["payload"][76:]),
    )
    yield bad(
        "second-spelling-of-signature",
        "The same bytes with other last bits: two spellings of one signature",
        envelope(signature=_second_spelling(whole["signature"])),
    )


def _second_spelling(segment: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return segment[:-1] + alphabet[alphabet.index(segment[-1]) + 1]


def _bad_headers() -> Iterator[Bad]:
    def bad(name: str, what: str, code: str = "not_a_jws", **changes: Any) -> Bad:
        return Bad(name, what, code, header(**changes))

    def text(content: bytes) -> bytes:
        return envelope(protected=urlsafe_b64encode(content).decode())

    yield Bad(
        "header-not-json", "A protected header that is no JSON", "not_a_jws", text(b"alg=ES256")
    )
    twice = b'{"alg":"none",%b' % urlsafe_b64decode(members()["protected"].encode())[1:]
    yield Bad(
        "header-member-twice",
        "alg is named twice in the protected header",
        "not_a_jws",
        text(twice),
    )
    yield bad(
        "header-crit",
        "A critical extension that we do not know (RFC 7515 section 4.1.11)",
        crit=["exp"],
        exp=4102444800,
    )
    yield bad("header-b64-false", "An unencoded payload (RFC 7797)", b64=False, crit=["b64"])
    yield bad(
        "header-own-key",
        "The document brings the key that should prove it",
        jwk=public_jwk(office("market").kid),
    )
    yield bad(
        "header-key-address",
        "The document says where to fetch its key",
        jku="https://keys.example/market.json",
    )
    yield bad("header-iat-missing", "No time of signing", iat=None)
    yield bad("header-iat-text", "The time of signing as text", iat="2026-11-23T01:50:00Z")
    yield bad("header-iat-fraction", "The time of signing with a fraction", iat=1795398600.5)
    yield bad("header-kid-missing", "No key is named", kid=None)
    yield bad("header-typ-missing", "No kind of document is named", typ=None)
    yield bad(
        "receipt-sent-as-packet",
        "A receipt where a packet is expected",
        "wrong_typ",
        typ=Typ.RECEIPT,
    )
    yield bad(
        "jwt-sent-as-packet", "A login token where a packet is expected", "wrong_typ", typ="JWT"
    )
    yield bad("alg-none", "No signature algorithm", "wrong_alg", alg="none")
    yield bad("alg-rs256", "RSA", "wrong_alg", alg="RS256")
    yield bad("alg-es384", "P-384", "wrong_alg", alg="ES384")
    yield bad(
        "alg-eddsa",
        "The old name that does not say which curve (RFC 9864)",
        "wrong_alg",
        alg="EdDSA",
    )
    yield Bad(
        "alg-hs256-with-public-key",
        "A MAC keyed with our own copy of the public key",
        "wrong_alg",
        _mac(),
    )


def _mac() -> bytes:
    whole = json.loads(header(alg="HS256"))
    secret = json.dumps(public_jwk(office("market").kid), separators=(",", ":")).encode()
    message = f"{whole['protected']}.{whole['payload']}".encode()
    mac = urlsafe_b64encode(hmac.new(secret, message, sha256).digest()).decode()
    return json.dumps(whole | {"signature": mac}).encode()


def _bad_keys() -> Iterator[Bad]:
    future = datetime(2100, 1, 1, tzinfo=UTC)
    before = SIGNED_AT - timedelta(days=730)
    yield Bad(
        "unknown-kid",
        "A key that nobody registered",
        "unknown_key",
        signed(document(), key("stranger-2026")),
    )
    yield Bad(
        "expired-key",
        "Signed while the key was valid, sent after it expired",
        "key_expired",
        signed(document(), key(EXPIRED_KID), at=before),
    )
    yield Bad(
        "key-not-yet-valid",
        "Signed before the key becomes valid",
        "key_not_yet_valid",
        signed(document(), key(FUTURE_KID)),
    )
    yield Bad(
        "revoked-key",
        "Signed with a key that was stolen and revoked; iat is from before",
        "key_revoked",
        signed(document(), key(REVOKED_KID), at=before),
    )
    yield Bad(
        "signed-in-the-future",
        "iat is in the year 2100",
        "signed_in_the_future",
        signed(document(), key_of("market"), at=future),
    )
    yield Bad(
        "another-agency",
        "Signed by the tobacco office, naming the market office",
        "signer_mismatch",
        signed(document(), key_of("tobacco")),
    )


def _bad_signatures() -> Iterator[Bad]:
    def bad(name: str, what: str, content: bytes) -> Bad:
        return Bad(name, what, "bad_signature", content)

    whole, market = members(), key_of("market")
    right = f"{whole['protected']}.{whole['payload']}".encode()

    def over(message: bytes) -> bytes:
        return _with_signature(packets.raw_signature(message, market))

    yield bad(
        "signature-changed",
        "One character of the signature is another",
        envelope(signature=flipped(whole["signature"], 10)),
    )
    yield bad(
        "payload-changed",
        "One character of the payload is another",
        envelope(payload=flipped(whole["payload"], 100)),
    )
    yield bad(
        "header-changed",
        "iat was changed after signing",
        envelope(protected=json.loads(header(iat=int(SIGNED_AT.timestamp()) - 1))["protected"]),
    )
    yield bad(
        "payload-re-encoded",
        "The payload was parsed and written again after signing",
        envelope(payload=_indented(whole["payload"])),
    )
    yield bad(
        "signature-der",
        "An ES256 signature in DER, as openssl writes it",
        _with_signature(as_der(whole["signature"])),
    )
    yield bad(
        "signature-cut",
        "63 of 64 bytes",
        _with_signature(urlsafe_b64decode(whole["signature"].encode())[:-1]),
    )
    yield bad(
        "signature-zero",
        "r and s are zero, which careless verifiers accept",
        _with_signature(bytes(64)),
    )
    yield bad(
        "signed-decoded-payload",
        "Signed over the decoded payload alone",
        over(payload_of(document())),
    )
    yield bad(
        "signed-with-line-feed",
        "A line feed was signed along, as echo adds it",
        over(right + b"\n"),
    )
    yield bad(
        "signed-hash-of-input",
        "Signed over the SHA-256 of the signing input, so hashed twice",
        over(sha256(right).digest()),
    )
    yield bad(
        "signed-with-another-key",
        "kid names the market office's key, the tobacco office signed",
        _under_another_kid(),
    )
    yield bad(
        "certificate-of-another-key",
        "x5c certifies another key than kid names",
        header(**certificates.header_for(key_of("tax"))),
    )
    yield bad(
        "certificate-thumbprint",
        "x5t#S256 is not that of x5c",
        header(**certificates.header_for(market) | {"x5t#S256": "A" * 43}),
    )


def _under_another_kid() -> bytes:
    return signed(document(), key_of("tobacco"), kid=office("market").kid, alg="ES256")


def _with_signature(signature: bytes) -> bytes:
    return envelope(signature=urlsafe_b64encode(signature).decode())


def as_der(segment: str) -> bytes:
    joined = urlsafe_b64decode(segment.encode())
    return encode_dss_signature(int.from_bytes(joined[:32]), int.from_bytes(joined[32:]))


def _indented(segment: str) -> str:
    content = json.loads(urlsafe_b64decode(segment.encode()))
    return urlsafe_b64encode(json.dumps(content, indent=2, ensure_ascii=False).encode()).decode()
