"""Made-up cases to find again: of two characters, some are in one title of a thousand, some in one of twenty, some in most.

No company is one that a register has: places that no list has, names drawn from a few characters, numbers whose check digits
are right and whose divisions do not exist.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from adapters.sandbox.register.parties import Parties
from contracts import jws
from contracts.jws import Typ
from contracts.office import Sector
from contracts.packet import MaterialKind
from service.domain.working_days import SHANGHAI
from tests.bench.pages.senders import Sender
from tests.bench.signing import Signer
from tests.support.packets import digest_of, material_bytes, materials

RARE, FEW, MOST = "瀚鲲", "五金", "有限"
"""Two characters each: of a company in a thousand, of one trade in twenty, of six names in ten."""
_RARE_SHARE, _COMPANIES = 0.001, 0.6
_TRADES = (
    *(FEW, "食品", "化工", "医药", "建材", "服装", "电器", "日化", "木业", "印染"),
    *("电镀", "酒业", "茶业", "粮油", "农资", "矿业", "物流", "餐饮", "玩具", "家具"),
)
_FIRST, _SECOND = "宏恒鼎瑞盛华德信同万金大永正新", "达远通泰兴源和昌隆顺安丰利祥成"
_SEED = 11


@dataclass(frozen=True)
class Kind:
    """A kind of case: what is suspected, and the facts that come to it."""

    code: str
    name: str
    cause: str
    what: str
    facts: Callable[[float], dict[str, Any]]


_GOODS = Kind(
    *("CL-140", "生产、销售伪劣产品罪", "生产、销售伪劣产品", "销售不合格产品案"),
    lambda share: {
        "substandard_product": True,
        "tobacco_product": False,
        "sales_amount": 50_000 * share,
        "unsold_goods_value": 5_000 * share,
    },
)
_MARKS = Kind(
    *("CL-213", "假冒注册商标罪", "假冒注册商标", "假冒注册商标案"),
    lambda share: {
        "identical_mark_identical_goods": True,
        "illegal_business_amount": 50_000 * share,
        "illegal_gains": 5_000 * share,
        "ip_rights_count": 1,
        "prior_administrative_penalties": [],
        "prior_criminal_punishments": [],
    },
)
_FOOD = Kind(
    *("CL-144", "生产、销售有毒、有害食品罪", "生产、销售有毒、有害食品"),
    "销售有毒、有害食品案",
    lambda _: {"toxic_nonfood_substance": True},
)
_WASTE = Kind(
    *("CL-338", "污染环境罪", "污染环境", "非法处置危险废物案"),
    lambda share: {"toxic_substance_discharged": True, "hazardous_waste": round(3 * share, 2)},
)
_DRUGS = Kind(
    *("CL-141", "生产、销售、提供假药罪", "销售假药", "销售假药案"), lambda _: {"fake_drug": True}
)
_KINDS: Mapping[Sector | None, tuple[Kind, ...]] = {
    Sector.MARKET_SUPERVISION: (_GOODS, _MARKS, _FOOD),
    Sector.ECOLOGY: (_WASTE,),
    Sector.DRUG: (_DRUGS,),
}
_SHARES = (1.2, 2.0, 4.0)
"""Of the limit: all of these cases reach it."""


@dataclass(frozen=True)
class Pattern:
    """What the cases of one model have in common: their sender, their kind and how far over the limit they are."""

    sender: Sender
    kind: Kind
    share: float

    def packet(self, random: Random, parties: Parties, number: int, at: datetime) -> dict[str, Any]:
        """Make up the packet numbered so, signed at `at`: another party and another title than every other one."""
        office, name = self.sender.office, _name(random)
        is_company = name.endswith("公司")
        party = parties.next(random, "unit" if is_company else "person")
        facts = {"party_type": party["kind"]} | self.kind.facts(self.share)
        suspects = [party | {"name": name} if is_company else party]
        if is_company:
            suspects.append(parties.next(random, "person"))
        return {
            "document": "transfer-packet",
            "version": "1",
            "packet_id": f"bench-{number}",
            "agency": {"code": office.code, "name": office.name},
            "document_number": f"示移〔{at:%Y}〕{number}号",
            "case": {
                "case_number": f"示案〔{at:%Y}〕{number}号",
                "title": name + self.kind.what,
                "cause": self.kind.cause,
                "sector": str(office.sector),
                "division": office.division,
                "filed_on": _day(at, 45),
                "summary": f"{name}被举报后, 经现场检查、抽样检验和询问, 查明上述事实。",
            },
            "approvals": _approvals(at),
            "suspects": suspects,
            "offences": [{"code": self.kind.code, "name": self.kind.name}],
            "conduct": {"started_on": _day(at, 200), "ended_on": _day(at, 60)},
            "facts": facts,
            "evidence": {name: _PROOF for name in facts if name not in _UNPROVED},
            "materials": materials(),
            "contact": {"name": "执法员甲", "phone": "0000-0000000"},
        }


def patterns(sender: Sender) -> list[Pattern]:
    """Give every pattern of an agency's cases."""
    kinds = _KINDS[sender.office.sector]
    return [Pattern(sender, kind, share) for kind in kinds for share in _SHARES]


def signed_packet(packet: Mapping[str, Any], sender: Sender, at: datetime) -> bytes:
    """Sign a packet as its agency did at that moment."""
    payload = json.dumps(packet, ensure_ascii=False, separators=(",", ":")).encode()
    return _signer(sender, int(at.timestamp())).sign(payload)


def new_parties(place: int = _SEED) -> Parties:
    """Give parties of their own: those of the register and of another place are others."""
    return Parties(place, _TRADES)


@cache
def _private(sender: Sender) -> Any:
    return sender.key.get_op_key("sign")


def _signer(sender: Sender, iat: int) -> Signer:
    return Signer.of(_private(sender), jws.key_id(sender.key), Typ.TRANSFER_PACKET, iat)


def _name(random: Random) -> str:
    given = random.choice(_FIRST) + random.choice(_SECOND)
    if random.random() < _RARE_SHARE:
        given = RARE
    trade = random.choice(_TRADES)
    kind = "有限公司" if random.random() < _COMPANIES else "经营部"
    return f"示例市{given}{trade}{kind}"


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


def _day(at: datetime, days_before: int) -> str:
    return (at - timedelta(days=days_before)).astimezone(SHANGHAI).date().isoformat()


_UNPROVED = frozenset(
    {"party_type", "prior_administrative_penalties", "prior_criminal_punishments"}
)
_PROOF = [{"material": digest_of(material_bytes(MaterialKind.INSPECTION_REPORT)), "page": 1}]
