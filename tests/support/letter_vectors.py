"""Vectors of supervision: letters and replies as they are posted, each with what must come back."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from contracts.jws import Typ
from tests.support.offices import key_of, office
from tests.support.packets import SIGNED_AT, signed
from tests.support.posted import Posted

LETTERS, REPLIES = "/v1/supervisions", "/v1/supervision-replies"
_asked = partial(Posted, path=LETTERS)
_NOT_OURS = "01982f5c-7a21-7c3e-9f00-6d1f3a2b4c5d"


def letter(
    name: str, slug: str = "county-procuratorate", *, typ: Typ = Typ.SUPERVISION, **changes: Any
) -> bytes:
    """Sign a letter of an office; None takes a member away."""
    document = {
        "document": "supervision",
        "version": "1",
        "letter_id": name,
        "office": office(slug).code,
        "kind": "transfer_opinion",
        "agency": office("market").code,
        "case_number": "示市监罚〔2026〕12号",
        "document_number": "示检刑检意〔2026〕1号",
        "issued_at": SIGNED_AT.isoformat(),
        "text": "经审查，该案涉嫌犯罪，请依法移送公安机关并书面回复。",
    } | changes
    told = {member: value for member, value in document.items() if value is not None}
    return signed(told, key_of(slug), typ=typ)


def reply(**changes: Any) -> bytes:
    document = {
        "document": "supervision-reply",
        "version": "1",
        "reply_id": "reply-1",
        "supervision_id": _NOT_OURS,
        "office": office("market").code,
        "result": "will_transfer",
        "replied_at": SIGNED_AT.isoformat(),
        "text": "将于三日内移送。",
    } | changes
    return signed(document, key_of("market"), typ=Typ.SUPERVISION_REPLY)


def letter_vectors() -> tuple[Posted, ...]:
    return (*_taken(), *_misshapen(), *_unlawful())


def _taken() -> Iterator[Posted]:
    for kind, slug in (
        ("reasons_demand", "county-procuratorate"),
        ("transfer_opinion", "county-procuratorate"),
        ("penalty_opinion", "county-procuratorate"),
        ("supervisory_letter", "county-justice"),
        ("supervision_opinion", "county-justice"),
        ("supervision_decision", "city-justice"),
    ):
        name = kind.replace("_", "-")
        what = f"A {name}, taken; the register need not know the case"
        yield _asked(name, what, letter(name, slug, kind=kind))
    name = "reply-by"
    asked = letter(name, reply_by="2026-12-20T16:00:00Z")
    yield _asked(name, "An opinion that sets its own date, as the law lets it", asked)


def _misshapen() -> Iterator[Posted]:
    nobody = {"agency": None, "case_number": None}
    for name, what, pointer, changes in (
        ("case-number-missing", "A letter about no case", "", {"case_number": None}),
        ("kind-unknown", "A kind that is not in the table", "/kind", {"kind": "warning"}),
        ("result-in-a-letter", "An outcome's result in a letter", "", {"result": "adopted"}),
        ("dismissal-of-nothing", "A dismissal without a lead", "", {"kind": "dismissal", **nobody}),
        ("text-missing", "A letter that asks nothing", "/text", {"text": None}),
        (
            "reply-by-before-issue",
            "A reply asked for before the letter",
            "",
            {"reply_by": "2026-11-01T00:00:00Z"},
        ),
        (
            "reply-by-too-late",
            "More time than the two months of the law (SPP21 Art 9)",
            "/reply_by",
            {"kind": "penalty_opinion", "reply_by": "2028-01-01T00:00:00Z"},
        ),
        (
            "issued-in-the-future",
            "Issued a year from now",
            "/issued_at",
            {"issued_at": "2099-01-01T00:00:00Z"},
        ),
    ):
        yield _asked(name, what, letter(name, **changes), code="schema", pointer=pointer)
    wrong = reply(result="maybe")
    yield Posted(
        "reply-result-unknown",
        "A result that is not in the table",
        *(wrong, REPLIES, "schema", "/result"),
    )


def _unlawful() -> Iterator[Posted]:
    name = "issuer-of-another-kind"
    yield _asked(
        name,
        "An opinion to transfer is the procuratorate's (SPP21 Art 7)",
        letter(name, "county-justice"),
        code="not_permitted",
    )
    name = "police-supervise-nobody"
    demand = letter(name, "county-police", kind="reasons_demand")
    yield _asked(name, "A demand of the police", demand, code="not_permitted")
    name = "another-county"
    yield _asked(
        name,
        "An agency outside the office's jurisdiction",
        letter(name, "other-procuratorate"),
        code="not_found",
    )
    name = "to-the-police"
    to_police = letter(name, agency=office("county-police").code)
    yield _asked(name, "A letter to an office that is no agency", to_police, code="not_found")
    name = "lead-unknown"
    stray = letter(name, lead_id=_NOT_OURS)
    yield _asked(name, "About a lead that there is not", stray, code="not_found")
    name = "letter-id-reused"
    other = letter("transfer-opinion", text="另一份文书。")
    yield _asked(
        name,
        "The letter_id of another letter, with other content",
        other,
        code="letter_id_reused",
        after=("transfer-opinion",),
    )
    name = "signer-another-office"
    mismatch = letter(name, office=office("city-procuratorate").code)
    yield _asked(name, "Signed by one, written for another", mismatch, code="signer_mismatch")
    name = "typ-of-a-report"
    as_report = letter(name, typ=Typ.REPORT)
    yield _asked(name, "A letter whose header says report", as_report, code="wrong_typ")
    yield Posted(
        "reply-to-nothing",
        "A reply to a letter that the agency never got",
        *(reply(), REPLIES, "not_found"),
    )
