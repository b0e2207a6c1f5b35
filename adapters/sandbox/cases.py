"""Made-up cases on both sides of the thresholds, the same ones for the same seed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from adapters.sandbox.magic import Script
from contracts import identifiers
from contracts.jws import digest_of
from contracts.office import Sector
from contracts.packet import MaterialKind
from service.domain.registry import Office
from service.domain.working_days import SHANGHAI

_TITLES = {
    MaterialKind.TRANSFER_LETTER: "涉嫌犯罪案件移送书",
    MaterialKind.INVESTIGATION_REPORT: "涉嫌犯罪案件情况的调查报告",
    MaterialKind.ITEM_LIST: "涉案物品清单",
    MaterialKind.INSPECTION_REPORT: "检验报告",
    MaterialKind.OTHER: "现场检查笔录",
}
_SHOPS = ("五金店", "建材店", "电器行", "食品店", "服装厂", "日化店")
_PLANTS = ("电镀厂", "化工厂", "印染厂", "酸洗作坊", "废油加工点")
_COURSES = (
    *([""] * 12),
    Script.NOT_FILED,
    Script.SUPPLEMENT,
    Script.ACCEPTED,
    Script.SILENT,
    Script.LATER,
    Script.REFUSED,
)


@dataclass(frozen=True)
class SandboxCase:
    """A packet to sign, and the files that it names."""

    packet: dict[str, Any]
    files: tuple[bytes, ...]


@dataclass(frozen=True)
class _Kind:
    """What a kind of case looks like; `facts` draws its numbers around the limit."""

    offence: str
    name: str
    cause: str
    party: str
    what: str
    places: tuple[str, ...]
    facts: Callable[[Random], dict[str, Any]]


def _around(limit: float) -> Callable[[Random], float]:
    """Amounts from a fifth to five times the limit, most of them over it: agencies seldom hand over trifles."""
    return lambda random: round(limit * random.choice((0.2, 0.85, 1, 1.3, 2, 3.5, 5)), 2)


def _substandard(random: Random) -> dict[str, Any]:
    sold = _around(50_000)(random)
    return {
        "substandard_product": True,
        "tobacco_product": False,
        "sales_amount": sold,
        "unsold_goods_value": round(sold / 10, 2),
    }


def _counterfeit(random: Random) -> dict[str, Any]:
    return {
        "identical_mark_identical_goods": True,
        "illegal_business_amount": _around(50_000)(random),
        "illegal_gains": _around(5_000)(random),
        "ip_rights_count": 1,
        "prior_administrative_penalties": [],
        "prior_criminal_punishments": [],
    }


def _toxic(_: Random) -> dict[str, Any]:
    return {"toxic_nonfood_substance": True}


def _waste(random: Random) -> dict[str, Any]:
    return {"toxic_substance_discharged": True, "hazardous_waste": _around(3)(random)}


def _metal(random: Random) -> dict[str, Any]:
    return {
        "toxic_substance_discharged": True,
        "heavy_metal_group1_exceedance": _around(3)(random),
    }


_MARKET = (
    _Kind(
        "CL-140",
        "生产、销售伪劣产品罪",
        "生产、销售伪劣产品",
        "person",
        "销售不合格产品案",
        _SHOPS,
        _substandard,
    ),
    _Kind(
        "CL-213", "假冒注册商标罪", "假冒注册商标", "person", "假冒注册商标案", _SHOPS, _counterfeit
    ),
    _Kind(
        "CL-144",
        "生产、销售有毒、有害食品罪",
        "生产、销售有毒、有害食品",
        "person",
        "销售有毒、有害食品案",
        _SHOPS,
        _toxic,
    ),
)
_ECOLOGY = (
    _Kind("CL-338", "污染环境罪", "污染环境", "person", "非法处置危险废物案", _PLANTS, _waste),
    _Kind("CL-338", "污染环境罪", "污染环境", "person", "超标排放重金属案", _PLANTS, _metal),
)
_KINDS: Mapping[Sector | None, tuple[_Kind, ...]] = {
    Sector.MARKET_SUPERVISION: _MARKET,
    Sector.ECOLOGY: _ECOLOGY,
}


def make_case(random: Random, agency: Office, packet_id: str, at: datetime) -> SandboxCase:
    """Make up a complete case of an agency, transferred within its day (D310 Art 5)."""
    kind = random.choice(_KINDS.get(agency.sector, _MARKET))
    title = f"某某{random.choice(kind.places)}{kind.what}"
    files = {which: _file(which, title, packet_id) for which in MaterialKind}
    facts = {"party_type": kind.party} | kind.facts(random)
    packet = {
        "document": "transfer-packet",
        "version": "1",
        "packet_id": packet_id,
        "agency": {"code": agency.code, "name": agency.name},
        "document_number": f"示移〔{at:%Y}〕{_serial(packet_id)}号",
        "case": {
            "case_number": f"示案{packet_id}",
            "title": title + random.choice(_COURSES),
            "cause": kind.cause,
            "sector": (agency.sector or Sector.OTHER).value,
            "division": agency.division,
            "filed_on": _day(at - timedelta(days=random.randint(20, 60))),
        },
        "approvals": _approvals(at),
        "suspects": [_suspect(random)],
        "offences": [{"code": kind.offence, "name": kind.name}],
        "conduct": {
            "started_on": _day(at - timedelta(days=200)),
            "ended_on": _day(at - timedelta(days=30)),
        },
        "facts": facts,
        "evidence": _evidence(facts, files[MaterialKind.INSPECTION_REPORT]),
        "materials": [_material(which, content) for which, content in files.items()],
        "contact": {"name": "执法员甲", "phone": "0000-0000000"},
    }
    return SandboxCase(packet, tuple(files.values()))


def incomplete(case: SandboxCase) -> SandboxCase:
    """Leave out what the law asks for: still a transfer that nobody may refuse (PSB20 Art 180)."""
    kept = [
        one
        for one in case.packet["materials"]
        if one["kind"] != MaterialKind.INSPECTION_REPORT.value
    ]
    approvals = {"officers": case.packet["approvals"]["officers"][:1]}
    return SandboxCase(
        case.packet | {"materials": kept, "approvals": approvals, "evidence": {}}, case.files
    )


def invalid(case: SandboxCase) -> SandboxCase:
    """Make it one that is refused: an offence code of no statute, and no suspect."""
    return SandboxCase(case.packet | {"offences": [{"code": "theft"}], "suspects": []}, case.files)


def _approvals(at: datetime) -> dict[str, Any]:
    return {
        "officers": [
            {"name": "执法员甲", "certificate_number": "33992100001"},
            {"name": "执法员乙", "certificate_number": "33992100002"},
        ],
        "reported_at": (at - timedelta(days=1)).isoformat(timespec="seconds"),
        "approved_at": (at - timedelta(hours=3)).isoformat(timespec="seconds"),
        "approver": "局长丙",
    }


def _suspect(random: Random) -> dict[str, Any]:
    """Make up a person in a division that does not exist, with a check digit that is right."""
    first_17 = f"33992119{random.randint(60, 99)}0101{random.randint(0, 999):03d}"
    number = next(
        first_17 + check for check in "0123456789X" if identifiers.is_citizen_id(first_17 + check)
    )
    return {
        "kind": "person",
        "name": "测试人员",
        "identifier": {"type": "citizen_id", "value": number},
    }


def _file(kind: MaterialKind, title: str, packet_id: str) -> bytes:
    return f"{_TITLES[kind]}\n{title}\n{packet_id}\n本文件为模拟材料, 不涉及任何真实单位和个人。\n".encode()


def _material(kind: MaterialKind, content: bytes) -> dict[str, Any]:
    return {
        "digest": digest_of(content),
        "kind": kind.value,
        "title": _TITLES[kind],
        "media_type": "text/plain",
        "size": len(content),
        "pages": 1,
    }


def _evidence(facts: Mapping[str, Any], report: bytes) -> dict[str, Any]:
    proved = [name for name in facts if name not in ("party_type", *_HISTORY)]
    return {name: [{"material": digest_of(report), "page": 1}] for name in proved}


_HISTORY = ("prior_administrative_penalties", "prior_criminal_punishments")


def _serial(packet_id: str) -> str:
    return packet_id.rpartition("-")[2]


def _day(at: datetime) -> str:
    return at.astimezone(SHANGHAI).date().isoformat()
