"""Who is on the platform of these figures: a big city that has nearly all of the cases, two small counties of its own, a province above.

The offices are the tests' own (`tests.support.offices`), with some agencies more, and a procuratorate of the province.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from contracts import jws
from contracts.jws import SigningKey
from contracts.office import Level, OfficeKind, Sector
from service.domain.registry import Office, OfficeKey
from tests.support.offices import (
    CITY,
    COUNTY,
    OTHER_COUNTY,
    Member,
    credit_code,
    key,
    key_of,
    office,
)

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_FIRST_SERIAL = 91_000_000
_OURS = "bench-"


@dataclass(frozen=True, eq=False)
class Sender:
    """An agency that transfers, and the police and the procuratorate of its place."""

    office: Office
    key: SigningKey
    police: str
    procuratorate: str

    @property
    def is_of_the_city(self) -> bool:
        return self.office.level is Level.CITY


@cache
def senders() -> tuple[Sender, ...]:
    """Give the agencies, those of the city first."""
    city = "city-police", "city-procuratorate"
    county = "county-police", "county-procuratorate"
    other = "other-police", "other-procuratorate"
    ecology, market = office("ecology"), office("market")
    return (
        _more(0, "示例市市场监督管理局", CITY, Sector.MARKET_SUPERVISION, city),
        _more(1, "示例市药品监督管理局", CITY, Sector.DRUG, city),
        Sender(_office_of(ecology), key_of(ecology.slug), *city),
        Sender(_office_of(market), key_of(market.slug), *county),
        _more(2, "示例县生态环境局", COUNTY, Sector.ECOLOGY, county),
        _more(3, "示范县市场监督管理局", OTHER_COUNTY, Sector.MARKET_SUPERVISION, other),
    )


@cache
def province() -> Office:
    """Give the procuratorate that supervises the whole register."""
    code = credit_code("330000", _FIRST_SERIAL + 9)
    return Office(code, "示例省人民检察院", OfficeKind.PROCURATORATE, "330000", Level.PROVINCE)


def more_offices() -> list[Office]:
    """Give the offices that the tests' own registry lacks."""
    return [*(one.office for one in senders()), province()]


def more_keys() -> list[OfficeKey]:
    return [
        OfficeKey(jws.key_id(one.key), one.office.code, one.key, _LONG_AGO)
        for one in senders()
        if jws.key_id(one.key).startswith(_OURS)
    ]


def _more(
    number: int, name: str, division: str, sector: Sector, addressees: tuple[str, str]
) -> Sender:
    code = credit_code(division, _FIRST_SERIAL + number)
    level = Level.CITY if division == CITY else Level.COUNTY
    made = Office(code, name, OfficeKind.AGENCY, division, level, sector)
    return Sender(made, key(f"{_OURS}{number}-2026", "Ed25519"), *addressees)


def _office_of(member: Member) -> Office:
    return Office(
        member.code, member.name, member.kind, member.division, member.level, member.sector
    )
