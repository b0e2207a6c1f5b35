"""What files an import takes: other forms, and several at once that say themselves whose they are."""

import csv
import json
from pathlib import Path

import pytest

from adapters.imports.flat import flat_columns, flat_row
from tests.support.offices import office
from tests.support.operator import MARKET, Operator, fetch, operator_of, ours
from tests.support.records import content, record, write_lines


@pytest.fixture
def operator(database: str, tmp_path: Path) -> Operator:
    return operator_of(database, tmp_path)


def test_register_as_csv_says_what_it_says_as_json(operator, tmp_path):
    records = [record(number) for number in (1, 2)]
    path = tmp_path / "cases.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.DictWriter(file, flat_columns(records[0].facts))
        writer.writeheader()
        writer.writerows(map(flat_row, records))

    told = operator.take(path)
    as_json = operator.take(ours(tmp_path, 2))

    assert told["mapping"] == "linkage"
    assert told["encoding"] == "gb18030"
    assert told["stored"] == 2
    assert as_json["unchanged"] == 2


def test_several_files_say_themselves_whose_they_are(operator, tmp_path):
    tobacco = office("tobacco").code
    files = [
        write_lines(tmp_path / f"register-{MARKET}.ndjson", [content(1), content(2)]),
        write_lines(tmp_path / f"register-{tobacco}.ndjson", [content(1), "{"]),
    ]

    called = operator.call("register", "import", *files, "--json")

    told = [json.loads(line) for line in called.out.splitlines()]
    assert called.code == 1
    assert [(one["agency"], one["stored"], one["refused"]) for one in told] == [
        (MARKET, 2, 0),
        (tobacco, 1, 1),
    ]
    rows = fetch(operator.database, "SELECT agency_code, count(*) FROM cases GROUP BY 1 ORDER BY 2")
    assert [tuple(row) for row in rows] == [(tobacco, 1), (MARKET, 2)]


def test_file_that_does_not_say_whose_it_is_needs_the_agency(operator, tmp_path):
    called = operator.call("register", "import", write_lines(tmp_path / "a.ndjson", [content(1)]))

    assert called.code == 1
    assert "--agency" in called.err
    assert fetch(operator.database, "SELECT count(*) FROM cases")[0][0] == 0


def test_case_is_shown_with_what_its_leads_rest_on(operator, tmp_path):
    operator.take(ours(tmp_path, 1))
    number = content(1)["case_number"]

    shown = operator.call("register", "show", number, "--agency", MARKET)
    english = operator.call("register", "show", number, "--agency", MARKET, "--lang", "en")

    assert shown.code == 0
    lines = [line.strip() for line in shown.out.splitlines()]
    assert any(line.startswith("销售假冒注册商标的商品罪  M13.") for line in lines)
    assert any(line.startswith("违法所得") and " / 30,000元 (" in line for line in lines)
    assert "illegal gains: 120,000.5 CNY / 30,000 CNY" in english.out
