"""Case records: one canonical text a version, each read alone, and everything that is wrong with one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from contracts import jws
from contracts.case_record import (
    MOST_RECORDS,
    CaseRecord,
    CaseRecords,
    RecordResult,
    faults_of,
    plain,
    read_record,
    read_records,
    record_digest,
)
from contracts.document import SchemaError, parse
from contracts.json_schema import schema_of
from service.domain.appraisal import CONCLUSIONS
from tests.support.posted import Posted
from tests.support.records import content
from tests.support.records_vectors import records_vectors


def written(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


def read(**changes: Any) -> CaseRecord:
    return read_record(written(content(**changes)))


numbers = st.integers(0, 10**9) | st.floats(0, 1e9, allow_nan=False)
facts = st.dictionaries(
    st.sampled_from(["sales_amount", "unsold_goods_value", "illegal_gains", "label_pieces"]),
    numbers | st.booleans() | st.text(max_size=5),
)
records = st.fixed_dictionaries(
    {},
    optional={
        "facts": facts,
        "bounds": st.dictionaries(
            st.sampled_from(["sales_amount", "illegal_gains"]),
            st.sampled_from(["at_least", "at_most", "about"]),
        ),
        "recorded_at": st.sampled_from(["2026-11-01T10:00:00+08:00", "2026-11-01T02:00:00.5Z"]),
        "filed_on": st.sampled_from(["2026", "2026-02", "2026-02-03"]),
        "offences": st.just([{"code": "CL-140", "name": "生产、销售伪劣产品罪"}]),
        "summary": st.just("甲\n乙"),
        "transfer": st.just({"decision": "refused", "reconsideration_changed": False}),
    },
)


@given(records)
def test_content_is_read_back_and_written_the_same(changes: dict[str, Any]) -> None:
    record = read(**changes)
    again = read_record(record.content())
    assert again == record
    assert again.content() == record.content()
    assert record_digest(again.content()) == record_digest(record.content())
    assert read_record(written(dict(plain(record)))) == record


def turned(value: Any) -> Any:
    """The same JSON with the members of every object in the other order."""
    if isinstance(value, dict):
        return {name: turned(one) for name, one in reversed(value.items())}
    return [turned(one) for one in value] if isinstance(value, list) else value


def test_order_of_members_makes_no_other_version() -> None:
    penalties = [{"decided_on": "2025-01-01", "offence_family": "tobacco", "authority": "甲局"}]
    told = content(
        facts={
            "sales_amount": 1,
            "illegal_gains": 2,
            "prior_administrative_penalties": penalties,
        },
        bounds={"sales_amount": "about", "illegal_gains": "at_most"},
    )
    assert read_record(written(told)).content() == read_record(written(turned(told))).content()


@pytest.mark.parametrize(
    ("changes", "other"),
    [
        ({"facts": {"sales_amount": 1}}, {"facts": {"sales_amount": 2}}),
        ({"facts": {}}, {"facts": {"sales_amount": 0}}),
        ({}, {"recorded_at": "2026-11-01T10:00:00+08:00"}),
        ({}, {"case_number": "示案〔2026〕2号"}),
    ],
)
def test_other_words_are_another_version(changes: dict[str, Any], other: dict[str, Any]) -> None:
    assert read(**changes).content() != read(**other).content()


@pytest.mark.parametrize(
    "changes",
    [
        {"case_number": ""},
        {"act_family": "Tobacco"},
        {"filed_on": "2026-13"},
        {"recorded_at": "2026-11-01T10:00:00"},
        {"facts": {f"fact_{number}": 1 for number in range(301)}},
        {"bounds": {"sales_amount": "nearly"}},
        {"penalty": {"kinds": [], "decided_on": "2026-01-01"}},
        {"penalty": {"kinds": ["罚款"], "decided_on": "2026-01-01", "amount": -1}},
        {"party": {"kind": "firm", "name": "甲"}},
        {"unknown": 1},
        {"reverse": {}},
    ],
)
def test_record_that_cannot_be_read_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(**changes)


def test_bad_record_is_its_error_in_its_place() -> None:
    good, bad = content(1), content(2, case_number="")
    first, second, third = read_records([good, bad, "no object"])
    assert isinstance(first, CaseRecord)
    assert isinstance(second, ValidationError)
    assert isinstance(third, ValidationError)
    assert [fault.pointer for fault in faults_of(second)] == ["/case_number"]
    assert faults_of(first) == []
    assert all(isinstance(one, CaseRecord) for one in read_records([good, content(3)]))


def test_facts_that_the_vocabulary_does_not_have_are_faults_of_a_record() -> None:
    faults = faults_of(read(facts={"sales_amount": -5, "invented": 1}))
    assert {fault.pointer for fault in faults} == {"/facts/sales_amount", "/facts/invented"}
    assert all(fault.code and fault.detail for fault in faults)


BATCH = {
    "document": "case-records",
    "version": "1",
    "batch_id": "batch-1",
    "agency": {"code": "11339921900000006G", "name": "示例县市场监督管理局"},
}


def test_batch_says_something() -> None:
    with pytest.raises(SchemaError):
        parse(CaseRecords, written(BATCH))
    assert parse(CaseRecords, written(BATCH | {"records": [{}]})).counts == []
    counted = BATCH | {"counts": [{"month": "2026-10", "decided": 3}]}
    assert parse(CaseRecords, written(counted)).records == []


@pytest.mark.parametrize("month", ["2026-13", "1999-01", "2026-1"])
def test_count_is_of_a_month(month: str) -> None:
    with pytest.raises(SchemaError):
        parse(CaseRecords, written(BATCH | {"counts": [{"month": month, "decided": 3}]}))


def test_batch_has_ten_thousand_records_at_most() -> None:
    assert MOST_RECORDS == 10_000
    with pytest.raises(SchemaError):
        parse(CaseRecords, written(BATCH | {"records": [0] * (MOST_RECORDS + 1)}))


@pytest.mark.parametrize("vector", records_vectors(), ids=lambda one: one.name)
def test_vector_says_of_its_shape_what_the_models_and_the_schemas_say(vector: Posted) -> None:
    payload = jws.open_envelope(vector.body).payload
    if vector.code == "schema":
        with pytest.raises(SchemaError) as caught:
            parse(CaseRecords, payload)
        assert vector.pointer in {fault.pointer for fault in caught.value.faults}
        return
    Draft202012Validator(schema_of("case-records")).validate(json.loads(payload))
    records = read_records(parse(CaseRecords, payload).records)
    refused = [index for index, one in enumerate(records) if faults_of(one)]
    told = [one["index"] for one in vector.results or () if one["result"] == "refused"]
    assert refused == told
    for one in records:
        if isinstance(one, CaseRecord):
            Draft202012Validator(schema_of("case-record")).validate(json.loads(one.content()))


def test_there_is_a_vector_for_every_answer() -> None:
    told = [one for vector in records_vectors() for one in vector.results or ()]
    assert {one["result"] for one in told} == set(RecordResult)
    assert {one["conclusion"] for one in told if "conclusion" in one} == set(CONCLUSIONS)
