"""Which cases a supervising office may see, and who is above it."""

import pytest

from contracts.office import Level, OfficeKind
from service.domain.jurisdiction import (
    acts_in,
    covers,
    judicial_administration_of,
    prefix_of,
    superior_of,
)
from service.domain.registry import Office, Registry

PROCURATORATE, JUSTICE = OfficeKind.PROCURATORATE, OfficeKind.JUDICIAL_ADMINISTRATION


def office(
    level: Level, division: str = "330106", kind: OfficeKind = PROCURATORATE, code: str = ""
) -> Office:
    return Office(code or f"{kind.value}-{division}", "院", kind, division, level)


@pytest.mark.parametrize(
    ("level", "division", "prefix"),
    [
        (Level.COUNTY, "330106", "330106"),
        (Level.CITY, "330100", "3301"),
        (Level.PROVINCE, "330000", "33"),
        (Level.CENTRAL, "000000", ""),
    ],
)
def test_prefix_is_what_the_level_fills(level: Level, division: str, prefix: str) -> None:
    assert prefix_of(office(level, division)) == prefix


@pytest.mark.parametrize(
    ("level", "division", "seen"),
    [
        (Level.COUNTY, "330106", {"330106"}),
        (Level.CITY, "330100", {"330106", "330102", "330100"}),
        (Level.PROVINCE, "330000", {"330106", "330102", "330100", "330200"}),
        (Level.CENTRAL, "000000", {"330106", "330102", "330100", "330200", "110101"}),
    ],
)
def test_office_covers_its_division_and_those_inside(
    level: Level, division: str, seen: set[str]
) -> None:
    all_of_them = {"330106", "330102", "330100", "330200", "110101"}
    assert {one for one in all_of_them if covers(office(level, division), one)} == seen


@pytest.mark.parametrize("kind", sorted(set(OfficeKind) - {PROCURATORATE, JUSTICE}))
def test_who_does_not_supervise_covers_nothing(kind: OfficeKind) -> None:
    assert not covers(office(Level.CENTRAL, "000000", kind), "330106")


def test_superior_is_the_nearest_above_of_the_same_kind() -> None:
    county, city = office(Level.COUNTY), office(Level.CITY, "330100")
    province = office(Level.PROVINCE, "330000")
    other = office(Level.CITY, "330100", JUSTICE)
    registry = Registry.of(1, [county, city, province, other], [])
    assert superior_of(county, registry) == city
    assert superior_of(city, registry) == province
    assert superior_of(province, registry) is None
    without_city = Registry.of(1, [county, province, other], [])
    assert superior_of(county, without_city) == province


def test_nobody_is_above_the_centre() -> None:
    centre = office(Level.CENTRAL, "000000")
    assert superior_of(centre, Registry.of(1, [centre], [])) is None


def test_judicial_administration_is_that_of_the_same_place_and_level() -> None:
    county, justice = office(Level.COUNTY), office(Level.COUNTY, "330106", JUSTICE)
    elsewhere = office(Level.COUNTY, "330102", JUSTICE)
    assert judicial_administration_of(county, Registry.of(1, [justice, elsewhere], [])) == justice
    assert judicial_administration_of(county, Registry.of(1, [elsewhere], [])) is None


def test_centre_is_above_a_province() -> None:
    province, centre = office(Level.PROVINCE, "330000"), office(Level.CENTRAL, "000000")
    assert superior_of(province, Registry.of(1, [province, centre], [])) == centre


@pytest.mark.parametrize(
    ("level", "division", "acts"),
    [
        (Level.COUNTY, "339921", True),
        (Level.COUNTY, "339922", False),
        (Level.CITY, "339922", True),
        (Level.PROVINCE, "330106", True),
        (Level.PROVINCE, "110101", False),
        (Level.CENTRAL, "110101", True),
    ],
)
def test_agency_acts_in_its_division_and_in_those_inside(
    level: Level, division: str, *, acts: bool
) -> None:
    assert acts_in(office(level, "339921"), division) is acts
