"""The packet, and the documents that answer it."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from contracts.acknowledgement import Acknowledgement, AckResult
from contracts.dispatch import Dispatch
from contracts.document import SchemaError, parse, write
from contracts.packet import MaterialKind, TransferPacket
from contracts.receipt import Receipt
from contracts.report import Report, ReportKind
from tests.support.packets import digest_of, materials, packet, payload_of

DIGEST = digest_of(b"x")
OFFICE = "113399219000000819"
AT = "2026-11-23T10:00:00+08:00"
COMMON = {"version": "1", "office": OFFICE}
ACKNOWLEDGEMENT = COMMON | {
    "document": "acknowledgement",
    "acknowledgement_id": "ack-1",
    "dispatch_id": "dispatch-1",
    "dispatch_digest": DIGEST,
    "result": "received",
    "acknowledged_at": AT,
}
REPORT = COMMON | {
    "document": "report",
    "report_id": "report-1",
    "transfer_id": "transfer-1",
    "kind": "accepted",
    "happened_at": AT,
}
RECEIPT = COMMON | {
    "document": "receipt",
    "receipt_id": "receipt-1",
    "of": {"document": "transfer-packet", "id": "packet-1", "digest": DIGEST},
    "transfer_id": "transfer-1",
    "received_at": AT,
    "status": "dispatching",
    "flags": [],
    "screening": {
        "rulebook_version": "1",
        "rulebook_digest": DIGEST,
        "findings": [
            {
                "offence_code": "CL-140",
                "offence": "生产、销售伪劣产品罪",
                "conclusion": "meets",
                "conclusion_current": "meets",
            }
        ],
    },
    "addressees": [{"kind": "public_security", "role": "principal", "office": OFFICE}],
}
DISPATCH = {
    "document": "dispatch",
    "version": "1",
    "dispatch_id": "dispatch-1",
    "transfer_id": "transfer-1",
    "addressee": {"office": OFFICE, "kind": "procuratorate", "role": "copy"},
    "packet": "{}",
    "packet_digest": DIGEST,
    "agency_key": {"kid": "market-2026", "jwk": {"kty": "EC"}},
    "received_at": AT,
    "flags": [],
    "screening": {},
    "materials": materials(),
}


def read(model: type[BaseModel], document: dict[str, Any]) -> BaseModel:
    return parse(model, payload_of(document))


def pointers(model: type[BaseModel], document: dict[str, Any]) -> list[str]:
    with pytest.raises(SchemaError) as caught:
        read(model, document)
    return [fault.pointer for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("model", "document"),
    [
        (TransferPacket, packet()),
        (Acknowledgement, ACKNOWLEDGEMENT),
        (Report, REPORT),
        (Receipt, RECEIPT),
        (Dispatch, DISPATCH),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_document_is_written_as_it_is_read(
    model: type[BaseModel], document: dict[str, Any]
) -> None:
    once = read(model, document)
    assert parse(model, write(once)) == once


@pytest.mark.parametrize(
    ("model", "document"),
    [
        (Acknowledgement, ACKNOWLEDGEMENT),
        (Report, REPORT),
        (Receipt, RECEIPT),
        (Dispatch, DISPATCH),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_unknown_member_is_refused(model: type[BaseModel], document: dict[str, Any]) -> None:
    assert pointers(model, document | {"more": 1}) == ["/more"]


def test_documents_cannot_be_taken_for_each_other() -> None:
    assert "/document" in pointers(Report, REPORT | {"document": "receipt"})
    assert "/document" in pointers(Acknowledgement, ACKNOWLEDGEMENT | {"document": "receipt"})


def test_refusal_says_why() -> None:
    refusal = ACKNOWLEDGEMENT | {"result": "refused"}
    assert pointers(Acknowledgement, refusal) == [""]
    refused = read(Acknowledgement, refusal | {"reason": "不属于本院管辖"})
    assert refused.result is AckResult.REFUSED


NEEDED = {
    ReportKind.FORWARDED: {"forwarded_to": OFFICE},
    ReportKind.EXTENDED: {"extension": "county_approval"},
    ReportKind.NOT_FILED: {"reason": "没有犯罪事实"},
    ReportKind.CASE_WITHDRAWN: {"reason": "情节显著轻微"},
    ReportKind.SUPPLEMENT_REQUESTED: {"reason": "缺检验报告"},
    ReportKind.INSISTED: {"reason": "有其他严重情节"},
    ReportKind.WITHDRAWN: {"reason": "重复移送"},
}


@pytest.mark.parametrize("kind", ReportKind)
def test_every_kind_of_report_is_read_with_what_it_needs(kind: ReportKind) -> None:
    report = REPORT | {"kind": kind.value}
    assert read(Report, report | NEEDED.get(kind, {})).kind is kind
    if kind in NEEDED:
        assert pointers(Report, report) == [""]


def test_the_five_attachments_are_those_of_the_decree() -> None:
    assert len(MaterialKind) == 5


def test_evidence_must_be_in_the_list_and_for_a_given_fact() -> None:
    evidence = {
        "sales_amount": [{"material": digest_of(b"x")}, {"material": materials()[0]["digest"]}],
        "illegal_gains": [],
    }
    assert sorted(pointers(TransferPacket, packet(evidence=evidence))) == [
        "/evidence/illegal_gains",
        "/evidence/sales_amount/0/material",
    ]


def test_incomplete_packet_is_read() -> None:
    """The police may not refuse what is incomplete, so the shape does not ask for it (PSB20 Art 180)."""
    bare = packet(approvals={}, conduct={}, facts={}, evidence={}, materials=[])
    del bare["contact"]
    bare["suspects"] = [{"kind": "person", "name": "姓名不详"}]
    bare["document_number"] = "无"
    assert read(TransferPacket, bare).materials == []


def test_one_file_may_be_two_attachments() -> None:
    """Some agencies send the letter and the report as one file."""
    first = materials()[0]
    twice = [first, first | {"kind": "investigation_report"}]
    assert len(read(TransferPacket, packet(materials=twice, evidence={})).materials) == 2


@pytest.mark.parametrize("amount", [-1, "5000", True])
def test_penalty_has_an_amount_or_none(amount: object) -> None:
    penalty = {"decision_number": "1", "kinds": ["罚款"], "decided_on": "2026-10", "amount": amount}
    assert pointers(TransferPacket, packet(penalties=[penalty])) == ["/penalties/0/amount"]


def test_documents_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read(Report, REPORT).kind = ReportKind.FILED
