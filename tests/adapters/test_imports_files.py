"""Exports as files: what is read of each line, and what a bad line costs."""

from datetime import date, datetime
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from adapters.imports import delimited, rows, sheet
from adapters.imports.files import Format, format_of, open_export
from adapters.imports.rows import BadRow, ExportError, Row

NOON = datetime(2026, 3, 9, 12, 0)  # noqa: DTZ001 (a spreadsheet knows no zones)


def read(path: Path, form: Format, name: str | None = None) -> list[Row | BadRow]:
    with open_export(path, form, name) as export:
        return list(export.rows())


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    return tmp_path / "cases.csv"


@pytest.fixture
def ndjson_file(tmp_path: Path) -> Path:
    return tmp_path / "cases.ndjson"


@pytest.fixture
def book(tmp_path: Path) -> Workbook:
    """A workbook that the test closes, and so writes."""
    return Workbook(tmp_path / "cases.xlsx")


# NDJSON


def test_lines_of_json_are_numbered_and_blank_ones_passed_over(ndjson_file):
    written(ndjson_file, '\ufeff{"a": 1}\n\n  \r\n{"a": "\\u6848"}')

    assert read(ndjson_file, Format.NDJSON) == [Row(1, {"a": 1}), Row(4, {"a": "案"})]


@pytest.mark.parametrize(
    ("line", "code", "detail"),
    [
        (b"{", "json_invalid", "not JSON"),
        (b"[1]", "not_an_object", "not a JSON object"),
        (b'{"a": 1, "a": 2}', "json_invalid", "named twice"),
        (b'{"a": NaN}', "json_invalid", "NaN"),
        (b'{"a": "\\ud800"}', "json_invalid", "half a character"),
        (b'{"a": "\xff"}', "json_invalid", "not UTF-8 at byte"),
        (b"[" * 100_000, "json_invalid", "nested too deeply"),
    ],
)
def test_line_that_is_no_object_fails_alone(ndjson_file, line, code, detail):
    written(ndjson_file, b'{"a": 1}\n' + line + b'\n{"a": 2}\n')

    first, bad, last = read(ndjson_file, Format.NDJSON)

    assert (first, last) == (Row(1, {"a": 1}), Row(3, {"a": 2}))
    assert isinstance(bad, BadRow)
    assert (bad.number, bad.code) == (2, code)
    assert detail in bad.detail


def test_line_without_an_end_is_not_held(ndjson_file, csv_file, monkeypatch):
    monkeypatch.setattr(rows, "LONGEST_LINE", 20)
    written(ndjson_file, '{"a": "' + "x" * 100 + '"}\n{"a": 2}\n')
    written(csv_file, "a\n" + "x" * 100 + "\n2\n")

    for path, value in ((ndjson_file, 2), (csv_file, "2")):
        bad, good = read(path, format_of(path))
        assert isinstance(bad, BadRow)
        assert bad.code == "line_too_long"
        assert good.values == {"a": value}


# CSV


def test_cells_may_hold_delimiters_quotes_and_lines(csv_file):
    written(csv_file, 'a,b\r\n"1,2","he said ""no""\r\nand left"\r\n3,\r\n')

    first, second = read(csv_file, Format.CSV)

    assert first == Row(2, {"a": "1,2", "b": 'he said "no"\r\nand left'})
    assert second == Row(4, {"a": "3"})


