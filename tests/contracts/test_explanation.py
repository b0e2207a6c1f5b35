"""The steps of verification, and the reasons for a signature that fails."""

import json
from base64 import urlsafe_b64encode as padded
from datetime import timedelta

import pytest
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from contracts import jws
from contracts.explanation import Outcome, Step, explain, first_difference
from contracts.jws import Typ
from tests.support import vectors
from tests.support.bad import Bad
from tests.support.bad_envelopes import as_der
from tests.support.good_vectors import good_vectors
from tests.support.offices import key_of, office
from tests.support.packets import NOW, packet, payload_of, raw_signature, signed
from tests.support.registered import registered_keys

RAW = signed(packet(), key_of("market"))
MEMBERS = json.loads(RAW)
RIGHT = f"{MEMBERS['protected']}.{MEMBERS['payload']}".encode()
SIGNATURE_STEP = 9
BAD = {vector.name: vector for vector in vectors.bad_vectors()}


def told(raw: bytes, **given: object) -> list[Step]:
    return explain(
        raw, **{"known": registered_keys().values(), "typ": Typ.TRANSFER_PACKET, "now": NOW} | given
    )


def failed(steps: list[Step]) -> Step:
    (step,) = [step for step in steps if step.outcome is Outcome.FAILED]
    return step


def resigned(message: bytes) -> bytes:
    """The packet with a signature of the right key over other bytes."""
    return with_signature(raw_signature(message, key_of("market")))


def with_signature(signature: bytes) -> bytes:
    return json.dumps(MEMBERS | {"signature": urlsafe_b64encode(signature).decode()}).encode()


def why(raw: bytes, **given: object) -> str:
    step = failed(told(raw, **given))
    assert step.number == SIGNATURE_STEP
    assert step.code == "bad_signature"
    return step.detail


@pytest.mark.parametrize("vector", good_vectors(), ids=lambda vector: vector.name)
def test_good_vector_passes_every_step(vector: object) -> None:
    steps = told(vector.raw)
    assert [step.number for step in steps] == list(range(1, 10))
    assert {step.outcome for step in steps} == {Outcome.PASSED}


@pytest.mark.parametrize(
    "vector",
    [
        one
        for one in BAD.values()
        if one.code not in vectors.NEEDS_THE_SERVICE | {"schema", "signer_mismatch"}
    ],
    ids=lambda vector: vector.name,
)
def test_bad_envelope_fails_at_one_step_with_its_code(vector: Bad) -> None:
    steps = told(vector.body)
    step = failed(steps)
    assert step.code == vector.code
    assert all(one.outcome is Outcome.PASSED for one in steps[: step.number - 1])
    assert all(one.outcome is Outcome.NOT_REACHED for one in steps[step.number :])


def test_without_keys_the_shape_alone_is_looked_at() -> None:
    steps = explain(RAW)
    assert [step.outcome for step in steps] == [Outcome.PASSED] * 5 + [Outcome.NOT_REACHED] * 4
    assert steps[5].detail == "no key was given"


def test_given_key_is_tried_whatever_kid_says() -> None:
    steps = explain(RAW, key_of("market"))
    assert steps[-1].outcome is Outcome.PASSED
    assert steps[5].detail == "the key you gave, market-2026; kid is market-2026"
    assert steps[6].detail.startswith("not looked at")


def test_without_a_moment_validity_is_not_looked_at() -> None:
    assert told(BAD["revoked-key"].body, now=None)[-1].outcome is Outcome.PASSED


def test_any_kind_of_document_passes_when_none_is_expected() -> None:
    receipt = jws.sign(b"{}", Typ.RECEIPT, key_of("market"), NOW)
    assert told(receipt, typ=None)[-1].outcome is Outcome.PASSED
    assert failed(told(receipt)).code == "wrong_typ"


def test_compact_form_is_recognised() -> None:
    assert "compact" in failed(told(BAD["compact-jws"].body)).detail


def test_certificate_is_told() -> None:
    assert told(good("tax-evasion-after-notice"))[7].detail == "its key is the one above"
    assert told(RAW)[7].detail == "none is sent"


def good(name: str) -> bytes:
    return (vectors.FOLDER / "good" / f"{name}.json").read_bytes()


def test_der_signature_is_recognised() -> None:
    assert why(BAD["signature-der"].body) == "the signature is DER; ES256 wants the 64 bytes r‖s"


