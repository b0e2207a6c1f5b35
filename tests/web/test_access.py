"""Tokens: only the office that a key belongs to, only for us, only for a short time, only by that key's algorithm."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from hmac import new as hmac

import pytest

from adapters.web.access import authenticate
from contracts import jws
from contracts.office import OfficeKind
from service.domain.errors import Refusal
from service.domain.registry import Office, OfficeKey, Registry
from tests.support.offices import key, key_of, office
from tests.support.packets import NOW
from tests.support.web import token

SECONDS = int(NOW.timestamp())


def refused(registry: Registry, authorization: str | None) -> str:
    with pytest.raises(Refusal) as refusal:
        authenticate(authorization, registry, "linkage", NOW)
    assert refusal.value.code == "unauthenticated"
    assert refusal.value.detail
    return refusal.value.detail


@pytest.mark.parametrize("slug", ["market", "county-police"], ids=["ES256", "Ed25519"])
def test_office_is_known_by_its_key(registry: Registry, slug: str) -> None:
    reader = authenticate(f"Bearer {token(slug)}", registry, "linkage", NOW)
    assert reader.office_code == office(slug).code
    assert reader.kind is office(slug).kind
    assert reader.kid == office(slug).kid


def test_scheme_is_read_in_any_case(registry: Registry) -> None:
    assert authenticate(f"bearer {token()}", registry, "linkage", NOW).is_agency


def test_several_audiences_may_be_named(registry: Registry) -> None:
    text = token(aud=["another", "linkage"])
    assert authenticate(f"Bearer {text}", registry, "linkage", NOW).kind is OfficeKind.AGENCY


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwdw==", "Bearer a.b", "Bearer a.b.c", "Bearer é"],
)
def test_no_token_is_no_office(registry: Registry, authorization: str | None) -> None:
    refused(registry, authorization)


def test_endless_token_is_not_even_read(registry: Registry) -> None:
    assert "Bearer" in refused(registry, f"Bearer {token(note='x' * 5000)}")


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"iss": None}, "iss"),
        ({"iss": 7}, "iss"),
        ({"iss": office("tobacco").code}, "iss"),
        ({"aud": None}, "aud"),
        ({"aud": "another"}, "aud"),
        ({"aud": []}, "aud"),
        ({"iat": None}, "iat"),
        ({"iat": str(SECONDS)}, "iat"),
        ({"iat": True}, "iat"),
        ({"exp": None}, "exp"),
        ({"exp": SECONDS + 301}, "five minutes"),
        ({"exp": SECONDS}, "five minutes"),
        ({"exp": 10**18}, "exp"),
        ({"iat": SECONDS - 360, "exp": SECONDS - 61}, "expired"),
        ({"iat": SECONDS + 61, "exp": SECONDS + 120}, "not valid yet"),
        ({"nbf": SECONDS + 61}, "not valid yet"),
        ({"nbf": "soon"}, "nbf"),
    ],
)
def test_claims_that_do_not_hold(registry: Registry, claims: dict, told: str) -> None:
    assert told in refused(registry, f"Bearer {token(**claims)}")


def test_clocks_may_differ_by_a_minute(registry: Registry) -> None:
    for shift in (-290, 59):
        text = token(iat=SECONDS + shift, exp=SECONDS + shift + 240)
        assert authenticate(f"Bearer {text}", registry, "linkage", NOW)


def test_key_of_another_signs_nothing(registry: Registry) -> None:
    stolen_name = token("market", key=key("a-stranger"), header={"kid": office("market").kid})
    assert "verify" in refused(registry, f"Bearer {stolen_name}")


def test_changed_claims_do_not_verify(registry: Registry) -> None:
    header, _, signature = token().split(".")
    other = token("tobacco").split(".")[1]
    assert "verify" in refused(registry, f"Bearer {header}.{other}.{signature}")


def test_unknown_kid_is_nobody(registry: Registry) -> None:
    assert "kid" in refused(registry, f"Bearer {token(header={'kid': 'nobody'})}")
    assert "kid" in refused(registry, f"Bearer {token(header={'kid': None})}")


def _segment(content: dict) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _forged(header: dict, sign: Callable[[bytes], bytes]) -> str:
    claims = {"iss": office("market").code, "aud": "linkage", "iat": SECONDS, "exp": SECONDS + 60}
    signed = f"{_segment(header)}.{_segment(claims)}"
    signature = urlsafe_b64encode(sign(signed.encode())).decode().rstrip("=")
    return f"Bearer {signed}.{signature}"


def test_unsigned_token_is_refused(registry: Registry) -> None:
    for alg in ("none", "None", "NONE"):
        refused(registry, _forged({"alg": alg, "kid": office("market").kid}, lambda _: b""))


def test_public_key_is_no_secret_to_sign_with(registry: Registry) -> None:
    """The classic confusion: the public key taken for an HMAC secret."""
    public = key_of("market").as_pem(private=False)
    refused(
        registry,
        _forged(
            {"alg": "HS256", "kid": office("market").kid},
            lambda signed: hmac(public, signed, sha256).digest(),
        ),
    )


def test_algorithm_is_that_of_the_key(registry: Registry) -> None:
    forged = _forged({"alg": "Ed25519", "kid": office("market").kid}, lambda _: b"\0" * 64)
    assert "ES256" in refused(registry, forged)


def test_critical_extension_is_refused(registry: Registry) -> None:
    header = {"alg": "ES256", "kid": office("market").kid, "crit": ["b64"], "b64": False}
    refused(registry, _forged(header, lambda _: b"\0" * 64))


def test_claim_named_twice_is_refused(registry: Registry) -> None:
    signing = key_of("market")
    claims = f'{{"iss":"a","iss":"{office("market").code}","aud":"linkage","iat":{SECONDS},"exp":{SECONDS + 60}}}'
    text = jws.jws.serialize_compact(
        {"alg": "ES256", "kid": office("market").kid}, claims, signing, algorithms=["ES256"]
    )
    assert "JSON" in refused(registry, f"Bearer {text}")


def _with_key(registry: Registry, **changes: object) -> Registry:
    kid = office("market").kid
    return replace(registry, keys={kid: replace(registry.keys[kid], **changes)})


def test_key_out_of_force_authenticates_nobody(registry: Registry) -> None:
    later, earlier = NOW + timedelta(days=1), NOW - timedelta(days=1)
    for changes, code in (
        ({"revoked_at": later}, "key_revoked"),
        ({"valid_from": later}, "key_not_yet_valid"),
        ({"valid_from": earlier, "valid_until": NOW}, "key_expired"),
    ):
        told = refused(_with_key(registry, **changes), f"Bearer {token()}")
        assert code in told


def test_key_of_an_office_that_is_gone_is_nobody(registry: Registry) -> None:
    assert "kid" in refused(replace(registry, offices={}), f"Bearer {token()}")


def test_second_key_of_an_office_serves_as_well(registry: Registry) -> None:
    second = key("market-2027")
    market = office("market")
    both = Registry.of(
        2,
        [Office(market.code, market.name, market.kind, market.division, market.level)],
        [*registry.keys.values(), OfficeKey("market-2027", market.code, second, NOW)],
    )
    assert authenticate(f"Bearer {token(key=second)}", both, "linkage", NOW).kid == "market-2027"
