"""Examples of leads and letters in contracts/openapi.yaml; a test reads each with the model that it is an example of."""

from typing import Any

_AGENCY = "11339921900000007D"
_PROCURATORATE = "113399219000000170"
_LEAD_ID = "01982f5c-7a20-7c3e-9f00-6d1f3a2b4c5d"
_SUPERVISION_ID = "01982f5c-7a21-7c3e-9f00-6d1f3a2b4c5d"
_DIGEST = "sha-256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_CASE = "示市监罚〔2026〕12号"
_ISSUED, _TAKEN, _DUE = "2026-11-23T02:00:00Z", "2026-11-23T03:10:00Z", "2026-12-08T16:00:00Z"

_LETTER: dict[str, Any] = {
    "supervision_id": _SUPERVISION_ID,
    "office": _PROCURATORATE,
    "letter_id": "letter-2026-31",
    "kind": "transfer_opinion",
    "title": "Opinion to transfer",
    "title_zh": "检察意见书（移送）",
    "basis": "SPP21 Art 7; SPPR19 Art 557",
    "agency": _AGENCY,
    "case_number": _CASE,
    "lead_ids": [_LEAD_ID],
    "document_number": "示检刑检意〔2026〕3号",
    "digest": _DIGEST,
    "issued_at": _ISSUED,
    "received_at": _ISSUED,
    "reply_by": None,
    "status": "delivered",
    "standing": "open",
    "move": 2,
    "whose_move": "the agency's: reply",
    "whose_move_zh": "行政机关：回复",
    "delivered_at": _TAKEN,
    "clock": {
        "clock": "T15",
        "title": {"zh": "回复移送案件的检察意见", "en": "Answer the opinion to transfer"},
        "basis": "SPP21 Art 7; SPP21 Art 11",
        "starts_at": _TAKEN,
        "due_at": _DUE,
        "strict_due_at": _DUE,
        "provisional": False,
        "state": "open",
        "met_at": None,
    },
    "reply": None,
    "replied_at": None,
    "case_transferred_at": None,
    "escalations": 0,
    "escalated_to": None,
    "escalated_at": None,
    "next_period_ends_at": _DUE,
    "outcome": None,
    "closed_at": None,
    "document": f"/v1/supervisions/{_SUPERVISION_ID}/document",
}
SUPERVISION: dict[str, Any] = {
    **_LETTER,
    "history": [
        {
            "at": _ISSUED,
            "action": "supervision.issued",
            "actor": _PROCURATORATE,
            "data": {"kind": "transfer_opinion", "status": "issued"},
        }
    ],
}
SUPERVISIONS: dict[str, Any] = {"supervisions": [_LETTER], "next": None}
_SUSPECTED: dict[str, Any] = {
    "lead_id": _LEAD_ID,
    "case_number": _CASE,
    "agency": _AGENCY,
    "detector": "X2",
    "title": "Penalised instead of transferred",
    "title_zh": "以行政处罚代替移送",
    "basis": "D310 Art 11; APL Art 82",
    "status": "supervised",
    "offence_code": "CL-140",
    "score": 82,
    "clock": {
        "id": "T02",
        "starts_at": "2026-10-12T16:00:00Z",
        "due_at": "2026-10-16T16:00:00Z",
        "strict_due_at": "2026-10-16T16:00:00Z",
        "overdue": True,
        "provisional": False,
    },
    "evidence": {
        "offence": "生产、销售伪劣产品罪",
        "branch": "M01.B1",
        "article": "CL 第一百四十条",
        "wording": "伪劣产品销售金额五万元以上的",
        "facts": {"substandard_product": True, "sales_amount": 86000},
        "numbers": [{"facts": ["sales_amount"], "value": 86000, "limit": 50000, "reach": 1.72}],
        "penalised_on": "2026-10-12",
    },
    "division": "339921",
    "sector": "market_supervision",
    "raised_at": "2026-10-20T01:00:00Z",
    "changed_at": _ISSUED,
}
LEAD: dict[str, Any] = {**_SUSPECTED, "reason": None, "supervisions": [_LETTER]}
LEADS: dict[str, Any] = {"leads": [_SUSPECTED], "next": None}
SUSPICIONS: dict[str, Any] = {
    "suspicions": [
        {
            "case_number": _CASE,
            "agency": _AGENCY,
            "detector": "X1",
            "title": "Threshold met, not transferred",
            "title_zh": "达到追诉标准而未移送",
            "offence_code": "CL-140",
            "missing": ["sales_amount"],
            "division": "339921",
            "sector": "market_supervision",
        }
    ],
    "next": None,
}
