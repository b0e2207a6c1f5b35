"""An offence on a day, as data and as text: what is in force, where it stands, and its history."""

from datetime import date

import pytest

from contracts.facts import load_vocabulary
from contracts.rulebook import load_rulebook
from contracts.rulebook_files import read_provinces
from service.domain.article_text import article_as_text
from service.domain.articles import Articles
from service.domain.phrases import Language
from service.domain.rulebook import compile_rulebook
from tests.contracts.test_rulebook import FOLDER
from tests.support.books import EDITION, branch, compiled, offence

BOOK = load_rulebook()


@pytest.fixture(scope="module")
def articles() -> Articles:
    return Articles(compile_rulebook(BOOK, load_vocabulary()))


def test_contents_list_every_offence_with_a_link_that_leads_to_it(articles):
    contents = articles.contents
    assert contents.rulebook.digest == BOOK.digest
    assert [entry.row for entry in contents.offences] == [one.row for one in BOOK.offences]
    for entry in contents.offences:
        row = entry.href.removeprefix("/v1/rulebook/")
        (told,) = articles.offence(row, date(2026, 1, 1)).rows
        assert (told.row, told.name) == (entry.row, entry.name)


def test_branches_are_those_of_the_day(articles):
    (then,) = articles.offence("CL-214", date(2025, 4, 25)).rows
    (now,) = articles.offence("CL-214", date(2025, 4, 26)).rows
    assert [one.branch for one in then.branches] == ["B2", "B4"]
    assert [one.branch for one in now.branches] == ["B1", "B2", "B3", "B4", "B5"]
    assert then.branches[0].document == "JI 2004-19"
    assert [one.unverified for one in then.branches] == [False, True]


def test_history_has_every_other_edition_once(articles):
    for entry in articles.contents.offences:
        (row,) = articles.offence(entry.row, date(2018, 1, 1)).rows
        editions = {(one.branch, one.effective_from) for one in (*row.branches, *row.history)}
        written = BOOK.offence(entry.row).branches
        assert editions == {(one.id, e.effective_from) for one in written for e in one.editions}
        assert len(editions) == len(row.branches) + len(row.history)


def test_every_edition_says_in_words_and_as_data_what_it_asks_for(articles):
    (row,) = articles.offence("M13", date(2026, 1, 1)).rows
    numbers = {one.branch: one.requires[-1].zh for one in row.branches}
    assert numbers["B2"] == "销售金额达到50,000元"
    rules = {one.branch: one.rule for one in row.branches}
    assert rules["B2"]["when"] == {"fact": "sales_amount", "at_least": "50000"}
    assert rules["B2"]["conduct"] == [{"fact": "identical_mark_identical_goods", "is": True}]


def test_one_article_has_all_its_rows(articles):
    rows = articles.offence("CL-345", date(2024, 1, 1)).rows
    assert [row.row for row in rows] == ["E16", "E17", "E18"]
    assert rows[0].scope is not None


def test_unknown_offence_is_a_key_error(articles):
    with pytest.raises(KeyError):
        articles.offence("CL-999", date(2024, 1, 1))


def test_day_before_the_first_edition_has_no_branch(articles):
    view = articles.offence("M13", date(1990, 1, 1))
    assert view.rows[0].branches == ()
    assert "无所列标准有效，最早一条自 2004-12-22 起施行" in article_as_text(view, Language.ZH)
    assert "no standard listed is in force" in article_as_text(view, Language.EN)


def test_text_has_what_a_lawyer_asks_for(articles):
    told = article_as_text(articles.offence("CL-214", date(2025, 3, 1)), Language.ZH)
    for part in (
        "销售假冒注册商标的商品罪 (CL-214, M13)",
        "2025-03-01 有效的标准:",
        "B2  销售金额在五万元以上的",
        "- 销售金额达到50,000元",
        "（法释〔2004〕19号）第二条第一款; 2004-12-22 – 2025-04-25; verified: 已核对原文",
        "knowledge: 未核对原文（凭记忆）",
        "[尚未施行] 违法所得数额在三万元以上的",
        "[已失效] 尚未销售的货值金额",
        "请律师核对: 须系同一种商品上使用与注册商标相同的商标",
        BOOK.digest,
    ):
        assert part in told


def test_text_is_also_written_in_english(articles):
    told = article_as_text(articles.offence("E16", date(2020, 3, 1)), Language.EN)
    assert "Scope: it is found: trees of others" in told
    assert "timber volume reaches the number its province chose between 2 m3 and 5 m3" in told
    assert "What other provinces chose is unknown" in told


def test_withheld_numbers_say_why(articles):
    assert "待补：法释〔2026〕10号" in article_as_text(articles.offence("E10", date(2026, 6, 1)), Language.ZH)  # fmt: skip


def test_note_of_an_edition_is_shown():
    noted = offence(branch(editions=[EDITION | {"note": "见第二条"}]))
    view = Articles(compiled(noted)).offence("M01", date(2024, 1, 1))
    assert "      见第二条" in article_as_text(view, Language.ZH).splitlines()


def test_provincial_numbers_stand_beside_the_ranges_that_they_fill():
    numbers = read_provinces(FOLDER / "provinces", examples=True)
    articles = Articles(compile_rulebook(BOOK.with_provinces(numbers), load_vocabulary()))
    (row,) = articles.offence("S06", date(2024, 1, 1)).rows
    assert row.provincial_ranges == ("S06-one-worker", "S06-ten-workers")
    assert [one.value for one in row.provincial_numbers] == ["10000", "60000"]
    told = article_as_text(articles.offence("S06", date(2024, 1, 1)), Language.ZH)
    assert "省级数额 330000 S06-one-worker: 10000, 示例省高级人民法院文件" in told
    (other,) = articles.offence("E16", date(2024, 1, 1)).rows
    assert other.provincial_numbers == ()
