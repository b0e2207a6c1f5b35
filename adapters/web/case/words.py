"""Words of the case page for codes of ours, in Chinese; the catalogue has them in English."""

from collections.abc import Mapping

from contracts.calendar import DayKind
from contracts.clocks import Actor, Nature, Unit
from contracts.facts import Bound
from contracts.office import Sector
from contracts.packet import IdentifierType, MaterialKind
from contracts.rulebook import Mark
from contracts.supervision import SupervisionKind
from service.domain.journal import Action
from service.domain.signatures import Standing
from service.domain.supervision import SupervisionStatus

MATERIAL: Mapping[str, str] = {
    MaterialKind.TRANSFER_LETTER: "移送书",
    MaterialKind.INVESTIGATION_REPORT: "调查报告",
    MaterialKind.ITEM_LIST: "涉案物品清单",
    MaterialKind.INSPECTION_REPORT: "检验报告或者鉴定结论",
    MaterialKind.OTHER: "其他材料",
}
IDENTIFIER: Mapping[str, str] = {
    IdentifierType.CREDIT_CODE: "统一社会信用代码",
    IdentifierType.ORGANISATION_CODE: "组织机构代码",
    IdentifierType.CITIZEN_ID: "公民身份号码",
    IdentifierType.RESIDENCE_PERMIT: "港澳台居民居住证",
    IdentifierType.FOREIGNER_CARD: "外国人永久居留身份证",
    IdentifierType.PASSPORT: "护照",
    IdentifierType.OTHER: "其他证件",
}
PARTY: Mapping[str, str] = {"person": "自然人", "unit": "单位（法人或者其他组织）"}
BOUND: Mapping[str, str] = {
    Bound.AT_LEAST: "至少",
    Bound.AT_MOST: "至多",
    Bound.ABOUT: "约",
}
TRUTH: Mapping[str, str] = {"true": "符合", "false": "不符合", "unknown": "不明"}
CONCLUDES: Mapping[str, str] = {
    "meets": "达到追诉标准",
    "near": "接近追诉标准",
    "below": "未达到所列数额标准",
    "undetermined": "尚不能确定是否达到追诉标准",
}
MARK: Mapping[str, str] = {
    Mark.VERIFIED: "已核对原文",
    Mark.SECONDARY: "据转引文本",
    Mark.KNOWLEDGE: "未核对原文（凭记忆）",
    Mark.UNVERIFIED: "未核对原文",
}
ACTOR: Mapping[str, str] = {
    Actor.AGENCY: "移送机关",
    Actor.CHIEF: "移送机关负责人",
    Actor.PUBLIC_SECURITY: "公安机关",
    Actor.PROCURATORATE: "检察院",
}
NATURE: Mapping[str, str] = {
    Nature.DUTY: "义务：逾期即违反规定",
    Nature.RIGHT: "权利：逾期丧失，不构成违反",
    Nature.CONDITIONAL: "视情形：逾期才办理的违反规定",
}
UNIT: Mapping[str, str] = {
    Unit.EXACT_HOURS: "小时（自事件发生的时刻起）",
    Unit.HOURS: "小时（开始的小时不算在内）",
    Unit.CALENDAR_DAYS: "日（开始的日不算在内，末日为休息日的顺延）",
    Unit.WORKING_DAYS: "个工作日（开始的日不算在内）",
    Unit.CALENDAR_MONTHS: "个月（开始的日不算在内，末日为休息日的顺延）",
}
DAY: Mapping[str, str] = {
    DayKind.WORKDAY: "工作日",
    DayKind.MAKE_UP_DAY: "调休上班",
    DayKind.WEEKEND: "周末",
    DayKind.HOLIDAY: "放假",
}
DAY_ROLE: Mapping[str, str] = {
    "start": "开始的日，不计",
    "counted": "计入",
    "skipped": "休息日，不计",
    "rolled_over": "顺延",
}
WEEKDAY: Mapping[str, str] = {
    "0": "星期一",
    "1": "星期二",
    "2": "星期三",
    "3": "星期四",
    "4": "星期五",
    "5": "星期六",
    "6": "星期日",
}
STANDING: Mapping[str, str] = {
    Standing.VALID: "有效",
    Standing.KEY_EXPIRED: "有效，签名密钥其后已到期",
    Standing.KEY_REVOKED: "签名相符，但签名密钥其后被吊销",
    Standing.KEY_NOT_IN_FORCE: "签名相符，但签名时密钥尚未生效",
    Standing.UNKNOWN_KEY: "无法核验：签名密钥已不在册",
    Standing.BROKEN: "无效：内容或者签名被改动",
}
DOCUMENT: Mapping[str, str] = {
    "packet": "移送案卷",
    "receipt": "平台回单",
    "dispatch": "转递",
    "acknowledgement": "回执",
    "report": "办理反馈",
    "transfer-packet": "移送案卷",
}
RESULT: Mapping[str, str] = {"received": "已收到", "refused": "拒收"}
LETTER: Mapping[str, str] = {
    SupervisionKind.REASONS_DEMAND: "要求说明不移送理由",
    SupervisionKind.TRANSFER_OPINION: "检察意见书（移送）",
    SupervisionKind.PENALTY_OPINION: "检察意见书（行政处罚）",
    SupervisionKind.SUPERVISORY_LETTER: "督办函",
    SupervisionKind.SUPERVISION_OPINION: "监督意见书",
    SupervisionKind.SUPERVISION_DECISION: "监督决定书",
    SupervisionKind.DISMISSAL: "不予监督",
    SupervisionKind.OUTCOME: "监督结果",
}
LETTER_STATUS: Mapping[str, str] = {
    SupervisionStatus.ISSUED: "待送达",
    SupervisionStatus.UNDELIVERABLE: "无法送达",
    SupervisionStatus.DELIVERED: "待回复",
    SupervisionStatus.REPLIED: "已回复",
    SupervisionStatus.CLOSED: "已结束",
}
SECTOR: Mapping[str, str] = {
    Sector.MARKET_SUPERVISION: "市场监管",
    Sector.DRUG: "药品监管",
    Sector.AGRICULTURE: "农业农村",
    Sector.TOBACCO: "烟草专卖",
    Sector.TAX: "税务",
    Sector.CUSTOMS: "海关",
    Sector.ECOLOGY: "生态环境",
    Sector.FORESTRY: "林业和草原",
    Sector.NATURAL_RESOURCES: "自然资源",
    Sector.EMERGENCY: "应急管理",
    Sector.HUMAN_RESOURCES: "人力资源和社会保障",
    Sector.HEALTH: "卫生健康",
    Sector.CULTURE: "文化和旅游",
    Sector.FINANCE: "金融监管",
    Sector.SECURITIES: "证券监管",
    Sector.CYBERSPACE: "网信",
    Sector.HOUSING: "住房和城乡建设",
    Sector.TRANSPORT: "交通运输",
    Sector.WATER: "水利",
    Sector.OTHER: "其他",
}
ACTION: Mapping[str, str] = {
    Action.PACKET_RECEIVED: "收到移送案卷",
    Action.PACKET_REPEATED: "重复收到同一移送案卷",
    Action.DOCUMENT_REFUSED: "文书未被接受",
    Action.MATERIAL_STORED: "存入材料",
    Action.MATERIAL_READ: "查阅材料",
    Action.TRANSFER_MOVED: "状态变更",
    Action.TRANSFER_SUPERSEDED: "被新的移送案卷替代",
    Action.TRANSFER_READ: "查阅案件",
    Action.DISPATCH_READ: "取阅转递",
    Action.DELIVERY_ATTEMPTED: "尝试送达",
    Action.DELIVERY_TAKEN: "送达",
    Action.DELIVERY_REFUSED: "接收机关拒收",
    Action.DELIVERY_UNKNOWN: "送达结果不明，将再次送达",
    Action.DELIVERY_GIVEN_UP: "超过期限未能送达",
    Action.DELIVERY_RESENT: "已重新送达",
    Action.DELIVERY_REROUTED: "改由其他单位接收",
    Action.DISPATCH_RECALLED: "收回转递",
    Action.ACKNOWLEDGEMENT_RECEIVED: "收到回执",
    Action.REPORT_RECEIVED: "收到办理反馈",
    Action.DEADLINE_NEAR: "期限即将届满",
    Action.DEADLINE_MISSED: "期限届满未办理",
    Action.DEADLINE_LAPSED: "权利期限届满",
    Action.DEADLINE_RECOMPUTED: "重新计算期限",
    Action.REGISTRY_CHANGED: "变更单位与密钥名册",
    Action.BATCH_RECEIVED: "收到登记批次",
    Action.RECORD_RECEIVED: "收到案件登记",
    Action.RECORD_REPLACED: "案件登记更新",
    Action.RECORD_READ: "查阅案件登记",
    Action.LEAD_RAISED: "发现线索",
    Action.LEAD_CHANGED: "线索变更",
    Action.LEAD_REOPENED: "线索重新打开",
    Action.LEAD_CLOSED: "线索消除",
    Action.LEAD_DISMISSED: "线索排除",
    Action.RULEBOOK_SWITCHED: "更换追诉标准库",
    Action.RULEBOOK_TOOK_EFFECT: "追诉标准生效",
    Action.RULEBOOK_RESCREENED: "按新标准重新筛查",
    Action.LEAD_SUPERVISED: "线索进入监督",
    Action.LEAD_READ: "查阅线索",
    Action.SUPERVISION_ISSUED: "制发监督文书",
    Action.SUPERVISION_ATTEMPTED: "尝试送达监督文书",
    Action.SUPERVISION_UNKNOWN: "监督文书送达结果不明",
    Action.SUPERVISION_DELIVERED: "监督文书送达",
    Action.SUPERVISION_GIVEN_UP: "监督文书未能送达",
    Action.SUPERVISION_RESENT: "重新送达监督文书",
    Action.SUPERVISION_READ: "查阅监督文书",
    Action.SUPERVISION_REPLIED: "收到对监督文书的回复",
    Action.SUPERVISION_FOLLOWED: "监督后案件已移送",
    Action.SUPERVISION_CLOSED: "监督结束",
    Action.SUPERVISION_NEAR: "回复期限即将届满",
    Action.SUPERVISION_MISSED: "回复期限届满未回复",
    Action.SUPERVISION_ESCALATED: "报上一级",
    Action.SUPERVISION_NOTIFIED: "通报司法行政部门",
    Action.SUPERVISION_RECOMPUTED: "重新计算回复期限",
    Action.STAFF_SIGNED_IN: "登录",
    Action.STAFF_SIGNED_OUT: "退出所有设备",
    Action.STAFF_CHANGED: "变更人员权限",
    Action.DESK_CLAIMED: "领取",
    Action.DESK_RELEASED: "放回",
    Action.DESK_TAKEN_OVER: "接手",
    Action.DESK_DECIDED: "作出决定",
    Action.DESK_CORRECTED: "更正",
    Action.DESK_EXPORTED: "导出",
}
CASE_WORDS: Mapping[str, Mapping[str, str]] = {
    "material": MATERIAL,
    "identifier": IDENTIFIER,
    "party": PARTY,
    "bound": BOUND,
    "truth": TRUTH,
    "concludes": CONCLUDES,
    "mark": MARK,
    "actor": ACTOR,
    "nature": NATURE,
    "unit": UNIT,
    "day": DAY,
    "day_role": DAY_ROLE,
    "weekday": WEEKDAY,
    "standing": STANDING,
    "document": DOCUMENT,
    "ack_result": RESULT,
    "letter": LETTER,
    "letter_status": LETTER_STATUS,
    "sector": SECTOR,
    "action": ACTION,
}
