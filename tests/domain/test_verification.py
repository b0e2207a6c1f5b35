"""Verification: each step refuses with its own code, and nothing passes that fails one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts import jws
from contracts.jws import CLOCK_SKEW, Typ
from service.domain.errors import Refusal
from service.domain.registry import OfficeKey, Registry
from service.domain.verification import check_key_unchanged, verify
from tests.support.offices import key, key_of, office
from tests.support.packets import NOW, SIGNED_AT, packet, signed

KEY = OfficeKey("market-2026", office("market").code, key_of("market"), NOW - timedelta(days=9))
RAW = signed(packet(), key_of("market"))


def registry(found: OfficeKey = KEY) -> Registry:
    return Registry.of(1, [], [found])


def refusal(raw: bytes, registered: OfficeKey = KEY, typ: Typ = Typ.TRANSFER_PACKET) -> str:
    with pytest.raises(Refusal) as refused:
        verify(raw, typ, registry(registered), NOW)
    return refused.value.code


def test_good_document_gives_its_envelope_and_its_key() -> None:
    envelope, found = verify(RAW, Typ.TRANSFER_PACKET, registry(), NOW)
    assert (envelope.raw, found) == (RAW, KEY)


def test_each_step_has_its_code() -> None:
    assert refusal(b"no") == "not_a_jws"
    assert refusal(RAW, typ=Typ.REPORT) == "wrong_typ"
    assert refusal(signed(packet(), key_of("market"), alg="none")) == "wrong_alg"
    assert refusal(signed(packet(), key("stranger"))) == "unknown_key"
    assert refusal(signed(packet(), key("stranger"), kid="market-2026")) == "bad_signature"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"valid_from": NOW + timedelta(days=1)}, "key_not_yet_valid"),
        ({"valid_until": NOW}, "key_expired"),
        ({"revoked_at": NOW - timedelta(seconds=1)}, "key_revoked"),
    ],
)
def test_key_out_of_force_is_refused(changes: dict[str, Any], code: str) -> None:
    assert refusal(RAW, replace(KEY, **changes)) == code


def test_revoked_key_is_refused_though_the_document_says_it_was_signed_before() -> None:
    long_ago = signed(packet(), key_of("market"), at=NOW - timedelta(days=5))
    assert refusal(long_ago, replace(KEY, revoked_at=NOW - timedelta(hours=1))) == "key_revoked"


def test_key_that_expires_in_a_moment_still_signs() -> None:
    verify(RAW, Typ.TRANSFER_PACKET, registry(replace(KEY, valid_until=NOW + timedelta(1))), NOW)


@pytest.mark.parametrize(("ahead", "passes"), [(CLOCK_SKEW, True), (CLOCK_SKEW * 2, False)])
def test_clocks_may_differ_a_little(ahead: timedelta, *, passes: bool) -> None:
    raw = signed(packet(), key_of("market"), at=NOW + ahead)
    if passes:
        verify(raw, Typ.TRANSFER_PACKET, registry(), NOW)
    else:
        assert refusal(raw) == "signed_in_the_future"


def test_key_that_moved_to_another_office_is_not_the_one_that_verified() -> None:
    moved = registry(replace(KEY, office_code=office("tax").code))
    with pytest.raises(Refusal, match="another office"):
        check_key_unchanged(KEY, moved, NOW)


def test_key_that_changed_its_mathematics_under_its_name_is_refused_by_the_signature() -> None:
    assert refusal(RAW, replace(KEY, key=key("other"))) == "bad_signature"


def test_unchanged_key_passes_a_newer_registry() -> None:
    check_key_unchanged(KEY, registry(), NOW)


def test_signature_is_over_the_bytes_as_they_came() -> None:
    envelope = jws.open_envelope(RAW)
    spaced = RAW.replace(b'","', b'", "')
    assert verify(spaced, Typ.TRANSFER_PACKET, registry(), NOW)[0].payload == envelope.payload
    assert SIGNED_AT < NOW
