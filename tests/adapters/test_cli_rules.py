"""`linkage rules` and the books that commands name: words for people, JSON for programs, honest exit codes."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import asyncpg
import pytest

from adapters.postgres.rulebooks import PostgresRuleBooks
from contracts.rulebook import load_rulebook
from tests.contracts.test_rulebook import FOLDER
from tests.support.command_line import call

BOOK = load_rulebook()
MARKS = "m13-selling-counterfeit-mark-goods.yaml"
WAGES = {
    "ordered_to_pay": True,
    "paid_within_order": False,
    "workers_unpaid": 10,
    "wages_owed_total": 70_000,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A rule book of one's own: a sale of 60 000 where ours says 50 000."""
    copied = Path(copytree(FOLDER, tmp_path / "rulebook"))
    text = (copied / MARKS).read_text("utf-8")
    dearer = text.replace("sales_amount, at_least: 50_000", "sales_amount, at_least: 60_000")
    (copied / MARKS).write_text(dearer, "utf-8")
    return copied


@pytest.fixture
def file(folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / "book.json"
    path.write_text(load_rulebook(folder).to_json(), "utf-8")
    return path


@pytest.fixture
def line(tmp_path: Path) -> Path:
    path = tmp_path / "case.jsonl"
    facts = {"identical_mark_identical_goods": True, "sales_amount": 55_000}
    path.write_text(json.dumps({"id": 1, "facts": facts, "offence_code": "CL-214"}), "utf-8")
    return path


# ---- check


def test_our_book_passes_the_check():
    called = call("rules", "check", "--json")
    assert (called.code, called.json["sound"], called.json["faults"]) == (0, True, [])
    assert called.json["rulebook"]["digest"] == BOOK.digest
    assert called.json["offences"] == len(BOOK.offences)
    assert "0 faults" in call("rules", "check").out


def test_file_that_cannot_be_read_fails_the_check(folder):
    (folder / MARKS).write_text("row: M13\n", "utf-8")
    called = call("rules", "check", folder)
    assert called.code == 1
    assert f"{MARKS}/code" in called.out
    assert "the book cannot be read" in called.out
    told = call("rules", "check", folder, "--json").json
    assert (told["sound"], told["rulebook"], told["faults"][0]["code"]) == (False, None, "schema")


def test_fault_of_the_book_fails_the_check_and_a_warning_does_not(folder):
    text = (folder / MARKS).read_text("utf-8")
    (folder / MARKS).write_text(
        text.replace("illegal_gains, at_least: 30_000", "deaths, at_least: 3")
    )
    called = call("rules", "check", folder)
    assert called.code == 0
    assert "warning  M13: the vocabulary does not list the row" in called.out
    (folder / MARKS).write_text(text.replace("at_least: 30_000", "at_least: 0.001"))
    called = call("rules", "check", folder, "--json")
    assert (called.code, called.json["sound"]) == (1, False)
    assert {fault["severity"] for fault in called.json["faults"]} == {"error"}


def test_book_in_a_file_is_checked_too(file):
    assert call("rules", "check", file).code == 0


# ---- show


def test_offence_is_shown_as_on_a_day():
    called = call("rules", "show", "CL-214", "--on", "2025-03-01")
    assert called.code == 0
    assert "2025-03-01 有效的标准:" in called.out
    assert "（法释〔2004〕19号）第二条第一款" in called.out
    english = call("rules", "show", "CL-214", "--on", "2025-03-01", "--lang", "en").out
    assert "sales amount reaches 50,000 CNY" in english


def test_offence_is_shown_in_json():
    told = call("rules", "show", "M13", "--on", "2025-03-01", "--json").json
    assert (told["offence"], told["on"]) == ("M13", "2025-03-01")
    assert [one["branch"] for one in told["rows"][0]["branches"]] == ["B2", "B4"]


def test_offence_of_another_book_is_shown(folder):
    told = call("rules", "show", "M13", "--rulebook", folder).out
    assert "销售金额达到60,000元" in told


def test_unknown_offence_is_an_error():
    called = call("rules", "show", "CL-999", "--json")
    assert (called.code, called.out) == (1, "")
    assert called.error["error"] == "the rule book has no offence CL-999"


def test_day_that_is_none_is_a_usage_error():
    assert call("rules", "show", "CL-214", "--on", "yesterday").code == 2


# ---- diff


def test_changed_number_is_told_in_words_and_in_json(folder):
    called = call("rules", "diff", "ours", folder)
    assert called.code == 0
    assert (
        "changed  M13.B2@2025-04-26 rule: 销售金额达到50,000元 → 销售金额达到60,000元" in called.out
    )
    told = call("rules", "diff", "ours", folder, "--json", "--exit-code")
    assert told.code == 1
    assert told.json["old"]["digest"] == BOOK.digest
    (now, then) = sorted(told.json["differences"], key=lambda one: one["where"], reverse=True)
    assert (now["kind"], now["what"]) == ("changed", "rule")
    assert now["now"]["en"] == "sales amount reaches 60,000 CNY"
    assert then["where"] == "M13.B2@2004-12-22"


def test_equal_books_end_well_however_they_are_named(folder, file):
    assert call("rules", "diff", folder, file, "--exit-code").code == 0
    assert call("rules", "diff", "ours", BOOK.digest, "--json").json["differences"] == []


def test_book_that_is_none_is_an_error_with_advice(tmp_path):
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}", "utf-8")
    called = call("rules", "diff", "ours", wrong)
    assert called.code == 1
    assert "wrong.json is not a rule book: /version: Field required" in called.err
    assert "linkage rules check" in called.err
    assert call("rules", "diff", "ours", tmp_path / "nowhere.json").code == 1


