"""The commands of the register on a real database: import, its mappings, and the counts that are held against it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters import main
from adapters.cli import register_import
from contracts.case_record import CaseRecord, RecordAnswer, RecordResult
from contracts.document import Fault
from service.domain.errors import OutcomeUnknownError, Refusal
from tests.support.offices import office
from tests.support.operator import MARKET, Operator, fetch, operator_of, ours, rejected
from tests.support.records import content, write_lines


@pytest.fixture
def operator(database: str, tmp_path: Path) -> Operator:
    return operator_of(database, tmp_path)


def test_export_is_stored_judged_and_its_leads_are_told(operator, tmp_path):
    told = operator.take(ours(tmp_path))

    assert (told["read"], told["stored"], told["refused"]) == (3, 3, 0)
    assert told["conclusions"] == {"meets": 3}
    assert told["leads_raised"] == {"X2": 3} | {
        name: count for name, count in told["leads_raised"].items() if name != "X2"
    }
    assert told["rejected_file"] is None
    assert not list(tmp_path.glob("*.rejected*"))


def test_same_file_again_changes_nothing(operator, tmp_path):
    path = ours(tmp_path)
    operator.take(path)
    before = fetch(operator.database, "SELECT * FROM cases ORDER BY id")
    journal = fetch(operator.database, "SELECT count(*) FROM journal")

    told = operator.take(path)

    assert (told["read"], told["unchanged"], told["stored"], told["replaced"]) == (3, 3, 0, 0)
    assert told["leads_raised"] == {}
    assert fetch(operator.database, "SELECT * FROM cases ORDER BY id") == before
    assert fetch(operator.database, "SELECT count(*) FROM journal") == journal


def test_bad_lines_go_into_a_file_beside_it_and_good_ones_are_kept(operator, tmp_path):
    bad = content(2, facts={"sales_amount": "much", "no_such_fact": 1})
    path = write_lines(tmp_path / "cases.ndjson", [content(1), "{", bad, content(3, party=None)])

    told = operator.take(path, code=1)
    first = rejected(path)
    again = operator.take(path, code=1)

    assert (told["read"], told["stored"], told["refused"]) == (4, 1, 3)
    assert told["rejected_file"] == f"{path}.rejected.ndjson"
    assert [one["line"] for one in first] == [2, 3, 4]
    assert first[0]["text"] == "{"
    assert first[0]["errors"][0]["code"] == "json_invalid"
    assert first[1]["case_number"] == "示市监案〔2026〕2号"
    assert {one["pointer"] for one in first[1]["errors"]} == {
        "/facts/sales_amount",
        "/facts/no_such_fact",
    }
    assert first[2]["row"]["cause"] == "销售侵犯注册商标专用权的商品"
    assert first[2]["errors"][0]["pointer"] == "/party"
    assert (again["unchanged"], again["refused"]) == (1, 3)
    assert rejected(path) == first


def test_rejects_may_be_read_by_their_owner_alone_and_go_when_the_file_is_mended(
    operator, tmp_path
):
    path = write_lines(tmp_path / "cases.ndjson", [content(1), "{"])
    operator.take(path, code=1)
    beside = tmp_path / "cases.ndjson.rejected.ndjson"
    mode = beside.stat().st_mode & 0o777

    write_lines(path, [content(1)])
    operator.take(path)

    assert mode == 0o600
    assert not beside.exists()


def test_summary_for_people_names_the_file_of_rejects(operator, tmp_path):
    path = write_lines(tmp_path / "cases.ndjson", [content(1), "{"])

    called = operator.call("register", "import", path, "--agency", MARKET)

    assert called.code == 1
    lines = called.out.splitlines()
    kept = "1 stored, 0 replaced, 0 unchanged, 0 stale, 1 refused"
    assert lines[0] == f"cases.ndjson: 2 read, {kept}"
    assert lines[1] == "conclusions: 1 meets"
    assert lines[3] == f"what was refused, with the reasons: {path}.rejected.ndjson"


def test_only_an_agency_that_is_registered_has_a_register(operator, tmp_path):
    path = ours(tmp_path)
    police = office("county-police").code

    unknown = operator.call("register", "import", path, "--agency", "119999999999999999")
    other = operator.call("register", "import", path, "--agency", police)

    for called in (unknown, other):
        assert called.code == 1
        assert "is not an agency that is registered" in called.err
    assert fetch(operator.database, "SELECT count(*) FROM cases")[0][0] == 0


def test_unknown_format_or_column_stops_before_anything_is_stored(operator, tmp_path):
    nameless = tmp_path / "cases.dat"
    nameless.write_text("{}")
    columns = tmp_path / "cases.csv"
    columns.write_text("编号,案由\n1,x\n", "utf-8")

    first = operator.call("register", "import", nameless, "--agency", MARKET)
    second = operator.call("register", "import", columns, "--agency", MARKET)

    assert "--format" in first.err
    assert "no column for case_number" in second.err
    assert "linkage register mappings" in second.err


def test_columns_that_nobody_reads_are_named(operator, tmp_path):
    path = tmp_path / "cases.csv"
    path.write_text("案号,案由,当事人类型,当事人,经办人\n1,其他,单位,甲公司,乙\n", "utf-8")

    called = operator.call("register", "import", path, "--agency", MARKET, "--json")

    assert called.json["columns_not_read"] == ["经办人"]
    assert "nobody reads the columns 经办人" in called.err


class Wavering:
    """A register that fails a few times before the answer arrives; its commits are cut off unless said otherwise."""

    def __init__(self, cuts: int, error: Exception | None = None) -> None:
        self.cuts = cuts
        self.error = error or OutcomeUnknownError()
        self.calls = 0

    async def take(
        self, agency_code: str, records: Sequence[CaseRecord], source: str = "import"
    ) -> list[RecordAnswer]:
        self.calls += 1
        if self.calls <= self.cuts:
            raise self.error
        fault = Fault(pointer="/cause", code="x", detail="refused by the register")
        return [
            RecordAnswer(index=0, case_number="a", result=RecordResult.STORED, conclusion="below"),
            RecordAnswer(index=1, case_number="b", result=RecordResult.REFUSED, errors=[fault]),
        ]


def use(register: object, monkeypatch: pytest.MonkeyPatch) -> None:
    class Opened:
        async def __aenter__(self) -> object:
            return register

        async def __aexit__(self, *error: object) -> None: ...

    monkeypatch.setattr(main, "register", lambda settings: Opened())
    monkeypatch.setattr(register_import, "_FIRST_PAUSE", 0.0)


@pytest.mark.parametrize("error", [OutcomeUnknownError(), Refusal("overloaded")])
def test_commit_that_was_cut_off_or_in_the_way_is_tried_again(
    operator, tmp_path, monkeypatch, error
):
    register = Wavering(cuts=2, error=error)
    use(register, monkeypatch)
    path = ours(tmp_path, 2)

    told = operator.take(path, code=1)

    assert register.calls == 3
    assert (told["stored"], told["refused"]) == (1, 1)
    assert told["conclusions"] == {"below": 1}
    assert rejected(path)[0]["line"] == 2
    assert rejected(path)[0]["errors"][0]["detail"] == "refused by the register"


def test_commits_that_are_always_cut_off_end_the_import(operator, tmp_path, monkeypatch):
    register = Wavering(cuts=100)
    use(register, monkeypatch)

    called = operator.call("register", "import", ours(tmp_path), "--agency", MARKET)

    assert called.code == 1
    assert "the commit was cut off, and may have happened" in called.err
    assert "do it again" in called.err
    assert register.calls == register_import.TRIES


def test_no_that_is_final_is_not_asked_again(operator, tmp_path, monkeypatch):
    register = Wavering(cuts=1, error=Refusal("not_permitted"))
    use(register, monkeypatch)

    called = operator.call("register", "import", ours(tmp_path), "--agency", MARKET)

    assert called.code == 1
    assert "not_permitted" in called.err
    assert register.calls == 1


def test_interrupt_leaves_whole_chunks_and_the_same_command_goes_on(
    operator, tmp_path, monkeypatch
):
    path = ours(tmp_path, 5)
    monkeypatch.setattr(register_import, "CHUNK", 2)
    real, seen = register_import.take_chunk, []

    async def interrupted(*words: Any) -> None:
        seen.append(1)
        if len(seen) == 2:
            raise KeyboardInterrupt
        await real(*words)

    monkeypatch.setattr(register_import, "take_chunk", interrupted)
    stopped = operator.call("register", "import", path, "--agency", MARKET)
    monkeypatch.setattr(register_import, "take_chunk", real)
    stored = fetch(operator.database, "SELECT count(*) FROM cases")[0][0]
    told = operator.take(path)

    assert stopped.code == 130
    assert "stopped after 2 lines" in stopped.err
    assert stored == 2
    assert (told["unchanged"], told["stored"]) == (2, 3)


def test_mappings_are_listed(operator):
    text = operator.call("register", "mappings").out
    told = operator.call("register", "mappings", "--json").json["mappings"]

    assert "双公示" in text
    assert [one["name"] for one in told] == ["linkage", "shuanggongshi"]
    assert ["case_number", "案号"] in told[0]["columns"]


def test_own_mapping_reads_columns_of_other_names(operator, tmp_path):
    mapping = tmp_path / "ours.yaml"
    mapping.write_text(
        "zh: 本局\nen: Our own\nconstants: {party.kind: unit}\ncolumns:\n"
        "- {to: case_number, from: [编号]}\n- {to: cause, from: [事由]}\n"
        "- {to: party.name, from: [名称]}\n"
        "- {to: facts.sales_amount, from: [销售金额（万元）], as: money, factor: 10000}\n",
        "utf-8",
    )
    path = tmp_path / "cases.csv"
    path.write_text("编号;事由;名称;销售金额(万元)\n1;销售侵犯注册商标专用权的商品;甲公司;12.5\n")

    told = operator.take(path, "--mapping", mapping)
    shown = operator.call("register", "show", "1", "--agency", MARKET, "--json").json

    assert told["delimiter"] == "semicolon"
    assert shown["record"]["facts"] == {"sales_amount": 125000}


def test_counts_are_held_against_what_is_here(operator, tmp_path):
    operator.take(ours(tmp_path))
    words = ("--agency", MARKET, "--month", "2026-06")

    said = operator.call("register", "counts", *words, "--decided", 7)
    operator.call("register", "counts", *words, "--decided", 5, "--filed", 4)
    june = operator.call("register", "reconcile", "--month", "2026-06", "--json").json
    other = operator.call("register", "reconcile", "--month", "2026-07", "--json").json
    text = operator.call("register", "reconcile").out

    assert "counts 7 decisions for 2026-06" in said.out
    [row] = june["months"]
    assert (row["agency"], row["reported_decided"], row["decided"]) == (MARKET, 5, 3)
    assert (june["missing_decided"], row["missing_decided"]) == (2, 2)
    assert other["months"] == []
    assert text.splitlines()[-1] == "2 decisions are missing here"


def test_counts_of_a_year_that_nobody_means_are_refused(operator):
    month = ("--month", "1999-06", "--decided", 1)

    assert "pattern" in operator.call("register", "counts", "--agency", MARKET, *month).err
