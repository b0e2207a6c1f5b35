"""Whose move it is, in the words that callers and pages show."""

from collections.abc import Mapping

from contracts.clocks import Words
from service.domain.transfer import Status

WHOSE_MOVE: Mapping[Status, Words] = {
    Status.HELD_BELOW_THRESHOLD: Words(
        zh="移送机关：撤回，或说明理由坚持移送",
        en="the agency's: withdraw, or insist with a reason",
    ),
    Status.DISPATCHING: Words(
        zh="平台：送达各接收机关", en="the platform's: deliver to every addressee"
    ),
    Status.UNDELIVERABLE: Words(
        zh="平台运维：查明未能送达或者被拒收的原因",
        en="the platform's operators': find out why it was not delivered, or was refused",
    ),
    Status.DELIVERED: Words(zh="接收机关：出具回执", en="the addressees': acknowledge"),
    Status.ACKNOWLEDGED: Words(
        zh="接收机关：决定是否受案", en="the principal addressee's: decide on acceptance"
    ),
    Status.SUPPLEMENT_REQUESTED: Words(
        zh="移送机关：补充材料", en="the agency's: supplement the material"
    ),
    Status.ACCEPTED: Words(
        zh="接收机关：决定是否立案", en="the principal addressee's: decide on filing"
    ),
    Status.FILED: Words(
        zh="移送机关：移交涉案物品和材料", en="the agency's: hand over items and materials"
    ),
    Status.NOT_FILED: Words(
        zh="移送机关：提请复议或建议立案监督",
        en="the agency's: ask for reconsideration or for supervision",
    ),
    Status.SUPERVISED: Words(
        zh="公安机关：说明不立案理由，或者按通知立案；检察机关：监督",
        en="the police's: give reasons, or file as notified; the procuratorate's: see that they do",
    ),
    Status.CLOSED: Words(zh="无（已办结）", en="nobody's: it is closed"),
    Status.WITHDRAWN: Words(zh="无（已撤回）", en="nobody's: it is withdrawn"),
}