def test_der_signature_over_other_bytes_tells_both() -> None:
    joined = urlsafe_b64encode(raw_signature(RIGHT + b"\n", key_of("market"))).decode()
    reason = why(with_signature(as_der(joined)))
    assert "DER" in reason
    assert "line feed" in reason


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (RIGHT + b"\n", "a line feed was signed along"),
        (payload_of(packet()), "over the decoded payload"),
        (MEMBERS["payload"].encode(), "over the payload segment alone"),
        (MEMBERS["protected"].encode() + b"." + payload_of(packet()), "not base64url-encoded"),
        (f"{MEMBERS['payload']}.{MEMBERS['protected']}".encode(), "in the wrong order"),
        (
            padded(urlsafe_b64decode(MEMBERS["protected"].encode()))
            + b"."
            + padded(payload_of(packet())),
            "base64 with padding",
        ),
    ],
)
def test_signature_over_other_bytes_is_recognised(message: bytes, reason: str) -> None:
    assert reason in why(resigned(message))


def test_hash_of_the_input_is_recognised() -> None:
    assert "hashed twice" in why(BAD["signed-hash-of-input"].body)


def rewritten(**style: object) -> bytes:
    """The packet as it arrives when its payload was written in another style before it was signed."""
    text = json.dumps(packet(), **style).encode()
    message = MEMBERS["protected"].encode() + b"." + urlsafe_b64encode(text)
    return resigned(message)


@pytest.mark.parametrize(
    ("style", "reason"),
    [
        ({"ensure_ascii": False}, "has spaces"),
        ({"ensure_ascii": False, "indent": 2}, "is indented"),
        ({"separators": (",", ":")}, "is compact, with \\u escapes"),
        ({"sort_keys": True, "ensure_ascii": False}, "has spaces, with sorted members"),
    ],
)
def test_payload_written_anew_is_recognised(style: dict[str, object], reason: str) -> None:
    assert why(rewritten(**style)).endswith(f"what was signed {reason}")


def test_lost_line_feed_is_recognised() -> None:
    text = payload_of(packet()) + b"\n"
    message = MEMBERS["protected"].encode() + b"." + urlsafe_b64encode(text)
    assert why(resigned(message)).endswith("ends in a line feed")


@pytest.mark.parametrize("payload", [b"not json", b"[" * 100_000])
def test_payload_that_is_no_json_cannot_be_written_otherwise(payload: bytes) -> None:
    raw = json.loads(signed(payload, key_of("market")))
    raw["signature"] = MEMBERS["signature"]
    assert "not known here" in why(json.dumps(raw).encode())


def test_signature_of_another_known_key_is_recognised() -> None:
    raw = signed(packet(), key_of("tax"), kid=office("market").kid)
    assert why(raw) == "it was signed with the key 'tax-2026', not with 'market-2026'"


def test_algorithm_that_is_not_the_key_s_is_recognised() -> None:
    raw = signed(packet(), key_of("tobacco"), kid=office("market").kid)
    assert why(raw) == "alg is Ed25519, but the key is one for ES256"


def test_wrong_length_is_told() -> None:
    assert why(BAD["signature-cut"].body) == "the signature has 63 bytes, ES256 makes 64"


def test_der_that_is_too_large_is_just_wrong() -> None:
    huge = bytes.fromhex("302a022100") + b"\xff" * 32 + b"\x02\x05\x01\xff\xff\xff\xff"
    assert "bytes" in why(with_signature(huge))


def test_unknown_cause_is_said_to_be_unknown() -> None:
    assert "not known here" in why(BAD["signature-zero"].body)


def test_first_difference_shows_both_sides() -> None:
    left, right = b"a" * 100 + b"1" + b"z" * 100, b"a" * 100 + b"2" + b"z" * 100
    found = first_difference(left, right)
    assert found is not None
    assert found.offset == 100
    assert found.left == "a" * 24 + "1" + "z" * 23
    assert found.right == "a" * 24 + "2" + "z" * 23


def test_same_bytes_have_no_difference() -> None:
    assert first_difference(RAW, RAW) is None


def test_shorter_text_differs_at_its_end() -> None:
    found = first_difference(b"abc", b"ab\xff")
    assert (found.offset, found.right) == (2, "ab\\xff")
    assert first_difference(b"ab", b"abc").offset == 2


def test_signed_later_than_now_fails_at_the_key() -> None:
    steps = told(RAW, now=NOW - timedelta(days=1))
    assert failed(steps).code == "signed_in_the_future"
