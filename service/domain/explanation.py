"""A screening explained: the tree of clauses as JSON-ready data, and the same as text.

What is unknown is never shown as no; what stands on an unread text, and what a lawyer should look
at, is named in the answer.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from contracts.rulebook import Conclusion, Document, Edition
from service.domain.conditions import Clause, Condition, Unsettled
from service.domain.phrases import TRUTHS, Ends, Language, Phrases, operator_of
from service.domain.rulebook import BranchInForce, CompiledRuleBook
from service.domain.screening import Finding, Reading, Screening, Verdict

Json = dict[str, Any]

_CONCLUSIONS_ZH: Final[Mapping[Conclusion, str]] = {
    Conclusion.MEETS: "达到追诉标准",
    Conclusion.UNDETERMINED: "尚不能确定",
    Conclusion.NEAR: "接近追诉标准（已达数额的80%）",
    Conclusion.BELOW: "未达到所列数额标准（不等于不构成犯罪）",
}
_CONCLUSIONS_EN: Final[Mapping[Conclusion, str]] = {
    Conclusion.MEETS: "meets the filing standard",
    Conclusion.UNDETERMINED: "undetermined",
    Conclusion.NEAR: "near the filing standard (80 % of a number)",
    Conclusion.BELOW: "below the numbers listed (which does not mean: no crime)",
}


class Explainer:
    """Explains screenings by one rule book; keep one per book."""

    def __init__(self, book: CompiledRuleBook) -> None:
        self._documents: Final = book.documents
        self._phrases: Final = {one: Phrases(book.vocabulary, one) for one in Language}
        self._sources: Final[dict[BranchInForce, Json]] = {}
        self._rules: Final[dict[tuple[Condition, Ends | None], Json]] = {}

    def as_json(self, screening: Screening) -> Json:
        """The whole screening as data that `json.dumps` takes."""
        leading = screening.leading
        return {
            "rulebook": {
                "version": screening.rulebook_version,
                "digest": screening.rulebook_digest,
            },
            "screened_on": screening.screened_on.isoformat(),
            "conclusion": screening.conclusion.value,
            "conclusion_current": screening.conclusion_current.value,
            "offence_code": None if leading is None else leading.offence_code,
            "branch": None if leading is None else leading.branch,
            "missing": [] if leading is None else list(leading.missing),
            "unknown_offences": list(screening.unknown_offences),
            "findings": [self.finding_as_json(finding) for finding in screening.findings],
        }

    def finding_as_json(self, finding: Finding) -> Json:
        """One finding: both verdicts, which of them governs, and every branch with its clauses."""
        name = finding.offence.offence.name
        at_act = self._verdict_as_json(finding.at_act)
        return {
            "offence_code": finding.offence_code,
            "row": finding.row,
            "name": {"zh": name.zh, "en": name.en},
            "named": finding.is_named,
            "conclusion": finding.conclusion.value,
            "conclusion_current": finding.conclusion_current.value,
            "governing": finding.governing.conclusion.value,
            "branch": finding.branch,
            "missing": list(finding.missing),
            "unverified": finding.is_unverified,
            "doubts": [{"zh": doubt.zh, "en": doubt.en} for doubt in finding.doubts],
            "explanation": {
                "scope": None if finding.scope is None else self._clause_as_json(finding.scope),
                "at_act": at_act,
                "current": at_act
                if finding.current is finding.at_act
                else self._verdict_as_json(finding.current),
            },
        }

    def _verdict_as_json(self, verdict: Verdict) -> Json:
        return {
            "conclusion": verdict.conclusion.value,
            "effective_from": verdict.version.effective_from.isoformat(),
            "branch": None if verdict.deciding is None else verdict.deciding.id,
            "reach": _json_number(verdict.reach),
            "missing": list(verdict.missing),
            "settled_by": [
                {language.value: self._settling(reading, language) for language in Language}
                for reading in verdict.readings
                if _can_be_settled(reading)
            ],
            "branches": [self._reading_as_json(reading) for reading in verdict.readings],
        }

    def _reading_as_json(self, reading: Reading) -> Json:
        told = self._source_as_json(reading.branch)
        told["addressed"] = reading.is_addressed
        told["truth"] = TRUTHS[reading.truth]
        told["reach"] = _json_number(reading.reach)
        told["missing"] = list(reading.missing)
        told["clauses"] = None if reading.clause is None else self._clause_as_json(reading.clause)
        return told

    def _source_as_json(self, branch: BranchInForce) -> Json:
        if branch not in self._sources:
            self._sources[branch] = _source_as_json(branch)
        return self._sources[branch].copy()

    def _clause_as_json(self, clause: Clause) -> Json:
        """What is the same in every case is written once and copied."""
        key = clause.condition, clause.limit
        if key not in self._rules:
            self._rules[key] = _rule_as_json(clause)
        told = self._rules[key].copy()
        told["truth"] = TRUTHS[clause.truth]
        told["value"] = None if clause.value is None else _value_as_json(clause)
        told["reach"] = None if clause.reach is None else _json_number(clause.reach)
        told["missing"] = list(clause.missing)
        # Most clauses are leaves without a page, and this is where most of the time goes.
        told["evidence"] = _evidence_as_json(clause) if clause.evidence else []
        children = clause.children
        told["children"] = [self._clause_as_json(child) for child in children] if children else []
        return told

    def as_text(self, screening: Screening, language: Language) -> str:
        """The whole screening for reading: one block an offence."""
        blocks = [self.finding_as_text(finding, language) for finding in screening.findings]
        blocks += [_unknown_offence(code, language) for code in screening.unknown_offences]
        if not blocks:
            blocks = [
                _say(
                    language, "没有可供筛查的案件事实。", "No fact of the case calls up an offence."
                )
            ]
        footer = f"{screening.rulebook_version} {screening.rulebook_digest}"
        label = _say(language, "追诉标准版本", "Rule book")
        return "\n\n".join([*blocks, f"{label}: {footer}"])

    def finding_as_text(self, finding: Finding, language: Language) -> str:
        """One offence: the conclusions, the clauses of each branch, and what remains open."""
        return "\n".join(self._lines(finding, language))

    def _lines(self, finding: Finding, language: Language) -> Iterator[str]:
        name = finding.offence.offence.name
        title = _say(language, name.zh, name.en)
        yield f"{title} ({finding.offence_code}, {finding.row})"
        yield from self._conclusion_lines(finding, language)
        yield from self._verdict_lines(finding.at_act, language)
        if finding.current[:-1] != finding.at_act[:-1]:
            yield _say(language, "—— 现行标准 ——", "-- the law in force today --")
            yield from self._verdict_lines(finding.current, language)
        yield from _warnings(finding, language)

    def _conclusion_lines(self, finding: Finding, language: Language) -> Iterator[str]:
        words = _CONCLUSIONS_ZH if language is Language.ZH else _CONCLUSIONS_EN
        for label_zh, label_en, verdict in (
            ("行为时标准", "law at the time of the act", finding.at_act),
            ("现行标准", "law in force today", finding.current),
            ("从旧兼从轻，适用", "governing (the more lenient)", finding.governing),
        ):
            yield f"{_say(language, label_zh, label_en)}: {words[verdict.conclusion]}"

    def _verdict_lines(self, verdict: Verdict, language: Language) -> Iterator[str]:
        phrases = self._phrases[language]
        for reading in verdict.readings:
            if reading.clause is not None:
                yield f"[{TRUTHS[reading.truth]}] {self._cite(reading.branch.edition, language)}"
                yield f"    {reading.branch.wording}"
                yield from _clause_lines(reading.clause, phrases, depth=2)
            if _can_be_settled(reading):
                yield f"    → {self._settling(reading, language)}"
        if verdict.missing:
            label = _say(language, "尚需查明", "Still to be established")
            yield f"{label}: {phrases.facts(verdict.missing)}"

    def _settling(self, reading: Reading, language: Language) -> str:
        """The sentence that says what would make the branch met."""
        assert reading.clause is not None
        phrases = self._phrases[language]
        wanted = _say(language, "，且", ", and ").join(
            phrases.requirement(clause) for clause in _unmet(reading.clause)
        )
        source = self._cite(reading.branch.edition, language)
        return _say(
            language, f"若{wanted}，则符合{source}。", f"If {wanted}, then {source} is met."
        )

    def _cite(self, edition: Edition, language: Language) -> str:
        if language is Language.EN:
            return f"{edition.document} {edition.article} (from {edition.effective_from})"
        document: Document = self._documents[edition.document]
        number = f"（{document.number}）" if document.number else ""
        return f"《{document.zh}》{number}{edition.article}"


def _can_be_settled(reading: Reading) -> bool:
    """Open branches, and those that only a larger number keeps from being met."""
    return reading.clause is not None and (reading.truth is None or reading.reach is not None)


def _unmet(clause: Clause) -> list[Clause]:
    children = clause.children if clause.condition.form == "all" else (clause,)
    return [child for child in children if child.truth is not True]


def _source_as_json(branch: BranchInForce) -> Json:
    edition = branch.edition
    until = edition.effective_until
    return {
        "id": branch.id,
        "document": edition.document,
        "article": edition.article,
        "effective_from": edition.effective_from.isoformat(),
        "effective_until": None if until is None else until.isoformat(),
        "mark": edition.mark.value,
        "wording": branch.wording,
        "note": edition.note,
    }


def _rule_as_json(clause: Clause) -> Json:
    condition = clause.condition
    rule: Json = {"form": condition.form, "facts": list(condition.facts)}
    if isinstance(condition, Unsettled):
        rule["reason"] = condition.reason
    if clause.limit is not None:
        low, high = (_json_number(Decimal(end) / condition.scale) for end in clause.limit)
        rule["operator"] = operator_of(clause)
        rule["limit"] = low if low == high else {"low": low, "high": high}
    return rule


def _evidence_as_json(clause: Clause) -> list[Json]:
    return [{"material": proof.material, "page": proof.page} for proof in clause.evidence]


def _value_as_json(clause: Clause) -> object:
    scale = clause.condition.scale
    if scale == 1 or not isinstance(clause.value, int | Decimal):
        return _json_number(clause.value)
    return _json_number(Decimal(clause.value) / scale)


def _json_number(value: object) -> object:
    """Whole numbers as they are; others as the shortest float, which JSON has no better word for."""
    if not isinstance(value, Decimal):
        return value
    number = float(value)
    return int(number) if number.is_integer() else number


def _clause_lines(clause: Clause, phrases: Phrases, depth: int) -> Iterator[str]:
    if clause.condition.form == "all":
        for child in clause.children:
            yield from _clause_lines(child, phrases, depth)
        return
    if clause.condition.form == "unless" and clause.truth and clause.children[0].truth is None:
        return  # an exit that nobody mentions
    yield f"{'  ' * depth}- {phrases.requirement(clause)}：{phrases.state(clause)}{_proof(clause)}"
    if clause.condition.form in {"any", "at_least_n_of"}:
        for child in clause.children:
            yield from _clause_lines(child, phrases, depth + 1)


def _proof(clause: Clause) -> str:
    pages = [
        proof.material[:19] + ("" if proof.page is None else f" p.{proof.page}")
        for proof in clause.evidence
    ]
    return f" [{'; '.join(pages)}]" if pages else ""


def _warnings(finding: Finding, language: Language) -> Iterator[str]:
    if finding.is_unverified:
        yield _say(
            language,
            "注意：所依据的条文尚未核对原文（unverified）。",
            "Note: the deciding text has not been checked against its source (unverified).",
        )
    for doubt in finding.doubts:
        yield _say(language, f"请律师核对：{doubt.zh}。", f"For a lawyer: {doubt.en}.")
    if finding.conclusion is not Conclusion.MEETS:
        yield _say(
            language,
            "各罪均有“其他情节严重”等兜底规定，未达数额不等于不构成犯罪。",
            "Every offence has an open clause: below the numbers does not mean no crime.",
        )


def _unknown_offence(code: str, language: Language) -> str:
    return _say(
        language,
        f"{code}：追诉标准库中没有该罪名，尚不能确定。",
        f"{code}: the rule book has no such offence; undetermined.",
    )


def _say(language: Language, zh: str, en: str) -> str:
    return zh if language is Language.ZH else en
