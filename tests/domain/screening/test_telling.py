"""A screening told for reading: every clause has its fact, value and limit, and unknown is never no."""

from datetime import date
from typing import Any

import pytest

from contracts.document import parse
from contracts.facts import PartialDate, load_vocabulary
from contracts.packet import TransferPacket
from contracts.rulebook import Conclusion, load_rulebook
from service.domain.assessment import assess
from service.domain.phrases import Language
from service.domain.rulebook import compile_rulebook
from service.domain.screening import ScreeningCase, screen
from service.domain.telling import ToldFinding, facts_used, teller_of
from service.domain.value_words import column_word, value_word
from tests.support.packets import packet, payload_of

BOOK = compile_rulebook(load_rulebook(), load_vocabulary())
ON = date(2026, 11, 23)


def read(**changes: Any) -> TransferPacket:
    if "facts" in changes:
        changes = {"evidence": {}} | changes
    return parse(TransferPacket, payload_of(packet(**changes)))


def told(language: Language = Language.ZH, **changes: Any) -> list[ToldFinding]:
    case = read(**changes)
    return teller_of(BOOK, language).findings(assess(case, BOOK, ON, explain=True))


def test_clause_has_fact_value_limit_and_the_page_that_proves_it() -> None:
    finding = told()[0]
    assert (finding.conclusion, finding.is_named) == (Conclusion.MEETS, True)
    deciding = finding.governing.deciding
    assert deciding is not None
    assert (deciding.document, deciding.article) == ("中华人民共和国刑法", "第一百四十条")
    assert deciding.clause is not None
    _, sold = deciding.clause.children
    assert (sold.subject, sold.value, sold.limit) == ("销售金额", "60,000元", "达到50,000元")
    assert (sold.truth, sold.evidence[0].page) == (True, 1)


def test_english_reader_has_the_same_clauses() -> None:
    deciding = told(Language.EN)[0].governing.deciding
    assert deciding is not None
    assert deciding.clause is not None
    finding, sold = deciding.clause.children
    assert (sold.subject, sold.value, sold.limit) == (
        *("sales amount", "60,000 CNY"),
        "reaches 50,000 CNY",
    )
    assert finding.value == "yes"


def test_unknown_names_what_is_missing_and_what_would_settle_it() -> None:
    facts = {"substandard_product": None, "sales_amount": 60000, "party_type": "person"}
    finding = told(facts=facts)[0]
    assert finding.conclusion is Conclusion.UNDETERMINED
    assert finding.governing.missing == ("伪劣产品",)
    deciding = finding.governing.deciding
    assert deciding is not None
    assert deciding.truth is None
    assert deciding.wanted == "“伪劣产品”为是"
    assert deciding.clause is not None
    assert deciding.clause.children[0].value is None


def test_near_says_how_far_it_got() -> None:
    facts = {"substandard_product": True, "sales_amount": 49999.99, "party_type": "person"}
    finding = told(facts=facts)[0]
    assert finding.conclusion is Conclusion.NEAR
    assert finding.governing.reach == "99.9%"


def test_two_versions_are_both_told_and_the_more_lenient_governs() -> None:
    facts = {"party_type": "person", "province": "610000", "timber_volume": 13}
    finding = next(
        one
        for one in told(facts=facts, offences=[{"code": "CL-345"}], conduct={"ended_on": "2016-11"})
        if one.name == "滥伐林木罪"
    )
    at_act, current = finding.verdicts
    assert (at_act.conclusion, at_act.is_current, at_act.is_governing) == (
        *(Conclusion.UNDETERMINED, False),
        False,
    )
    assert (current.conclusion, current.is_current, current.is_governing) == (
        *(Conclusion.BELOW, True),
        True,
    )
    assert finding.governing is current
    assert finding.conclusion is Conclusion.BELOW


def test_facts_are_told_with_units_bounds_and_records() -> None:
    penalty = {"decided_on": "2025-01-02", "offence_family": "tobacco", "status": "effective"}
    facts = {
        "sales_amount": 60000,
        "party_type": "unit",
        "province": "330000",
        "prior_administrative_penalties": [penalty],
        "substandard_product": False,
        "conduct_description": None,
    }
    facts = {name: value for name, value in facts.items() if name in load_vocabulary()}
    case = read(facts=facts, bounds={"sales_amount": "at_least"})
    by_name = {one.name: one for one in teller_of(BOOK, Language.ZH).facts(case)}
    assert (by_name["sales_amount"].value, by_name["sales_amount"].bound) == (
        *("60,000元",),
        "at_least",
    )
    assert by_name["party_type"].value == "单位"
    assert by_name["province"].value == "浙江"
    assert by_name["substandard_product"].value == "否"
    (record,) = by_name["prior_administrative_penalties"].records
    assert record == {"决定日期": "2025-01-02", "行为类别": "烟草专卖品", "状态": "生效"}
    (record,) = teller_of(BOOK, Language.EN).facts(case)[3].records
    assert record["offence family"] == "tobacco"


def test_used_facts_are_those_of_clauses() -> None:
    used = facts_used(assess(read(), BOOK, ON, explain=True))
    assert {"sales_amount", "substandard_product"} <= used
    assert "medical_device" not in used


@pytest.mark.parametrize("fact", load_vocabulary().facts, ids=lambda fact: fact.name)
def test_every_value_and_column_has_a_word(fact: Any) -> None:
    for value in fact.values or ():
        assert value_word(value) != value
    for field in fact.fields or ():
        assert column_word(field.name) != field.name
        for value in field.values if isinstance(field.values, tuple) else ():
            assert value_word(value) != value


def test_every_row_of_the_book_can_be_told() -> None:
    """No branch is left without its document, whatever case calls it up."""
    for row in BOOK.offences:
        case = ScreeningCase(
            facts={}, offence_codes=(row.row,), conduct_on=PartialDate.parse("2026")
        )
        screening = screen(case, BOOK, on=ON, explain=True)
        assert screening.findings, row.row
        for language in Language:
            (finding, *_) = teller_of(BOOK, language).findings(screening)
            assert finding.governing.unaddressed or finding.governing.others or finding.scope
