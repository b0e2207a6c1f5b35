"""The report 办理反馈: what an addressee, or the agency, tells later about a transfer."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from contracts.document import (
    DivisionCode,
    Document,
    Id,
    Line,
    Moment,
    OfficeCode,
    Text,
    Version,
)


class ReportKind(StrEnum):
    """What happened; the comment says who may report it, and under which article."""

    # the police, or the special police (D310 Art 7-9; PSB20 Art 180-185)
    ACCEPTED = "accepted"  # 受案
    FORWARDED = "forwarded"  # 转送有管辖权的机关
    SUPPLEMENT_REQUESTED = "supplement_requested"  # 通知补充材料
    FILED = "filed"  # 立案
    NOT_FILED = "not_filed"  # 不予立案
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
    division: DivisionCode | None = None
    extension: Literal["county_approval", "superior_approval"] | None = None
