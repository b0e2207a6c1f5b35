from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.registry_file import RegistryFileError, parse_registry, read_registry, warnings
from contracts.office import Level, OfficeKind, Sector
from service.domain.registry import Endpoint, EndpointKind
from tests.support.offices import office, private_jwk, public_jwk

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
VECTORS = Path(__file__).parents[2] / "contracts" / "vectors" / "registry.yaml"


def key(**changes: Any) -> dict[str, Any]:
    return {"jwk": public_jwk("market-2026"), "valid_from": "2026-01-01T00:00:00Z"} | changes


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "code": office("market").code,
        "name": "示例县市场监督管理局",
        "kind": "agency",
        "division": "339921",
        "level": "county",
        "sector": "market_supervision",
        "keys": [key()],
    } | changes


def addressee(**changes: Any) -> dict[str, Any]:
    return (
        entry(
            code=office("county-police").code,
            kind="public_security",
            sector=None,
            keys=[key(jwk=public_jwk("county-police-2026", "Ed25519"))],
            endpoint={"kind": "push", "url": "https://police.example/dispatches"},
        )
        | changes
    )


def written(*entries: dict[str, Any], **more: Any) -> str:
    return yaml.safe_dump({"offices": list(entries), **more}, allow_unicode=True)


def fault_of(*entries: dict[str, Any]) -> str:
    with pytest.raises(RegistryFileError) as caught:
        parse_registry(written(*entries))
    return "\n".join(caught.value.faults)


def told(*entries: dict[str, Any]) -> str:
    return "\n".join(warnings(parse_registry(written(*entries)), NOW))


def test_office_is_read_with_its_key_and_endpoint():
    registry = parse_registry(written(entry(causes=["销售假药"]), addressee())).registry(7)

    agency = registry.offices[office("market").code]
    assert (agency.kind, agency.level, agency.sector) == (
        OfficeKind.AGENCY,
        Level.COUNTY,
        Sector.MARKET_SUPERVISION,
    )
    assert agency.causes == {"销售假药"}
    assert registry.version == 7
    assert registry.keys["market-2026"].office_code == agency.code
    assert registry.endpoints[office("county-police").code] == Endpoint(
        office("county-police").code, EndpointKind.PUSH, "https://police.example/dispatches"
    )


def test_power_list_that_is_not_given_is_not_known():
    assert parse_registry(written(entry())).offices_given()[0].causes is None
    assert parse_registry(written(entry(causes=[]))).offices_given()[0].causes == frozenset()


def test_vectors_are_a_registry_without_a_doubt():
    file = read_registry(VECTORS)

    assert len(file.offices) > 10
    assert "platform-2026" in {known.kid for known in file.known_keys()}
    assert [line for line in warnings(file, NOW) if "check character" in line] == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sectr": "tax"}, "offices.0.sectr: Extra inputs are not permitted"),
        ({"code": 113399219000000060}, "offices.0.code: .* in quotation marks"),
        ({"division": 339921}, "offices.0.division: .* in quotation marks"),
        ({"kind": "court"}, "offices.0.kind: "),
        ({"keys": [key(jwk=private_jwk("market-2026"))]}, "private key"),
        ({"keys": [key(jwk={"kty": "RSA", "kid": "x"})]}, "EC P-256 or OKP Ed25519"),
        ({"keys": [key(jwk=public_jwk("market-2026") | {"kid": None})]}, "has a kid"),
        ({"keys": [key(valid_until="2025-01-01T00:00:00Z")]}, "not after valid_from"),
        ({"keys": [key(valid_from="2026-01-01T00:00:00")]}, "timezone"),
        ({"keys": [key(), key()]}, "the kid market-2026 is there twice"),
        ({"endpoint": {"kind": "push"}}, "push has a url"),
        ({"endpoint": {"kind": "mailbox", "url": "https://a.example"}}, "mailbox has none"),
        ({"endpoint": {"kind": "push", "url": "ftp://a.example"}}, "http or https"),
        ({"endpoint": {"kind": "push", "url": "https://u:p@a.example"}}, "http or https"),
        ({"endpoint": {"kind": "push", "url": "file:///etc/passwd"}}, "http or https"),
        ({"endpoint": {"kind": "mailbox", "per_second": 0}}, "endpoint.per_second"),
    ],
)
def test_fault_says_where_it_is(changes, expected):
    with pytest.raises(RegistryFileError, match=expected):
        parse_registry(written(entry(**changes)))


def test_every_fault_is_told_at_once():
    assert len(fault_of(entry(kind="court"), entry(level="village")).splitlines()) == 2


def test_fault_never_repeats_a_private_key():
    secret = private_jwk("market-2026")["d"]

    assert secret not in fault_of(entry(keys=[key(jwk=private_jwk("market-2026"))]))


def test_office_given_twice_is_refused():
    assert "is there twice" in fault_of(entry(), entry(keys=[]))


@pytest.mark.parametrize(
    "text", ["", "[]", "offices", "offices: {", "!!python/object:os.system {}"]
)
def test_text_that_is_no_registry_is_refused(text):
    with pytest.raises(RegistryFileError):
        parse_registry(text)


def test_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(RegistryFileError, match=r"registry\.yaml cannot be read"):
        read_registry(tmp_path / "registry.yaml")

    (tmp_path / "registry.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(RegistryFileError, match="not UTF-8"):
        read_registry(tmp_path / "registry.yaml")


def test_complete_registry_has_nothing_to_warn_of():
    assert not told(entry(), addressee())


def test_wrong_check_character_warns_and_is_taken():
    assert "check character" in told(entry(code="113399219000000060"))


@pytest.mark.parametrize(
    "changes",
    [
        {"revoked_at": NOW.isoformat()},
        {"valid_until": NOW.isoformat()},
        {"valid_from": (NOW + timedelta(days=1)).isoformat()},
    ],
)
def test_office_without_a_key_in_force_warns(changes):
    assert "no key is in force" in told(entry(keys=[key(**changes)]))


def test_addressee_that_cannot_be_reached_warns():
    assert "undeliverable" in told(addressee(endpoint=None))


def test_endpoint_without_tls_warns():
    assert "without TLS" in told(addressee(endpoint={"kind": "push", "url": "http://10.0.0.7/in"}))


def test_two_offices_in_one_place_warn():
    second = addressee(code=office("city-police").code, keys=[])

    assert "the lowest code gets all" in told(addressee(), second)
