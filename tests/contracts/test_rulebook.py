"""The rule book as data: complete, dated, cited, and the same after a journey through JSON."""

import os
from datetime import date, timedelta
from decimal import Decimal
from importlib import resources
from itertools import pairwise
from pathlib import Path
from shutil import copytree

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.conditions import (
    AllOf,
    AnyOf,
    AtLeastNOf,
    ByParty,
    ByProvince,
    Compare,
    Condition,
    Conversion,
    Sum,
    facts_of,
    limits_of,
    scaled,
)
from contracts.facts import load_vocabulary, read_yaml
from contracts.rulebook import Mark, Offence, ProvincialNumber, RuleBook, load_rulebook
from contracts.rulebook_table import table_of

FOLDER = Path(str(resources.files("contracts") / "rulebook"))
BOOK = load_rulebook()
BRANCHES = [(one.row, branch) for one in BOOK.offences for branch in one.branches]
CONDITION = TypeAdapter(Condition)


def _offence(**changes) -> dict:
    edition = {"document": "CL", "article": "第一条", "from": "2020-01-01", "mark": "verified"}
    branch = {
        "id": "B1",
        "zh": "数额在一万元以上的",
        "when": {"fact": "sales_amount", "at_least": 10_000},
        "editions": [edition],
    }
    return {
        "row": "X01",
        "code": "CL-1",
        "name": {"zh": "某罪", "en": "Some offence"},
        "touched_by": ["sales_amount"],
        "branches": [branch | changes],
    }


def _book(*offences: dict) -> dict:
    return {"version": "1", "documents": {"CL": {"zh": "刑法"}}, "offences": list(offences)}


# ---- our own book


def test_book_survives_json_with_the_same_digest():
    again = RuleBook.from_json(BOOK.to_json())
    assert again == BOOK
    assert again.digest == BOOK.digest
    assert BOOK.digest.startswith("sha-256:")


def test_digest_follows_the_content():
    newer = BOOK.model_copy(update={"version": "later"})
    assert newer.digest != BOOK.digest


def test_every_file_is_an_offence_named_after_its_row():
    files = sorted(FOLDER.glob("*.yaml"))
    rows = [read_yaml(file.read_text("utf-8"))["row"] for file in files]
    assert [file.name.split("-")[0].upper() for file in files] == rows
    assert sorted(rows) == [offence.row for offence in BOOK.offences]


def test_offence_is_found_by_its_row():
    assert BOOK.offence("M01").code == "CL-140"
    with pytest.raises(KeyError):
        BOOK.offence("M99")


def test_offences_read_only_facts_of_the_vocabulary_that_list_them():
    for offence in BOOK.offences:
        for fact in offence.facts():
            assert fact in load_vocabulary(), f"{offence.row} reads {fact}"
            used_by = load_vocabulary().get(fact).used_by
            assert offence.row in used_by or "*" in used_by, f"{fact} does not list {offence.row}"


def test_cited_documents_are_cited_and_known():
    cited = {edition.document for _, branch in BRANCHES for edition in branch.editions}
    assert cited == set(BOOK.documents)


@pytest.mark.parametrize(("row", "branch"), BRANCHES, ids=[f"{r}.{b.id}" for r, b in BRANCHES])
def test_history_of_a_branch_has_no_gap(row, branch):
    spans = sorted(branch.editions, key=lambda edition: edition.effective_from)
    for earlier, later in pairwise(spans):
        assert earlier.effective_until is not None
        assert earlier.effective_until + timedelta(days=1) == later.effective_from


@pytest.mark.parametrize(("row", "branch"), BRANCHES, ids=[f"{r}.{b.id}" for r, b in BRANCHES])
def test_changed_numbers_have_their_own_words(row, branch):
    """An edition with another condition says so in Chinese, or is the one the branch's words fit."""
    for edition in branch.editions:
        assert edition.when is None or edition.zh is not None


# ---- what a book may not say


def test_edition_that_ends_before_it_begins_is_refused():
    edition = {
        "document": "CL",
        "article": "一",
        "from": "2020-01-02",
        "until": "2020-01-01",
        "mark": "verified",
    }
    with pytest.raises(ValidationError, match="ends before it begins"):
        Offence.model_validate(_offence(editions=[edition]))


def test_two_editions_at_once_are_refused():
    edition = {"document": "CL", "article": "一", "from": "2020-01-01", "mark": "verified"}
    with pytest.raises(ValidationError, match="two editions are in force on 2021-01-01"):
        Offence.model_validate(_offence(editions=[edition, edition | {"from": "2021-01-01"}]))


def test_branch_named_twice_is_refused():
    offence = _offence()
    offence["branches"] *= 2
    with pytest.raises(ValidationError, match="names a branch twice"):
        Offence.model_validate(offence)


def test_share_of_an_unknown_branch_is_refused():
    with pytest.raises(ValidationError, match="share of a branch that does not exist"):
        Offence.model_validate(_offence(when={"share": 0.8, "of": ["B9"]}))


def test_two_offences_on_one_row_are_refused():
    with pytest.raises(ValidationError, match="share a row"):
        RuleBook.model_validate(_book(_offence(), _offence()))


def test_unknown_document_is_refused():
    edition = {"document": "JI 1", "article": "一", "from": "2020-01-01", "mark": "verified"}
    with pytest.raises(ValidationError, match="JI 1 is not among the documents"):
        RuleBook.model_validate(_book(_offence(editions=[edition])))


