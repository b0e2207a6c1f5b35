"""Words of the queue for codes of ours, in Chinese."""

from collections.abc import Mapping

from service.domain.queue_filters import Claimed, Facet, Order
from service.domain.urgency import Urgency

URGENCY: Mapping[str, str] = {
    Urgency.SEVERE: "严重超期",
    Urgency.OVERDUE: "已超期",
    Urgency.TODAY: "今日到期",
    Urgency.SOON: "3 个工作日内",
    Urgency.LATER: "以后",
    Urgency.NONE: "无在途期限",
}
CLAIMED: Mapping[str, str] = {
    Claimed.MINE: "我领取的",
    Claimed.NOBODY: "无人领取",
    Claimed.OTHERS: "他人领取的",
}
ORDER: Mapping[str, str] = {Order.DUE: "按期限先后", Order.ARRIVED: "按收到先后，最新在前"}
FACET: Mapping[str, str] = {
    Facet.URGENCY: "期限",
    Facet.STATUS: "状态",
    Facet.CONCLUSION: "筛查结论",
    Facet.OFFENCE: "罪名",
    Facet.AGENCY: "移送机关",
    Facet.SECTOR: "领域",
    Facet.ROLE: "移送或者抄送",
    Facet.FLAG: "提示",
}
FLAG: Mapping[str, str] = {
    "material_missing": "缺少法定材料",
    "evidence_missing": "事实未指明证据",
    "officers_too_few": "专案组不足二人",
    "report_time_missing": "未载明报告时间",
    "approval_time_missing": "未载明批准时间",
    "approver_missing": "未载明批准人",
    "approval_late": "批准逾期",
    "transfer_late": "移送逾期",
    "identifier_missing": "未载明证件号码",
    "check_digit_wrong": "号码校验位不符",
    "cause_outside_power_list": "案由不在权力清单",
    "division_outside_agency": "行政区划不在辖区",
    "document_number_unusual": "文号形式不常见",
    "facts_missing": "缺少可据以判断的事实",
    "offence_not_in_rule_book": "追诉标准库尚无该罪名",
    "penalty_before_transfer": "移送前已作处罚",
}
DESK_WORDS: Mapping[str, Mapping[str, str]] = {
    "urgency": URGENCY,
    "claimed": CLAIMED,
    "order": ORDER,
    "facet": FACET,
    "flag": FLAG,
}
