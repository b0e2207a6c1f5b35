"""`linkage screen`: lines in, lines out, in the same order, whatever one of them looks like."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from adapters.cli.screen import screen

app = typer.Typer()
app.command()(screen)

DRUGS = {"id": "drugs", "facts": {"fake_drug": True}, "offence_code": "CL-141", "unknown": [1]}
GOODS = {
    "id": 2,
    "facts": {"substandard_product": True, "sales_amount": 49999.99},
    "conduct_on": "2024-05",
    "party_type": "unit",
    "province": "340000",
    "agency_kind": "market-supervision",
    "prior_penalties": [],
    "bounds": {},
}


def _run(*lines: object, option: str = "--json") -> tuple[int, list[str]]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    result = CliRunner().invoke(app, ["-", *option.split()], input=text)
    return result.exit_code, result.stdout.splitlines()


def _answers(*lines: object) -> tuple[int, list[dict]]:
    code, answers = _run(*lines)
    return code, [json.loads(answer) for answer in answers]


def test_answers_come_in_the_order_of_the_lines():
    code, (drugs, goods) = _answers(DRUGS, GOODS)
    assert code == 0
    assert [drugs["id"], goods["id"]] == ["drugs", 2]
    assert (drugs["conclusion"], drugs["conclusion_current"]) == ("meets", "meets")
    assert (drugs["offence_code"], drugs["branch"]) == ("CL-141", "M02.B1")
    assert (goods["conclusion"], goods["branch"]) == ("near", "M01.B1")
    assert [finding["row"] for finding in goods["findings"]] == ["M01"]


def test_bad_line_is_answered_and_the_others_too():
    code, answers = _answers(DRUGS, "nonsense", "", "[1]", {"id": 3, "facts": {"no": 1}}, GOODS)
    assert code == 1
    assert [answer["id"] for answer in answers] == ["drugs", None, None, 3, 2]
    errors = [answer["error"]["code"] for answer in answers[1:4]]
    assert errors == ["not_json", "not_an_object", "invalid_facts"]
    assert answers[3]["error"]["detail"].startswith("/facts/no: ")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"facts": None}, "/facts"),
        ({"conduct_on": "yesterday"}, "/conduct_on"),
        ({"offence_code": 7}, "/offence_code"),
        ({"prior_penalties": [{"decided_on": "x"}]}, "/prior_penalties/0/decided_on"),
        (
            {"prior_penalties": [{"status": "odd"}]},
            "/facts/prior_administrative_penalties/0/status",
        ),
        ({"party_type": "firm"}, "/facts/party_type"),
        ({"province": "999999"}, "/facts/province"),
        ({"bounds": {"sales_amount": "maybe"}}, "/bounds/sales_amount"),
        ({"facts": {"sales_amount": -1}}, "/facts/sales_amount"),
    ],
)
def test_line_that_cannot_be_screened_says_where(change, pointer):
    code, (answer,) = _answers(GOODS | change)
    assert (code, answer["id"]) == (1, 2)
    assert answer["error"]["detail"].startswith(f"{pointer}: ")


def test_fen_are_read_exactly():
    line = '{"id": 1, "facts": {"substandard_product": true, "sales_amount": 50000.00}}'
    assert _answers(line)[1][0]["conclusion"] == "meets"
    assert _answers(line.replace("50000.00", "49999.99"))[1][0]["conclusion"] == "near"


def test_named_offence_that_the_book_has_not_is_echoed():
    code, (answer,) = _answers(DRUGS | {"offence_code": "CL-999"})
    assert (code, answer["offence_code"], answer["conclusion"]) == (0, "CL-999", "undetermined")


def test_charge_tells_rows_of_one_article_apart():
    trees = {"id": 1, "facts": {"timber_volume": 6}, "offence_code": "CL-345"}
    (over_felling, theft) = _answers(trees, trees | {"offence": "盗伐林木罪"})[1]
    assert (over_felling["branch"], theft["branch"]) == ("E17.B1", "E16.B1")


def test_law_of_another_day_can_be_asked_for():
    facts = {"identical_mark_identical_goods": True, "illegal_gains": 30_000}
    line = json.dumps({"id": 1, "facts": facts, "offence_code": "CL-214"})
    _, (now,) = _run(line, option="--json --on 2026-11-23")
    _, (then,) = _run(line, option="--json --on 2021-01-01")
    assert json.loads(now)["conclusion"] == "meets"
    assert json.loads(then)["conclusion"] == "undetermined"


def test_text_is_written_in_both_languages():
    assert "# drugs" in _run(DRUGS, option="--lang zh")[1][0]
    assert any("达到追诉标准" in line for line in _run(DRUGS, option="--lang zh")[1])
    assert any("meets the filing standard" in line for line in _run(DRUGS, option="--lang en")[1])


def test_file_with_a_broken_character_loses_one_line(tmp_path: Path):
    file = tmp_path / "cases.jsonl"
    file.write_bytes(b'{"id": "\xff"}\n' + json.dumps(DRUGS).encode() + b"\n\n")
    result = CliRunner().invoke(app, [str(file), "--json"])
    broken, drugs = (json.loads(line) for line in result.stdout.splitlines())
    assert (result.exit_code, broken["error"]["code"]) == (1, "not_json")
    assert drugs["conclusion"] == "meets"
