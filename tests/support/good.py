"""What a good vector is made of: a case with its papers, signed, and what must come of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contracts import jws
from contracts.jws import Typ
from contracts.office import OfficeKind, Role
from contracts.packet import MaterialKind
from tests.support import certificates, files
from tests.support.offices import MEMBERS, Member, key_of, office
from tests.support.packets import SIGNED_AT, digest_of, flattened, material, packet, signed

OFFENCES = {
    "M01": ("CL-140", "生产、销售伪劣产品罪"),
    "M02": ("CL-141", "生产、销售、提供假药罪"),
    "M06": ("CL-144", "生产、销售有毒、有害食品罪"),
    "M11": ("CL-213", "假冒注册商标罪"),
    "M13": ("CL-214", "销售假冒注册商标的商品罪"),
    "B01": ("CL-225", "非法经营罪"),
    "C01": ("CL-153", "走私普通货物、物品罪"),
    "E01": ("CL-338", "污染环境罪"),
    "E04": ("CL-340", "非法捕捞水产品罪"),
    "E16": ("CL-345", "盗伐林木罪"),
    "E17": ("CL-345", "滥伐林木罪"),
    "R01": ("CL-201", "逃税罪"),
    "R05": ("CL-205", "虚开增值税专用发票罪"),
    "S06": ("CL-276-1", "拒不支付劳动报酬罪"),
}
_NUMBERS = {
    "market": "示市监",
    "tobacco": "示烟",
    "labour": "示人社",
    "ecology": "示环",
    "tax": "示税稽",
    "customs": "示关",
    "fishery": "范农渔",
    "forestry": "范林",
}
_SHARED = {
    MaterialKind.INVESTIGATION_REPORT: files.text("涉嫌犯罪案件情况的调查报告"),
    MaterialKind.ITEM_LIST: files.text("涉案物品清单", "序号,名称,数量", "1,样品,1"),
    MaterialKind.OTHER: files.png(120, 120, 120),
}

Sign = Callable[[dict[str, Any], Member], bytes]


def plain(document: dict[str, Any], agency: Member) -> bytes:
    return signed(document, key_of(agency.slug))


def certified(document: dict[str, Any], agency: Member) -> bytes:
    """Sign with the certificate of the key in the header, for proof when the registry is long gone."""
    key = key_of(agency.slug)
    return signed(document, key, **certificates.header_for(key))


def spaced(document: dict[str, Any], agency: Member) -> bytes:
    """Sign the same content as other systems write it: indented, escaped, in another order."""
    key = key_of(agency.slug)
    header = {
        "iat": int(SIGNED_AT.timestamp()),
        "kid": jws.key_id(key),
        "typ": Typ.TRANSFER_PACKET.value,
        "alg": jws.algorithm_of(key),
    }
    payload = json.dumps(dict(reversed(document.items())), indent=2).encode() + b"\n"
    members = json.loads(flattened(header, payload, key))
    return (json.dumps(dict(reversed(members.items())), indent=4) + "\n").encode()


@dataclass(frozen=True)
class Good:
    """A packet to post; `conclusions` are pairs of a row of OFFENCES and what the law says."""

    name: str
    what: str
    agency: Member
    document: dict[str, Any]
    contents: tuple[bytes, ...]
    conclusions: tuple[tuple[str, str], ...]
    flags: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    sign: Sign = plain

    @property
    def raw(self) -> bytes:
        """The exact bytes to POST."""
        return self.sign(self.document, self.agency)

    @property
    def expected(self) -> dict[str, Any]:
        """The sidecar; `transfer_late` is not among its flags, because it depends on when you post."""
        return {
            "what": self.what,
            "after": list(self.after),
            "packet_id": self.document["packet_id"],
            "digest": digest_of(self.raw),
            "offences": [
                {"row": row, "code": OFFENCES[row][0], "conclusion": conclusion}
                for row, conclusion in self.conclusions
            ],
            "flags": sorted(self.flags),
            "addressees": self._addressees(),
        }

    def _addressees(self) -> list[dict[str, str]]:
        principal = OfficeKind(self.document.get("principal", OfficeKind.PUBLIC_SECURITY))
        parts = ((principal, Role.PRINCIPAL), (OfficeKind.PROCURATORATE, Role.COPY))
        return [
            {"office": _office_code(kind, self.agency), "kind": kind.value, "role": role.value}
            for kind, role in parts
        ]


def _office_code(kind: OfficeKind, agency: Member) -> str:
    place = (kind, agency.division)
    return next(one.code for one in MEMBERS if (one.kind, one.division) == place)


def good(  # noqa: PLR0917 (each case reads as one row)
    number: int,
    agency: str,
    name: str,
    what: str,
    conclusions: tuple[tuple[str, str], ...],
    facts: dict[str, Any],
    *,
    title: str,
    expected_flags: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    sign: Sign = plain,
    **changes: Any,
) -> Good:
    """Make a complete case of `agency`; `changes` replace members of the packet."""
    letter = files.text("涉嫌犯罪案件移送书", f"第{number}号", title)
    report = files.pdf(f"Inspection report {number}, made up for a test")
    document = packet(number, agency=agency)
    document |= {
        "packet_id": f"{agency}-2026-{number:04d}",
        "document_number": f"{_NUMBERS[agency]}移〔2026〕{number}号",
        "case": document["case"]
        | {"case_number": f"{_NUMBERS[agency]}案〔2026〕{number}号", "title": title},
        "offences": [
            dict(zip(("code", "name"), OFFENCES[row], strict=True)) for row, _ in conclusions
        ],
        "facts": facts,
        "evidence": {name: [{"material": digest_of(report), "page": 1}] for name in facts},
        "materials": _listed(letter, report),
    }
    return Good(
        name,
        what,
        office(agency),
        document | changes,
        (letter, report, *_SHARED.values()),
        conclusions,
        expected_flags,
        after,
        sign,
    )


def _listed(letter: bytes, report: bytes) -> list[dict[str, Any]]:
    kinds = MaterialKind
    return [
        material(kinds.TRANSFER_LETTER, letter),
        material(kinds.INVESTIGATION_REPORT, _SHARED[kinds.INVESTIGATION_REPORT]),
        material(kinds.ITEM_LIST, _SHARED[kinds.ITEM_LIST]),
        material(kinds.INSPECTION_REPORT, report, media_type="application/pdf"),
        material(kinds.OTHER, _SHARED[kinds.OTHER], media_type="image/png"),
    ]