# ---- test


def test_every_branch_of_ours_passes_its_trials():
    told = call("rules", "test", "--json")
    assert (told.code, told.json["failed"]) == (0, [])
    assert told.json["withheld"] == ["E10.B1", "F06.B1"]
    branches = sum(len(offence.branches) for offence in BOOK.offences)
    assert told.json["branches"] == branches - 2
    assert "0 failed" in call("rules", "test").out


def test_rule_that_contradicts_itself_fails_its_trials(folder):
    text = (folder / MARKS).read_text("utf-8")
    never = "{all: [{fact: deaths, at_least: 3}, {fact: deaths, less_than: 2}]}"
    (folder / MARKS).write_text(text.replace("{fact: illegal_gains, at_least: 30_000}", never))
    called = call("rules", "test", folder)
    assert called.code == 1
    assert "FAILED  M13.B1@2025-04-26 deaths, at the limit: false" in called.out
    told = call("rules", "test", folder, "--json").json["failed"]
    assert {one["branch"] for one in told} == {"M13.B1@2025-04-26"}


# ---- the books that `screen` judges by


def test_case_is_screened_by_the_book_that_is_named(line, file, folder):
    ours, theirs = (
        call("screen", line, "--json", *book).json for book in ((), ("--rulebook", file))
    )
    assert (ours["conclusion"], theirs["conclusion"]) == ("meets", "near")
    assert ours["rulebook"]["digest"] == BOOK.digest
    assert theirs["rulebook"]["digest"] == load_rulebook(folder).digest
    assert theirs["rulebook"]["digest"] in call("screen", line, "--rulebook", folder).out


def test_digest_of_our_own_book_needs_no_database(line):
    answer = call("screen", line, "--json", "--rulebook", BOOK.digest)
    assert (answer.code, answer.json["rulebook"]["digest"]) == (0, BOOK.digest)


def test_book_that_judged_years_ago_judges_again(line, file, folder, database):
    older = load_rulebook(folder)
    store(database, older.digest, older.to_json())
    answer = call("screen", line, "--json", "--rulebook", older.digest, database_url=database)
    assert (answer.json["conclusion"], answer.json["rulebook"]["digest"]) == ("near", older.digest)
    assert call("rules", "diff", older.digest, file, "--exit-code", database_url=database).code == 0


def test_stored_book_that_is_not_its_digest_is_refused(line, folder, database):
    older = load_rulebook(folder)
    store(database, older.digest, older.to_json().replace("60000", "70000"))
    called = call("screen", line, "--rulebook", older.digest, database_url=database)
    assert called.code == 1
    assert "is not the one of that digest" in called.err


def test_digest_that_nobody_stored_is_an_error(line, database):
    called = call("screen", line, "--rulebook", "sha-256:" + "0" * 64, database_url=database)
    assert called.code == 1
    assert "the database has no rule book" in called.err


def test_digest_without_a_database_says_what_to_set(line):
    called = call("screen", line, "--rulebook", "sha-256:" + "0" * 64)
    assert called.code == 1
    assert "LINKAGE_DATABASE_URL" in called.err


def store(database: str, digest: str, text: str) -> None:
    """Keep a book as the service does when it starts."""

    async def add() -> None:
        connection = await asyncpg.connect(database)
        try:
            await PostgresRuleBooks(connection).add(digest, "1", text, datetime.now(UTC))
        finally:
            await connection.close()

    asyncio.run(add())


# ---- provinces


@pytest.mark.parametrize(
    ("province", "conclusion", "missing"),
    [
        ("330000", "meets", []),
        ("340000", "undetermined", ["threshold:S06:340000"]),
        (None, "undetermined", ["province"]),
    ],
)
def test_provincial_number_decides_where_it_is_known(tmp_path, province, conclusion, missing):
    case = {"id": 1, "facts": WAGES, "offence_code": "CL-276-1", "province": province}
    path = tmp_path / "wages.jsonl"
    path.write_text(json.dumps(case), "utf-8")
    without = call("screen", path, "--json").json
    assert without["conclusion"] == "undetermined"
    called = call("screen", path, "--json", "--provinces", FOLDER / "provinces")
    assert (called.json["conclusion"], called.json["missing"]) == (conclusion, missing)
    assert called.json["rulebook"]["digest"] != BOOK.digest
    assert "has examples, whose numbers are nobody's law" in called.err


def test_provincial_numbers_are_shown_and_others_said_to_be_unknown():
    told = call("rules", "show", "S06", "--provinces", FOLDER / "provinces").out
    assert "省级数额 330000 S06-ten-workers: 60000" in told
    assert "其他省份确定的数额不明" in told


def test_pack_that_cannot_be_read_is_an_error(tmp_path):
    (tmp_path / "bad.yaml").write_text("province: '330000'", "utf-8")
    called = call("rules", "show", "S06", "--provinces", tmp_path)
    assert called.code == 1
    assert "has a pack that cannot be read" in called.err
