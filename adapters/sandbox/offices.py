"""Offices of the sandbox: made-up places, and keys that are made when it starts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from adapters.keys import Algorithm, generate_key, public_jwk
from contracts import identifiers, jws
from contracts.jws import SigningKey
from contracts.office import ADDRESSEES, Level, OfficeKind, Sector
from service.domain.registry import Endpoint, EndpointKind, Office, OfficeKey

DIVISION = "339921"
"""A county that does not exist, in a city that does not exist."""

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class SandboxOffice:
    """An office with its private key: what only a sandbox may hold."""

    office: Office
    key: SigningKey
    endpoint: EndpointKind = EndpointKind.MAILBOX

    @property
    def code(self) -> str:
        return self.office.code

    @property
    def registered_key(self) -> OfficeKey:
        public = jws.import_key(public_jwk(self.key))
        return OfficeKey(jws.key_id(self.key), self.code, public, _LONG_AGO)

    @property
    def is_called(self) -> bool:
        """Whether the platform calls this office, as it does every addressee that has no mailbox."""
        return self.endpoint is EndpointKind.PUSH

    def reached_at(self, url: str | None, *, per_second: float = 1000.0) -> Endpoint:
        return Endpoint(self.code, self.endpoint, url if self.is_called else None, 8, per_second)

    def with_mailbox(self) -> "SandboxOffice":
        return replace(self, endpoint=EndpointKind.MAILBOX)


def demo_offices() -> list[SandboxOffice]:
    """Two agencies that transfer, and the procuratorate and the police office of their county."""
    return [
        _office(0, "示例县市场监督管理局", OfficeKind.AGENCY, Sector.MARKET_SUPERVISION, "ES256"),
        _office(1, "示例县生态环境局", OfficeKind.AGENCY, Sector.ECOLOGY, "Ed25519"),
        _office(2, "示例县人民检察院", OfficeKind.PROCURATORATE, None, "ES256"),
        _office(3, "示例县公安局", OfficeKind.PUBLIC_SECURITY, None, "Ed25519"),
    ]


def judicial_office() -> SandboxOffice:
    """The judicial-administration office of their county, which supervises and gets no transfer."""
    name, kind = "示例县司法局", OfficeKind.JUDICIAL_ADMINISTRATION
    return _office(4, name, kind, None, "ES256").with_mailbox()


def agencies_of(offices: Sequence[SandboxOffice]) -> list[SandboxOffice]:
    return [one for one in offices if one.office.kind is OfficeKind.AGENCY]


def addressees_of(offices: Sequence[SandboxOffice]) -> list[SandboxOffice]:
    return [one for one in offices if one.office.kind in ADDRESSEES]


def _office(
    number: int, name: str, kind: OfficeKind, sector: Sector | None, algorithm: Algorithm
) -> SandboxOffice:
    office = Office(made_up_code(number), name, kind, DIVISION, Level.COUNTY, sector)
    endpoint = EndpointKind.MAILBOX if kind is OfficeKind.AGENCY else EndpointKind.PUSH
    return SandboxOffice(office, generate_key(algorithm), endpoint)


def made_up_code(number: int, division: str = DIVISION) -> str:
    """Make a credit code that passes every check and that no register has."""
    serial = f"{95000000 + number}"
    organisation = next(
        serial + check
        for check in "0123456789X"
        if identifiers.is_organisation_code(serial + check)
    )
    first_17 = f"11{division}{organisation}"
    return first_17 + identifiers.credit_code_check(first_17)
