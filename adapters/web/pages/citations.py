"""What the law is called where it is cited: `D310 Art 5(2)` for whoever does not know our short names."""

import re
from collections.abc import Mapping
from typing import Final

from adapters.web.pages.languages import Language
from contracts.clocks import Words

_NAMES: Final[Mapping[str, Words]] = {
    "APL": Words(zh="《行政处罚法》", en="Administrative Penalty Law"),
    "CL": Words(zh="《刑法》", en="Criminal Law"),
    "CPL": Words(zh="《刑事诉讼法》", en="Criminal Procedure Law"),
    "D310": Words(
        zh="《行政执法机关移送涉嫌犯罪案件的规定》", en="State Council Decree 310 on transfers"
    ),
    "EC17": Words(
        zh="《关于公安机关办理经济犯罪案件的若干规定》", en="Provisions on economic crime 2017"
    ),
    "ENV17": Words(
        zh="《环境保护行政执法与刑事司法衔接工作办法》",
        en="Measures on linkage in environmental protection 2017",
    ),
    "NX15": Words(
        zh="《宁夏回族自治区行政执法与刑事司法衔接规定》", en="Ningxia rules on linkage 2015"
    ),
    "PSB20": Words(
        zh="《公安机关办理刑事案件程序规定》", en="Police procedures in criminal cases 2020"
    ),
    "SAFE19": Words(
        zh="《安全生产行政执法与刑事司法衔接工作办法》",
        en="Measures on linkage in work safety 2019",
    ),
    "SPP21": Words(
        zh="《最高人民检察院关于推进行政执法与刑事司法衔接工作的规定》",
        en="Procuratorial provisions on linkage 2021",
    ),
    "SPPR19": Words(zh="《人民检察院刑事诉讼规则》", en="Rules of the procuratorates 2019"),
    "STD1": Words(zh="《立案追诉标准的规定（一）》", en="Filing standards I"),
    "STD2": Words(zh="《立案追诉标准的规定（二）》", en="Filing standards II"),
    "SUP25": Words(zh="《行政执法监督条例》", en="Regulation on supervision of enforcement 2025"),
    "JI 2022-1": Words(zh="高检发释字〔2022〕1号", en="Judicial interpretation 2022-1"),
}
_INTERPRETATION: Final = Words(zh=r"法释〔\1〕\2号", en=r"Judicial interpretation \1-\2")
_ARTICLE: Final = Words(zh="第 {} 条", en="Art {}")
_ARTICLES: Final = Words(zh="第 {} 条至第 {} 条", en="Art {} to {}")
_PARAGRAPH: Final = Words(zh="第 {} 款", en="({})")
_JOINED: Final = Words(zh="、", en=", ")
_ASIDE: Final = Words(zh="；", en="; ")
_CITED: Final = re.compile(r"(?P<name>[A-Z]+\w*(?: \d{4}-\d+)?)(?: (?:Art )?(?P<articles>\S.*))?")
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
    found = _CITED.fullmatch(text)
    name = found and _name(found["name"], language)
    if not (found and name):
        return text
    articles = found["articles"] or ""
    gap = "" if language is Language.CHINESE or not articles else ", "
    return f"{name}{gap}{_articles(articles, language)}"


def _articles(text: str, language: Language) -> str:
    return _in(_JOINED, language).join(_article(one, language) for one in text.split(", "))


def _name(code: str, language: Language) -> str:
    if code in _NAMES:
        return _in(_NAMES[code], language)
    ours = re.fullmatch(r"JI (\d{4})-(\d+)", code)
    return ours.expand(_in(_INTERPRETATION, language)) if ours else ""


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
