"""The registry of offices, their keys and endpoints, as one snapshot that a batch is judged by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from contracts.jws import VerificationKey
from contracts.office import Level, OfficeKind, Sector


@dataclass(frozen=True, slots=True)
class Office:
    """An organisation on the platform; `causes` None means that its power list is not known."""

    code: str
    name: str
    kind: OfficeKind
    division: str
    level: Level
    sector: Sector | None = None
    causes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class OfficeKey:
    """A public key of an office; several may be valid at once, so that keys can be changed without a gap."""

    kid: str
    office_code: str
    key: VerificationKey
    valid_from: datetime
    valid_until: datetime | None = None
    revoked_at: datetime | None = None


class EndpointKind(StrEnum):
    """How an office is reached."""

    PUSH = "push"  # we call it
    MAILBOX = "mailbox"  # it calls us


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an office takes its dispatches."""

    office_code: str
    kind: EndpointKind
    url: str | None = None
    max_in_flight: int = 4
    per_second: float = 50.0


@dataclass(frozen=True)
class Registry:
    """Offices, keys and endpoints as they stood at one version; immutable, so a batch sees one state."""

    version: int
    offices: Mapping[str, Office]
    keys: Mapping[str, OfficeKey]
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        version: int,
        offices: Iterable[Office],
        keys: Iterable[OfficeKey],
        endpoints: Iterable[Endpoint] = (),
    ) -> "Registry":
        """Build a snapshot from its rows."""
        return cls(
            version,
            {office.code: office for office in offices},
            {key.kid: key for key in keys},
            {endpoint.office_code: endpoint for endpoint in endpoints},
        )

    def find_office(self, kind: OfficeKind, division: str, level: Level) -> Office | None:
        """Find the one office of a kind for a division at a level; of several, the lowest code."""
        return self._by_place.get((kind, division, level))

    @cached_property
    def _by_place(self) -> Mapping[tuple[OfficeKind, str, Level], Office]:
        ordered = sorted(self.offices.values(), key=lambda office: office.code, reverse=True)
        return {(office.kind, office.division, office.level): office for office in ordered}
