"""The signature profile: what opens, what verifies, and that nothing else does."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from contracts import jws
from contracts.jws import SignatureError, Typ
from tests.support import certificates
from tests.support.offices import key, key_of, private_jwk, public_jwk
from tests.support.packets import NOW, SIGNED_AT, packet, payload_of, signed

ES256, ED25519 = key_of("market"), key_of("tobacco")
both_algorithms = pytest.mark.parametrize("signer", ["market", "tobacco"])
MESSAGE = {name: signed(packet(), key_of(name)) for name in ("market", "tobacco")}


def code_of(raw: bytes, signer: str = "market", typ: Typ = Typ.TRANSFER_PACKET) -> str:
    with pytest.raises(SignatureError) as caught:
        jws.verify(jws.open_envelope(raw), typ, key_of(signer))
    return caught.value.code


@both_algorithms
def test_what_is_signed_verifies(signer: str) -> None:
    raw = jws.sign(b'{"a":1}', Typ.RECEIPT, key_of(signer), NOW)
    envelope = jws.open_envelope(raw)
    assert jws.verify(envelope, Typ.RECEIPT, key_of(signer)) == b'{"a":1}'
    assert envelope.header.iat == int(NOW.timestamp())
    assert envelope.header.kid == f"{signer}-2026"


@both_algorithms
def test_public_half_is_enough_to_verify(signer: str) -> None:
    public = jws.import_key(public_jwk(f"{signer}-2026", jws.algorithm_of(key_of(signer))))
    envelope = jws.open_envelope(MESSAGE[signer])
    assert jws.verify(envelope, Typ.TRANSFER_PACKET, public) == payload_of(packet())


def test_digest_is_of_the_bytes_as_they_came() -> None:
    raw = MESSAGE["market"]
    assert jws.open_envelope(raw).digest == jws.digest_of(raw)
    assert jws.open_envelope(raw + b"\n").digest != jws.digest_of(raw)


@both_algorithms
@given(data=st.data())
def test_any_changed_character_of_any_segment_is_found(signer: str, data: st.DataObject) -> None:
    members = json.loads(MESSAGE[signer])
    name = data.draw(st.sampled_from(sorted(members)))
    place = data.draw(st.integers(0, len(members[name]) - 1))
    other = data.draw(
        st.characters(codec="utf-8").filter(lambda char: char != members[name][place])
    )
    members[name] = members[name][:place] + other + members[name][place + 1 :]
    assert code_of(json.dumps(members).encode(), signer) in {
        "not_a_jws",
        "bad_signature",
        "wrong_typ",
        "wrong_alg",
    }


@both_algorithms
@given(data=st.data())
def test_any_flipped_bit_of_the_body_is_found(signer: str, data: st.DataObject) -> None:
    raw = bytearray(MESSAGE[signer])
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SignatureError):
        jws.verify(jws.open_envelope(bytes(raw)), Typ.TRANSFER_PACKET, key_of(signer))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_order(raw: bytes) -> None:
    with pytest.raises(SignatureError) as caught:
        jws.open_envelope(raw)
    assert caught.value.code == "not_a_jws"


@given(st.binary(min_size=1, max_size=100))
def test_no_signature_but_the_right_one_verifies(signature: bytes) -> None:
    envelope = jws.open_envelope(MESSAGE["market"])
    for one in (ES256, ED25519):
        alg = jws.algorithm_of(one)
        assert not jws.is_signed_by(one, alg, envelope.signing_input, signature)


def test_another_kind_of_document_is_refused_before_any_arithmetic() -> None:
    assert code_of(MESSAGE["market"], typ=Typ.RECEIPT) == "wrong_typ"


def test_key_of_another_algorithm_has_signed_nothing() -> None:
    assert code_of(MESSAGE["market"], signer="tobacco") == "bad_signature"
    assert code_of(MESSAGE["tobacco"], signer="market") == "bad_signature"


def test_deep_nesting_does_not_break_the_reader() -> None:
    with pytest.raises(SignatureError, match="nests too deeply"):
        jws.open_envelope(b"[" * 100_000)


def test_deep_nesting_in_the_header_does_not_break_the_reader() -> None:
    protected = urlsafe_b64encode(b"[" * 100_000).decode()
    with pytest.raises(SignatureError, match="nests too deeply"):
        jws.open_envelope(
            json.dumps({"payload": "AA", "protected": protected, "signature": "AA"}).encode()
        )


def test_number_where_a_segment_belongs_is_refused() -> None:
    with pytest.raises(SignatureError, match="payload is not base64url"):
        jws.open_envelope(b'{"payload":7,"protected":"e30","signature":"AA"}')


SPELLINGS = st.text("AQgwBZaz09-_+/= \n\u00e9\uff21", max_size=9)


@given(SPELLINGS | st.binary(min_size=1).map(lambda content: urlsafe_b64encode(content).decode()))
@example("AB").via("left-over bits")
@example("AA==").via("padding")
@example("A").via("six bits alone")
def test_segment_is_decoded_as_another_library_does(segment: str) -> None:
    try:
        expected = urlsafe_b64decode(segment.encode("ascii")) if segment else None
    except ValueError:
        expected = None
    try:
        decoded = jws.decode_segment({"payload": segment}, "payload")
    except SignatureError:
        decoded = None
    assert decoded == expected


def with_certificate(**changes: object) -> bytes:
    return signed(packet(), ES256, **certificates.header_for(ES256) | changes)


@both_algorithms
def test_certificate_of_the_key_may_travel_along(signer: str) -> None:
    raw = signed(packet(), key_of(signer), **certificates.header_for(key_of(signer)))
    assert jws.verify(jws.open_envelope(raw), Typ.TRANSFER_PACKET, key_of(signer))


def test_thumbprint_need_not_travel_along() -> None:
    raw = with_certificate(**{"x5t#S256": None})
    assert jws.verify(jws.open_envelope(raw), Typ.TRANSFER_PACKET, ES256)


def test_certificate_of_another_key_is_refused() -> None:
    other = certificates.header_for(key_of("tax"))
    assert code_of(signed(packet(), ES256, **other)) == "bad_signature"


def test_other_thumbprint_is_refused() -> None:
    assert code_of(with_certificate(**{"x5t#S256": "A" * 43})) == "bad_signature"


@pytest.mark.parametrize("text", ["", "!", "AAAA"])
def test_unreadable_certificate_is_refused(text: str) -> None:
    assert code_of(with_certificate(x5c=[text])) == "bad_signature"


def test_empty_chain_is_refused() -> None:
    assert code_of(with_certificate(x5c=[])) == "not_a_jws"


class Known:
    """A registered key with the times that a test gives it."""

    kid = "market-2026"
    key = ES256

    def __init__(self, **times: datetime) -> None:
        self.valid_from = times.get("valid_from")
        self.valid_until = times.get("valid_until")
        self.revoked_at = times.get("revoked_at")


SECOND = timedelta(seconds=1)
IAT = int(SIGNED_AT.timestamp())


@pytest.mark.parametrize(
    "times",
    [
        {},
        {"valid_from": SIGNED_AT},
        {"valid_from": SIGNED_AT + jws.CLOCK_SKEW},
        {"valid_until": NOW + SECOND},
    ],
)
def test_key_in_force_passes(times: dict[str, datetime]) -> None:
    jws.check_in_force(Known(**times), IAT, NOW)


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"valid_from": SIGNED_AT + jws.CLOCK_SKEW + SECOND}, "key_not_yet_valid"),
        ({"valid_until": NOW}, "key_expired"),
        ({"revoked_at": NOW - timedelta(days=1)}, "key_revoked"),
        ({"revoked_at": NOW + timedelta(days=1)}, "key_revoked"),
    ],
)
def test_key_out_of_force_is_refused(times: dict[str, datetime], code: str) -> None:
    with pytest.raises(SignatureError) as caught:
        jws.check_in_force(Known(**times), IAT, NOW)
    assert caught.value.code == code


def test_clock_of_the_signer_may_be_ahead_a_little() -> None:
    ahead = int((NOW + jws.CLOCK_SKEW).timestamp())
    jws.check_in_force(Known(), ahead, NOW)
    with pytest.raises(SignatureError, match="signed_in_the_future"):
        jws.check_in_force(Known(), ahead + 1, NOW)


def test_key_without_a_name_is_named_by_its_thumbprint() -> None:
    jwk = {name: value for name, value in private_jwk("nameless").items() if name != "kid"}
    nameless = jws.import_key(jwk)
    assert jws.key_id(nameless) == nameless.thumbprint()
    assert jws.key_id(ECKey.import_key(jwk)) == nameless.thumbprint()


@pytest.mark.parametrize(
    "jwk",
    [
        {"kty": "EC", "crv": "P-384"},
        {"kty": "OKP", "crv": "X25519"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {},
        {"kty": "EC", "crv": "P-256", "x": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
    ],
)
def test_what_is_no_key_of_the_profile_is_refused(jwk: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="key"):
        jws.import_key(jwk)


def test_rsa_key_is_refused() -> None:
    with pytest.raises(ValueError, match="EC P-256 or OKP Ed25519"):
        jws.import_key(RSAKey.generate_key(2048).as_dict(private=False))


def test_test_signatures_are_the_same_at_every_run() -> None:
    assert signed(packet(), ES256) == signed(packet(), ES256)
    assert signed(packet(), key("market-2026")) == MESSAGE["market"]


def test_moment_of_signing_is_kept_in_seconds() -> None:
    at = datetime(2026, 11, 23, 2, 0, 0, 999_999, tzinfo=UTC)
    assert jws.open_envelope(jws.sign(b"x", Typ.REPORT, ES256, at)).header.iat == int(
        NOW.timestamp()
    )
