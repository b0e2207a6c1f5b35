"""The organisations on the platform: who sends, who receives, for which place and at which level."""

from enum import StrEnum


class OfficeKind(StrEnum):
    """What an office is, and whether a transfer may be addressed to it (D310 Art 3, 14, 19)."""

    AGENCY = "agency"  # 行政执法机关
    PROCURATORATE = "procuratorate"  # 检察院
    PUBLIC_SECURITY = "public_security"  # 公安机关
    ANTI_SMUGGLING = "anti_smuggling"  # 海关缉私部门
    SUPERVISION_COMMISSION = "supervision_commission"  # 监察机关
    JUDICIAL_ADMINISTRATION = (
        "judicial_administration"  # 司法行政部门: supervises, gets no transfer (SUP25 Art 6)
    )


ADDRESSEES = frozenset(OfficeKind) - {OfficeKind.AGENCY, OfficeKind.JUDICIAL_ADMINISTRATION}
"""Whom a transfer may be addressed to."""
SUPERVISORS = frozenset({OfficeKind.PROCURATORATE, OfficeKind.JUDICIAL_ADMINISTRATION})
"""Who may see leads and act on them (SPP21 Art 7; SUP25 Art 12)."""


class Level(StrEnum):
    """Rank of an office; a transfer goes to the same level (D310 Art 5)."""

    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"
    CENTRAL = "central"


class Sector(StrEnum):
    """Field of an agency's work; some clocks and rules differ by it."""

    MARKET_SUPERVISION = "market_supervision"
    DRUG = "drug"
    AGRICULTURE = "agriculture"
    TOBACCO = "tobacco"
    TAX = "tax"
    CUSTOMS = "customs"
    ECOLOGY = "ecology"
    FORESTRY = "forestry"
    NATURAL_RESOURCES = "natural_resources"
    EMERGENCY = "emergency"
    HUMAN_RESOURCES = "human_resources"
    HEALTH = "health"
    CULTURE = "culture"
    FINANCE = "finance"
    SECURITIES = "securities"
    CYBERSPACE = "cyberspace"
    HOUSING = "housing"
    TRANSPORT = "transport"
    WATER = "water"
    OTHER = "other"


class Role(StrEnum):
    """Why an addressee gets a dispatch: as the statutory addressee, or as the supervisor's copy."""

    PRINCIPAL = "principal"  # 移送 (D310 Art 5)
    COPY = "copy"  # 抄送 (ENV17 Art 6; 中办发〔2011〕8号)
