"""Citations of the law are written out in the reader's language."""

import pytest

from adapters.web.pages.citations import cited
from adapters.web.pages.languages import Language
from contracts import citations, clocks
from contracts.rulebook_files import load_rulebook


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        (
            "D310 Art 11; APL Art 82",
            "《行政执法机关移送涉嫌犯罪案件的规定》第 11 条；《行政处罚法》第 82 条",
            "State Council Decree 310 on transfers, Art 11; Administrative Penalty Law, Art 82",
        ),
        (
            "D310 Art 5(2), 16(1)",
            "《行政执法机关移送涉嫌犯罪案件的规定》第 5 条第 2 款、第 16 条第 1 款",
            "State Council Decree 310 on transfers, Art 5(2), Art 16(1)",
        ),
        (
            "SUP25 Art 27-29",
            "《行政执法监督条例》第 27 条至第 29 条",
            "Regulation on supervision of enforcement 2025, Art 27 to 29",
        ),
        (
            "D310 Art 7; D310 Art 17",
            "《行政执法机关移送涉嫌犯罪案件的规定》第 7 条、第 17 条",
            "State Council Decree 310 on transfers, Art 7, Art 17",
        ),
        ("CL 第一百四十条", "《刑法》第一百四十条", "Criminal Law, 第一百四十条"),
        ("JI 2023-7 Art 19", "法释〔2023〕7号第 19 条", "Judicial interpretation 2023-7, Art 19"),
        ("JI 2022-1", "高检发释字〔2022〕1号", "Judicial interpretation 2022-1"),
        (
            "NX15",
            "《宁夏回族自治区行政执法与刑事司法衔接规定》（名称待核）",
            "Ningxia rules on linkage 2015 (title to be verified)",
        ),
        (
            "OP 2019-lending 第一条",
            "法发〔2019〕24号第一条",
            "Joint opinions on illegal lending 2019, 第一条",
        ),
        ("GB/T 9704-2012", "GB/T 9704-2012", "GB/T 9704-2012"),
        ("平台统计口径", "平台统计口径", "平台统计口径"),
    ],
)
def test_law_is_cited_by_its_name(text: str, zh: str, en: str) -> None:
    assert cited(text, Language.CHINESE) == zh
    assert cited(text, Language.ENGLISH) == en


def test_every_document_that_standards_and_clocks_rest_on_has_a_name() -> None:
    codes = {*load_rulebook().documents, *clocks.load().documents}
    assert {code for code in codes if citations.load().split(code) is None} == set()


def test_series_call_a_document_as_the_rule_book_does() -> None:
    for code, document in load_rulebook().documents.items():
        if code.startswith("JI "):
            assert cited(code, Language.CHINESE) == document.number
