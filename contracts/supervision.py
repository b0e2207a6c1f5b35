"""Supervision 监督: what an authorised office asks of an agency about a case, how it ends, and what the agency answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Self

from pydantic import model_validator

from contracts.document import Digest, Document, Id, Line, Moment, OfficeCode, Text, Version
from contracts.office import SUPERVISORS, OfficeKind


class SupervisionKind(StrEnum):
    """What a supervising office does; `RULES` says who may, and under which article."""

    # letters to the agency: each is delivered, and asks for a reply
    REASONS_DEMAND = "reasons_demand"  # 要求说明不移送理由
    TRANSFER_OPINION = "transfer_opinion"  # 检察意见 (移送)
    PENALTY_OPINION = "penalty_opinion"  # 检察意见 (行政处罚)
    SUPERVISORY_LETTER = "supervisory_letter"  # 督办函
    SUPERVISION_OPINION = "supervision_opinion"  # 监督意见书
    SUPERVISION_DECISION = "supervision_decision"  # 监督决定书
    # decisions of the office itself: the agency is told of an outcome, and never of a dismissal
    DISMISSAL = "dismissal"  # 不予监督
    OUTCOME = "outcome"  # 监督结果

    @property
    def is_letter(self) -> bool:
        return self not in (SupervisionKind.DISMISSAL, SupervisionKind.OUTCOME)


@dataclass(frozen=True, slots=True)
class KindRule:
    """One kind: its names, who may issue it and on what basis, and the event of clocks.yaml that its receipt is."""

    zh: str
    en: str
    issuers: frozenset[OfficeKind]
    basis: str
    received: str | None = None


_PROCURATORATE = frozenset({OfficeKind.PROCURATORATE})
_JUSTICE = frozenset({OfficeKind.JUDICIAL_ADMINISTRATION})

RULES: Mapping[SupervisionKind, KindRule] = {
    SupervisionKind.REASONS_DEMAND: KindRule(
        "要求说明不移送理由",
        "Demand for the reasons of non-transfer",
        SUPERVISORS,
        "D310 Art 14",
        "reasons_for_non_transfer_demanded",
    ),
    SupervisionKind.TRANSFER_OPINION: KindRule(
        "检察意见书（移送）",
        "Opinion to transfer",
        _PROCURATORATE,
        "SPP21 Art 7; SPPR19 Art 557",
        "transfer_opinion_received",
    ),
    SupervisionKind.PENALTY_OPINION: KindRule(
        "检察意见书（行政处罚）",
        "Opinion to penalise",
        _PROCURATORATE,
        "SPP21 Art 8; CPL Art 177(3)",
        "penalty_opinion_received",
    ),
    SupervisionKind.SUPERVISORY_LETTER: KindRule(
        "督办函",
        "Letter of supervision",
        _JUSTICE,
        "SUP25 Art 27",
        "supervisory_letter_received",
    ),
    SupervisionKind.SUPERVISION_OPINION: KindRule(
        "监督意见书",
        "Opinion of supervision",
        _JUSTICE,
        "SUP25 Art 28",
        "supervision_opinion_received",
    ),
    SupervisionKind.SUPERVISION_DECISION: KindRule(
        "监督决定书",
        "Decision of supervision",
        _JUSTICE,
        "SUP25 Art 29",
        "supervision_decision_received",
    ),
    SupervisionKind.DISMISSAL: KindRule(
        "不予监督",
        "Lead put aside",
        SUPERVISORS,
        "SPP21 Art 4-6; SUP25 Art 12",
    ),
    SupervisionKind.OUTCOME: KindRule(
        "监督结果",
        "Outcome of supervision",
        SUPERVISORS,
        "SPP21 Art 7, 11; SUP25 Art 27-29",
    ),
}
OPINIONS = frozenset({SupervisionKind.TRANSFER_OPINION, SupervisionKind.PENALTY_OPINION})
"""检察意见: what appraisal counts, and of which the judicial administration is told when no reply comes (SPP21 Art 11)."""


class OutcomeResult(StrEnum):
    """How the issuing office ends its supervision."""

    ADOPTED = "adopted"  # 已采纳
    NOT_ADOPTED = "not_adopted"  # 未采纳: the lead is open again
    WITHDRAWN = "withdrawn"  # 撤回: the lead is open again


class ReplyResult(StrEnum):
    """What the agency answers."""

    TRANSFERRED = "transferred"  # 已移送
    WILL_TRANSFER = "will_transfer"  # 将移送
    NOT_TRANSFERRING = "not_transferring"  # 不移送
    ENTERED = "entered"  # 已录入
    PENALISED = "penalised"  # 已作出行政处罚
    EXPLAINED = "explained"  # 已说明


class Supervision(Document):
    """One act of a supervising office, signed by it; `letter_id` is its own, `supervision_id` and `lead_id` are ours.

    A letter names the agency and its case; with `lead_id` it moves that lead, without it every open
    lead of the case. A dismissal names its lead, an outcome the supervision that it ends.
    """

    document: Literal["supervision"]
    version: Version
    letter_id: Id
    office: OfficeCode
    kind: SupervisionKind
    agency: OfficeCode | None = None
    case_number: Line | None = None
    lead_id: Id | None = None
    supervision_id: Id | None = None
    result: OutcomeResult | None = None
    document_number: Line | None = None
    issued_at: Moment
    text: Text
    reply_by: Moment | None = None

    @model_validator(mode="after")
    def _names_what_its_kind_is_about(self) -> Self:
        needed, possible = _ABOUT[_form(self.kind)]
        named = {name for name in _MEMBERS if getattr(self, name) is not None}
        if missing := sorted(needed - named):
            raise ValueError(f"{self.kind.value} says {', '.join(missing)}: missing")
        if idle := sorted(named - needed - possible):
            raise ValueError(f"{self.kind.value} says nothing of {', '.join(idle)}")
        if self.reply_by is not None and self.reply_by <= self.issued_at:
            raise ValueError("reply_by lies after issued_at")
        return self


_Form = Literal["letter", "dismissal", "outcome"]


def _form(kind: SupervisionKind) -> _Form:
    match kind:
        case SupervisionKind.DISMISSAL:
            return "dismissal"
        case SupervisionKind.OUTCOME:
            return "outcome"
        case _:
            return "letter"


# Which members a kind must have, and which it may have beside them.
_ABOUT: Mapping[_Form, tuple[frozenset[str], frozenset[str]]] = {
    "letter": (frozenset({"agency", "case_number"}), frozenset({"lead_id", "reply_by"})),
    "dismissal": (frozenset({"lead_id"}), frozenset()),
    "outcome": (frozenset({"supervision_id", "result"}), frozenset()),
}
_MEMBERS = frozenset().union(*(needed | possible for needed, possible in _ABOUT.values()))


class SupervisionReply(Document):
    """The agency's answer to a letter, signed by it; an interim one may be followed by others."""

    document: Literal["supervision-reply"]
    version: Version
    reply_id: Id
    supervision_id: Id
    office: OfficeCode
    result: ReplyResult
    document_number: Line | None = None
    replied_at: Moment
    text: Text


class LetterSubject(Document):
    """The letter that a receipt is for, by its signer's own id."""

    document: Literal["supervision", "supervision-reply"]
    id: Id
    digest: Digest


class LetterReceipt(Document):
    """Proof that we hold these very bytes since `received_at`; `status` is that of the supervision, else of the lead."""

    document: Literal["letter-receipt"]
    version: Version
    receipt_id: Id
    of: LetterSubject
    office: OfficeCode
    supervision_id: Id | None = None
    lead_id: Id | None = None
    received_at: Moment
    status: str
