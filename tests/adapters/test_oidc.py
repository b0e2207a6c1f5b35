"""The identity provider's client: what it asks, what it believes, and what it says when the provider fails."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from joserfc.jwk import ECKey, RSAKey

from adapters.oidc import wire
from adapters.oidc.id_token import Identity
from adapters.oidc.provider import Begun, Provider, Registration
from adapters.oidc.wire import may_call
from service.domain.errors import Refusal
from tests.support.chain import HeldClock
from tests.support.identity import CLIENT, SECRET, FakeProvider, fake_provider, unsigned
from tests.support.packets import NOW

CALLBACK = "http://127.0.0.1:8080/sign-in/callback"


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOW)


@pytest.fixture
async def fake(clock: HeldClock) -> AsyncIterator[FakeProvider]:
    async with fake_provider(clock.now) as fake:
        yield fake


@pytest.fixture
def provider(fake: FakeProvider, clock: HeldClock) -> Provider:
    return provider_of(fake, clock)


def provider_of(fake: FakeProvider, clock: HeldClock, **more: Any) -> Provider:
    given = {"client_secret": SECRET, "callback": CALLBACK} | more
    return Provider(Registration(fake.issuer, CLIENT, **given), clock.now)


async def signed_in(fake: FakeProvider, provider: Provider, subject: str = "lin") -> Identity:
    begun = Begun.by_chance()
    back = fake.sign_in(await provider.address(begun), subject)
    query = {name: one[0] for name, one in parse_qs(urlsplit(back).query).items()}
    assert query["state"] == begun.state
    return await provider.identify(begun, query["code"], query["iss"])


async def refused(fake: FakeProvider, provider: Provider) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await signed_in(fake, provider)
    return caught.value


async def test_who_signs_in_there_is_known_here(fake: FakeProvider, provider: Provider) -> None:
    assert await signed_in(fake, provider) == Identity(fake.issuer, "lin", "lin 先生")


async def test_nothing_is_guessable_and_nothing_is_asked_twice(
    fake: FakeProvider, provider: Provider
) -> None:
    begun, other = Begun.by_chance(), Begun.by_chance()
    assert not set(begun) & set(other)
    assert begun.verifier not in await provider.address(begun)
    await signed_in(fake, provider)
    await signed_in(fake, provider)
    assert fake.asked == ["openid-configuration", "token", "jwks", "token"]


@pytest.mark.parametrize(
    ("claims", "step"),
    [
        ({"iss": "https://elsewhere.example"}, "2: "),
        ({"aud": "another"}, "3: "),
        ({"aud": [CLIENT, "another"]}, "3: "),
        ({"aud": []}, "3: "),
        ({"azp": "another"}, "4, 5: "),
        ({"exp": int(NOW.timestamp()) - 61}, "9: "),
        ({"iat": int(NOW.timestamp()) - 661}, "10: "),
        ({"iat": int(NOW.timestamp()) + 61}, "10: "),
        ({"nonce": "of another browser"}, "11: "),
        ({"nonce": None}, "11: "),
        ({"sub": ""}, "not those of an ID token: sub"),
        ({"sub": None}, "not those of an ID token: sub"),
        ({"exp": None}, "not those of an ID token: exp"),
        ({"exp": "tomorrow"}, "not those of an ID token: exp"),
        ({"aud": 7}, "not those of an ID token: aud"),
    ],
)
async def test_token_that_says_otherwise_proves_nothing(
    fake: FakeProvider, provider: Provider, claims: dict[str, Any], step: str
) -> None:
    fake.claims = claims
    refusal = await refused(fake, provider)
    assert refusal.code == "sign_in_failed"
    assert step in (refusal.detail or "")


@pytest.mark.parametrize("claims", [{"aud": [CLIENT]}, {"azp": CLIENT}, {"name": None}])
async def test_token_may_say_the_same_in_other_words(
    fake: FakeProvider, provider: Provider, claims: dict[str, Any]
) -> None:
    fake.claims = claims
    assert (await signed_in(fake, provider)).subject == "lin"


async def test_time_of_authentication_counts_where_it_is_asked_for(
    fake: FakeProvider, clock: HeldClock
) -> None:
    provider = provider_of(fake, clock, max_age=timedelta(hours=1))
    assert "max_age=3600" in await provider.address(Begun.by_chance())
    assert "13: no time" in ((await refused(fake, provider)).detail or "")
    fake.claims = {"auth_time": int(NOW.timestamp()) - 3700}
    assert "13: proved too long ago" in ((await refused(fake, provider)).detail or "")
    fake.claims = {"auth_time": int(NOW.timestamp()) - 3500}
    assert (await signed_in(fake, provider)).subject == "lin"


async def test_other_keys_are_looked_for_once(fake: FakeProvider, provider: Provider) -> None:
    await signed_in(fake, provider)
    fake.changes_keys("k2")
    assert (await signed_in(fake, provider)).subject == "lin"
    fake.published = [fake.key]
    fake.changes_keys("k3")
    fake.asked.clear()
    assert "6: no key" in ((await refused(fake, provider)).detail or "")
    assert fake.asked == ["token", "jwks"]


async def test_key_that_was_withdrawn_proves_nothing_for_long(
    fake: FakeProvider, provider: Provider, clock: HeldClock
) -> None:
    await signed_in(fake, provider)
    fake.published = []
    clock.advance(minutes=6)
    assert (await refused(fake, provider)).code == "provider_unreachable"


async def test_key_of_another_under_the_same_name_signs_nothing(
    fake: FakeProvider, provider: Provider
) -> None:
    fake.published = [ECKey.generate_key("P-256", {"kid": "k1"})]
    assert "bad_signature" in ((await refused(fake, provider)).detail or "")


async def test_algorithm_is_ours_to_choose(fake: FakeProvider, provider: Provider) -> None:
    fake.key = RSAKey.generate_key(2048, {"kid": "k1"})
    fake.alg = "RS256"
    assert (await signed_in(fake, provider)).subject == "lin"
    fake.alg = "RS512"
    assert "unsupported_algorithm" in ((await refused(fake, provider)).detail or "")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 70_000, "é.é.é"])
async def test_what_is_no_token_proves_nothing(
    fake: FakeProvider, provider: Provider, token: str
) -> None:
    fake.token = token or " "
    assert (await refused(fake, provider)).code == "sign_in_failed"


async def test_token_without_a_signature_proves_nothing(
    fake: FakeProvider, provider: Provider
) -> None:
    fake.token = unsigned({"iss": fake.issuer, "sub": "lin", "aud": CLIENT})
    assert "6, 7, 8: unsupported_algorithm" in ((await refused(fake, provider)).detail or "")


async def test_code_serves_once(fake: FakeProvider, provider: Provider) -> None:
    begun = Begun.by_chance()
    back = parse_qs(urlsplit(fake.sign_in(await provider.address(begun), "lin")).query)
    await provider.identify(begun, back["code"][0], fake.issuer)
    with pytest.raises(Refusal, match="invalid_grant"):
        await provider.identify(begun, back["code"][0], fake.issuer)


async def test_code_of_another_browser_serves_nobody(
    fake: FakeProvider, provider: Provider
) -> None:
    back = fake.sign_in(await provider.address(Begun.by_chance()), "lin")
    code = parse_qs(urlsplit(back).query)["code"][0]
    with pytest.raises(Refusal, match="invalid_grant"):
        await provider.identify(Begun.by_chance(), code, fake.issuer)


@pytest.mark.parametrize("issuer", ["https://elsewhere.example", None])
async def test_answer_of_another_provider_is_not_traded(
    fake: FakeProvider, provider: Provider, issuer: str | None
) -> None:
    with pytest.raises(Refusal, match="another provider"):
        await provider.identify(Begun.by_chance(), "code", issuer)
    assert "token" not in fake.asked


async def test_provider_that_does_not_name_itself_in_answers_is_believed(
    fake: FakeProvider, provider: Provider
) -> None:
    fake.discovery = {"authorization_response_iss_parameter_supported": None}
    begun = Begun.by_chance()
    back = parse_qs(urlsplit(fake.sign_in(await provider.address(begun), "lin")).query)
    assert (await provider.identify(begun, back["code"][0], None)).subject == "lin"


@pytest.mark.parametrize("part", ["openid-configuration", "jwks", "token"])
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda: web.Response(status=500), ""),
        (lambda: web.Response(status=404, text="{}"), ""),
        (lambda: web.Response(text="<html>maintenance</html>"), ""),
        (lambda: web.json_response([1]), ""),
        (lambda: web.json_response({"expires_in": [], "keys": []}), ""),
        (
            lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}),
            "redirects",
        ),
        (lambda: web.Response(text=" " * (wire.LONGEST_ANSWER + 1)), "too large"),
        (lambda: web.Response(body=b"x", headers={"Content-Encoding": "gzip"}), "compressed"),
    ],
)
async def test_provider_that_answers_nonsense_is_told_from_one_that_says_no(
    fake: FakeProvider,
    provider: Provider,
    part: str,
    answer: Callable[[], web.Response],
    reason: str,
) -> None:
    fake.answers[part] = answer
    refusal = await refused(fake, provider)
    assert refusal.code == "provider_unreachable"
    assert reason in (refusal.detail or "")
    fake.answers.clear()
    assert (await signed_in(fake, provider)).subject == "lin"


async def test_provider_that_is_slow_is_not_waited_for(
    fake: FakeProvider, clock: HeldClock
) -> None:
    provider = provider_of(fake, clock, within=timedelta(milliseconds=50))
    fake.delay = 1
    refusal = await refused(fake, provider)
    assert (refusal.code, refusal.detail) == ("provider_unreachable", "it takes too long")


async def test_provider_that_is_not_there_is_told(clock: HeldClock) -> None:
    provider = Provider(Registration("http://127.0.0.1:1", CLIENT, CALLBACK), clock.now)
    with pytest.raises(Refusal) as caught:
        await provider.address(Begun.by_chance())
    assert caught.value.code == "provider_unreachable"
    assert await provider.find_sign_out() is None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"issuer": "https://elsewhere.example"}, "calls itself otherwise"),
        ({"token_endpoint": "http://provider.example/token"}, "without TLS"),
        ({"jwks_uri": "file:///etc/passwd"}, "without TLS"),
        ({"token_endpoint": None}, "not the document"),
    ],
)
async def test_provider_that_leads_elsewhere_is_not_followed(
    fake: FakeProvider, provider: Provider, said: dict[str, Any], reason: str
) -> None:
    fake.discovery = said
    refusal = await refused(fake, provider)
    assert refusal.code == "provider_unreachable"
    assert reason in (refusal.detail or "")


async def test_what_it_says_of_itself_is_read_anew_in_time(
    fake: FakeProvider, provider: Provider, clock: HeldClock
) -> None:
    assert await provider.find_sign_out() == f"{fake.issuer}/end?client_id={CLIENT}"
    fake.discovery = {"end_session_endpoint": None}
    assert await provider.find_sign_out() is not None
    clock.advance(minutes=6)
    assert await provider.find_sign_out() is None


async def test_secret_goes_into_the_form_where_that_is_all_there_is(
    fake: FakeProvider, provider: Provider
) -> None:
    fake.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert (await signed_in(fake, provider)).subject == "lin"


async def test_public_client_proves_itself_by_pkce_alone(
    fake: FakeProvider, clock: HeldClock
) -> None:
    assert (await signed_in(fake, provider_of(fake, clock, client_secret=None))).subject == "lin"


@pytest.mark.parametrize(
    ("url", "plain_http", "may"),
    [
        ("https://id.example/x", False, True),
        ("http://id.example/x", False, False),
        ("http://id.example/x", True, True),
        ("http://127.0.0.1:3/x", False, True),
        ("http://[::1]:3/x", False, True),
        ("http://localhost/x", False, True),
        ("http://localhost.example/x", False, False),
        ("https://somebody@id.example/", False, False),
        ("https://id.example/#part", False, False),
        ("ftp://id.example/", True, False),
        ("https:///", True, False),
        ("https://[", True, False),
    ],
)
def test_provider_is_behind_tls_or_here(url, plain_http, may):
    assert may_call(url, plain_http=plain_http) is may
