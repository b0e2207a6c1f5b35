"""Drafts of letters: a document of the law is called by its title, never by our code for it."""

from uuid import UUID

import pytest

from contracts.detectors import Detector
from contracts.facts import load_vocabulary
from contracts.rulebook import load_rulebook
from contracts.supervision import SupervisionKind
from service.domain.leads import Lead, LeadStatus
from service.domain.letter_texts import letter_text
from service.domain.phrases import Language, Phrases
from tests.support.packets import NOW

LAWS = load_rulebook().documents
PHRASES = Phrases(load_vocabulary(), Language.ZH)


def lead(article: str) -> Lead:
    return Lead(
        id=UUID(int=1),
        agency_code="111111111111111111",
        case_number="示市监案〔2026〕1号",
        detector=Detector.X1,
        status=LeadStatus.OPEN,
        move=1,
        division="339901",
        sector="market",
        offence_code="CL-338",
        score=1,
        clock=None,
        evidence={"offence": "污染环境罪", "article": article, "wording": "排放三吨以上"},
        fingerprint="",
        raised_at=NOW,
        changed_at=NOW,
    )


def text_of(article: str, codes: tuple[str, ...] = tuple(LAWS)) -> str:
    laws = {code: LAWS[code] for code in codes}
    return letter_text(SupervisionKind.REASONS_DEMAND, lead(article), "某局", PHRASES, laws)


@pytest.mark.parametrize("code", ["CL", "STD1S", "STD2", "STD2old-S", "JI 2023-7", "JI 2022-19"])
def test_article_stands_behind_the_title_of_its_document(code: str) -> None:
    text = text_of(f"{code} 第一条第（二）项")
    assert f"达到《{LAWS[code].zh}》第一条第（二）项规定的“排放三吨以上”" in text
    assert code not in text


def test_every_document_of_the_rule_book_is_called_by_its_title() -> None:
    for code, law in LAWS.items():
        assert f"《{law.zh}》第一条" in text_of(f"{code} 第一条")


@pytest.mark.parametrize(
    ("article", "told"),
    [
        ("JI 2023-7 第一条", "达到法释〔2023〕7号第一条规定"),
        ("CL 第三百三十八条", "达到《刑法》第三百三十八条规定"),
        ("STD2 第十条", "达到《立案追诉标准的规定（二）》第十条规定"),
        ("某办法第一条", "达到某办法第一条规定"),
    ],
)
def test_document_that_the_rule_book_lacks_is_called_as_citations_call_it(
    article: str, told: str
) -> None:
    assert told in text_of(article, ())
