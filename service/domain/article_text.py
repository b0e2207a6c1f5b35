"""An offence of the rule book on one day, as text for whoever has the article beside it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from contracts.rulebook import Mark, Wording
from contracts.rulebook_views import EditionView, OffenceView, RowView
from service.domain.phrases import Language

_MARKS_ZH: Final[Mapping[Mark, str]] = {
    Mark.VERIFIED: "已核对原文",
    Mark.SECONDARY: "据转引文本",
    Mark.KNOWLEDGE: "未核对原文（凭记忆）",
    Mark.UNVERIFIED: "未核对原文",
}
_MARKS_EN: Final[Mapping[Mark, str]] = {
    Mark.VERIFIED: "text read",
    Mark.SECONDARY: "from a text quoting it",
    Mark.KNOWLEDGE: "recalled, text not read",
    Mark.UNVERIFIED: "text not read",
}

_Say = Callable[[str, str], str]


def article_as_text(view: OffenceView, language: Language) -> str:
    """One block a row: what is in force that day and where it stands, then the history."""

    def say(zh: str, en: str) -> str:
        return zh if language is Language.ZH else en

    blocks = ["\n".join(_row_lines(row, view, say)) for row in view.rows]
    book = say("追诉标准版本", "Rule book")
    return "\n\n".join([*blocks, f"{book}: {view.rulebook.version} {view.rulebook.digest}"])


def _row_lines(row: RowView, view: OffenceView, say: _Say) -> Iterator[str]:
    codes = ", ".join((row.code, *row.other_codes))
    yield f"{say(row.name.zh, row.name.en)} ({codes}, {row.row})"
    if row.agencies:
        yield f"{say('执法领域', 'Field')}: {', '.join(row.agencies)}"
    if row.scope is not None:
        yield f"{say('适用范围', 'Scope')}: {_either(row.scope, say)}"
    yield from _in_force_lines(row, view, say)
    yield from _history_lines(row, view, say)
    yield from _provincial_lines(row, say)
    for doubt in row.doubts:
        yield f"{say('请律师核对', 'For a lawyer')}: {_either(doubt, say)}"
    yield say(
        "各罪均有“其他情节严重”等兜底规定，未达数额不等于不构成犯罪。",
        "Every offence has an open clause: below the numbers does not mean no crime.",
    )


def _in_force_lines(row: RowView, view: OffenceView, say: _Say) -> Iterator[str]:
    if not row.branches:
        yield say(
            f"{view.on}：无所列标准有效，最早一条自 {row.first_in_force_on} 起施行",
            f"{view.on}: no standard listed is in force; the first one begins on {row.first_in_force_on}",
        )
        return
    yield say(f"{view.on} 有效的标准:", f"In force on {view.on}:")
    for edition in row.branches:
        yield f"  {edition.branch}  {edition.wording}"
        for requirement in edition.requires:
            yield f"      - {_either(requirement, say)}"
        yield f"      {_source(edition, say)}"
        if edition.note is not None:
            yield f"      {edition.note}"


def _history_lines(row: RowView, view: OffenceView, say: _Say) -> Iterator[str]:
    if row.history:
        yield say("其他时间的标准:", "At other times:")
    for edition in row.history:
        when = (
            say("尚未施行", "later")
            if edition.effective_from > view.on
            else say("已失效", "earlier")
        )
        yield f"  {edition.branch}  [{when}] {edition.wording}"
        yield f"      {_source(edition, say)}"


def _provincial_lines(row: RowView, say: _Say) -> Iterator[str]:
    if not row.provincial_ranges:
        return
    for number in row.provincial_numbers:
        until = number.effective_until or ""
        span = f"{number.effective_from} – {until}".strip()
        yield f"{say('省级数额', 'Province')} {number.province} {number.parameter}: {number.value}, {number.document}, {span}"
    yield say(
        "其他省份确定的数额不明，区间之内一律答“尚不能确定”。",
        "What other provinces chose is unknown: within the range the answer is undetermined.",
    )


def _source(edition: EditionView, say: _Say) -> str:
    number = f"（{edition.document_number}）" if edition.document_number else ""
    zh = f"《{edition.document_title}》{number}{edition.article}"
    document = say(zh, f"{edition.document} {edition.article}")
    mark = say(_MARKS_ZH[edition.mark], _MARKS_EN[edition.mark])
    span = f"{edition.effective_from} – {edition.effective_until or ''}".strip()
    return f"{document}; {span}; {edition.mark}: {mark}"


def _either(wording: Wording, say: _Say) -> str:
    return say(wording.zh, wording.en)
