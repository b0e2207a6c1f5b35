"""Tables as files: Chinese in Excel, numbers as numbers, and nothing that runs."""

from pathlib import Path

from python_calamine import CalamineWorkbook

from adapters.sheets import Sheet, write_csv, write_xlsx

RISKY = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠A1", "\t=1", "\r=1", "\n=1"]
SHEET = Sheet(
    "指标", ("名称", "分子", "比率"), [("示例县", 3, 0.75), (None, -2, None)], frozenset({2})
)


def test_csv_begins_with_the_mark_that_excel_needs(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", SHEET)
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig") == "名称,分子,比率\r\n示例县,3,0.75\r\n,-2,\r\n"


def test_text_that_begins_like_a_formula_is_made_harmless_in_csv(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", Sheet("a", ("名称",), [(one,) for one in RISKY]))
    rows = (tmp_path / "a.csv").read_bytes().decode("utf-8-sig").split("\r\n", 1)[1]
    assert rows.count("'") == len(RISKY)
    assert not rows.startswith("=")


def test_workbook_has_numbers_and_text_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, [SHEET, Sheet("文字", ("名称",), [(one,) for one in RISKY[:8]])])
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["指标", "文字"]
    assert book.get_sheet_by_name("指标").to_python() == [
        ["名称", "分子", "比率"],
        ["示例县", 3.0, 0.75],
        ["", -2.0, ""],
    ]
    assert book.get_sheet_by_name("文字").to_python() == [["名称"], *([one] for one in RISKY[:8])]
