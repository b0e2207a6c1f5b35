"""Words of pages for codes of ours, in Chinese; the catalogue has them in English. A state is always a word."""

from collections.abc import Mapping

from adapters.findings import About, Severity
from adapters.web.acts.words import ACT_WORDS
from adapters.web.board.words import BOARD_WORDS
from adapters.web.case.words import CASE_WORDS
from adapters.web.desk.words import DESK_WORDS
from contracts.office import OfficeKind, Role
from contracts.report import ReportKind
from service.domain.leads import LeadStatus
from service.domain.staff import StaffRole
from service.domain.transfer import DispatchStatus, Status

STATUS: Mapping[str, str] = {
    Status.HELD_BELOW_THRESHOLD: "未达追诉标准，暂存",
    Status.DISPATCHING: "转递中",
    Status.UNDELIVERABLE: "无法送达",
    Status.DELIVERED: "已送达",
    Status.ACKNOWLEDGED: "已回执",
    Status.SUPPLEMENT_REQUESTED: "待补充材料",
    Status.ACCEPTED: "已受案",
    Status.FILED: "已立案",
    Status.NOT_FILED: "不予立案",
    Status.SUPERVISED: "立案监督中",
    Status.CLOSED: "已办结",
    Status.WITHDRAWN: "已撤回",
}
DISPATCH: Mapping[str, str] = {
    DispatchStatus.HELD: "未发出",
    DispatchStatus.WAITING: "待送达",
    DispatchStatus.DELIVERED: "已送达",
    DispatchStatus.ACKNOWLEDGED: "已回执",
    DispatchStatus.REFUSED: "拒收",
    DispatchStatus.UNDELIVERABLE: "无法送达",
    DispatchStatus.RECALLED: "已收回",
}
OFFICE_KIND: Mapping[str, str] = {
    OfficeKind.AGENCY: "行政执法机关",
    OfficeKind.JUDICIAL_ADMINISTRATION: "司法行政部门",
    OfficeKind.PROCURATORATE: "检察院",
    OfficeKind.PUBLIC_SECURITY: "公安机关",
    OfficeKind.ANTI_SMUGGLING: "海关缉私部门",
    OfficeKind.SUPERVISION_COMMISSION: "监察机关",
}
ROLE: Mapping[str, str] = {Role.PRINCIPAL: "移送", Role.COPY: "抄送"}
STAFF_ROLE: Mapping[str, str] = {
    StaffRole.REVIEWER: "办案人员",
    StaffRole.CHIEF: "负责人",
    StaffRole.SUPERVISOR: "监督员",
    StaffRole.AUDITOR: "审计员",
    StaffRole.OPERATOR: "运维员",
}
CONCLUSION: Mapping[str, str] = {
    "meets": "达到标准",
    "near": "接近标准",
    "below": "未达标准",
    "undetermined": "尚不能判断",
    "unjudged": "无对应标准",
}
LEAD_STATUS: Mapping[str, str] = {
    LeadStatus.OPEN: "待处理",
    LeadStatus.SUPERVISED: "监督中",
    LeadStatus.DISMISSED: "已排除",
    LeadStatus.TRANSFERRED: "已移送",
    LeadStatus.RESOLVED: "已消除",
}
REPORT: Mapping[str, str] = {
    ReportKind.ACCEPTED: "受案",
    ReportKind.FORWARDED: "转送有管辖权的机关",
    ReportKind.SUPPLEMENT_REQUESTED: "通知补充材料",
    ReportKind.FILED: "立案",
    ReportKind.NOT_FILED: "不予立案",
    ReportKind.NOTIFIED: "决定已书面通知移送机关",
    ReportKind.EXTENDED: "延长审查期限",
    ReportKind.RECONSIDERED_UPHELD: "复议维持",
    ReportKind.RECONSIDERED_CHANGED: "复议改为立案",
    ReportKind.REASONS_GIVEN: "说明不立案理由",
    ReportKind.CASE_WITHDRAWN: "撤销案件",
    ReportKind.REASONS_DEMANDED: "要求说明不立案理由",
    ReportKind.FILING_NOTIFIED: "通知立案",
    ReportKind.OPINION: "检察意见",
    ReportKind.INSISTED: "坚持移送",
    ReportKind.WITHDRAWN: "撤回移送",
    ReportKind.SUPPLEMENTED: "补充材料",
    ReportKind.RECONSIDERATION_REQUESTED: "提请复议",
    ReportKind.SUPERVISION_SUGGESTED: "建议立案监督",
    ReportKind.ITEMS_HANDED_OVER: "移交涉案物品",
    ReportKind.CLOSED: "办结",
}
DEADLINE_STATE: Mapping[str, str] = {
    "open": "未到期",
    "near": "即将到期",
    "overdue": "已超期",
    "lapsed": "权利已过期",
    "met": "按期完成",
    "met_late": "超期完成",
    "void": "不再计算",
}
SEVERITY: Mapping[str, str] = {
    Severity.OK: "正常",
    Severity.WARNING: "警告",
    Severity.ERROR: "错误",
}
ABOUT: Mapping[str, str] = {
    About.SETTINGS: "设置",
    About.KEYS: "密钥",
    About.STANDARDS: "标准文件",
    About.RULE_BOOK: "追诉标准库",
    About.CALENDAR: "工作日历",
    About.MATERIALS: "材料目录",
    About.DATABASE: "数据库",
    About.CLOCK: "时钟",
    About.REGISTRY: "名册",
    About.DELIVERY: "转递",
    About.SUPERVISION: "监督文书",
    About.DETECTION: "线索发现",
    About.DESK: "页面签署",
    About.STAFF: "人员",
}
ENDPOINT: Mapping[str, str] = {"push": "推送", "mailbox": "信箱"}
_ALL: Mapping[str, Mapping[str, str]] = {
    **ACT_WORDS,
    **CASE_WORDS,
    **BOARD_WORDS,
    **DESK_WORDS,
    "status": STATUS,
    "dispatch": DISPATCH,
    "office_kind": OFFICE_KIND,
    "role": ROLE,
    "staff_role": STAFF_ROLE,
    "conclusion": CONCLUSION,
    "lead_status": LEAD_STATUS,
    "report": REPORT,
    "deadline_state": DEADLINE_STATE,
    "severity": SEVERITY,
    "about": ABOUT,
    "endpoint": ENDPOINT,
}


def word(kind: str, code: str) -> str:
    """Give the word for a code; one that has none yet is shown as it is, rather than nothing."""
    return _ALL[kind].get(code, code)


def every() -> set[str]:
    """All words, for the test that each is translated."""
    return {text for words in _ALL.values() for text in words.values()}
