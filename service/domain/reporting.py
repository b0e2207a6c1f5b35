"""Who may tell what of a transfer, and which event of the clocks it is."""

from collections.abc import Mapping

from contracts.office import OfficeKind
from contracts.report import ReportKind

_POLICE = frozenset(
    {OfficeKind.PUBLIC_SECURITY, OfficeKind.ANTI_SMUGGLING, OfficeKind.SUPERVISION_COMMISSION}
)
_PROCURATORATE = frozenset({OfficeKind.PROCURATORATE})
_AGENCY = frozenset({OfficeKind.AGENCY})

TELLERS: Mapping[ReportKind, frozenset[OfficeKind]] = {
    # D310 Art 7-9; PSB20 Art 180-185; EC17 Art 16
    ReportKind.ACCEPTED: _POLICE,
    ReportKind.FORWARDED: _POLICE,
    ReportKind.SUPPLEMENT_REQUESTED: _POLICE | _PROCURATORATE,
    ReportKind.EXTENDED: _POLICE,
    ReportKind.FILED: _POLICE,
    ReportKind.NOT_FILED: _POLICE,
    ReportKind.NOTIFIED: _POLICE,
    ReportKind.RECONSIDERED_UPHELD: _POLICE,
    ReportKind.RECONSIDERED_CHANGED: _POLICE,
    ReportKind.REASONS_GIVEN: _POLICE,
    ReportKind.CASE_WITHDRAWN: _POLICE,
    ReportKind.CLOSED: _POLICE,
    # CPL Art 113; SPPR19 Art 557-564
    ReportKind.REASONS_DEMANDED: _PROCURATORATE,
    ReportKind.FILING_NOTIFIED: _PROCURATORATE,
    ReportKind.OPINION: _PROCURATORATE,
    # D310 Art 9, 12
    ReportKind.INSISTED: _AGENCY,
    ReportKind.WITHDRAWN: _AGENCY,
    ReportKind.SUPPLEMENTED: _AGENCY,
    ReportKind.RECONSIDERATION_REQUESTED: _AGENCY,
    ReportKind.SUPERVISION_SUGGESTED: _AGENCY,
    ReportKind.ITEMS_HANDED_OVER: _AGENCY,
}


def may_tell(kind: ReportKind, office: OfficeKind) -> bool:
    """Tell whether an office of this kind, being a party to the transfer, may report this."""
    return office in TELLERS[kind]


def event_of(kind: ReportKind, office: OfficeKind | None) -> str:
    """Name the event that a report is to the clocks.

    The three days of PSB20 Art 180 follow a request of the police. No article sets a time for what a procuratorate
    asks for, so that request is an event that no clock listens to.
    """
    if kind is ReportKind.SUPPLEMENT_REQUESTED and office is OfficeKind.PROCURATORATE:
        return "supplement_requested_by_procuratorate"
    return kind.value
