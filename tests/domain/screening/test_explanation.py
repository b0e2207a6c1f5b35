"""What a prosecutor reads: the tree of clauses, as data and as text."""

import json
from decimal import Decimal

import pytest

from contracts.facts import PUNISHMENTS, PartialDate, PriorPenalty, load_vocabulary
from contracts.rulebook import Offence, RuleBook
from service.domain.case_facts import Evidence
from service.domain.explanation import Explainer
from service.domain.phrases import Language, Phrases, percentage
from service.domain.rulebook import compile_rulebook
from service.domain.screening import ScreeningCase, screen
from tests.domain.screening.conftest import TODAY

DIGEST = "sha-256:" + "a" * 64


@pytest.fixture(scope="module")
def explainer(book):
    return Explainer(book)


@pytest.fixture
def tell(book, explainer):
    """The JSON and the Chinese and English text of one case."""

    def tell(row: str | None, facts: dict, **more):
        codes = () if row is None else (row,)
        screening = screen(ScreeningCase(facts=facts, offence_codes=codes, **more), book, on=TODAY)
        told = explainer.as_json(screening)
        json.dumps(told)
        texts = [explainer.as_text(screening, language) for language in Language]
        return told, *texts

    return tell


def _branch(told: dict, branch: str, version: str = "at_act") -> dict:
    branches = told["findings"][0]["explanation"][version]["branches"]
    return next(one for one in branches if one["id"] == branch)


def test_clause_carries_fact_value_evidence_limit_and_source(tell):
    facts = {"substandard_product": True, "unsold_goods_value": Decimal("58000.5")}
    proofs = {"unsold_goods_value": (Evidence(DIGEST, 7), Evidence(DIGEST))}
    told, zh, _ = tell("M01", facts, evidence=proofs)
    branch = _branch(told, "B2")
    assert branch["document"] == "STD1"
    assert (branch["effective_from"], branch["effective_until"]) == ("2008-06-25", None)
    assert (branch["mark"], branch["truth"], branch["addressed"]) == ("verified", "false", True)
    conduct, number = branch["clauses"]["children"]
    assert (conduct["truth"], conduct["value"]) == ("true", True)
    assert number["facts"] == ["unsold_goods_value"]
    assert (number["value"], number["operator"], number["limit"]) == (58000.5, "at_least", 150000)
    assert number["reach"] == pytest.approx(0.38667)
    assert number["evidence"] == [
        {"material": DIGEST, "page": 7},
        {"material": DIGEST, "page": None},
    ]
    assert "尚未销售货值金额达到150,000元：未达到，现为58,000.5元，达到标准的38.6%" in zh
    assert "p.7" in zh


def test_branch_that_nobody_mentions_is_shown_as_not_addressed(tell):
    told, _, _ = tell("M01", {"substandard_product": True, "unsold_goods_value": 1})
    branch = _branch(told, "B1")
    assert (branch["addressed"], branch["truth"], branch["clauses"]) == (False, "unknown", None)


def test_missing_facts_make_a_sentence(tell):
    told, zh, en = tell("M01", {"substandard_product": True, "unsold_goods_value": 140_000})
    sentences = told["findings"][0]["explanation"]["at_act"]["settled_by"]
    source = "《最高人民检察院、公安部关于公安机关管辖的刑事案件立案追诉标准的规定（一）》（公通字〔2008〕36号）第十六条第（二）项"
    assert sentences[0]["zh"] == f"若尚未销售货值金额达到150,000元，则符合{source}。"
    assert sentences[0]["en"].startswith("If unsold goods value reaches 150,000 CNY, then STD1")
    assert sentences[0]["zh"] in zh
    assert sentences[0]["en"] in en


def test_unknown_is_never_shown_as_no(tell):
    told, zh, en = tell("M11", {"illegal_business_amount": 60_000})
    clause = _branch(told, "B1")["clauses"]["children"][0]
    assert (clause["truth"], clause["value"]) == ("unknown", None)
    assert clause["missing"] == ["identical_mark_identical_goods"]
    assert "“同一种商品（服务）上使用相同商标”为是：不明" in zh
    assert "尚需查明: 同一种商品（服务）上使用相同商标" in zh
    assert "Still to be established: identical mark identical goods" in en


def test_record_is_worded_with_its_window(tell):
    facts = {"identical_mark_identical_goods": True, "illegal_gains": 20_000}
    told, zh, en = tell("M11", facts, conduct_on=PartialDate.parse("2025-06"))
    record = _branch(told, "B3")["clauses"]["children"][1]
    assert (record["form"], record["truth"], record["value"]) == ("history", "unknown", None)
    assert "2年内曾受1次以上行政处罚，或者2年内曾因此类行为受过刑事处罚" in zh
    assert "at least 1 earlier administrative penalties within 2 years" in en


