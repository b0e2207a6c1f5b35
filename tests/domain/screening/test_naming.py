"""Which offences a case is about: named, touched, told apart; and what an answer carries."""

import pytest

from contracts.facts import PartialDate
from contracts.rulebook import Conclusion
from service.domain.screening import ScreeningCase, screen
from tests.domain.screening.conftest import TODAY

MEETS, UNDETERMINED, BELOW = Conclusion.MEETS, Conclusion.UNDETERMINED, Conclusion.BELOW
MARK = {"identical_mark_identical_goods": True, "ip_rights_count": 1}


def test_all_offences_that_the_facts_touch_are_found_strongest_first(book):
    facts = MARK | {
        "substandard_product": True,
        "sales_amount": 60_000,
        "illegal_business_amount": 1,
    }
    findings = screen(ScreeningCase(facts=facts, prior_penalties=()), book, on=TODAY).findings
    assert [finding.row for finding in findings] == ["M01", "M13", "M11"]
    assert not any(finding.is_named for finding in findings)


def test_field_of_the_agency_ranks_equals(book):
    facts = {
        "substandard_product": True,
        "sales_amount": 60_000,
        "hazardous_waste": 5,
    }
    for agency, first in (("market-supervision", "M01"), ("ecology", "E01")):
        case = ScreeningCase(facts=facts, agency_kind=agency)
        assert screen(case, book, on=TODAY).findings[0].row == first


def test_named_offence_leads_even_where_another_is_stronger(book):
    facts = {"substandard_product": True, "sales_amount": 60_000, "toxic_nonfood_substance": False}
    screening = screen(ScreeningCase(facts=facts, offence_codes=("CL-144",)), book, on=TODAY)
    assert screening.leading.row == "M06"
    assert (screening.conclusion, screening.conclusion_current) == (BELOW, BELOW)
    assert screening.findings[0].row == "M01"


def test_charge_tells_rows_of_one_article_apart(book):
    facts = {"timber_volume": 6}
    theft = ScreeningCase(facts=facts, offence_codes=("CL-345",), charges=("盗伐林木罪",))
    felling = ScreeningCase(facts=facts, offence_codes=("CL-345",))
    assert screen(theft, book, on=TODAY).conclusion is MEETS
    assert screen(felling, book, on=TODAY).leading.row == "E17"


def test_scope_that_is_denied_is_below(book):
    facts = {"smuggled_goods_kind": "banned_waste", "evaded_duty": 500_000}
    screening = screen(ScreeningCase(facts=facts, offence_codes=("CL-153",)), book, on=TODAY)
    assert screening.conclusion is BELOW
    assert screening.leading.scope.truth is False


def test_generic_facts_alone_call_up_every_offence_that_reads_them_as_open(book):
    screening = screen(ScreeningCase(facts={"evaded_duty": 500_000}), book, on=TODAY)
    assert [(f.row, f.conclusion) for f in screening.findings] == [("C01", UNDETERMINED)]
    assert screening.leading.missing == ("smuggled_goods_kind",)
    amounts = screen(ScreeningCase(facts={"sales_amount": 500_000}), book, on=TODAY)
    assert {"M01", "M13"} <= {finding.row for finding in amounts.findings}


def test_facts_that_no_offence_reads_give_no_finding(book):
    screening = screen(ScreeningCase(facts={"province": "110000"}), book, on=TODAY)
    assert (screening.findings, screening.leading) == ((), None)
    assert (screening.conclusion, screening.conclusion_current) == (UNDETERMINED, UNDETERMINED)


def test_offence_that_the_book_has_not_is_said_to_be_unknown(book):
    facts = {"substandard_product": True, "sales_amount": 60_000}
    screening = screen(ScreeningCase(facts=facts, offence_codes=("CL-999",)), book, on=TODAY)
    assert screening.unknown_offences == ("CL-999",)
    assert (screening.leading, screening.conclusion) == (None, UNDETERMINED)
    assert screening.findings[0].row == "M01"


def test_unverified_text_is_said_to_be_unverified(judge):
    old = judge("E01", {"heavy_metal_group2_exceedance": 5}, conduct_on="2016")
    new = judge("E01", {"heavy_metal_group2_exceedance": 15})
    assert (old.is_unverified, new.is_unverified) == (True, False)


def test_doubt_is_named_where_its_facts_are_given(judge):
    doubts = judge("E01", {"heavy_metal_group1_exceedance": 2}).doubts
    assert ["超标倍数" in doubt.zh for doubt in doubts] == [True]
    assert judge("E01", {"hazardous_waste": 2}).doubts == ()
    assert len(judge("M11", {"illegal_gains": 1}).doubts) == 1


def test_screening_names_its_rule_book(book):
    screening = screen(ScreeningCase(facts={}), book, on=TODAY)
    assert screening.rulebook_version == book.version
    assert screening.rulebook_digest.startswith("sha-256:")


def test_verdict_is_the_same_without_explanation(book):
    for facts in ({"sales_amount": 45_000} | MARK, {"timber_volume": 13}, {"evaded_tax": 10**6}):
        case = ScreeningCase(facts=facts, conduct_on=PartialDate.parse("2022"))
        told = screen(case, book, on=TODAY)
        short = screen(case, book, on=TODAY, explain=False)
        strip = [(f.row, f.at_act[:-1], f.current[:-1]) for f in told.findings]
        assert strip == [(f.row, f.at_act[:-1], f.current[:-1]) for f in short.findings]
        assert not any(f.at_act.readings for f in short.findings)


def test_row_that_nobody_mentions_steps_back_behind_its_siblings(book):
    facts = {"identical_mark_identical_goods": True, "service_illegal_gains": 60_000}
    screening = screen(ScreeningCase(facts=facts, offence_codes=("CL-213",)), book, on=TODAY)
    assert [(f.row, f.conclusion) for f in screening.findings] == [("M12", MEETS)]


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("CL-342", {"basic_farmland_area": 100, "farmland_gravely_destroyed": True}),
        ("CL-180", {"undisclosed_information_kind": "inside", "trading_turnover": 10**8}),
    ],
)
def test_offence_whose_numbers_are_not_known_is_open_and_says_why(book, code, facts):
    leading = screen(ScreeningCase(facts=facts, offence_codes=(code,)), book, on=TODAY).leading
    assert (leading.conclusion, leading.is_unverified) == (UNDETERMINED, True)
    assert leading.missing == (f"limit:{leading.row}",)


@pytest.mark.parametrize(
    ("code", "charge", "facts", "row"),
    [
        (
            "CL-225",
            "非法经营罪",
            {"illegal_business_kind": "unlicensed_publishing", "books": 28},
            "B07",
        ),
        ("CL-340", "非法捕捞水产品罪", {"fishing_waters": "sea", "catch_weight": 10_000}, "E05"),
        ("CL-209", "非法出售发票罪", {"invoice_kind": "ordinary", "invoice_face_amount": 1}, "R10"),
        ("CL-286", "破坏计算机信息系统罪", {"damaged_computers": 10}, "S13"),
        ("CL-180", "利用未公开信息交易罪", {"persons_tipped": 3}, "F07"),
        ("CL-342", "非法占用农用地罪", {"grassland_area": 30}, "E11"),
    ],
)
def test_charge_shared_by_rows_leaves_the_choice_to_the_facts(book, code, charge, facts, row):
    case = ScreeningCase(facts=facts, offence_codes=(code,), charges=(charge,), party_type="person")
    assert screen(case, book, on=TODAY).leading.row == row
