"""First drafts: what a letter about a lead, or a request for a supplement, may say; the person edits it.

In Chinese alone: they are legal documents. No party is named, for a lead names none.
"""

import re
from collections.abc import Mapping
from typing import Any

from contracts import citations
from contracts.rulebook import Document
from contracts.supervision import RULES, SupervisionKind
from service.domain.acting import TransferMatter
from service.domain.leads import Lead
from service.domain.phrases import Phrases

_ASK: Mapping[SupervisionKind, str] = {
    SupervisionKind.REASONS_DEMAND: "请书面说明不移送该案的理由，并附相关证据材料。",
    SupervisionKind.TRANSFER_OPINION: "请依法将该案移送公安机关，并书面回复办理情况。",
    SupervisionKind.PENALTY_OPINION: "请依法给予行政处罚，并书面回复处理结果。",
    SupervisionKind.SUPERVISORY_LETTER: "请核查该案是否应当移送，并书面回复办理情况。",
    SupervisionKind.SUPERVISION_OPINION: "请予纠正，依法移送该案，并书面回复整改情况。",
    SupervisionKind.SUPERVISION_DECISION: "责令依法移送该案，并书面报告执行情况。",
}


def letter_text(
    kind: SupervisionKind, lead: Lead, agency: str, phrases: Phrases, laws: Mapping[str, Document]
) -> str:
    """Draft a letter from a lead's evidence; `laws` are the titles of what its article stands in."""
    evidence = lead.evidence
    grounds = _grounds(evidence, phrases, laws)
    parts = [f"{agency}：", f"你单位办理的“{lead.case_number}”一案，{grounds}"]
    if "penalised_on" in evidence:
        parts.append(
            f"登记信息显示，你单位于{evidence['penalised_on']}作出行政处罚，未见移送记录。"
        )
    parts.append(f"依据{_articles(kind)}，{_ASK[kind]}")
    return "\n\n".join(parts)


def _grounds(evidence: Mapping[str, Any], phrases: Phrases, laws: Mapping[str, Document]) -> str:
    stated = "，".join(
        f"{phrases.fact(name)}：{phrases.value(name, value)}"
        for name, value in evidence.get("facts", {}).items()
        if isinstance(value, bool | int | float)
    )
    rests_on = f"根据登记的案件事实（{stated}），" if stated else "根据登记的案件事实，"
    offence = evidence.get("offence")
    if "wording" not in evidence:
        return f"{rests_on}存在应当移送而未移送的情形{f'（涉嫌{offence}）' if offence else ''}。"
    cited = _cited(evidence["article"], laws)
    return f"{rests_on}涉嫌{offence}，达到{cited}规定的“{evidence['wording']}”。"


def _cited(citation: str, laws: Mapping[str, Document]) -> str:
    """Write a citation with its document's title; codes have spaces, and one may begin with another."""
    codes = [code for code in laws if citation.startswith(f"{code} ")]
    if codes:
        code = max(codes, key=len)
        return f"《{laws[code].zh}》{citation.removeprefix(code).strip()}"
    known = citations.load().split(citation)
    return f"{known[0].zh}{known[1]}" if known else citation


_TITLES = {
    "D310": "《行政执法机关移送涉嫌犯罪案件的规定》",
    "SPP21": "《最高人民检察院关于推进行政执法与刑事司法衔接工作的规定》",
    "SPPR19": "《人民检察院刑事诉讼规则》",
    "CPL": "《中华人民共和国刑事诉讼法》",
    "SUP25": "《行政执法监督条例》",
}


def _articles(kind: SupervisionKind) -> str:
    return "、".join(_article(one) for one in RULES[kind].basis.split("; "))


def _article(basis: str) -> str:
    document, _, article = basis.partition(" Art ")
    number, _, paragraph = article.rstrip(")").partition("(")
    said = f"第{number}条" + (f"第{paragraph}款" if paragraph else "")
    return f"{_TITLES.get(document, document)}{said}"


# What an agency can bring; that something was late cannot be mended.
_MENDABLE = frozenset(
    {
        "material_missing",
        "evidence_missing",
        "officers_too_few",
        "report_time_missing",
        "approval_time_missing",
        "approver_missing",
        "identifier_missing",
        "check_digit_wrong",
    }
)
_LINE = 200


def missing_of(matter: TransferMatter, phrases: Phrases) -> tuple[str, ...]:
    """List what a supplement may ask for: flags that an agency can mend, and the facts that screening lacked."""
    flagged = [_plain(flag.zh, phrases) for flag in matter.flags if flag.code in _MENDABLE]
    lacking = [
        f"{finding['offence']}: {phrases.fact(name)}"
        for finding in matter.screening.get("findings", ())
        for name in finding.get("missing", ())
    ]
    return tuple(dict.fromkeys(text[:_LINE] for text in (*flagged, *lacking)))


# A flag tells programs the name of a fact behind its word; a request for people has the word alone.
_NAME = re.compile(r" \(([a-z][a-z0-9_]*)\)")


def _plain(told: str, phrases: Phrases) -> str:
    def word_alone(name: re.Match[str]) -> str:
        return "" if told[: name.start()].endswith(phrases.fact(name[1])) else name[0]

    return _NAME.sub(word_alone, told)
