"""Offices that belong to nobody: made-up names, a made-up division of province 33, keys from fixed seeds."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.util import urlsafe_b64encode

from contracts import identifiers, jws
from contracts.office import Level, OfficeKind, Sector

CITY, COUNTY, OTHER_COUNTY = "339900", "339921", "339922"
PLATFORM_CODE = "platform"
# Keys that the market office no longer, or not yet, has.
EXPIRED_KID = "market-2024"
FUTURE_KID = "market-2099"
REVOKED_KID = "market-2025-stolen"

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Member:
    """An office on the test platform; `slug` names it in tests, in key files and in key ids."""

    slug: str
    name: str
    kind: OfficeKind
    division: str
    level: Level
    sector: Sector | None = None
    causes: tuple[str, ...] | None = None
    algorithm: str = "ES256"
    endpoint: str = "push"

    @property
    def code(self) -> str:
        """A unified social credit code that passes GB 32100 and that no register has."""
        serial = 90000000 + [member.slug for member in MEMBERS].index(self.slug)
        return credit_code(self.division, serial)

    @property
    def kid(self) -> str:
        return f"{self.slug}-2026"


def credit_code(division: str, serial: int, kind: str = "11") -> str:
    """Build a credit code around an organisation code whose own check digit is right too."""
    body = f"{serial:08d}"
    organisation = next(
        body + check for check in "0123456789X" if identifiers.is_organisation_code(body + check)
    )
    first_17 = f"{kind}{division}{organisation}"
    return first_17 + identifiers.credit_code_check(first_17)


def _agency(
    slug: str, name: str, division: str, sector: Sector, *causes: str, algorithm: str = "ES256"
) -> Member:
    level = Level.CITY if division == CITY else Level.COUNTY
    return Member(
        slug, name, OfficeKind.AGENCY, division, level, sector, causes or None, algorithm, "mailbox"
    )


def _addressee(
    slug: str, name: str, kind: OfficeKind, division: str, *, algorithm: str, endpoint: str = "push"
) -> Member:
    level = Level.CITY if division == CITY else Level.COUNTY
    return Member(slug, name, kind, division, level, algorithm=algorithm, endpoint=endpoint)


MEMBERS = (
    _agency(
        "market",
        "示例县市场监督管理局",
        COUNTY,
        Sector.MARKET_SUPERVISION,
        "生产、销售伪劣产品",
        "销售假药",
        "生产、销售有毒、有害食品",
        "假冒注册商标",
        "销售侵犯注册商标专用权的商品",
    ),
    _agency("tobacco", "示例县烟草专卖局", COUNTY, Sector.TOBACCO, algorithm="Ed25519"),
    _agency(
        "labour",
        "示例县人力资源和社会保障局",
        COUNTY,
        Sector.HUMAN_RESOURCES,
        "拒不支付劳动报酬",
    ),
    _agency("ecology", "示例市生态环境局", CITY, Sector.ECOLOGY, algorithm="Ed25519"),
    _agency("tax", "示例市税务局稽查局", CITY, Sector.TAX, "偷税", "虚开发票"),
    _agency("customs", "示例海关", CITY, Sector.CUSTOMS),
    _agency("fishery", "示范县农业农村局", OTHER_COUNTY, Sector.AGRICULTURE, "非法捕捞水产品"),
    _agency(
        "forestry",
        "示范县林业局",
        OTHER_COUNTY,
        Sector.FORESTRY,
        "盗伐林木",
        "滥伐林木",
        algorithm="Ed25519",
    ),
    _addressee(
        "county-procuratorate",
        "示例县人民检察院",
        OfficeKind.PROCURATORATE,
        COUNTY,
        algorithm="ES256",
    ),
    _addressee(
        "county-police", "示例县公安局", OfficeKind.PUBLIC_SECURITY, COUNTY, algorithm="Ed25519"
    ),
    _addressee(
        "other-procuratorate",
        "示范县人民检察院",
        OfficeKind.PROCURATORATE,
        OTHER_COUNTY,
        algorithm="Ed25519",
        endpoint="mailbox",
    ),
    _addressee(
        "other-police", "示范县公安局", OfficeKind.PUBLIC_SECURITY, OTHER_COUNTY, algorithm="ES256"
    ),
    _addressee(
        "city-procuratorate",
        "示例市人民检察院",
        OfficeKind.PROCURATORATE,
        CITY,
        algorithm="ES256",
    ),
    _addressee("city-police", "示例市公安局", OfficeKind.PUBLIC_SECURITY, CITY, algorithm="ES256"),
    _addressee(
        "customs-police", "示例海关缉私局", OfficeKind.ANTI_SMUGGLING, CITY, algorithm="Ed25519"
    ),
    _addressee(
        "commission",
        "示例市监察委员会",
        OfficeKind.SUPERVISION_COMMISSION,
        CITY,
        algorithm="ES256",
        endpoint="mailbox",
    ),
    _addressee(
        "county-justice",
        "示例县司法局",
        OfficeKind.JUDICIAL_ADMINISTRATION,
        COUNTY,
        algorithm="Ed25519",
        endpoint="none",
    ),
    _addressee(
        "city-justice",
        "示例市司法局",
        OfficeKind.JUDICIAL_ADMINISTRATION,
        CITY,
        algorithm="ES256",
        endpoint="none",
    ),
)

_BY_SLUG = {member.slug: member for member in MEMBERS}


def office(slug: str) -> Member:
    return _BY_SLUG[slug]


@cache
def key_of(slug: str) -> jws.SigningKey:
    """Give the current key of a member, or of the platform."""
    if slug == PLATFORM_CODE:
        return key("platform-2026", "ES256")
    member = office(slug)
    return key(member.kid, member.algorithm)


@cache
def key(kid: str, algorithm: str = "ES256") -> jws.SigningKey:
    """Make the private key that belongs to a key id: always the same one, and secret to nobody."""
    return jws.import_key(private_jwk(kid, algorithm))


def private_jwk(kid: str, algorithm: str = "ES256") -> dict[str, Any]:
    seed = sha256(f"linkage test key {kid}".encode()).digest()
    jwk = _ed25519_jwk(seed) if algorithm == "Ed25519" else _p256_jwk(seed)
    return {**jwk, "kid": kid, "use": "sig", "alg": algorithm}


def public_jwk(kid: str, algorithm: str = "ES256") -> dict[str, Any]:
    return {name: value for name, value in private_jwk(kid, algorithm).items() if name != "d"}


def _ed25519_jwk(seed: bytes) -> dict[str, Any]:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return {"kty": "OKP", "crv": "Ed25519", "x": _b64(public), "d": _b64(seed)}


def _p256_jwk(seed: bytes) -> dict[str, Any]:
    scalar = int.from_bytes(seed) % (_P256_ORDER - 1) + 1
    point = derive_private_key(scalar, SECP256R1()).public_key().public_numbers()
    x, y, d = (number.to_bytes(32) for number in (point.x, point.y, scalar))
    return {"kty": "EC", "crv": "P-256", "x": _b64(x), "y": _b64(y), "d": _b64(d)}


def _b64(content: bytes) -> str:
    return urlsafe_b64encode(content).decode()