@pytest.mark.parametrize(
    "wrong",
    [
        {"fact": "sales_amount"},
        {"fact": "sales_amount", "at_least": 1, "at_most": 2},
        {"fact": "sales_amount", "at_least": True},
        {"fact": "sales_amount", "at_least": "many"},
        {"fact": "sales_amount", "at_least": {"province": "X", "low": 2, "high": 2}},
        {"sum": [{"fact": "sales_amount"}], "at_least": 1},
        {"history": {}},
        {"all": []},
        {"eval": "sales_amount >= 1"},
        "sales_amount >= 1",
    ],
)
def test_condition_that_is_not_one_of_the_forms_is_refused(wrong):
    with pytest.raises(ValidationError):
        CONDITION.validate_python(wrong)


def test_doubtful_marks_are_those_nobody_has_read():
    assert [mark.value for mark in Mark if mark.is_doubtful] == ["knowledge", "unverified"]


# ---- conditions as data


def test_scaled_condition_cuts_every_number_that_must_be_reached():
    whole = CONDITION.validate_python(
        {
            "all": [
                {"fact": "sales_amount", "at_least": 100},
                {"fact": "deaths", "less_than": 3},
                {"any": [{"fact": "evaded_duty", "at_least": {"person": 10, "unit": 20}},
                         {"fact": "mineral_value", "at_least": {"province": "P", "low": 10, "high": 30}}]},
                {"at_least_n_of": 1, "of": [
                    {"sum": [{"fact": "saplings"}, {"fact": "books"}], "at_least": 10},
                    {"conversion": [{"fact": "saplings", "per": 2}, {"fact": "books", "per": 4}]}]},
            ]
        }
    )  # fmt: skip
    half = scaled(whole, Decimal("0.5"))
    assert isinstance(half, AllOf)
    number, under, either, some = half.all
    assert isinstance(number, Compare)
    assert number.limit == 50
    assert under == whole.all[1]
    assert isinstance(either, AnyOf)
    assert limits_of(either.any[0]) == (ByParty(person=5, unit=10),)
    assert limits_of(either.any[1]) == (ByProvince(province="P", low=5, high=15),)
    assert isinstance(some, AtLeastNOf)
    assert [type(part) for part in some.of] == [Sum, Conversion]
    assert [limits_of(part) for part in some.of] == [(Decimal(5),), (Decimal("0.5"),)]


def test_share_reads_no_fact_by_itself():
    share = CONDITION.validate_python({"share": 0.8, "of": ["B1"]})
    assert (list(facts_of(share)), limits_of(share)) == ([], ())


def test_number_is_written_back_as_it_was():
    limit = CONDITION.validate_python({"fact": "evaded_tax_ratio", "at_least": 0.1})
    assert limit.model_dump(mode="json", exclude_none=True)["at_least"] == "0.1"


# ---- provinces and other folders


def _folder(tmp_path: Path) -> Path:
    return Path(copytree(FOLDER, tmp_path / "rulebook"))


def test_provincial_pack_is_loaded_unless_it_is_an_example(tmp_path):
    folder = _folder(tmp_path)
    pack = folder / "provinces" / "example.yaml"
    assert load_rulebook(folder).provincial == ()
    pack.write_text(pack.read_text("utf-8").replace("example: true\n", ""), "utf-8")
    numbers = load_rulebook(folder).provincial
    assert [(one.parameter, one.province, one.value) for one in numbers] == [
        ("S06-one-worker", "330000", 10_000),
        ("S06-ten-workers", "330000", 60_000),
    ]


def test_file_that_is_no_record_is_refused(tmp_path):
    folder = _folder(tmp_path)
    (folder / "m99-nothing.yaml").write_text("- just a list", "utf-8")
    with pytest.raises(ValueError, match=r"m99-nothing\.yaml is not a record"):
        load_rulebook(folder)


def test_provincial_number_holds_between_its_days():
    number = ProvincialNumber.model_validate(
        {
            "parameter": "P",
            "province": "330000",
            "value": 1,
            "document": "文",
            "from": "2020-01-01",
            "until": "2021-12-31",
        }
    )
    days = (date(2019, 12, 31), date(2020, 1, 1), date(2021, 12, 31), date(2022, 1, 1))
    assert [number.is_in_force_on(day) for day in days] == [False, True, True, False]


# ---- the table for readers


def test_table_is_the_one_that_the_files_give():
    """To refresh it after a change: UPDATE_RULEBOOK_TABLE=1 pytest tests/contracts/test_rulebook.py."""
    file = FOLDER / "TABLE.md"
    text = f"# All offences of the rule book\n\n{table_of(BOOK)}\n"
    if os.environ.get("UPDATE_RULEBOOK_TABLE"):
        file.write_text(text, "utf-8")
    assert file.read_text("utf-8") == text


def test_table_names_every_edition_once():
    lines = table_of(BOOK).splitlines()[2:]
    assert len(lines) == len(set(lines)) == sum(len(branch.editions) for _, branch in BRANCHES)
    assert (
        "| M01 | CL-140 | 生产、销售伪劣产品罪 | B1 | 1997-10-01 – | CL | 第一百四十条 | verified |"
        in lines
    )


def test_every_row_of_the_threshold_table_has_its_offence():
    rows = {offence.row for offence in BOOK.offences}
    counts = {"M": 27, "B": 15, "R": 11, "C": 8, "F": 10, "E": 21, "S": 15}
    assert rows >= {f"{kind}{n:02}" for kind, count in counts.items() for n in range(1, count + 1)}
