"""Words of acts, in Chinese; the catalogue has them in English."""

from collections.abc import Mapping

from contracts.report import ReportKind
from contracts.supervision import OutcomeResult

ACT: Mapping[str, str] = {
    "acknowledge": "出具回执",
    "refuse": "拒收",
    "claim": "领取",
    "release": "放回",
    ReportKind.ACCEPTED: "受案",
    ReportKind.FORWARDED: "转送有管辖权的机关",
    ReportKind.SUPPLEMENT_REQUESTED: "通知补充材料",
    ReportKind.FILED: "立案",
    ReportKind.NOT_FILED: "不予立案",
    ReportKind.NOTIFIED: "登记决定已书面通知移送机关",
    ReportKind.EXTENDED: "延长审查期限",
    ReportKind.RECONSIDERED_UPHELD: "复议维持",
    ReportKind.RECONSIDERED_CHANGED: "复议改为立案",
    ReportKind.REASONS_GIVEN: "说明不立案理由",
    ReportKind.CASE_WITHDRAWN: "撤销案件",
    ReportKind.REASONS_DEMANDED: "要求说明不立案理由",
    ReportKind.FILING_NOTIFIED: "通知立案",
    ReportKind.OPINION: "提出检察意见",
    ReportKind.CLOSED: "办结",
    "reasons_demand": "要求说明不移送理由",
    "transfer_opinion": "检察意见书（移送）",
    "penalty_opinion": "检察意见书（行政处罚）",
    "supervisory_letter": "督办函",
    "supervision_opinion": "监督意见书",
    "supervision_decision": "监督决定书",
    "dismissal": "不予监督",
    "outcome": "确定监督结果",
}
FIELD: Mapping[str, str] = {
    "reason": "说明",
    "refuse.reason": "拒收的理由",
    "supplement_requested.reason": "怎样补充、为何需要",
    "not_filed.reason": "不予立案的理由",
    "case_withdrawn.reason": "撤销案件的理由",
    "reasons_given.reason": "不立案的理由",
    "reasons_demanded.reason": "要求说明的事项",
    "filing_notified.reason": "通知立案的理由",
    "opinion.reason": "意见内容",
    "reference": "本单位收文编号",
    "document_number": "文书文号",
    "happened_at": "办理时间（北京时间）",
    "missing": "缺少的材料和事实",
    "missing_more": "其他需要补充的（每行一项）",
    "forwarded_to": "转送至",
    "extension": "批准情形",
    "text": "正文",
    "dismissal.text": "不予监督的理由",
    "outcome.text": "结果说明",
    "reply_by": "要求回复的日期",
    "result": "监督结果",
}
HINT: Mapping[str, str] = {
    "happened_at": "不填则以确认的时刻为准。",
    "reply_by": "以当日二十四时为限。法律规定了期限的，不得更长；不填则依法定期限。",
    "missing": "依据平台提示和筛查结果列出，可多选。",
    "supplement_requested.reason": "移送机关将照此办理：请写明补什么、怎样补、补给谁。",
}
FAULT: Mapping[str, str] = {
    "missing": "此项必须填写",
    "too_long": "文字过长",
    "too_many": "项数过多，最多一百项",
    "sign": "含有不能使用的控制字符",
    "not_a_moment": "请按 2026-11-23T10:00 的形式填写时间",
    "not_a_day": "请按 2026-11-23 的形式填写日期",
    "in_the_future": "时间晚于现在",
    "contradicts": "与已收到的办理反馈在时间上矛盾（例如早于受案时间）",
    "in_the_past": "日期已过",
    "too_late": "法律规定了回复期限，文书不得延长",
    "unknown_choice": "所选的一项现在不可用",
    "not_valid": "此项不符合要求",
}
OUTCOME_RESULT: Mapping[str, str] = {
    OutcomeResult.ADOPTED: "已采纳",
    OutcomeResult.NOT_ADOPTED: "未采纳（线索重新打开）",
    OutcomeResult.WITHDRAWN: "撤回（线索重新打开）",
}
EXTENSION: Mapping[str, str] = {
    "county_approval": "经县级以上公安机关负责人批准",
    "superior_approval": "经上一级公安机关负责人批准再延长",
    "clue_to_verify": "涉嫌犯罪线索需要查证",
}
EXCLUDED: Mapping[str, str] = {
    "not_claimed": "您没有领取此案",
    "not_opened": "尚未打开过此案，请先打开阅看再出具回执",
    "illegal_move": "案件现状不允许",
    "not_found": "不是本单位的案件",
}
ACT_WORDS: Mapping[str, Mapping[str, str]] = {
    "act": ACT,
    "act_field": FIELD,
    "act_hint": HINT,
    "act_fault": FAULT,
    "act_result": OUTCOME_RESULT,
    "act_extension": EXTENSION,
    "act_excluded": EXCLUDED,
}


def field_word(kind: str, name: str) -> str:
    """Give a field's label, by its act where that has one of its own."""
    return FIELD.get(f"{kind}.{name}", FIELD[name])


def hint_word(kind: str, name: str) -> str:
    """Give what helps to fill a field; nothing for most."""
    return HINT.get(f"{kind}.{name}", HINT.get(name, ""))
