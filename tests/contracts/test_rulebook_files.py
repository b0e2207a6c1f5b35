"""Rule books on disk: what can be read is read the same, what cannot be read says which file and where."""

from pathlib import Path
from shutil import copytree

import pytest
from pydantic import ValidationError

from contracts.rulebook import load_rulebook
from contracts.rulebook_files import faults_of_folder, read_book, read_provinces, rulebook_with
from tests.contracts.test_rulebook import FOLDER

PROVINCES = FOLDER / "provinces"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(copytree(FOLDER, tmp_path / "rulebook"))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_our_folder_has_no_fault():
    assert faults_of_folder() == []


def test_folder_and_file_are_the_same_book(folder, tmp_path):
    file = tmp_path / "book.json"
    file.write_text(load_rulebook().to_json(), "utf-8")
    assert read_book(file) == read_book(folder) == load_rulebook()
    assert read_book(file).digest == load_rulebook().digest


def test_every_bad_file_is_named_and_none_hides_another(folder):
    change(
        folder / "m13-selling-counterfeit-mark-goods.yaml", "at_least: 50_000", "at_leats: 50_000"
    )
    change(folder / "m01-substandard-products.yaml", "code: CL-140\n", "")
    (folder / "m02-counterfeit-drugs.yaml").write_text("row: [", "utf-8")
    (folder / "m03-inferior-drugs.yaml").write_bytes(b"row: \xff")
    found = {(one.file, one.pointer.split("/when")[0]) for one in faults_of_folder(folder)}
    assert found == {
        ("m13-selling-counterfeit-mark-goods.yaml", "/branches/1"),
        ("m01-substandard-products.yaml", "/code"),
        ("m02-counterfeit-drugs.yaml", ""),
        ("m03-inferior-drugs.yaml", ""),
    }


def test_overlap_of_two_editions_is_told_with_its_day(folder):
    change(folder / "m13-selling-counterfeit-mark-goods.yaml", "from: 2004-12-22, until: 2025-04-25", "from: 2004-12-22")  # fmt: skip
    (fault,) = faults_of_folder(folder)
    assert "B2: two editions are in force on 2025-04-26" in fault.detail


@pytest.mark.parametrize("name", ["VERSION", "documents.yaml"])
def test_source_that_is_not_there_is_told(folder, name):
    (folder / "sources" / name).unlink()
    assert [fault.file for fault in faults_of_folder(folder)] == [f"sources/{name}"]


def test_what_no_file_shows_by_itself_is_told(folder):
    copy = folder / "z99-copy.yaml"
    copy.write_bytes((folder / "m01-substandard-products.yaml").read_bytes())
    assert [fault.detail for fault in faults_of_folder(folder)] == ["two offences share a row"]
    copy.unlink()
    change(folder / "sources" / "documents.yaml", "STD2old:", "STD2older:")
    (fault,) = faults_of_folder(folder)
    assert "STD2old is not among the documents" in fault.detail


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("numbers: [", "is not YAML"),
        ("- 1", "is not a record"),
        ("province: '330000'", "list"),
        ("{province: '330000', numbers: [1]}", "dictionary"),
        ("{province: '330000', numbers: [{parameter: P}]}", "value"),
    ],
)
def test_pack_that_is_not_in_the_form_is_refused(folder, text, told):
    (folder / "provinces" / "bad.yaml").write_text(text, "utf-8")
    assert any(told in f"{fault.pointer} {fault.detail}" for fault in faults_of_folder(folder))
    with pytest.raises(ValueError, match=told):
        read_provinces(folder / "provinces")


def test_worked_example_is_read_only_where_examples_are_wanted():
    assert read_provinces(PROVINCES) == ()
    numbers = read_provinces(PROVINCES, examples=True)
    assert {one.province for one in numbers} == {"330000"}


def test_book_with_numbers_is_another_book():
    book = load_rulebook()
    more = book.with_provinces(read_provinces(PROVINCES, examples=True))
    assert (len(more.provincial), more.version) == (2, book.version)
    assert more.digest != book.digest


def test_file_that_is_no_book_is_refused(tmp_path):
    file = tmp_path / "book.json"
    file.write_text('{"version": "1"}', "utf-8")
    with pytest.raises(ValidationError):
        read_book(file)


def test_service_leaves_examples_out_and_takes_the_rest(tmp_path):
    assert rulebook_with(None) == rulebook_with(PROVINCES) == load_rulebook()
    real = (PROVINCES / "example.yaml").read_text("utf-8").replace("example: true\n", "")
    (tmp_path / "zhejiang.yaml").write_text(real, "utf-8")
    assert len(rulebook_with(tmp_path).provincial) == 2
