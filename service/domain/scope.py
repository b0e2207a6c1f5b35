"""Scope: whose figures an office may see."""

from typing import NamedTuple

from service.domain.access import Reader
from service.domain.jurisdiction import prefix_of
from service.domain.registry import Registry


class Scope(NamedTuple):
    """The agencies whose division begins with `division`; one agency alone if it is named."""

    division: str = ""
    agency_code: str | None = None


EVERYTHING = Scope()


def scope_of(reader: Reader, registry: Registry) -> Scope:
    """Give what an office may see: an agency itself, a supervising office its jurisdiction (SPP21 Art 7; SUP25 Art 6)."""
    if reader.is_agency:
        return Scope(agency_code=reader.office_code)
    return Scope(prefix_of(registry.offices[reader.office_code]))
