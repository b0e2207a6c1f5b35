"""What the law is called where it is cited: `D310 Art 5(2)` for whoever does not know our short names."""

import re
from typing import Final

from adapters.web.pages.languages import Language
from contracts.citations import load
from contracts.clocks import Words

_ARTICLE: Final = Words(zh="第 {} 条", en="Art {}")
_ARTICLES: Final = Words(zh="第 {} 条至第 {} 条", en="Art {} to {}")
_PARAGRAPH: Final = Words(zh="第 {} 款", en="({})")
_JOINED: Final = Words(zh="、", en=", ")
_ASIDE: Final = Words(zh="；", en="; ")
_NUMBER: Final = re.compile(r"(\d+)(?:-(\d+))?(?:\((\d+)\))?")


def cited(text: str, language: Language) -> str:
    """Write out each of `D310 Art 5(2); APL Art 82`; what has no name here stays as it is."""
    told: list[str] = []
    before = ""
    for name, _, articles in (part.partition(" Art ") for part in text.split("; ")):
        if told and articles and name == before:  # two articles of one document name it once
            told[-1] += _in(_JOINED, language) + _articles(articles, language)
        else:
            told.append(_one(f"{name} Art {articles}" if articles else name, language))
        before = name
    return _in(_ASIDE, language).join(told)


def _one(text: str, language: Language) -> str:
    found = load().split(text)
    if found is None:
        return text
    name, articles = _in(found[0], language), found[1].removeprefix("Art ")
    if not articles:
        return name
    gap = "" if language is Language.CHINESE else ", "
    return f"{name}{gap}{_articles(articles, language)}"


def _articles(text: str, language: Language) -> str:
    return _in(_JOINED, language).join(_article(one, language) for one in text.split(", "))


def _article(text: str, language: Language) -> str:
    """`5(2)` and `4-6`; an article that is written out already is left alone."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    first, last, paragraph = found.groups()
    if last:
        return _in(_ARTICLES, language).format(first, last)
    told = _in(_ARTICLE, language).format(first)
    return told + (_in(_PARAGRAPH, language).format(paragraph) if paragraph else "")


def _in(words: Words, language: Language) -> str:
    return words.zh if language is Language.CHINESE else words.en
