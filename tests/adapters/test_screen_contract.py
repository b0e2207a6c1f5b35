"""`linkage screen FILE.jsonl --json`, sentence by sentence of its contract, on published cases."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli import app
from contracts.facts import load_vocabulary
from contracts.rulebook import Conclusion, load_rulebook
from tests.support.command_line import Called, call

FILE = Path(__file__).parents[1] / "contracts" / "data" / "cases-open.jsonl"
CASES = [json.loads(line) for line in FILE.read_text("utf-8").splitlines() if line]
KEYS = ("id", "facts", "offence_code", "party_type", "conduct_on", "province", "agency_kind", "prior_penalties", "bounds")  # fmt: skip
CONCLUSIONS = {"meets", "near", "below", "undetermined"}
MARK = {"identical_mark_identical_goods": True}
REPEAT = MARK | {"illegal_gains": 20_000}
ANSWER = ("id", "conclusion", "conclusion_current", "offence_code", "branch", "missing", "findings")
TODAY = ("--on", "2026-11-23")


@pytest.fixture
def answers(tmp_path: Path):
    """Screens a file of these lines, and gives the exit code with the answers."""

    def answers(*lines: object, code: int = 0) -> list[dict]:
        path = tmp_path / "cases.jsonl"
        texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        path.write_text("\n".join(texts), "utf-8")
        called = call("screen", path, "--json", *TODAY)
        assert called.code == code
        return read(called)

    return answers


def read(called: Called) -> list[dict]:
    return [json.loads(line, parse_constant=pytest.fail) for line in called.out.splitlines()]


def one(facts: dict, **more: object) -> dict:
    return {"id": 1, "facts": facts, "offence_code": "CL-214"} | more


# ---- reads


def test_one_json_object_a_line_of_a_file():
    """All published cases as they stand: they carry a dozen keys that are no part of the contract."""
    told = read(call("screen", FILE, "--json", *TODAY))
    assert [answer["id"] for answer in told] == [case["id"] for case in CASES]
    agreed = [
        (answer["conclusion"], answer["conclusion_current"])
        == (case["expected"], case["expected_current"])
        for answer, case in zip(told, CASES, strict=True)
    ]
    assert sum(agreed) / len(agreed) >= 0.95


def test_dash_is_standard_input():
    heard = CliRunner().invoke(app, ["screen", "-", "--json", *TODAY], input=FILE.read_bytes())
    assert heard.stdout == call("screen", FILE, "--json", *TODAY).out


def test_facts_have_the_names_of_the_vocabulary(answers):
    names = [fact.name for fact in load_vocabulary().facts]
    told = answers(*({"id": name, "facts": {name: None}} for name in names))
    assert [answer["id"] for answer in told if "error" not in answer] == names
    (refused,) = answers({"id": 1, "facts": {"sale_amount": 1}}, code=1)
    assert refused["error"]["code"] == "invalid_facts"


def test_everything_but_id_and_facts_is_optional(answers):
    nothing = dict.fromkeys(KEYS[2:])
    bare, null = answers({"id": 1, "facts": MARK}, {"id": 1, "facts": MARK} | nothing)
    assert bare == null


@pytest.mark.parametrize("day", ["2025-04-25", "2025-03", "2024", 2024])
def test_conduct_is_on_a_date_in_a_month_or_in_a_year(answers, day):
    (answer,) = answers(one(MARK | {"illegal_gains": 30_000}, conduct_on=day))
    assert (answer["conclusion"], answer["conclusion_current"]) == ("undetermined", "meets")


def test_party_type_chooses_the_number(answers):
    facts = {"smuggled_goods_kind": "ordinary_goods", "evaded_duty": 100_000}
    lines = [
        {"id": kind, "facts": facts, "offence_code": "CL-153", "party_type": kind}
        for kind in ("person", "unit")
    ]
    assert [answer["conclusion"] for answer in answers(*lines)] == ["meets", "below"]


def test_province_that_chose_no_number_is_asked_for(answers):
    facts = {"ordered_to_pay": True, "paid_within_order": False, "workers_unpaid": 10, "wages_owed_total": 60_000}  # fmt: skip
    (answer,) = answers(one(facts, offence_code="CL-276-1", province="340000"))
    assert (answer["conclusion"], answer["missing"]) == ("undetermined", ["threshold:S06:340000"])


def test_agency_kind_ranks_equals(answers):
    facts = {"timber_volume": 30, "evaded_tax": 1, "withheld_tax_unpaid": 100_000}
    rows = []
    for kind in ("forestry", "tax"):
        (answer,) = answers({"id": 1, "facts": facts, "agency_kind": kind})
        rows.append(answer["findings"][0]["row"])
    assert len(set(rows)) == 2


def test_list_of_prior_penalties_is_a_record_and_null_is_unknown(answers):
    recent = {"decided_on": "2025-06-01", "offence_family": "ip_trademark"}
    lines = [
        one(REPEAT, conduct_on="2026-01", prior_penalties=record) for record in ([recent], [], None)
    ]
    told = answers(*lines)
    assert [answer["conclusion"] for answer in told] == ["meets", "below", "undetermined"]
    assert told[2]["missing"] == ["prior_administrative_penalties"]


@pytest.mark.parametrize(
    ("amount", "bound", "conclusion"),
    [
        (60_000, "at_least", "meets"),
        (40_000, "at_least", "undetermined"),
        (40_000, "at_most", "near"),
        (50_000, "about", "undetermined"),
    ],
)
def test_bounds_say_how_a_number_is_meant(answers, amount, bound, conclusion):
    facts = MARK | {"sales_amount": amount}
    (answer,) = answers(one(facts, bounds={"sales_amount": bound}, conduct_on="2021"))
    assert answer["conclusion"] == conclusion


def test_other_keys_are_ignored(answers):
    plain = one(MARK | {"sales_amount": 50_000})
    other = plain | {"conclusion": 1, "prior_punishments": "x", "offence": {"no": "text"}, "": None}
    first, second = answers(plain, other)
    assert first == second


# ---- writes


def test_answer_has_the_members_of_the_contract(answers):
    (answer,) = answers(one(MARK | {"sales_amount": 50_000}, conduct_on="2021"))
    assert set(ANSWER) <= answer.keys()
    assert (answer["offence_code"], answer["branch"]) == ("CL-214", "M13.B2")
    assert {Conclusion(answer["conclusion"]), Conclusion(answer["conclusion_current"])} == {"meets"}
    assert answer["missing"] == []
    assert answer["rulebook"] == {
        "version": load_rulebook().version,
        "digest": load_rulebook().digest,
    }


@pytest.mark.parametrize("line_id", ["text", 7, 1.5, None, "汉字", "\ud800", {"a": [1]}])
def test_id_comes_back_as_it_was(answers, line_id):
    (answer,) = answers({"id": line_id, "facts": MARK})
    assert answer["id"] == line_id


def test_answers_come_in_the_order_of_the_lines(answers):
    lines = [one(MARK, id=number) for number in (3, 1, 2)]
    assert [answer["id"] for answer in answers(*lines)] == [3, 1, 2]


def test_conclusion_is_by_the_law_of_the_act_and_by_the_law_of_today(answers):
    (answer,) = answers(one({"timber_volume": 13}, offence_code="CL-345", conduct_on="2016-11"))
    assert (answer["conclusion"], answer["conclusion_current"]) == ("undetermined", "below")


def test_conclusion_is_of_the_offence_named_and_else_of_the_strongest(answers):
    facts = MARK | {"sales_amount": 10_000, "fake_drug": True}
    named, strongest = answers(one(facts), {"id": 2, "facts": facts})
    assert (named["offence_code"], named["conclusion"]) == ("CL-214", "below")
    assert (strongest["offence_code"], strongest["conclusion"]) == ("CL-141", "meets")


def test_findings_are_all_offences_touched_each_with_conclusion_and_explanation(answers):
    facts = MARK | {"sales_amount": 10_000, "fake_drug": True}
    (answer,) = answers(one(facts))
    findings = {finding["offence_code"]: finding for finding in answer["findings"]}
    assert findings.keys() >= {"CL-214", "CL-141"}
    for finding in findings.values():
        assert finding["conclusion"] in CONCLUSIONS
        told = finding["explanation"]
        assert {"scope", "at_act", "current"} == told.keys()
    branches = findings["CL-214"]["explanation"]["at_act"]["branches"]
    judged = next(one for one in branches if one["id"] == "B2")
    assert {"document", "article", "effective_from", "mark", "wording"} <= judged.keys()
    number = next(
        part for part in judged["clauses"]["children"] if part["facts"] == ["sales_amount"]
    )
    assert (number["value"], number["limit"], number["truth"]) == (10_000, 50_000, "false")
    sentences = findings["CL-214"]["explanation"]["at_act"]["settled_by"]
    assert any(said["zh"].startswith("若销售金额达到50,000元，则符合《") for said in sentences)


# ---- errors


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("not json", "not_json"),
        ("[]", "not_an_object"),
        ('{"id": NaN, "facts": {}}', "not_json"),
        ('{"id": 1, "facts": {"sales_amount": Infinity}}', "not_json"),
        ('{"id": 1, "facts": ' + "[" * 100_000 + "}", "not_json"),
        ('{"id": 1}', "invalid_line"),
        ('{"id": 1, "facts": {"sales_amount": "many"}}', "invalid_facts"),
    ],
)
def test_line_that_cannot_be_read_is_answered_and_the_others_too(answers, line, code):
    before, broken, after = answers(one(MARK, id="before"), line, one(MARK, id="after"), code=1)
    assert (before["id"], after["id"]) == ("before", "after")
    assert broken.keys() == {"id", "error"}
    assert broken["id"] == (1 if code.startswith("invalid") else None)
    assert broken["error"].keys() == {"code", "detail"}
    assert broken["error"]["code"] == code
    assert broken["error"]["detail"]


def test_exit_code_is_zero_where_every_line_could_be_read(answers):
    assert len(answers(one(MARK), one(MARK), code=0)) == 2


def test_file_that_is_not_there_is_an_error_and_no_answer(tmp_path):
    called = call("screen", tmp_path / "nowhere.jsonl", "--json")
    assert (called.code, called.out) == (1, "")
    assert "No such file" in called.error["error"]
