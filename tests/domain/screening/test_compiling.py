"""From data to rules: versions on a time line, shares of other branches, provinces, refusals."""

from datetime import date
from decimal import Decimal

import pytest

from contracts.conditions import History, ShareOf, Withheld
from contracts.facts import PENALTIES, PUNISHMENTS, PartialDate, PriorPunishment, load_vocabulary
from contracts.rulebook import Conclusion, RuleBook
from service.domain.compiling import Compiler
from service.domain.rulebook import CompiledRuleBook, compile_rulebook
from service.domain.screening import ScreeningCase, screen
from tests.domain.screening.conftest import TODAY

SALES = {"fact": "sales_amount", "at_least": 100}


def _edition(begin: str, until: str | None = None, **more) -> dict:
    dates = {"from": begin, "until": until}
    return {"document": "CL", "article": "一", "mark": "verified"} | dates | more


def _branch(when: dict, *editions: dict, name: str = "B1", **more) -> dict:
    dated = editions or (_edition("2020-01-01"),)
    return {"id": name, "zh": "某种情形", "when": when, "editions": dated} | more


def _compiled(*branches: dict, provincial: tuple = (), **offence) -> CompiledRuleBook:
    row = {
        "row": "X01",
        "code": "CL-1",
        "name": {"zh": "某罪", "en": "Some offence"},
        "touched_by": ["sales_amount"],
        "branches": branches,
    }
    book = {
        "version": "1",
        "documents": {"CL": {"zh": "刑法"}},
        "offences": [row | offence],
        "provincial": provincial,
    }
    return compile_rulebook(RuleBook.model_validate(book), load_vocabulary())


def _finding(book: CompiledRuleBook, facts: dict, **more):
    if "conduct_on" in more:
        more["conduct_on"] = PartialDate.parse(more["conduct_on"])
    case = ScreeningCase(facts=facts, offence_codes=("X01",), **more)
    return screen(case, book, on=TODAY).leading


def _conclusion(book: CompiledRuleBook, facts: dict, **more) -> Conclusion:
    return _finding(book, facts, **more).conclusion


def test_unknown_fact_is_refused():
    with pytest.raises(ValueError, match="X01 reads unknown facts: no_such_fact"):
        _compiled(_branch({"fact": "no_such_fact", "at_least": 1}))


def test_share_of_a_branch_that_is_not_in_force_is_refused():
    share = _branch({"share": 0.8, "of": ["B1"]}, name="B2")
    with pytest.raises(ValueError, match="branches that are not in force"):
        _compiled(_branch(SALES, _edition("2021-01-01")), share)


def test_scope_cannot_refer_to_branches():
    with pytest.raises(ValueError, match="a scope refers to branch B1"):
        _compiled(_branch(SALES), scope={"share": 0.8, "of": ["B1"]})


def test_forms_that_are_no_conditions_are_refused():
    with pytest.raises(TypeError, match="is not a leaf"):
        Compiler("X01", {}).compile(object(), lambda name: None)


def test_share_follows_the_other_branch_through_its_editions():
    """The 80 % of a number are 80 % of the number in force at the time."""
    book = _compiled(
        _branch(
            SALES,
            _edition("2020-01-01", "2021-12-31", when={"fact": "sales_amount", "at_least": 50}),
            _edition("2022-01-01"),
        ),
        _branch(
            {"all": [{"share": 0.8, "of": ["B1"]}, {"fact": "bribery_used", "is": True}]}, name="B2"
        ),
    )
    bribed = {"bribery_used": True}
    assert _conclusion(book, bribed | {"sales_amount": 40}, conduct_on="2020") is Conclusion.MEETS
    assert _conclusion(book, bribed | {"sales_amount": 79}, conduct_on="2022") is Conclusion.NEAR
    assert _conclusion(book, bribed | {"sales_amount": 80}, conduct_on="2022") is Conclusion.MEETS


def test_share_of_several_branches_is_any_of_them():
    book = _compiled(
        _branch(SALES),
        _branch({"fact": "deaths", "at_least": 10}, name="B2"),
        _branch(
            {"all": [{"share": 0.8, "of": ["B1", "B2"]}, {"fact": "bribery_used", "is": True}]},
            name="B3",
        ),
    )
    assert _conclusion(book, {"bribery_used": True, "deaths": 8}) is Conclusion.MEETS


