"""Vectors of the register: batches of case records as they are posted, and what becomes of each record."""

from collections.abc import Iterator
from typing import Any

from contracts.jws import Typ
from tests.support.offices import key_of, office
from tests.support.packets import signed
from tests.support.posted import Posted
from tests.support.records import content

_RECORDS = "/v1/case-records"


def batch(
    name: str,
    *records: object,
    slug: str = "market",
    typ: Typ = Typ.CASE_RECORDS,
    **changes: Any,
) -> bytes:
    """Sign a batch of an office; None takes a member away."""
    document = {
        "document": "case-records",
        "version": "1",
        "batch_id": name,
        "agency": {"code": office(slug).code, "name": office(slug).name},
        "records": list(records) or None,
    } | changes
    told = {member: value for member, value in document.items() if value is not None}
    return signed(told, key_of(slug), typ=typ)


def records_vectors() -> tuple[Posted, ...]:
    return (*_judged(), *_versions(), *_in_part(), *_refused())


def _judged() -> Iterator[Posted]:
    goods = {"identical_mark_identical_goods": True, "unsold_goods_value": 0, "illegal_gains": 0}
    for number, name, what, record, told in (
        (
            *(801, "meets", "A case over the filing standard, fined and kept"),
            {},
            {"conclusion": "meets"},
        ),
        (
            *(802, "near", "Four fifths of the standard are reached"),
            {"facts": goods | {"sales_amount": 45_000}},
            {"conclusion": "near"},
        ),
        (
            *(803, "below", "A small case"),
            {"facts": goods | {"sales_amount": 900}},
            {"conclusion": "below"},
        ),
        (
            *(804, "undetermined", "A fact that decides is not stated: never below"),
            {"facts": {"identical_mark_identical_goods": True, "unsold_goods_value": 0}},
            {"conclusion": "undetermined", "missing": ["sales_amount", "illegal_gains"]},
        ),
        (
            *(805, "unjudged", "A cause that leads to no offence of the rule book"),
            {"cause": "占道经营", "facts": {}},
            {"conclusion": "unjudged"},
        ),
        (
            *(806, "transfer-refused", "The chief refused the transfer, and said why"),
            {
                "transfer": {
                    "decision": "refused",
                    "decided_at": "2026-05-12T09:00:00+08:00",
                    "reason": "当事人配合调查",
                }
            },
            {"conclusion": "meets"},
        ),
    ):
        body = batch(name, content(number, **record))
        yield Posted(name, what, body, _RECORDS, results=(_stored(number, **told),))


def _versions() -> Iterator[Posted]:
    later = content(801, recorded_at="2026-11-20T10:00:00+08:00", summary="当事人补充提交账册。")
    name = "replaced"
    replaced = _stored(801, result="replaced", version=2, conclusion="meets")
    yield Posted(
        name,
        "A later version of a case takes the place of the earlier one",
        *(batch(name, later), _RECORDS),
        after=("meets",),
        results=(replaced,),
    )
    name = "unchanged"
    yield Posted(
        name,
        "The version that we have, in another batch",
        *(batch(name, later), _RECORDS),
        after=("meets", "replaced"),
        results=(replaced | {"result": "unchanged"},),
    )
    name = "recorded-later"
    yield Posted(
        name,
        "A case as it stood on 20 November",
        batch(name, content(807, recorded_at="2026-11-20T10:00:00+08:00")),
        _RECORDS,
        results=(_stored(807, conclusion="meets"),),
    )
    name = "stale"
    early = content(807, recorded_at="2026-11-10T10:00:00+08:00", summary="尚未提交账册。")
    yield Posted(
        name,
        "An earlier version that comes late is kept behind the later one",
        *(batch(name, early), _RECORDS),
        after=("recorded-later",),
        results=(_stored(807, result="stale", version=2, conclusion="meets"),),
    )


def _in_part() -> Iterator[Posted]:
    name = "one-of-two"
    yield Posted(
        name,
        "A record that cannot be read fails alone",
        batch(name, content(811, party=None), content(812)),
        _RECORDS,
        results=(
            {
                "index": 0,
                "case_number": _number(811),
                "result": "refused",
                "errors": [{"pointer": "/records/0/party", "code": "missing"}],
            },
            _stored(812, index=1, conclusion="meets"),
        ),
    )
    name = "counts-alone"
    counts = [{"month": "2026-10", "filed": 44, "decided": 31}]
    yield Posted(
        name,
        "How many cases the agency's own register has for a month",
        *(batch(name, counts=counts), _RECORDS),
        results=(),
    )


def _refused() -> Iterator[Posted]:
    for name, what, pointer, changes in (
        ("empty", "Neither records nor counts", "", {}),
        ("batch-id-missing", "A batch without its number", "/batch_id", {"batch_id": None}),
        (
            "month-that-is-none",
            "Counts of a thirteenth month",
            "/counts/0/month",
            {"counts": [{"month": "2026-13", "decided": 1}]},
        ),
        ("member-unknown", "A member that the contract does not know", "/total", {"total": 3}),
    ):
        records = () if name == "empty" else (content(821),)
        body = batch(name, *records, **changes)
        yield Posted(name, what, body, _RECORDS, code="schema", pointer=pointer)
    name = "batch-id-reused"
    yield Posted(
        name,
        "The batch_id of another batch, with other content",
        *(batch("meets", content(822)), _RECORDS, "batch_id_reused"),
        after=("meets",),
    )
    name = "agency-another"
    other = {"code": office("tax").code, "name": office("tax").name}
    yield Posted(
        name,
        "Signed by one agency, written for another",
        *(batch(name, content(823), agency=other), _RECORDS, "signer_mismatch"),
    )
    name = "not-an-agency"
    yield Posted(
        name,
        "A procuratorate has no register of cases",
        *(batch(name, content(824), slug="county-procuratorate"), _RECORDS, "not_permitted"),
    )
    name = "typ-of-a-packet"
    yield Posted(
        name,
        "A batch whose header says transfer packet",
        *(batch(name, content(825), typ=Typ.TRANSFER_PACKET), _RECORDS, "wrong_typ"),
    )


def _number(number: int) -> str:
    told: str = content(number)["case_number"]
    return told


def _stored(number: int, **changes: Any) -> dict[str, Any]:
    told = {"index": 0, "case_number": _number(number), "result": "stored", "version": 1}
    return told | changes
