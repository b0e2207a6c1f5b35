"""Which offices a transfer goes to: the statutory addressee, and the procuratorate that supervises it."""

from collections.abc import Collection
from dataclasses import dataclass

from contracts.office import Level, OfficeKind, Role, Sector
from contracts.packet import TransferPacket
from service.domain.registry import Office, Registry

DIGITS = {Level.CENTRAL: 0, Level.PROVINCE: 2, Level.CITY: 4, Level.COUNTY: 6}
"""How many digits of a GB/T 2260 code a level fills; the others are zeros."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One addressee; `office` None means that the registry has none, and an operator must find it."""

    kind: OfficeKind
    role: Role
    office: Office | None


def route(packet: TransferPacket, agency: Office, registry: Registry) -> tuple[Destination, ...]:
    """Name the principal addressee and the copy for a packet (D310 Art 3, 5, 14, 19; ENV17 Art 6).

    The transfer goes to the agency's own level, in the division of the case. It is never dropped
    for want of an office: a destination without one is for our operators.
    """
    principal = principal_kind(packet)
    division = division_at(packet.case.division, agency.level)
    return (
        _destination(principal, Role.PRINCIPAL, division, agency.level, registry),
        _destination(OfficeKind.PROCURATORATE, Role.COPY, division, agency.level, registry),
    )


def principal_kind(packet: TransferPacket) -> OfficeKind:
    """Say what kind of office must take the case: what the packet asks for, else the rule of its sector."""
    if packet.principal is not None:
        return packet.principal
    # Customs transfers inside its own house (海关法 Art 4).
    if packet.case.sector is Sector.CUSTOMS:
        return OfficeKind.ANTI_SMUGGLING
    return OfficeKind.PUBLIC_SECURITY


def division_at(division: str, level: Level) -> str:
    """Cut a GB/T 2260 code to a level: 330106 is 330100 at city level, 330000 at province level."""
    return division[: DIGITS[level]].ljust(6, "0")


def _destination(
    kind: OfficeKind, role: Role, division: str, level: Level, registry: Registry
) -> Destination:
    office = registry.find_office(kind, division, level) or _next_above(kind, division, registry)
    return Destination(kind, role, office)


def _next_above(kind: OfficeKind, division: str, registry: Registry) -> Office | None:
    """Special police have no office in every county: take the nearest level above that has one."""
    if kind in (OfficeKind.PUBLIC_SECURITY, OfficeKind.PROCURATORATE):
        return None
    for above in (Level.CITY, Level.PROVINCE, Level.CENTRAL):
        office = registry.find_office(kind, division_at(division, above), above)
        if office is not None:
            return office
    return None


def stand_ins(
    kind: OfficeKind, instead_of: Office | None, parties: Collection[str], registry: Registry
) -> list[Office]:
    """Give the offices that could have a dispatch instead of its own, the nearest first.

    They are of the same kind, can be reached, and have no part in the transfer yet.
    """
    fitting = [
        office
        for office in registry.offices.values()
        if office.kind is kind and office.code not in parties and office.code in registry.endpoints
    ]
    here = instead_of.division if instead_of else ""
    return sorted(fitting, key=lambda one: (-_in_common(one.division, here), one.code))


def _in_common(division: str, other: str) -> int:
    """How many levels of the country two divisions share: province, city, county."""
    shared = [division[:digits] == other[:digits] for digits in (2, 4, 6)]
    return shared.index(False) if False in shared else len(shared)
