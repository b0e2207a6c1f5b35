"""Made-up cases on both sides of the thresholds, the same ones for the same seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from adapters.sandbox.case_kinds import kinds_of
from adapters.sandbox.magic import Script, phone_of
from adapters.sandbox.papers import Told, evidence_of, papers_of
from contracts import identifiers
from contracts.office import Sector
from contracts.packet import MaterialKind
from service.domain.registry import Office
from service.domain.working_days import SHANGHAI

_STREETS = (
    *("龙泉路", "望江街", "青石巷", "东风路", "南溪街", "松林路", "清河街", "北辰路"),
    *("梧桐巷", "长虹路", "双桥街", "云溪路"),
)
_SURNAMES = "赵钱孙李吴郑冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = (
    *("建国", "秀兰", "志强", "晓燕", "国平", "玉梅", "海峰", "桂芳", "立新", "文斌"),
    *("春生", "丽华", "德明", "小红", "永康", "雪梅"),
)
_COURSES = (
    *([Script.FILED] * 12),
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


def make_case(random: Random, agency: Office, packet_id: str, at: datetime) -> SandboxCase:
    """Make up a complete case of an agency, transferred within its day (D310 Art 5)."""
    kind = random.choice(kinds_of(agency.sector))
    place, suspect = random.choice(_STREETS) + random.choice(kind.places), _suspect(random)
    number = f"示移〔{at:%Y}〕{_serial(packet_id)}号"
    facts = {"party_type": kind.party} | kind.facts(random)
    goods = random.choice(kind.goods)
    told = Told(kind, agency.name, number, place, goods, suspect["name"], facts, at)
    papers = papers_of(told, random)
    packet = {
        "document": "transfer-packet",
        "version": "1",
        "packet_id": packet_id,
        "agency": {"code": agency.code, "name": agency.name},
        "document_number": number,
        "case": {
            "case_number": f"示案{packet_id}",
            "title": told.title,
            "cause": kind.cause,
            "sector": (agency.sector or Sector.OTHER).value,
            "division": agency.division,
            "filed_on": _day(at - timedelta(days=random.randint(2, 6))),
            "summary": f"{suspect['name']}在{place}{kind.act}{goods}, 涉嫌{kind.name}。",
        },
        "approvals": _approvals(at),
        "suspects": [suspect],
        "offences": [{"code": kind.offence, "name": kind.name}],
        "conduct": {
            "started_on": _day(at - timedelta(days=200)),
            "ended_on": _day(at - timedelta(days=30)),
        },
        "facts": facts,
        "evidence": evidence_of(told, papers),
        "materials": [paper.as_material() for paper in papers],
        "contact": {"name": "执法员甲", "phone": phone_of(random.choice(_COURSES))},
    }
    return SandboxCase(packet, tuple(paper.content for paper in papers))


def record_of(packet: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Write what the agency's own register says of a case on the day on which it hands it over."""
    suspect, case = packet["suspects"][0], packet["case"]
    alike = ("case_number", "title", "cause", "sector", "division", "filed_on")
    return {
        **{name: case[name] for name in alike},
        "recorded_at": at.isoformat(),
        "established_on": _day(at),
        "party": {name: suspect[name] for name in ("kind", "name", "identifier")},
        "offences": packet["offences"],
        "conduct": packet["conduct"],
        "facts": packet["facts"],
    }


def incomplete(case: SandboxCase) -> SandboxCase:
    """Leave out what the law asks for: still a transfer that nobody may refuse (PSB20 Art 180)."""
    kept = [
        one
        for one in case.packet["materials"]
        if one["kind"] != MaterialKind.INSPECTION_REPORT.value
    ]
    names = {one["digest"] for one in kept}
    proved = {
        fact: places
        for fact, places in case.packet["evidence"].items()
        if all(place["material"] in names for place in places)
    }
    approvals = {"officers": case.packet["approvals"]["officers"][:1]}
    changes = {"materials": kept, "approvals": approvals, "evidence": proved}
    return SandboxCase(case.packet | changes, case.files)


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
        "name": random.choice(_SURNAMES) + random.choice(_GIVEN),
        "identifier": {"type": "citizen_id", "value": number},
    }


def _serial(packet_id: str) -> str:
    return packet_id.rpartition("-")[2]


def _day(at: datetime) -> str:
    return at.astimezone(SHANGHAI).date().isoformat()
