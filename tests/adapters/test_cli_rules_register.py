"""`linkage rules switch | progress | diff --register`, and what the doctor says of the book in force."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from adapters.cli import rules_register
from adapters.postgres.rulebook_switch import LOCK
from contracts.rulebook import RuleBook
from service.domain.errors import OutcomeUnknownError
from service.rescreening import Rescreening
from tests.support.operator import MARKET, Operator, fetch, operator_of
from tests.support.records import write_lines
from tests.support.register import case, sold
from tests.support.rescreening import OURS, book_with

CONTENT = json.loads(OURS.to_json())


@pytest.fixture
def operator(database: str, tmp_path: Path) -> Operator:
    return operator_of(database, tmp_path)


@pytest.fixture
def lenient(tmp_path: Path) -> Path:
    """A book by which only very large cases of substandard goods are crimes."""
    return write_book(tmp_path, json.loads(book_with(2_000_000).to_json()) | {"version": "lenient"})


def write_book(folder: Path, content: dict[str, Any]) -> Path:
    path = folder / f"{content['version']}.json"
    path.write_text(RuleBook.from_json(json.dumps(content)).to_json(), "utf-8")
    return path


def fill(operator: Operator, count: int = 3) -> None:
    path = write_lines(
        operator.folder / "cases.ndjson", [case(facts=sold(80_000)) for _ in range(count)]
    )
    assert operator.take(path)["conclusions"] == {"meets": count}


def in_force(operator: Operator) -> str:
    [row] = fetch(operator.database, "SELECT digest FROM rulebook_in_force")
    return row["digest"]


def test_diff_with_the_register_says_what_would_change_and_writes_nothing(operator, lenient):
    fill(operator)
    before = fetch(operator.database, "SELECT xmin, * FROM cases ORDER BY id")
    called = operator.call(
        *("rules", "diff", "in-force", lenient, "--register", "--json", "--limit", 2)
    )

    assert called.code == 0
    told = called.json
    assert told["old"] == {"version": OURS.version, "digest": OURS.digest}
    assert told["new"]["version"] == "lenient"
    assert (told["cases"], told["changed"]) == (3, 3)
    [moved] = told["conclusions"]
    assert moved == {"from": "meets", "to": "below", "cases": 3}
    assert {one["change"] for one in told["leads"]} == {"closed"}
    assert [one["agency"] for one in told["first"]] == [MARKET, MARKET]
    assert fetch(operator.database, "SELECT xmin, * FROM cases ORDER BY id") == before
    assert in_force(operator) == OURS.digest


def test_diff_with_the_register_tells_people_too_and_its_exit_code_is_asked_for(operator, lenient):
    fill(operator)
    words = ("rules", "diff", "ours", lenient, "--register")
    called = operator.call(*words)

    assert called.code == 0
    assert f"{OURS.version} → lenient: 3 cases looked at" in called.out
    assert "closed  X2" in called.out
    assert operator.call(*words, "--exit-code").code == 1
    assert operator.call("rules", "diff", "ours", "in-force", "--register", "--exit-code").code == 0


def test_switch_puts_a_book_in_force_and_progress_says_how_far_it_is(operator, lenient):
    fill(operator)
    told = operator.call("rules", "switch", lenient, "--yes", "--json").json
    assert (told["switched"], told["cases"], told["slices"]) == (True, 3, 1)
    assert told["before"]["digest"] == OURS.digest
    assert told["rulebook"]["digest"] == in_force(operator)

    progress = operator.call("rules", "progress", "--json").json["rescreening"]
    assert progress["rulebook"]["version"] == "lenient"
    assert (progress["cases"], progress["slices_left"], progress["screened"]) == (3, 1, 0)
    assert progress["estimated_end"] is None
    assert progress["finished_at"] is None
    assert "no part is done yet" in operator.call("rules", "progress").out


def test_progress_tells_the_end_and_what_came_out_otherwise(operator, lenient):
    fill(operator)
    assert "no rule book was switched yet" in operator.call("rules", "progress").out
    assert operator.call("rules", "progress", "--json").json == {"rescreening": None}
    operator.call("rules", "switch", lenient, "--yes")
    done = (
        "UPDATE rescreening_slices SET done_at = now(), screened = 3, changed = 3, differences = "
    )
    fetch(operator.database, f"""{done} '{{"meets>unjudged": 3}}'""")
    fetch(operator.database, "UPDATE rescreenings SET started_at = now() - interval '1 minute'")
    assert "will be finished about" in operator.call("rules", "progress").out
    fetch(operator.database, "UPDATE rescreenings SET finished_at = now()")
    said = operator.call("rules", "progress").out

    assert "lenient: 1 of 1 parts, 3 cases" in said
    assert "finished at" in said
    assert "meets>unjudged  3" in said


def test_switch_to_the_book_in_force_says_that_nothing_was_changed(operator):
    fill(operator)
    assert "in force already" in operator.call("rules", "switch", "ours", "--yes").out
    assert operator.call("rules", "switch", "in-force", "--yes", "--json").json["switched"] is False
    assert fetch(operator.database, "SELECT * FROM rescreenings") == []


def test_switch_asks_unless_told_not_to(operator, lenient):
    fill(operator)
    refused = operator.call("rules", "switch", lenient)
    assert refused.code == 1
    assert f"Put lenient in force, over {OURS.version}?" in refused.out
    unasked = operator.call("rules", "switch", lenient, "--json")
    assert (unasked.code, unasked.error["advice"]) == (1, "give --yes")
    assert in_force(operator) == OURS.digest


def test_switch_waits_for_those_who_judge_only_so_long(operator, lenient):
    fill(operator)
    with judging(operator):
        called = operator.call("rules", "switch", lenient, "--yes", "--json", database_timeout="1s")

    assert (called.code, in_force(operator)) == (1, OURS.digest)
    assert called.error["error"] == "somebody judges for too long: nothing was changed"
    assert operator.call("rules", "switch", lenient, "--yes").code == 0


@contextmanager
def judging(operator: Operator) -> Iterator[None]:
    """Hold the book in force as whoever judges does, until the block ends."""
    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(operator.database))
        runner.run(connection.execute(f"SELECT pg_advisory_lock_shared({LOCK})"))
        yield
        runner.run(connection.close())


def test_commit_that_was_cut_off_is_said_to_be_so(operator, lenient, monkeypatch):
    async def cut_off(*_: object) -> None:
        raise OutcomeUnknownError("TimeoutError")

    monkeypatch.setattr(Rescreening, "switch", cut_off)
    called = operator.call("rules", "switch", lenient, "--yes", "--json")
    assert called.code == 1
    assert called.error["advice"].startswith("do it again")


def test_account_without_a_name_is_unknown(monkeypatch):
    def nobody() -> str:
        raise OSError("no such account")

    monkeypatch.setattr(rules_register.getpass, "getuser", nobody)
    assert rules_register._who() == "unknown"


def test_switch_tells_people_what_happens(operator, lenient):
    fill(operator)
    said = operator.call("rules", "switch", lenient, "--yes").out
    assert f"{OURS.version} → lenient: in force" in said
    assert "3 cases are judged anew" in said
    [line] = fetch(operator.database, "SELECT data FROM journal WHERE action = 'rulebook.switched'")
    assert json.loads(line["data"])["by"]


def test_book_with_an_error_is_not_put_in_force(operator, tmp_path):
    fill(operator)
    [offence] = [deepcopy(one) for one in CONTENT["offences"] if one["row"] == "M13"]
    [*_, last] = offence["branches"][0]["editions"]
    earlier = {**last, "from": "1980-01-01", "until": "1980-12-31"}
    offence["branches"][0]["editions"].append(earlier)
    book = write_book(tmp_path, CONTENT | {"offences": [offence], "version": "wrong"})
    called = operator.call("rules", "switch", book, "--yes")

    assert called.code == 1
    assert "nothing is in force from 1980-12-31" in called.err
    assert in_force(operator) == OURS.digest


def test_in_force_of_an_empty_database_says_so(operator):
    called = operator.call("rules", "diff", "in-force", "ours", "--register", "--json")
    assert called.code == 1
    assert called.error["error"] == "no rule book is in force yet"


def test_doctor_says_which_book_is_in_force(operator, lenient):
    def findings() -> list[dict[str, Any]]:
        told = operator.call("doctor", "--json").json["findings"]
        return [one for one in told if one["about"] == "rule book" and "in force" in one["what"]]

    [none] = findings()
    assert none["what"].startswith("none is in force yet")
    fill(operator)
    [ours] = findings()
    assert (ours["severity"], ours["what"]) == ("ok", f"{OURS.version} is in force")
    operator.call("rules", "switch", lenient, "--yes")
    [behind] = findings()
    assert behind["severity"] == "warning"
    assert behind["what"] == f"lenient is in force, and this version ships {OURS.version}"
    assert "linkage rules switch ours" in behind["advice"]
