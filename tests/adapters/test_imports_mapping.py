"""Columns as case records: what mappings may say, and that our own columns lose nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.imports.flat import flat_columns, flat_row
from adapters.imports.mapper import FaultsError, Mapper
from adapters.imports.mapping import find_mapping, parse_mapping, shipped
from adapters.imports.paths import leaves
from adapters.imports.records import as_it_is, chunks
from adapters.imports.rows import ExportError, Row
from contracts.case_record import faults_of, read_record, read_records
from contracts.facts import load_vocabulary
from tests.support.records import content, record

AGENCY = "11339921900000006G"


# our own columns


def whole() -> dict[str, Any]:
    """A record that says everything."""
    moments = (
        *("decided_at", "transferred_at", "acknowledged_at", "accepted_at", "filed_at"),
        *("not_filed_at", "reconsideration_requested_at", "supervision_suggested_at"),
    )
    transfer = dict.fromkeys(moments, "2026-07-01T09:00:00.250000+08:00")
    return content(
        sector="market_supervision",
        division="339921",
        act_family="ip_trademark",
        recorded_at="2026-08-01T00:00:00Z",
        entered_at="2026-08-01T00:00:00+08:00",
        filed_on="2026",
        offences=[{"code": "CL-214", "name": "销售假冒注册商标的商品罪"}, {"code": "CL-140"}],
        facts={
            "sales_amount": 400000,
            "illegal_gains": 12.0,
            "evaded_tax_ratio": 0.00005,
            "identical_mark_identical_goods": False,
            "party_type": "unit",
            "prior_administrative_penalties": [{"decided_on": "2025-01", "authority": "某“局”"}],
        },
        bounds={"sales_amount": "at_least"},
        legal_review={"held_on": "2026-05", "opinion": "transfer"},
        collective_discussion={"held_on": "2026-05-02", "opinion": "penalise"},
        penalty={
            "decision_number": "示市监处罚〔2026〕1号",
            "kinds": ["罚款;警告", "没收违法所得、没收非法财物"],
            "decided_on": "2026-06-01",
            "effective_on": "2026-06-02",
            "amount": 1.25,
            "floor": 0.5,
            "mitigation": "初次",
            "status": "under_review",
        },
        transfer={
            "decision": "refused",
            "reason": "证据不足",
            "document_number": "〔2026〕1号",
            "addressee": "public_security",
            "reconsideration_changed": False,
            "prosecuted_on": "2026-09-01",
            "convicted_on": "2026-10-01",
            **transfer,
        },
        reverse={
            "non_prosecution_on": "2026-07-02",
            "opinion_number": "检意〔2026〕1号",
            "opinion_received_at": "2026-07-03T09:00:00+08:00",
            "replied_at": "2026-07-04T09:00:00+08:00",
        },
        closed_on="2026-11-01",
        summary="第一行\n第二行",
    )


def mapped(values: dict[str, Any], name: str = "linkage") -> dict[str, Any]:
    return Mapper(find_mapping(name), AGENCY).content(values)


def test_our_own_columns_lose_nothing():
    [before] = read_records([whole()])
    row = flat_row(before)

    [after] = read_records([mapped(row)])

    assert {path for path in row if not path.startswith(("facts.", "bounds."))} == {*leaves()}
    assert after.content() == before.content()


def test_every_member_of_a_record_has_its_column():
    mapping = find_mapping("linkage")

    assert {column.to for column in mapping.columns} == {*leaves()}
    names = [name for column in mapping.columns for name in column.keys]
    assert len(names) == len({*names})


NUMBERS = st.one_of(
    st.integers(0, 10**12),
    st.floats(0, 1e12, allow_nan=False).filter(lambda number: number == 0 or number > 1e-9),
)


@given(st.dictionaries(st.sampled_from(["sales_amount", "illegal_gains"]), NUMBERS))
def test_numbers_come_back_as_they_were_written(facts):
    before = record(facts=facts)

    [after] = read_records([mapped(flat_row(before))])

    assert after.content() == before.content()


def test_columns_of_facts_are_in_the_header():
    columns = flat_columns(["sales_amount"], ["sales_amount"])

    assert columns == [*leaves(), "facts.sales_amount", "bounds.sales_amount"]


def test_every_type_of_fact_is_read_by_its_name():
    for fact in load_vocabulary().facts:
        cell = {"boolean": "是", "date": "2026年", "list": "[]"}.get(fact.type, "1")
        value = mapped({f"facts.{fact.name}": cell})["facts"][fact.name]
        expected = {"boolean": True, "date": "2026", "list": [], "enum": "1", "text": "1"}
        assert value == expected.get(fact.type, 1)


def test_line_that_brings_a_fact_that_there_is_not_is_refused_alone():
    mapper = Mapper(find_mapping("linkage"), AGENCY)
    with pytest.raises(FaultsError, match="names no fact"):
        mapper.content({"案号": "1", "facts.nonsense": 1})
    assert mapper.content({"案号": "示市监案〔2026〕1号"})["case_number"]


def test_fact_that_the_vocabulary_has_not_stops_the_file():
    with pytest.raises(ExportError, match=r"facts\.no_such names no fact"):
        Mapper(find_mapping("linkage"), AGENCY).check(["案号", "facts.no_such"])


# the published fields


PUBLISHED = {
    "行政处罚决定书文号": "示市监处罚〔2026〕7号",
    "违法行为类型": "销售侵犯注册商标专用权的商品\n",
    "违法事实": "当事人销售侵权商品。",
    "处罚依据": "商标法第六十条",
    "处罚类别": "罚款;没收违法所得、没收非法财物",
    "处罚内容": "罚款5000元",
    "罚款金额（万元）": "0.5",
    "没收违法所得、没收非法财物的金额（万元）": "0.123",
    "处罚决定日期": "2026/06/01",
    "处罚有效期": "2027/06/01",
    "处罚机关": "示例县市场监督管理局",
    "处罚机关统一社会信用代码": AGENCY,
    "行政相对人名称": "示例有限公司",
    "行政相对人类别": "法人及非法人组织",
    "行政相对人代码_1(统一社会信用代码)": "91990101MA0000001X",
    "行政相对人代码_3(组织机构代码)": "",
    "法定代表人": "某某",
    "备注": "无",
}


def published(**changes: Any) -> dict[str, Any]:
    return mapped(PUBLISHED | changes, "shuanggongshi")


def test_published_penalty_becomes_a_case():
    found = published()

    assert faults_of(read_records([found])[0]) == []
    assert found["case_number"] == found["penalty"]["decision_number"] == "示市监处罚〔2026〕7号"
    assert found["cause"] == "销售侵犯注册商标专用权的商品"
    assert found["penalty"]["kinds"] == ["罚款", "没收违法所得、没收非法财物"]
    assert found["penalty"]["amount"] == 5000
    assert found["penalty"]["decided_on"] == "2026-06-01"
    assert found["party"] == {
        "kind": "unit",
        "name": "示例有限公司",
        "identifier": {"type": "credit_code", "value": "91990101MA0000001X"},
    }
    assert found["summary"] == "当事人销售侵权商品。\n罚款5000元\n商标法第六十条"
    assert "facts" not in found


def test_every_published_field_is_known():
    mapping = find_mapping("shuanggongshi")

    assert Mapper(mapping, AGENCY).check(list(PUBLISHED)) == ()
    assert Mapper(mapping, AGENCY).check([*PUBLISHED, "经办人"]) == ("经办人",)


def test_number_of_a_person_that_is_published_with_stars_joins_nobody():
    person = {"行政相对人类别": "自然人", "行政相对人代码_1(统一社会信用代码)": "/"}

    starred = published(**person, 证件类型="身份证", 证件号码="3399**********1234")
    plain = published(**person, 证件类型="身份证", 证件号码="339921199001011234")
    strange = published(**person, 证件类型="军官证", 证件号码="军字1号")
    untyped = published(**person, 证件号码="X1")

    assert starred["party"] == {"kind": "person", "name": "示例有限公司"}
    assert plain["party"]["identifier"] == {"type": "citizen_id", "value": "339921199001011234"}
    assert strange["party"]["identifier"]["type"] == "other"
    assert untyped["party"]["identifier"]["type"] == "other"


def test_case_of_another_agency_is_refused():
    with pytest.raises(FaultsError) as caught:
        published(处罚机关统一社会信用代码="119999999999999999")

    [fault] = caught.value.faults
    assert fault.code == "other_agency"
    assert "处罚机关统一社会信用代码" in fault.detail
    assert published(处罚机关统一社会信用代码="")["cause"]


def test_penalty_that_was_revoked_is_not_effective():
    assert published(当前状态="1")["penalty"]["status"] == "revoked"
    assert published(当前状态="其他")["penalty"]["status"] == "under_review"
    assert "status" not in published()["penalty"]


def test_long_cause_is_cut_and_not_refused():
    found = published(违法行为类型="一" * 300)

    assert found["cause"] == "一" * 199 + "…"
    assert faults_of(read_records([found])[0]) == []


def test_cells_that_cannot_be_read_name_their_columns():
    with pytest.raises(FaultsError) as caught:
        published(处罚决定日期="上周", **{"罚款金额（万元）": "若干"})

    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [
        ("/penalty/decided_on", "cell_invalid"),
        ("/penalty/amount", "cell_invalid"),
    ]
    assert "处罚决定日期: a date is expected" in str(caught.value)
    assert "上周" not in str(caught.value)
    assert caught.value.content["case_number"] == PUBLISHED["行政处罚决定书文号"]


def test_file_without_a_column_that_every_case_needs_is_not_read():
    with pytest.raises(ExportError, match=r"no column for penalty\.kinds: one of 处罚类别"):
        Mapper(find_mapping("shuanggongshi"), AGENCY).check(
            [name for name in PUBLISHED if name != "处罚类别"]
        )


# mappings


def with_columns(*columns: str, more: str = "") -> str:
    lines = "".join(f"- {column}\n" for column in columns)
    return f"zh: 一\nen: One\n{more}columns:\n{lines}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (with_columns("{to: no.such, from: [a]}"), "a case record has no no.such"),
        (with_columns("{to: facts.no_such, from: [a]}"), "a case record has no facts.no_such"),
        (with_columns("{to: party, from: [a]}"), "a case record has no party"),
        (with_columns("{to: cause, from: []}"), "columns.0.from"),
        (with_columns("{to: cause, from: [a], as: word}"), "lists its words"),
        (with_columns("{to: cause, from: [a], words: {a: b}}"), "lists its words"),
        (with_columns("{to: cause, from: [a], take: '('}"), "no regular expression"),
        (with_columns("{to: cause, from: [a], form: x}"), "columns.0.form"),
        (with_columns("{to: cause, from: [a]}", more="constants: {no.such: 1}\n"), "no.such"),
        ("zh: [", "is not YAML"),
        ("[]", "the whole: Input should be a valid dictionary"),
    ],
)
def test_mapping_that_is_wrong_says_so_when_it_is_loaded(text, reason):
    with pytest.raises(ExportError, match=r"mine\.yaml") as caught:
        parse_mapping("mine.yaml", text)
    assert reason in str(caught.value)


def test_mapping_is_found_by_its_name_or_its_path(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(with_columns("{to: cause, from: [a]}"), "utf-8")

    assert find_mapping(str(path)).en == "One"
    assert find_mapping("linkage") == shipped()["linkage"]
    with pytest.raises(ExportError) as caught:
        find_mapping("no_such")
    assert "linkage, shuanggongshi" in caught.value.advice


def test_constants_and_the_first_column_that_says_something_count():
    text = with_columns(
        "{to: sector, from: [领域]}",
        "{to: cause, from: [案由, 事由]}",
        "{to: cause, from: [备注], default: 其他}",
        "{to: title, from: [题名], at_most: 4}",
        more="constants: {sector: drug}\nempty: [略]\n",
    )
    mapper = Mapper(parse_mapping("mine.yaml", text), AGENCY)

    assert mapper.content({"领域": "tax", "事由": "甲", "案由": "略"}) == {
        "sector": "drug",
        "cause": "甲",
    }
    assert mapper.content({"备注": "乙", "案由": None})["cause"] == "乙"
    assert mapper.content({"题名": "很长的题名"}) == {
        "sector": "drug",
        "cause": "其他",
        "title": "很长的…",
    }


def test_lines_that_each_name_their_own_columns_are_read_by_them(monkeypatch):
    monkeypatch.setattr("adapters.imports.mapper.MOST_COLUMNS", 2)
    mapper = Mapper(find_mapping("linkage"), AGENCY)

    assert mapper.content({"案号": "1"}) == {"case_number": "1"}
    assert mapper.content({"case_number": "2", "案由": "甲"}) == {
        "case_number": "2",
        "cause": "甲",
    }
    assert mapper.content({"title": "乙"}) == {"title": "乙"}


# chunks


def test_chunks_keep_the_order_and_put_aside_what_cannot_be_taken():
    rows = iter(
        [
            Row(1, content(1)),
            Row(2, content(2, cause=None)),
            Row(3, content(3, facts={"no_such": 1})),
            Row(4, content(4)),
        ]
    )

    first, second = chunks(rows, as_it_is, 3)

    assert [one.case_number for one in first.records] == ["示市监案〔2026〕1号"]
    assert [row.number for row in first.rows] == [1]
    assert [(one.line, one.errors[0].pointer) for one in first.rejects] == [
        (2, "/cause"),
        (3, "/facts/no_such"),
    ]
    assert [one.case_number for one in second.records] == ["示市监案〔2026〕4号"]
    assert (first.read, second.read) == (3, 1)


def test_line_whose_cells_cannot_be_read_is_put_aside_as_it_stands():
    mapper = Mapper(find_mapping("shuanggongshi"), AGENCY)
    bad = PUBLISHED | {"处罚决定日期": "上周"}

    [chunk] = chunks(iter([Row(2, bad), Row(3, PUBLISHED)]), mapper.content, 10)

    assert [(one.line, one.row) for one in chunk.rejects] == [(2, bad)]
    assert [row.number for row in chunk.rows] == [3]


def test_case_number_that_is_no_text_is_not_repeated():
    [chunk] = chunks(iter([Row(1, {"case_number": 5})]), as_it_is, 1)

    assert chunk.rejects[0].case_number is None
    assert chunk.rejects[0].errors[0].pointer == "/case_number"


def test_record_that_is_right_has_no_faults():
    assert faults_of(read_record(record().content())) == []