def test_record_of_punishments_alone_is_worded():
    rule = {"history": {"punishments": {"offences": ["CL-1"]}}}
    _, zh, en = _told(_small_book({"id": "B1", "when": rule}), {PUNISHMENTS: []})
    assert "曾因此类行为受过刑事处罚：未达到" in zh
    assert "an earlier criminal punishment for such an act：not met" in en


def test_known_record_shows_how_many_were_listed(tell):
    penalty = PriorPenalty(effective_on="2024-01-01", offence_family="smuggling")
    facts = {"smuggled_goods_kind": "ordinary_goods"}
    told, _, _ = tell("C01", facts, prior_penalties=(penalty, penalty))
    assert _branch(told, "B2")["clauses"]["children"][0]["value"] == 2
    assert told["findings"][0]["explanation"]["scope"]["truth"] == "true"


def test_range_of_a_province_is_shown_with_both_ends(tell):
    facts = {"ordered_to_pay": True, "paid_within_order": False, "workers_unpaid": 12}
    told, zh, en = tell("S06", facts | {"wages_owed_total": 60_000}, province="340000")
    limit = _branch(told, "B2")["clauses"]["children"][3]["limit"]
    assert limit == {"low": 30_000, "high": 100_000}
    assert "省级确定的数额（30,000元至100,000元之间）：不明，现为60,000元，达到最低标准的200%" in zh
    assert "尚需查明: 省级（340000）确定的数额标准" in zh
    assert "the number that province 340000 chose" in en


def test_numbers_of_both_parties_are_shown_while_the_party_is_unknown(tell):
    _, zh, en = tell("C01", {"smuggled_goods_kind": "ordinary_goods", "evaded_duty": 150_000})
    assert "个人或者单位的数额（100,000元或者200,000元）" in zh
    assert "the number for the party (100,000 CNY or 200,000 CNY)" in en


def test_sums_and_conversions_are_written_out(tell):
    facts = {"substandard_product": True, "sales_amount": 20_000, "unsold_goods_value": 1}
    _, zh, _ = tell("M01", facts)
    assert "销售金额×3 + 尚未销售货值金额达到150,000元：未达到，现为60,001元" in zh
    assert "销售金额不满50,000元：已符合" in zh
    told, zh, _ = tell("E17", {"timber_volume": 13, "saplings": 100})
    assert "立木蓄积÷20 + 幼树株数÷1,000达到1：未达到，现为0.75，达到标准的75%" in zh
    conversion = _branch(told, "B3")["clauses"]["children"][0]
    assert (conversion["value"], conversion["limit"]) == (0.75, 1)


def test_choice_of_values_is_listed(tell):
    facts = {"fishing_waters": "inland", "closed_area": True}
    _, zh, en = tell("E04", facts)
    assert "“捕捞方法、工具”为electric，或者poison" in zh
    assert "fishing method is electric, or poison" in en


def test_exit_is_shown_only_where_it_is_mentioned(tell):
    _, silent, _ = tell("R05", {"invoice_tax_amount": 100_000})
    _, spoken, en = tell("R05", {"invoice_tax_amount": 100_000, "no_tax_cheating_purpose": True})
    assert "例外" not in silent
    assert (
        "不属于例外情形（“不以骗抵税款为目的”为是，且造成国家税款损失数额不超过0元）：不明"
        in spoken
    )
    assert "state tax loss is at most 0 CNY" in en


def test_both_laws_are_shown_where_they_differ(tell):
    told, zh, en = tell("E17", {"timber_volume": 13}, conduct_on=PartialDate.parse("2016-11"))
    finding = told["findings"][0]
    verdicts = [finding[name] for name in ("conclusion", "conclusion_current", "governing")]
    assert verdicts == ["undetermined", "below", "below"]
    laws = [finding["explanation"][law]["effective_from"] for law in ("at_act", "current")]
    assert laws == ["2000-12-11", "2023-08-15"]
    assert "—— 现行标准 ——" in zh
    assert "governing (the more lenient): below" in en


def test_unread_text_and_doubts_are_named(tell):
    day = PartialDate.parse("2016")
    told, zh, en = tell("E01", {"heavy_metal_group2_exceedance": 5}, conduct_on=day)
    assert told["findings"][0]["unverified"] is True
    assert told["findings"][0]["doubts"][0]["en"].startswith("Three and ten times")
    assert "unverified" in zh
    assert "unverified" in en
    assert "请律师核对：超标倍数" in zh