def test_offence_that_was_repealed_is_below_under_the_law_of_today():
    book = _compiled(_branch(SALES, _edition("2010-01-01", "2022-05-14")))
    finding = _finding(book, {"sales_amount": 100}, conduct_on="2020")
    assert (finding.conclusion, finding.conclusion_current) == (Conclusion.MEETS, Conclusion.BELOW)
    assert _conclusion(book, {"sales_amount": 100}, conduct_on="2022-05-15") is Conclusion.BELOW


def test_gap_in_a_history_belongs_to_the_law_after_it():
    book = _compiled(
        _branch(SALES, _edition("2010-01-01", "2012-12-31")),
        _branch({"fact": "sales_amount", "at_least": 50}, _edition("2020-01-01"), name="B2"),
    )
    assert _conclusion(book, {"sales_amount": 60}, conduct_on="2012") is Conclusion.BELOW
    assert _conclusion(book, {"sales_amount": 60}, conduct_on="2015") is Conclusion.MEETS


def test_exit_of_the_whole_offence_holds_in_every_branch():
    book = _compiled(_branch(SALES), unless={"fact": "captive_bred", "is": True})
    assert _conclusion(book, {"sales_amount": 100}) is Conclusion.MEETS
    assert _conclusion(book, {"sales_amount": 100, "captive_bred": True}) is Conclusion.BELOW


PROVINCIAL = {"fact": "sales_amount", "at_least": {"province": "X-sales", "low": 50, "high": 100}}
ANHUI = (
    {"parameter": "X-sales", "province": "340000", "value": 60, "document": "文", "from": "2020-01-01", "until": "2023-12-31"},
    {"parameter": "X-sales", "province": "340000", "value": 90, "document": "文", "from": "2024-01-01"},
)  # fmt: skip


def test_number_of_the_province_decides_where_it_is_known():
    book = _compiled(_branch(PROVINCIAL), provincial=ANHUI)
    facts = {"sales_amount": 70}
    finding = _finding(book, facts, province="340000", conduct_on="2021")
    assert (finding.conclusion, finding.conclusion_current) == (Conclusion.MEETS, Conclusion.BELOW)
    assert _conclusion(book, facts, province="110000", conduct_on="2021") is Conclusion.UNDETERMINED
    assert (
        _finding(book, facts | {"province": "340000"}, conduct_on="2021").conclusion
        is Conclusion.MEETS
    )
    assert _conclusion(book, facts, province="340000", conduct_on="2019") is Conclusion.UNDETERMINED


def test_thirds_add_up_to_exactly_one():
    shares = [{"fact": "saplings", "per": 3}, {"fact": "books", "per": 1.5}]
    book = _compiled(_branch({"conversion": shares}))
    assert _conclusion(book, {"saplings": 1, "books": 1}) is Conclusion.MEETS
    assert _conclusion(book, {"saplings": 2}) is Conclusion.BELOW


def test_number_that_must_be_exceeded_is_not_met_at_its_limit():
    book = _compiled(_branch({"fact": "lending_annual_rate", "more_than": 0.36}))
    assert _conclusion(book, {"lending_annual_rate": 0.36}) is Conclusion.NEAR
    assert _conclusion(book, {"lending_annual_rate": 0.3601}) is Conclusion.MEETS


def test_limit_of_nothing_is_reached_by_nothing():
    book = _compiled(_branch({"fact": "imported_solid_waste", "more_than": 0}))
    assert _conclusion(book, {"imported_solid_waste": 0}) is Conclusion.BELOW
    assert _conclusion(book, {"imported_solid_waste": Decimal("0.001")}) is Conclusion.MEETS


def test_at_least_n_is_open_while_enough_parts_are_open():
    parts = [
        {"fact": "deaths", "at_least": 10},
        {"fact": "books", "at_least": 10},
        {"all": [{"fact": "discs", "at_least": 10}, {"fact": "bribery_used", "is": True}]},
    ]
    book = _compiled(_branch({"at_least_n_of": 2, "of": parts}))
    assert _conclusion(book, {"deaths": 10, "books": 10}) is Conclusion.MEETS
    assert _conclusion(book, {"deaths": 10, "discs": 10}) is Conclusion.UNDETERMINED
    assert _conclusion(book, {"deaths": 10, "books": 9}) is Conclusion.NEAR
    assert _conclusion(book, {"deaths": 8, "books": 9}) is Conclusion.NEAR
    assert _conclusion(book, {"deaths": 7, "books": 9}) is Conclusion.BELOW
    assert _conclusion(book, {"deaths": 10}) is Conclusion.BELOW


