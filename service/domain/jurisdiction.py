"""Jurisdiction of a supervising office: the cases of its division and of all divisions inside it (SPP21 Art 7, 10; SUP25 Art 6)."""

from collections.abc import Iterator

from contracts.office import SUPERVISORS, Level, OfficeKind
from service.domain.registry import Office, Registry
from service.domain.routing import DIGITS, division_at

_RISING = (Level.COUNTY, Level.CITY, Level.PROVINCE, Level.CENTRAL)


def prefix_of(office: Office) -> str:
    """Give the digits that a division inside its jurisdiction begins with: none for a central office."""
    return office.division[: DIGITS[office.level]]


def covers(office: Office, division: str) -> bool:
    """Tell whether a supervising office may see and supervise a case of a division."""
    return office.kind in SUPERVISORS and division.startswith(prefix_of(office))


def acts_in(agency: Office, division: str) -> bool:
    """Tell whether a division lies where an agency acts: its own, and for a higher one every one inside it."""
    if division == agency.division or agency.level is Level.CENTRAL:
        return True
    return division_at(division, agency.level) == division_at(agency.division, agency.level)


def place_of(stated: str | None, agency: Office | None) -> str:
    """Give the place of a case: what is stated of it, as long as its agency acts there.

    By the division it is decided who supervises: an agency must not choose that.
    """
    if agency is None:
        return stated or _NOWHERE
    return stated if stated is not None and acts_in(agency, stated) else agency.division


_NOWHERE = "000000"


def superior_of(office: Office, registry: Registry) -> Office | None:
    """Find the office of the same kind above it: one level up, or the nearest level that has one registered."""
    return next((found for found in _above(office, registry) if found), None)


def judicial_administration_of(office: Office, registry: Registry) -> Office | None:
    """Find the judicial administration of an office's own level and place, to be told of silence (SPP21 Art 11)."""
    kind = OfficeKind.JUDICIAL_ADMINISTRATION
    return registry.find_office(kind, office.division, office.level)


def _above(office: Office, registry: Registry) -> Iterator[Office | None]:
    for level in _RISING[_RISING.index(office.level) + 1 :]:
        yield registry.find_office(office.kind, division_at(office.division, level), level)