def test_below_is_never_called_no_crime(tell):
    told, zh, en = tell("M01", {"substandard_product": True, "sales_amount": 1})
    assert told["conclusion"] == "below"
    assert "未达数额不等于不构成犯罪" in zh
    assert "does not mean no crime" in en


def test_case_that_meets_is_plain(tell):
    told, zh, _ = tell("M06", {"toxic_nonfood_substance": True})
    assert (told["conclusion"], told["branch"], told["missing"]) == ("meets", "M06.B1", [])
    assert "达到追诉标准" in zh
    assert "不等于不构成犯罪" not in zh


def test_nothing_to_judge_is_said(tell):
    told, zh, en = tell(None, {})
    assert (told["findings"], told["offence_code"], told["branch"]) == ([], None, None)
    assert "没有可供筛查的案件事实" in zh
    assert "No fact of the case" in en


def test_unknown_offence_is_said(tell):
    told, zh, en = tell("CL-999", {})
    assert told["unknown_offences"] == ["CL-999"]
    assert "追诉标准库中没有该罪名" in zh
    assert "no such offence" in en


def test_answer_names_rule_book_and_day(tell, book):
    told, zh, _ = tell("M06", {})
    assert told["rulebook"] == {"version": book.version, "digest": book.digest}
    assert told["screened_on"] == "2026-11-23"
    assert book.digest in zh


def test_percentage_is_cut_and_never_rounded_up():
    assert [percentage(Decimal(share)) for share in ("0.9999", "0.8", "1")] == [
        "99.9%",
        "80%",
        "100%",
    ]


def test_amounts_carry_their_unit():
    zh, en = (Phrases(load_vocabulary(), language) for language in Language)
    assert (zh.amount(3, "hazardous_waste"), en.amount(3, "hazardous_waste")) == ("3吨", "3 tonne")
    assert zh.amount(Decimal("0.1"), "evaded_tax_ratio") == "10%"
    assert (zh.amount(1, "no_such_fact"), en.amount(1, "no_such_fact")) == ("1", "1")


# ---- forms that our own book may not use yet


def _small_book(*branches: dict) -> RuleBook:
    offence = {
        "row": "X01",
        "code": "CL-1",
        "name": {"zh": "某罪", "en": "Some offence"},
        "touched_by": ["sales_amount"],
        "branches": [
            {
                "zh": "某种情形",
                "editions": [
                    {"document": "CL", "article": "一", "from": "2020-01-01", "mark": "verified"}
                ],
            }
            | branch
            for branch in branches
        ],
    }
    return RuleBook(
        version="1", documents={"CL": {"zh": "刑法"}}, offences=(Offence.model_validate(offence),)
    )


def _told(book: RuleBook, facts: dict) -> tuple[dict, str, str]:
    compiled = compile_rulebook(book, load_vocabulary())
    screening = screen(ScreeningCase(facts=facts, offence_codes=("X01",)), compiled, on=TODAY)
    explainer = Explainer(compiled)
    texts = (explainer.as_text(screening, language) for language in Language)
    return explainer.as_json(screening), *texts


def test_rule_whose_numbers_are_not_known_says_why():
    book = _small_book(
        {"id": "B1", "when": {"withheld": "法释〔2026〕10号数额待查", "facts": ["sales_amount"]}}
    )
    told, zh, en = _told(book, {"sales_amount": 10**9})
    case = ScreeningCase(facts={"sales_amount": 1}, offence_codes=("X01",))
    short = screen(case, compile_rulebook(book, load_vocabulary()), on=TODAY, explain=False)
    assert short.conclusion == "undetermined"
    assert (told["conclusion"], told["missing"]) == ("undetermined", ["limit:X01"])
    assert "待补：法释〔2026〕10号数额待查：不明" in zh
    assert "pending:" in en


def test_half_and_half_is_listed_part_by_part():
    parts = [{"share": 0.5, "of": ["B1"]}, {"share": 0.5, "of": ["B2"]}]
    book = _small_book(
        {"id": "B1", "when": {"fact": "sales_amount", "at_least": 100}},
        {"id": "B2", "when": {"fact": "deaths", "more_than": 10}},
        {"id": "B3", "when": {"at_least_n_of": 2, "of": parts}},
    )
    told, zh, en = _told(book, {"sales_amount": 60, "deaths": 4})
    assert told["conclusion"] == "below"
    assert "下列至少2项：销售金额达到50元；死亡人数超过10人：未达到" in zh
    assert "at least 2 of: sales amount reaches 50 CNY；deaths is more than 10 person" in en
