"""Words of the board for codes of ours, in Chinese; the catalogue has them in English."""

from collections.abc import Mapping

from contracts.supervision import OutcomeResult, ReplyResult

LETTER_STANDING: Mapping[str, str] = {
    "waiting": "待签收",
    "undeliverable": "无法送达",
    "open": "待回复",
    "overdue": "逾期未回复",
    "replied": "已回复，待定结果",
    "closed": "已结束",
}
REPLY: Mapping[str, str] = {
    ReplyResult.TRANSFERRED: "已移送",
    ReplyResult.WILL_TRANSFER: "将移送",
    ReplyResult.NOT_TRANSFERRING: "不移送",
    ReplyResult.ENTERED: "已录入",
    ReplyResult.PENALISED: "已作出行政处罚",
    ReplyResult.EXPLAINED: "已说明",
}
OUTCOME: Mapping[str, str] = {
    OutcomeResult.ADOPTED: "已采纳",
    OutcomeResult.NOT_ADOPTED: "未采纳",
    OutcomeResult.WITHDRAWN: "撤回",
}
STAGE: Mapping[str, str] = {
    "filed_cases": "行政立案",
    "suspected": "达到追诉标准案件",
    "transferred": "移送",
    "accepted": "公安受案（回执）",
    "filed": "公安立案",
    "decided": "作出决定",
    "never_transferred": "应移送未移送",
}
STAGE_MEANS: Mapping[str, str] = {
    "filed_cases": "行政机关立案的案件，按其立案月份计",
    "suspected": "依登记事实达到追诉标准的案件，连同有未排除线索的案件，按案件月份（决定，其次立案）计",
    "transferred": "已移送的案件，平台收到的与机关登记载明的均计，按移送月份计",
    "accepted": "其中公安机关已受案的，含其后已立案的，按移送月份计",
    "filed": "其中公安机关已立案的，按移送月份计",
}
RECORD: Mapping[str, str] = {
    "case_number": "案号",
    "title": "案件名称",
    "cause": "案由",
    "sector": "领域",
    "division": "地区",
    "act_family": "行为类别",
    "recorded_at": "登记时间",
    "entered_at": "录入时间",
    "filed_on": "立案日期",
    "established_on": "事实查清日期",
    "closed_on": "结案日期",
    "summary": "案情摘要",
    "party.kind": "当事人类别",
    "party.name": "当事人",
    "party.identifier.type": "证件类型",
    "party.identifier.value": "证件号码",
    "conduct.started_on": "行为开始",
    "conduct.ended_on": "行为终了",
    "offences": "涉嫌罪名",
    "legal_review.held_on": "法制审核日期",
    "legal_review.opinion": "法制审核意见",
    "collective_discussion.held_on": "集体讨论日期",
    "collective_discussion.opinion": "集体讨论意见",
    "penalty.decision_number": "处罚决定书文号",
    "penalty.kinds": "处罚种类",
    "penalty.decided_on": "处罚决定日期",
    "penalty.effective_on": "处罚生效日期",
    "penalty.amount": "罚款数额",
    "penalty.floor": "法定最低罚款",
    "penalty.mitigation": "减轻理由",
    "penalty.status": "处罚效力",
    "transfer.decision": "移送审批",
    "transfer.decided_at": "审批时间",
    "transfer.reason": "不移送理由",
    "transfer.document_number": "移送书文号",
    "transfer.transferred_at": "移送时间",
    "transfer.addressee": "接收机关类别",
    "transfer.acknowledged_at": "回执时间",
    "transfer.accepted_at": "受案时间",
    "transfer.filed_at": "立案时间",
    "transfer.not_filed_at": "不予立案时间",
    "transfer.reconsideration_requested_at": "提请复议时间",
    "transfer.reconsideration_changed": "复议改变",
    "transfer.supervision_suggested_at": "建议立案监督时间",
    "transfer.prosecuted_on": "起诉日期",
    "transfer.convicted_on": "判决日期",
    "reverse.non_prosecution_on": "不起诉日期",
    "reverse.opinion_number": "检察意见文号",
    "reverse.opinion_received_at": "收到检察意见时间",
    "reverse.replied_at": "回复时间",
}
APPROVAL: Mapping[str, str] = {"approved": "批准移送", "refused": "不批准移送"}
FORCE: Mapping[str, str] = {
    "effective": "有效",
    "revoked": "已撤销",
    "under_review": "复议或诉讼中",
}
OPINION: Mapping[str, str] = {
    "transfer": "移送",
    "penalise": "给予行政处罚",
    "no_penalty": "不予处罚",
    "other": "其他",
}
BOARD_WORDS: Mapping[str, Mapping[str, str]] = {
    "letter_standing": LETTER_STANDING,
    "reply": REPLY,
    "outcome": OUTCOME,
    "stage": STAGE,
    "stage_means": STAGE_MEANS,
    "record": RECORD,
    "approval": APPROVAL,
    "force": FORCE,
    "opinion": OPINION,
}
