"""Places that no list has, and the offices that a made-up register is of."""

from collections.abc import Iterator

from adapters.keys import generate_key
from adapters.sandbox.offices import SandboxOffice, made_up_code
from contracts.office import Level, OfficeKind, Sector
from service.domain.registry import EndpointKind, Office

CITIES = {"339900": "示例市", "339800": "样本市"}
COUNTIES = {
    "339921": "示例县",
    "339922": "样例县",
    "339923": "范例县",
    "339821": "假定县",
    "339822": "虚设县",
    "339823": "拟设县",
}
AGENCIES = {
    Sector.MARKET_SUPERVISION: "市场监督管理局",
    Sector.ECOLOGY: "生态环境局",
    Sector.FORESTRY: "林业局",
    Sector.AGRICULTURE: "农业农村局",
    Sector.NATURAL_RESOURCES: "自然资源局",
    Sector.TAX: "税务局",
    Sector.HUMAN_RESOURCES: "人力资源和社会保障局",
    Sector.TOBACCO: "烟草专卖局",
    Sector.DRUG: "药品监督管理局",
    Sector.EMERGENCY: "应急管理局",
    Sector.CULTURE: "文化市场综合执法队",
    Sector.TRANSPORT: "交通运输局",
    Sector.OTHER: "综合行政执法局",
}
_SUPERVISORS = {
    OfficeKind.PROCURATORATE: "人民检察院",
    OfficeKind.JUDICIAL_ADMINISTRATION: "司法局",
}
_FIRST_SERIAL = 1_000


def register_offices() -> list[SandboxOffice]:
    """The agencies of every county, their police, and who supervises them in county and city, with new keys."""
    return [
        SandboxOffice(_office(number, said), generate_key("ES256"), EndpointKind.MAILBOX)
        for number, said in enumerate(_all())
    ]


_Said = tuple[str, OfficeKind, str, Level, Sector | None]


def _all() -> Iterator[_Said]:
    for division, county in COUNTIES.items():
        for sector, name in AGENCIES.items():
            yield f"{county}{name}", OfficeKind.AGENCY, division, Level.COUNTY, sector
        police = f"{county}公安局"
        yield police, OfficeKind.PUBLIC_SECURITY, division, Level.COUNTY, None
        yield from _supervisors(division, county, Level.COUNTY)
    for division, city in CITIES.items():
        yield from _supervisors(division, city, Level.CITY)


def _supervisors(division: str, place: str, level: Level) -> Iterator[_Said]:
    for kind, name in _SUPERVISORS.items():
        yield f"{place}{name}", kind, division, level, None


def _office(number: int, said: _Said) -> Office:
    name, kind, division, level, sector = said
    code = made_up_code(_FIRST_SERIAL + number, division)
    return Office(code, name, kind, division, level, sector)
