"""The fields of a packet as a page shows them, each under its JSON pointer: nothing is re-keyed, nothing is left out."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from adapters.web.pages.templates import moment
from contracts.document import pointer
from contracts.packet import Approvals, Case, Penalty, Suspect, TransferPacket

Say = Callable[..., str]
Word = Callable[[str, str], str]
"""Gives the word for a code of a kind, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field that has a value; `pointer` names it in the packet."""

    pointer: str
    label: str
    value: str
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together."""

    title: str
    fields: tuple[Field, ...]


def groups_of(packet: TransferPacket, say: Say, word: Word) -> list[Group]:
    """Lay a packet out; a field without a value is not shown, and neither is a group without fields."""
    told = _Telling(packet, say, word)
    found = [
        Group(say("案件"), tuple(told.case(packet.case))),
        Group(say("移送机关"), tuple(told.agency())),
        Group(say("移送审批"), tuple(told.approvals(packet.approvals))),
        *(
            Group(say("嫌疑人 %(number)s", number=number + 1), tuple(told.suspect(number, one)))
            for number, one in enumerate(packet.suspects)
        ),
        Group(say("涉嫌罪名与行为时间"), tuple(told.offences())),
        *(
            Group(
                say("已作行政处罚 %(number)s", number=number + 1), tuple(told.penalty(number, one))
            )
            for number, one in enumerate(packet.penalties)
        ),
    ]
    return [group for group in found if group.fields]


def label_of(at: str, packet: TransferPacket, say: Say, word: Word) -> str:
    """Name the field of a pointer; one that is no field of the page is its own name."""
    for group in groups_of(packet, say, word):
        for field in group.fields:
            if field.pointer == at:
                return f"{group.title} · {field.label}"
    return at


class _Telling:
    def __init__(self, packet: TransferPacket, say: Say, word: Word) -> None:
        self._packet = packet
        self._say = say
        self._word = word

    def case(self, case: Case) -> Iterator[Field]:
        packet = self._packet
        yield from self._some(
            (("document_number",), "移送文书号", packet.document_number),
            (("case", "case_number"), "案号", case.case_number),
            (("case", "title"), "案件名称", case.title),
            (("case", "cause"), "案由", case.cause),
            (("case", "sector"), "执法领域", self._word("sector", case.sector)),
            (("case", "division"), "行政区划", case.division),
            (("case", "filed_on"), "行政立案日期", case.filed_on),
            (("case", "summary"), "案情摘要", case.summary),
            (("packet_id",), "案卷编号", packet.packet_id),
            (("supersedes",), "替代的案卷编号", packet.supersedes),
            (("principal",), "移送机关指明的接收机关", self._office_kind(packet.principal)),
        )
        if packet.insistence:
            at = ("insistence", "reason")
            yield from self._some((at, "坚持移送的理由", packet.insistence.reason))

    def _office_kind(self, kind: str | None) -> str | None:
        return None if kind is None else self._word("office_kind", kind)

    def agency(self) -> Iterator[Field]:
        agency, contact = self._packet.agency, self._packet.contact
        yield from self._some(
            (("agency", "name"), "名称", agency.name),
            (("agency", "code"), "统一社会信用代码", agency.code),
        )
        if contact:
            yield from self._some(
                (("contact", "name"), "联系人", contact.name),
                (("contact", "phone"), "联系电话", contact.phone),
            )

    def approvals(self, approvals: Approvals) -> Iterator[Field]:
        for number, officer in enumerate(approvals.officers):
            at = ("approvals", "officers", number)
            label = self._say("执法人员 %(number)s", number=number + 1)
            yield Field(pointer(*at, "name"), label, officer.name)
            if officer.certificate_number:
                number_at = pointer(*at, "certificate_number")
                yield Field(number_at, self._say("执法证号"), officer.certificate_number)
        yield from self._some(
            (("approvals", "reported_at"), "报告本机关负责人", approvals.reported_at),
            (("approvals", "approved_at"), "批准移送", approvals.approved_at),
            (("approvals", "approver"), "批准人", approvals.approver),
        )

    def suspect(self, number: int, suspect: Suspect) -> Iterator[Field]:
        at = ("suspects", number)
        yield from self._some(
            ((*at, "name"), "姓名或者名称", suspect.name),
            ((*at, "kind"), "类型", self._word("party", suspect.kind)),
        )
        if suspect.identifier:
            label = self._word("identifier", suspect.identifier.type)
            yield Field(pointer(*at, "identifier", "value"), label, suspect.identifier.value)
        yield from self._some(
            ((*at, "address"), "住址", suspect.address),
            ((*at, "phone"), "电话", suspect.phone),
        )

    def offences(self) -> Iterator[Field]:
        for number, offence in enumerate(self._packet.offences):
            text = " ".join(part for part in (offence.name, offence.code) if part)
            at = pointer("offences", number, "name" if offence.name else "code")
            yield Field(at, self._say("移送机关认为涉嫌"), text)
        conduct = self._packet.conduct
        yield from self._some(
            (("conduct", "started_on"), "行为开始", conduct.started_on),
            (("conduct", "ended_on"), "行为终了", conduct.ended_on),
        )

    def penalty(self, number: int, penalty: Penalty) -> Iterator[Field]:
        at = ("penalties", number)
        yield from self._some(
            ((*at, "decision_number"), "决定书文号", penalty.decision_number),
            ((*at, "decided_on"), "决定日期", penalty.decided_on),
        )
        for place, kind in enumerate(penalty.kinds):
            yield Field(pointer(*at, "kinds", place), self._say("处罚种类"), kind)
        if penalty.amount is not None:
            amount = f"{penalty.amount:,.2f}"
            yield Field(pointer(*at, "amount"), self._say("罚没金额（元）"), amount)

    def _some(
        self, *fields: tuple[Iterable[str | int], str, str | datetime | None]
    ) -> Iterator[Field]:
        for at, label, value in fields:
            if value is not None and value != "":
                text = moment(value) if isinstance(value, datetime) else value
                yield Field(
                    pointer(*at), self._say(label), text, is_long="\n" in text or len(text) > _LONG
                )


_LONG = 80
LABELS = (
    *(
        "移送文书号",
        "案号",
        "案件名称",
        "案由",
        "执法领域",
        "行政区划",
        "行政立案日期",
        "案情摘要",
        "案卷编号",
    ),
    *(
        "替代的案卷编号",
        "移送机关指明的接收机关",
        "坚持移送的理由",
        "名称",
        "统一社会信用代码",
        "联系人",
        "联系电话",
    ),
    *("报告本机关负责人", "批准移送", "批准人", "姓名或者名称", "类型", "住址", "电话"),
    *("行为开始", "行为终了", "决定书文号", "决定日期"),
)
"""Labels that stand above as plain texts, for the test that each is translated."""