def test_history_of_punishments_alone_asks_for_punishments():
    book = _compiled(
        _branch({"all": [SALES, {"history": {"punishments": {"offences": ["CL-1"]}}}]})
    )
    assert _finding(book, {"sales_amount": 100}, prior_penalties=()).missing == (PUNISHMENTS,)
    punished = (PriorPunishment(offence_code="CL-1"),)
    assert _conclusion(book, {"sales_amount": 100}, prior_punishments=punished) is Conclusion.MEETS
    assert _conclusion(book, {"sales_amount": 100}, prior_punishments=()) is Conclusion.BELOW


def test_alternative_of_a_record_is_never_silent():
    """No source of the record leaves the alternative open, also beside one that was denied."""
    either = {
        "any": [{"history": {"penalties": {"count": 1}}}, {"fact": "bribery_used", "is": True}]
    }
    book = _compiled(_branch({"all": [SALES, either]}))
    finding = _finding(book, {"sales_amount": 100, "bribery_used": False})
    assert (finding.conclusion, finding.missing) == (Conclusion.UNDETERMINED, (PENALTIES,))


def test_written_forms_may_be_made_in_code():
    """The union accepts instances too, so that rules can be built without YAML."""
    withheld = Withheld(withheld="待查", facts=("deaths",))
    share = ShareOf(share=Decimal("0.5"), of=("B1",))
    history = History.model_validate({"history": {"penalties": {"count": 1}}})
    book = _compiled(
        _branch({"all": [withheld, history]}), _branch({"any": [share, SALES]}, name="B2")
    )
    assert _conclusion(book, {"sales_amount": 100}, conduct_on="2021") is Conclusion.MEETS


def test_number_is_asked_for_where_its_limit_is_known():
    by_party = {"fact": "sales_amount", "at_least": {"person": 50, "unit": 100}}
    known = {"province": "340000", "party_type": "unit", "bounds": {"sales_amount": "at_least"}}
    for rule in (SALES, by_party, PROVINCIAL):
        book = _compiled(_branch(rule), provincial=ANHUI)
        finding = _finding(book, {"sales_amount": 30}, conduct_on="2021", **known)
        assert finding.missing == ("sales_amount",)


def test_code_of_several_rows_means_those_whose_scope_is_shown_else_those_still_open():
    rows = [
        {
            "row": row,
            "code": "CL-225",
            "name": {"zh": "非法经营罪", "en": "Illegal business"},
            "touched_by": ["illegal_business_kind"],
            "scope": {"fact": "illegal_business_kind", "is": kind},
            "branches": [_branch(SALES)],
        }
        for row, kind in (("X01", "tobacco"), ("X02", "salt"))
    ]
    book = {"version": "1", "documents": {"CL": {"zh": "刑法"}}, "offences": rows}
    compiled = compile_rulebook(RuleBook.model_validate(book), load_vocabulary())

    def rows_of(**facts) -> list[tuple[str, Conclusion]]:
        case = ScreeningCase(facts={"sales_amount": 100, **facts}, offence_codes=("CL-225",))
        return [(f.row, f.conclusion) for f in screen(case, compiled, on=TODAY).findings]

    assert rows_of(illegal_business_kind="salt") == [("X02", Conclusion.MEETS)]
    assert rows_of() == [("X01", Conclusion.UNDETERMINED), ("X02", Conclusion.UNDETERMINED)]
    assert rows_of(illegal_business_kind="food") == [
        ("X01", Conclusion.BELOW),
        ("X02", Conclusion.BELOW),
    ]


def test_fact_given_as_null_is_a_fact_not_given():
    assert _conclusion(_compiled(_branch(SALES)), {"sales_amount": None}) is Conclusion.UNDETERMINED


def test_version_knows_the_day_it_begins():
    (offence,) = _compiled(_branch(SALES, _edition("2020-01-01", "2021-12-31"))).named("X01")
    assert [v.effective_from for v in offence.versions] == [date(2020, 1, 1), date(2022, 1, 1)]
