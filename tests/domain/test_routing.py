"""Routing: the police of the same level are the addressee, the procuratorate gets the copy."""

from typing import Any

import pytest

from contracts.document import parse
from contracts.office import Level, OfficeKind, Role
from contracts.packet import TransferPacket
from service.domain.registry import Endpoint, EndpointKind, Office, Registry
from service.domain.routing import division_at, route, stand_ins
from tests.support.offices import MEMBERS, office
from tests.support.packets import packet, payload_of


def registry(*left_out: str) -> Registry:
    return Registry.of(
        1,
        [
            Office(one.code, one.name, one.kind, one.division, one.level, one.sector)
            for one in MEMBERS
            if one.slug not in left_out
        ],
        [],
    )


def routed(
    agency: str, *left_out: str, **changes: Any
) -> dict[Role, tuple[OfficeKind, str | None]]:
    offices = registry(*left_out)
    read = parse(TransferPacket, payload_of(packet(agency=agency, **changes)))
    return {
        one.role: (one.kind, one.office.code if one.office else None)
        for one in route(read, offices.offices[office(agency).code], offices)
    }


def test_transfer_goes_to_the_same_level_and_the_copy_to_the_procuratorate() -> None:
    assert routed("market") == {
        Role.PRINCIPAL: (OfficeKind.PUBLIC_SECURITY, office("county-police").code),
        Role.COPY: (OfficeKind.PROCURATORATE, office("county-procuratorate").code),
    }


def test_city_agency_transfers_to_the_city_though_the_act_was_in_a_county() -> None:
    case = packet(agency="ecology")["case"] | {"division": office("market").division}
    assert routed("ecology", case=case)[Role.PRINCIPAL][1] == office("city-police").code


def test_customs_transfer_to_the_anti_smuggling_police() -> None:
    assert routed("customs")[Role.PRINCIPAL] == (
        OfficeKind.ANTI_SMUGGLING,
        office("customs-police").code,
    )


def test_smuggling_found_by_a_county_agency_goes_up_to_the_level_that_has_such_police() -> None:
    assert routed("market", principal="anti_smuggling")[Role.PRINCIPAL][1] == (
        office("customs-police").code
    )


def test_duty_crime_goes_to_the_supervision_commission() -> None:
    assert routed("tax", principal="supervision_commission")[Role.PRINCIPAL] == (
        OfficeKind.SUPERVISION_COMMISSION,
        office("commission").code,
    )


@pytest.mark.parametrize("left_out", ["county-police", "county-procuratorate"])
def test_missing_office_is_for_operators_and_never_dropped(left_out: str) -> None:
    addressees = routed("market", left_out)
    assert set(addressees) == set(Role)
    assert (office(left_out).kind, None) in addressees.values()


def test_special_police_that_nobody_has_are_for_operators() -> None:
    assert routed("customs", "customs-police")[Role.PRINCIPAL] == (OfficeKind.ANTI_SMUGGLING, None)


@pytest.mark.parametrize(
    ("level", "division"),
    [
        (Level.COUNTY, "330106"),
        (Level.CITY, "330100"),
        (Level.PROVINCE, "330000"),
        (Level.CENTRAL, "000000"),
    ],
)
def test_division_is_cut_to_the_level(level: Level, division: str) -> None:
    assert division_at("330106", level) == division


def test_of_several_offices_the_lowest_code_is_the_one() -> None:
    twins = [
        Office(code, "x", OfficeKind.PUBLIC_SECURITY, "330106", Level.COUNTY)
        for code in ("B" * 18, "A" * 18)
    ]
    found = Registry.of(1, twins, []).find_office(
        OfficeKind.PUBLIC_SECURITY, "330106", Level.COUNTY
    )
    assert found is not None
    assert found.code == "A" * 18


def _police(*places: tuple[str, str], without: str = "") -> Registry:
    offices = [
        Office(code * 18, code, OfficeKind.PUBLIC_SECURITY, division, Level.COUNTY)
        for code, division in places
    ]
    offices.append(Office("P" * 18, "P", OfficeKind.PROCURATORATE, "330106", Level.COUNTY))
    ends = [Endpoint(one.code, EndpointKind.MAILBOX) for one in offices if one.name != without]
    return Registry.of(1, offices, [], ends)


def _stand_ins(registry: Registry, own: str | None, parties: set[str]) -> str:
    office = registry.offices[own * 18] if own else None
    found = stand_ins(OfficeKind.PUBLIC_SECURITY, office, {one * 18 for one in parties}, registry)
    return "".join(one.name for one in found)


def test_offices_that_could_have_it_stand_the_nearest_first() -> None:
    places = (("A", "440100"), ("B", "330200"), ("C", "330108"), ("D", "330106"), ("E", "330106"))
    registry = _police(*places)
    assert _stand_ins(registry, "D", {"D"}) == "ECBA"
    assert _stand_ins(registry, None, set()) == "ABCDE"


def test_office_that_has_part_in_it_or_cannot_be_reached_could_not() -> None:
    registry = _police(("A", "330106"), ("B", "330106"), ("C", "330106"), without="C")
    assert _stand_ins(registry, "A", {"A"}) == "B"
    assert _stand_ins(registry, "A", {"A", "B"}) == ""
