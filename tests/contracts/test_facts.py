"""The vocabulary, and what it refuses to call a fact."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contracts.facts import (
    FactType,
    PartialDate,
    PriorPenalty,
    PriorPunishment,
    Vocabulary,
    check_facts,
    exact,
    load_vocabulary,
)


def _problem(facts: dict, bounds: dict | None = None) -> tuple[str, str]:
    (problem,) = check_facts(facts, bounds)
    assert problem.message
    return problem.pointer, problem.code


def test_vocabulary_is_read_once_and_whole():
    vocabulary = load_vocabulary()
    assert vocabulary is load_vocabulary()
    assert len(vocabulary) == len(vocabulary.facts) > 250
    assert vocabulary.get("sales_amount").type is FactType.MONEY
    assert "sales_amount" in vocabulary
    assert vocabulary.find("sales") is None


def test_vocabulary_with_a_name_twice_is_refused():
    fact = load_vocabulary().get("deaths")
    with pytest.raises(ValueError, match="twice"):
        Vocabulary((fact, fact))


def test_well_formed_facts_have_no_problem():
    facts = {
        "party_type": "unit",
        "sales_amount": 49999.99,
        "cigarettes": 3,
        "evaded_tax_ratio": Decimal("0.1"),
        "heavy_metal_group1_exceedance": -0.5,
        "licence_held": False,
        "conduct_ended_on": "2024-02",
        "fake_drug": None,
        "prior_administrative_penalties": [
            {"decided_on": "2023", "effective_on": None, "offence_family": "tobacco", "note": 1}
        ],
        "prior_criminal_punishments": [{"judged_on": "2023-01-02", "offence_family": "anything"}],
    }
    assert check_facts(facts, {"sales_amount": "about"}) == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("no_such/~fact", 1, "unknown_fact"),
        ("sales_amount", "50000", "wrong_type"),
        ("sales_amount", True, "wrong_type"),
        ("sales_amount", float("nan"), "wrong_type"),
        ("sales_amount", float("inf"), "wrong_type"),
        ("sales_amount", -0.01, "negative"),
        ("sales_amount", 10**16, "out_of_range"),
        ("sales_amount", Decimal("0.00000000001"), "out_of_range"),
        ("cigarettes", -1, "negative"),
        ("cigarettes", 1.5, "wrong_type"),
        ("fake_drug", "yes", "wrong_type"),
        ("fake_drug", 1, "wrong_type"),
        ("fishing_waters", "lake", "not_in_list"),
        ("fishing_waters", 3, "wrong_type"),
        ("order_deadline", "tomorrow", "wrong_type"),
        ("order_deadline", 2024, "wrong_type"),
        ("untreated_acts", {}, "wrong_type"),
    ],
)
def test_ill_formed_fact_is_pointed_at(name, value, code):
    pointer = "/facts/" + name.replace("~", "~0").replace("/", "~1")
    assert _problem({name: value}) == (pointer, code)


@pytest.mark.parametrize(
    ("record", "pointer", "code"),
    [
        ("fined", "", "wrong_type"),
        ({"decided_on": "soon"}, "/decided_on", "wrong_type"),
        ({"status": "maybe"}, "/status", "not_in_list"),
        ({"authority": 7}, "/authority", "wrong_type"),
    ],
)
def test_ill_formed_record_is_pointed_at(record, pointer, code):
    facts = {"prior_administrative_penalties": [{}, record]}
    assert _problem(facts) == (f"/facts/prior_administrative_penalties/1{pointer}", code)


@pytest.mark.parametrize(
    ("name", "bound", "code"),
    [
        ("no_such_fact", "at_least", "unknown_fact"),
        ("sales_amount", "roughly", "not_in_list"),
        ("fake_drug", "at_least", "wrong_type"),
        ("deaths", "at_least", "bound_without_fact"),
    ],
)
def test_ill_formed_bound_is_pointed_at(name, bound, code):
    facts = {"sales_amount": 1, "fake_drug": True}
    assert _problem(facts, {name: bound}) == (f"/bounds/{name}", code)


def test_numbers_are_read_as_they_are_written():
    assert exact(49999.99) == Decimal("49999.99")
    assert exact(50000) == exact("50000.00") == exact(Decimal(50000))
    for wrong in (True, "fifty", float("nan")):
        with pytest.raises(ValueError, match="number"):
            exact(wrong)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-02-05", date(2024, 2, 5), date(2024, 2, 5)),
    ],
)
def test_partial_date_stands_for_all_its_days(text, first, last):
    day = PartialDate.parse(text)
    assert (day.first, day.last, str(day)) == (first, last, text)
    assert PartialDate.parse(day) is day
    assert PartialDate.parse(first).last == first


@pytest.mark.parametrize(
    "wrong",
    [
        "24",
        "2024-2",
        "2024-13",
        "2023-02-29",
        "2024-01-01-01",
        "２０２４",
        "",
        2024,
        datetime(2024, 1, 1, tzinfo=UTC),
    ],
)
def test_text_that_is_no_date_is_refused(wrong):
    with pytest.raises(ValueError, match=r"date|month|day"):
        PartialDate.parse(wrong)


def test_window_starts_on_the_day_of_effect_else_of_the_decision():
    assert str(PriorPenalty(decided_on="2023-01", effective_on="2023-02").counts_from) == "2023-02"
    assert str(PriorPenalty(decided_on="2023-01").counts_from) == "2023-01"
    assert PriorPenalty().counts_from is None
    assert str(PriorPunishment(judged_on="2023").counts_from) == "2023"
    assert PriorPenalty(decided_on="2023-01").model_dump(mode="json")["decided_on"] == "2023-01"
