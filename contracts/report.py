"""The report 办理反馈: what an addressee, or the agency, tells later about a transfer."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.document import (
    Document,
    Id,
    Line,
    Moment,
    OfficeCode,
    Text,
    Version,
)
from contracts.packet import Material


class ReportKind(StrEnum):
    """What happened; the comment says who may report it, and under which article."""

    # the police, or the special police (D310 Art 7-9; PSB20 Art 180-185)
    ACCEPTED = "accepted"  # 受案
    FORWARDED = "forwarded"  # 转送有管辖权的机关
    SUPPLEMENT_REQUESTED = "supplement_requested"  # 通知补充材料 (the procuratorate: no clock)
    FILED = "filed"  # 立案
    NOT_FILED = "not_filed"  # 不予立案
    NOTIFIED = "notified"  # 决定已书面通知移送机关
    EXTENDED = "extended"  # 经批准延长审查期限 (EC17 Art 16; ENV17 Art 9)
    RECONSIDERED_UPHELD = "reconsidered_upheld"  # 复议维持
    RECONSIDERED_CHANGED = "reconsidered_changed"  # 复议改为立案
    REASONS_GIVEN = "reasons_given"  # 说明不立案理由
    CASE_WITHDRAWN = "case_withdrawn"  # 撤销案件
    # the procuratorate (CPL Art 113; SPPR19 Art 557-564)
    REASONS_DEMANDED = "reasons_demanded"  # 要求说明不立案理由
    FILING_NOTIFIED = "filing_notified"  # 通知立案
    OPINION = "opinion"  # 意见
    # the agency (D310 Art 9, 12)
    INSISTED = "insisted"  # 坚持移送
    WITHDRAWN = "withdrawn"  # 撤回移送
    SUPPLEMENTED = "supplemented"  # 补充材料
    RECONSIDERATION_REQUESTED = "reconsideration_requested"  # 提请复议
    SUPERVISION_SUGGESTED = "supervision_suggested"  # 建议立案监督
    ITEMS_HANDED_OVER = "items_handed_over"  # 移交涉案物品
    # whoever holds the principal's part
    CLOSED = "closed"  # 办结


class Report(Document):
    """One step of a transferred case, signed by the office that took it."""

    document: Literal["report"]
    version: Version
    report_id: Id
    transfer_id: Id
    office: OfficeCode
    kind: ReportKind
    happened_at: Moment
    document_number: Line | None = None
    reason: Text | None = None
    missing: Annotated[list[Line], Field(max_length=100)] = []
    forwarded_to: OfficeCode | None = None
    extension: Literal["county_approval", "superior_approval", "clue_to_verify"] | None = None
    materials: Annotated[list[Material], Field(max_length=2000)] = []

    @model_validator(mode="after")
    def _says_what_it_must(self) -> Self:
        if self.kind is ReportKind.EXTENDED and self.extension is None:
            raise ValueError("an extension names its approval: extension is missing")
        if self.kind is ReportKind.FORWARDED and self.forwarded_to is None:
            raise ValueError("a forwarded case names its new office: forwarded_to is missing")
        if self.kind in _WITH_A_REASON and self.reason is None:
            raise ValueError(f"{self.kind.value} says why: reason is missing")
        return self


# D310 Art 8, 9; the open clauses ask for a reason too.
_WITH_A_REASON = frozenset(
    {
        ReportKind.INSISTED,
        ReportKind.WITHDRAWN,
        ReportKind.NOT_FILED,
        ReportKind.SUPPLEMENT_REQUESTED,
        ReportKind.CASE_WITHDRAWN,
    }
)
