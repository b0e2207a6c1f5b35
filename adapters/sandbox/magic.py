"""Magic values: what an agency writes at the end of a case's title to have the sandbox play a part.

Anyone who connects a case system can post a packet whose `case.title` ends with one of these, and
see the whole course of such a case. A title without any is filed, as most cases are.

    #filed            受案, 立案                              accepted, filed
    #not-filed        受案, 不予立案                          accepted, not_filed (with reasons)
    #supplement       通知补充材料, 补充后受案, 立案          supplement_requested; after `supplemented`: accepted, filed
    #accepted         受案, 迟迟不决定: the clock of D310 Art 8 runs out
    #silent           签收后不再答复: acknowledged, and nothing ever after
    #later            先答 202, 回执随后送达: the acknowledgement is posted, not in the answer
    #never            先答 202, 永不送回执: taken, and never acknowledged
    #refused          签署拒收: a signed refusal, which is believed

Our own made-up agencies write no such mark into a title that people read: theirs is the end of `contact.phone`,
0000-0000001 for the first of the list, and so on.

Only the principal addressee decides; the procuratorate's copy is acknowledged in every case but
`#later`, `#never` and `#refused`, which the principal alone plays too.
"""

from enum import StrEnum

from contracts.office import Role
from contracts.report import ReportKind


class Script(StrEnum):
    """The course of a case, by the mark at the end of its title."""

    FILED = "#filed"
    NOT_FILED = "#not-filed"
    SUPPLEMENT = "#supplement"
    ACCEPTED = "#accepted"
    SILENT = "#silent"
    LATER = "#later"
    NEVER = "#never"
    REFUSED = "#refused"


_DECISION = (ReportKind.ACCEPTED, ReportKind.FILED)
_TOLD: dict[Script, tuple[ReportKind, ...]] = {
    Script.FILED: _DECISION,
    Script.NOT_FILED: (ReportKind.ACCEPTED, ReportKind.NOT_FILED),
    Script.SUPPLEMENT: (ReportKind.SUPPLEMENT_REQUESTED,),
    Script.ACCEPTED: (ReportKind.ACCEPTED,),
    Script.LATER: _DECISION,
}


_PHONE = "0000-00000"


def script_of(title: str, role: Role, phone: str = "") -> Script:
    """Read the part that an addressee plays in a case."""
    if role is not Role.PRINCIPAL:
        return Script.SILENT
    by_title = (script for script in Script if title.endswith(script.value))
    by_phone = (script for script in Script if phone == phone_of(script))
    return next(by_title, None) or next(by_phone, Script.FILED)


def phone_of(script: Script) -> str:
    """Give the telephone number, which is nobody's, that asks for a part."""
    return f"{_PHONE}{list(Script).index(script) + 1:02d}"


def told_by(script: Script) -> tuple[ReportKind, ...]:
    """Give the reports that follow an acknowledgement, in their order."""
    return _TOLD.get(script, ())


AFTER_SUPPLEMENT = _DECISION