@pytest.mark.parametrize(("mark", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab")])
def test_delimiter_is_the_one_that_cuts_the_header(csv_file, mark, name):
    written(csv_file, f'案号{mark}"a,b;c"\n1{mark}x\n')

    with open_export(csv_file, Format.CSV) as export:
        assert export.notes["delimiter"] == name
        assert export.columns == ("案号", "a,b;c")
        assert next(export.rows()).values == {"案号": "1", "a,b;c": "x"}


@pytest.mark.parametrize(
    ("codec", "found"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030")]
)
def test_encoding_is_found_and_said(csv_file, codec, found):
    written(csv_file, "案号,案由\n一,销售𠮷\n".encode(codec))

    with open_export(csv_file, Format.CSV) as export:
        assert export.notes["encoding"] == found
        assert [*export.rows()] == [Row(2, {"案号": "一", "案由": "销售𠮷"})]


def test_encoding_shows_first_where_letters_are(csv_file, monkeypatch):
    monkeypatch.setattr(delimited, "_ENOUGH_LINES", 2)
    lines = ["a", *["1"] * 50, "案", "由", "x"]
    written(csv_file, "\n".join(lines).encode("gb18030"))

    assert read(csv_file, Format.CSV)[50].values == {"a": "案"}


def test_line_in_another_encoding_fails_alone(csv_file):
    good = "案号,案由\n一,销售\n二,经营\n".encode()
    written(csv_file, good + "三,生产\n".encode("gb18030") + "四,运输\n".encode())

    *_, bad, last = read(csv_file, Format.CSV)

    assert isinstance(bad, BadRow)
    assert (bad.number, bad.code) == (4, "not_text")
    assert "UTF-8" in bad.detail
    assert last == Row(5, {"案号": "四", "案由": "运输"})


@pytest.mark.parametrize(
    "bad", ['1,"never closed', '1,"closed" and more', '1,"over\nlines" and more']
)
def test_quote_that_breaks_the_form_costs_its_line_and_not_what_follows(csv_file, bad):
    written(csv_file, f'a,b\n{bad}\n2,"x"\n3,y\n')

    first, *others = read(csv_file, Format.CSV)

    assert isinstance(first, BadRow)
    assert (first.number, first.code) == (2, "csv_invalid")
    assert first.text == bad.splitlines()[0] + "\n"
    good = [row.values for row in others if isinstance(row, Row)]
    assert good == [{"a": "2", "b": "x"}, {"a": "3", "b": "y"}]


def test_bad_line_inside_a_quoted_cell_is_told_as_one(csv_file):
    written(csv_file, 'a,b\n案,"由\n'.encode() + b"\xff\n" + "三,四\n".encode())

    opening, bad, last = read(csv_file, Format.CSV)

    assert (opening.number, bad.number) == (2, 3)
    assert bad.code == "not_text"
    assert last.values == {"a": "三", "b": "四"}


def test_cell_is_not_read_on_for_ever(csv_file, monkeypatch):
    monkeypatch.setattr(delimited, "LONGEST_LINE", 50)
    lines = "".join(f"{number},x\n" for number in range(100))
    written(csv_file, f'a,b\n1,"open\n{lines}')

    bad, *others = read(csv_file, Format.CSV)

    assert bad.detail == "a quoted cell is not closed"
    assert len(others) == 100
    assert all(isinstance(row, Row) for row in others)


def test_row_of_another_width_fails_alone(csv_file):
    written(csv_file, "a,b\n1\n1,2,3\n1,2,\n,\n4,5\n")

    few, many, trailing, last = read(csv_file, Format.CSV)

    assert (few.code, few.number) == ("wrong_width", 2)
    assert (many.code, many.text) == ("wrong_width", "1,2,3\n")
    assert trailing == Row(4, {"a": "1", "b": "2"})
    assert last == Row(6, {"a": "4", "b": "5"})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xff\xfea\x00", "UTF-16"),
        (b"a,a\n", "named twice: a"),
        (b",,\n", "names no column"),
        (b'"a\n', "the header cannot be read"),
        (("x," * 1001).encode(), "more than 1000"),
    ],
)
def test_file_without_a_header_is_not_read(csv_file, content, reason):
    written(csv_file, content)

    with pytest.raises(ExportError, match=reason):
        read(csv_file, Format.CSV)


def test_progress_is_told_in_bytes(csv_file):
    written(csv_file, "a\n1\n2\n")

    with open_export(csv_file, Format.CSV) as export:
        assert export.total == 6
        assert len([*export.rows()]) == 2
        assert export.done == 6


# spreadsheets


def test_cells_of_a_sheet_keep_what_they_are(book, tmp_path):
    page = book.add_worksheet("一")
    page.write_row(1, 1, ["案号", "金额", "日期", "时间", "是否"])
    page.write(2, 1, "甲")
    page.write(2, 2, 12.5)
    page.write_datetime(2, 3, date(2026, 3, 9), book.add_format({"num_format": "yyyy-mm-dd"}))
    page.write_datetime(2, 4, NOON, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    page.write(2, 5, True)  # noqa: FBT003 (it is the cell)
    page.write(4, 1, "乙")
    book.close()

    with open_export(tmp_path / "cases.xlsx", Format.XLSX) as export:
        found = [*export.rows()]
        assert (export.total, export.done) == (5, 5)
        assert export.notes == {"sheet": "一"}

    assert found == [
        Row(
            3,
            {
                "案号": "甲",
                "金额": 12.5,
                "日期": date(2026, 3, 9),
                "时间": NOON,
                "是否": True,
            },
        ),
        Row(5, {"案号": "乙"}),
    ]


def test_sheet_is_chosen_by_its_name(book, tmp_path):
    for name in ("一", "二"):
        page = book.add_worksheet(name)
        page.write_column(0, 0, ["a", name])
    book.close()
    path = tmp_path / "cases.xlsx"

    assert read(path, Format.XLSX) == [Row(2, {"a": "一"})]
    assert read(path, Format.XLSX, "二") == [Row(2, {"a": "二"})]
    with pytest.raises(ExportError, match="has no sheet '三'") as caught:
        read(path, Format.XLSX, "三")
    assert caught.value.advice == "its sheets: 一, 二"


def test_empty_sheet_says_so(book, tmp_path):
    book.add_worksheet()
    book.close()

    with pytest.raises(ExportError, match="the sheet is empty"):
        read(tmp_path / "cases.xlsx", Format.XLSX)


def test_workbook_that_unpacks_too_large_is_not_opened(book, tmp_path, monkeypatch):
    book.add_worksheet().write(0, 0, "a")
    book.close()
    monkeypatch.setattr(sheet, "LARGEST_WORKBOOK", 100)

    with pytest.raises(ExportError, match="bytes unpacked") as caught:
        read(tmp_path / "cases.xlsx", Format.XLSX)
    assert "CSV" in caught.value.advice


END_OF_ZIP = b"PK\x05\x06"


@pytest.mark.parametrize(
    "content",
    [
        b"no workbook",
        END_OF_ZIP + bytes(18),
        bytes(46) + END_OF_ZIP + bytes(4) + b"\1\0\1\0" + b"\x2e\0\0\0" + bytes(6),
    ],
)
def test_file_that_is_no_workbook_says_so(tmp_path, content):
    path = written(tmp_path / "cases.xlsx", content)

    with pytest.raises(ExportError, match="no workbook"):
        read(path, Format.XLSX)


# any of them


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.ndjson", "ndjson"), ("a.JSONL", "ndjson"), ("a.tsv", "csv"), ("a.xls", "xlsx")],
)
def test_name_says_the_form(name, form):
    assert format_of(Path(name)) == form


def test_name_that_does_not_say_the_form_asks_for_it():
    with pytest.raises(ExportError) as caught:
        format_of(Path("cases"))
    assert "--format" in caught.value.advice


def test_sheet_of_what_has_none_is_a_mistake(csv_file):
    written(csv_file, "a\n1\n")

    with pytest.raises(ExportError, match="no sheets"):
        read(csv_file, Format.CSV, "一")


def test_file_larger_than_any_register_is_not_read(csv_file, monkeypatch):
    written(csv_file, "a\n1\n")
    monkeypatch.setattr("adapters.imports.files.LARGEST_FILE", 3)

    with pytest.raises(ExportError, match="more than 3 bytes"):
        read(csv_file, Format.CSV)
