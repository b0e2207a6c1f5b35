"""Example bodies of contracts/openapi.yaml; a test reads each with the model that it is an example of."""

from typing import Any

_TRANSFER_ID = "01982f5c-7a10-7c3e-9f00-6d1f3a2b4c5d"
_DISPATCH_ID = "01982f5c-7a11-7a52-8d0b-2f6f0c9e7a10"
_AGENCY = "11339921900000007D"
_POLICE = "113399219000000098"
_DIGEST = "sha-256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_CURSOR = "MTIzNDU2LjAxOTgyZjVjLTdhMTAtN2MzZS05ZjAwLTZkMWYzYTJiNGM1ZA"
_RECEIVED, _DUE = "2026-11-23T02:00:00Z", "2026-11-26T02:00:00Z"

SIGNED: dict[str, str] = {
    "payload": "eyJkb2N1bWVudCI6Ii4uLiJ9",
    "protected": "eyJhbGciOiJFUzI1NiIsInR5cCI6Ii4uLiIsImtpZCI6Ii4uLiIsImlhdCI6MTc5NTM5OTIwMH0",
    "signature": "c2lnbmF0dXJlIG9mIDY0IGJ5dGVz",
}
_CLOCK: dict[str, Any] = {
    "deadline_id": "01982f5c-7a12-7d00-8000-000000000001",
    "transfer_id": _TRANSFER_ID,
    "clock": "T03",
    "title": "Decision on filing",
    "title_zh": "决定是否立案",
    "basis": "D310 Art 8",
    "actor": "public_security",
    "nature": "duty",
    "state": "open",
    "starts_at": _RECEIVED,
    "due_at": _DUE,
    "strict_due_at": _DUE,
    "provisional": False,
    "met_at": None,
}
VALIDATION: dict[str, Any] = {
    "accepted": True,
    "status": "dispatching",
    "problem": None,
    "detail": None,
    "errors": [],
    "flags": [],
    "screening": {"rulebook_version": "2026-11", "findings": []},
    "addressees": [
        {"kind": "public_security", "role": "principal", "office": _POLICE, "name": "示例县公安局"}
    ],
}
MATERIAL: dict[str, Any] = {"digest": _DIGEST, "size": 48213, "stored_at": _RECEIVED}
TRANSFER: dict[str, Any] = {
    "transfer_id": _TRANSFER_ID,
    "version": "2-5f0c1b9ad3e47a60",
    "agency": _AGENCY,
    "packet_id": "packet-1",
    "packet_digest": _DIGEST,
    "case_number": "示市监案〔2026〕1号",
    "document_number": "示市监案移〔2026〕1号",
    "status": "delivered",
    "move": 2,
    "whose_move": "the addressees': acknowledge",
    "whose_move_zh": "接收机关：出具回执",
    "received_at": _RECEIVED,
    "changed_at": "2026-11-23T02:00:02Z",
    "supersedes": None,
    "is_current": True,
    "flags": [],
    "screening": {"rulebook_version": "2026-11", "findings": []},
    "dispatches": [
        {
            "dispatch_id": _DISPATCH_ID,
            "kind": "public_security",
            "role": "principal",
            "office": _POLICE,
            "status": "delivered",
            "attempts": 1,
            "delivered_at": "2026-11-23T02:00:02Z",
            "acknowledged_at": None,
            "next_attempt_at": None,
            "problem": None,
        }
    ],
    "deadlines": [_CLOCK],
    "next_deadline": _CLOCK,
    "history": [
        {
            "at": _RECEIVED,
            "action": "packet.received",
            "actor": _AGENCY,
            "data": {"to": "dispatching"},
        }
    ],
}
EVENTS: dict[str, Any] = {
    "events": [
        {
            "cursor": _CURSOR,
            "transfer_id": _TRANSFER_ID,
            "subject_id": None,
            "action": "acknowledgement.received",
            "actor": _POLICE,
            "at": "2026-11-23T02:05:00Z",
            "data": {"dispatch": _DISPATCH_ID},
        }
    ],
    "next": _CURSOR,
    "more": False,
}
DEADLINES: dict[str, Any] = {"deadlines": [{**_CLOCK, "state": "overdue"}], "next": None}
MAILBOX: dict[str, Any] = {
    "items": [
        {
            "dispatch_id": _DISPATCH_ID,
            "transfer_id": _TRANSFER_ID,
            "role": "principal",
            "waiting_since": _RECEIVED,
            "due_at": _DUE,
            "href": f"/v1/mailbox/{_DISPATCH_ID}",
        }
    ]
}
TAKEN: dict[str, str] = {"digest": _DIGEST}
