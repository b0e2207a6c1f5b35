"""Builders of packets and of everything else that is signed, the same bytes at every run."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.util import urlsafe_b64encode

from contracts import jws
from contracts.jws import SigningKey, Typ
from contracts.packet import MaterialKind
from tests.support.offices import office

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""The moment at which tests look at these documents; Monday 10:00 in China."""
SIGNED_AT = NOW - timedelta(minutes=10)

_TITLES = {
    MaterialKind.TRANSFER_LETTER: "涉嫌犯罪案件移送书",
    MaterialKind.INVESTIGATION_REPORT: "涉嫌犯罪案件情况的调查报告",
    MaterialKind.ITEM_LIST: "涉案物品清单",
    MaterialKind.INSPECTION_REPORT: "检验报告",
    MaterialKind.OTHER: "现场照片",
}


def digest_of(content: bytes) -> str:
    return f"sha-256:{sha256(content).hexdigest()}"


def material_bytes(kind: MaterialKind) -> bytes:
    """The content that `packet()` names for a kind of material."""
    return f"{_TITLES[kind]}\n本文件为测试材料, 不涉及任何真实单位和个人。\n".encode()


def material(kind: MaterialKind, content: bytes | None = None, **changes: Any) -> dict[str, Any]:
    """Describe a material for a packet's list."""
    content = material_bytes(kind) if content is None else content
    return {
        "digest": digest_of(content),
        "kind": kind.value,
        "title": _TITLES[kind],
        "media_type": "text/plain",
        "size": len(content),
        "pages": 1,
    } | changes


def materials() -> list[dict[str, Any]]:
    """The five attachments of D310 Art 6."""
    return [material(kind) for kind in MaterialKind]


def packet(number: int = 1, *, agency: str = "market", **changes: Any) -> dict[str, Any]:
    """A complete packet that meets the threshold (M01, 60 000 yuan sold); `number` tells cases apart."""
    sender = office(agency)
    report = digest_of(material_bytes(MaterialKind.INSPECTION_REPORT))
    facts = {"party_type": "person", "substandard_product": True, "sales_amount": 60000}
    return {
        "document": "transfer-packet",
        "version": "1",
        "packet_id": f"packet-{number}",
        "agency": {"code": sender.code, "name": sender.name},
        "document_number": f"示市监案移〔2026〕{number}号",
        "case": {
            "case_number": f"示市监案〔2026〕{number}号",
            "title": "某某食品店销售不合格电线案",
            "cause": sender.causes[0] if sender.causes else "涉嫌犯罪案件",
            "sector": str(sender.sector),
            "division": sender.division,
            "filed_on": "2026-10-09",
        },
        "approvals": {
            "officers": [
                {"name": "执法员甲", "certificate_number": "33992100001"},
                {"name": "执法员乙", "certificate_number": "33992100002"},
            ],
            "reported_at": "2026-11-20T10:00:00+08:00",
            "approved_at": "2026-11-23T09:00:00+08:00",
            "approver": "局长丙",
        },
        "suspects": [
            {
                "kind": "person",
                "name": "测试人员",
                "identifier": {"type": "citizen_id", "value": "11010519491231002X"},
            }
        ],
        "offences": [{"code": "CL-140", "name": "生产、销售伪劣产品罪"}],
        "conduct": {"started_on": "2026-03-01", "ended_on": "2026-09-30"},
        "facts": facts,
        "evidence": {name: [{"material": report, "page": 1}] for name in facts},
        "materials": materials(),
        "contact": {"name": "执法员甲", "phone": "0000-0000000"},
    } | changes


def payload_of(document: dict[str, Any]) -> bytes:
    """Write a document the way these tests sign it: compact, members in the order they were given."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def signed(
    document: dict[str, Any] | bytes,
    key: SigningKey,
    *,
    typ: str | None = Typ.TRANSFER_PACKET,
    at: datetime = SIGNED_AT,
    **header: Any,
) -> bytes:
    """Sign a document; members of `header` replace or add to the protected header, None takes one away."""
    members = {
        "alg": jws.algorithm_of(key),
        "typ": typ if typ is None else str(typ),
        "kid": jws.key_id(key),
        "iat": int(at.timestamp()),
    } | header
    payload = document if isinstance(document, bytes) else payload_of(document)
    return flattened(
        {name: value for name, value in members.items() if value is not None}, payload, key
    )


def flattened(header: dict[str, Any], payload: bytes, key: SigningKey) -> bytes:
    """Sign exactly this header and payload, whatever they say."""
    protected = urlsafe_b64encode(json.dumps(header, separators=(",", ":")).encode())
    body = urlsafe_b64encode(payload)
    signature = urlsafe_b64encode(raw_signature(protected + b"." + body, key))
    return b'{"payload":"%b","protected":"%b","signature":"%b"}' % (body, protected, signature)


def raw_signature(message: bytes, key: SigningKey) -> bytes:
    """Sign without chance (RFC 6979, RFC 8032), so that vectors are the same files at every run."""
    private = key.get_op_key("sign")
    if isinstance(private, Ed25519PrivateKey):
        return private.sign(message)
    assert isinstance(private, EllipticCurvePrivateKey)
    r, s = decode_dss_signature(private.sign(message, ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(32) + s.to_bytes(32)
