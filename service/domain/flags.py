"""What is missing or unusual in a packet: told to the agency and to the addressee, and never a reason to refuse."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from contracts.flags import flag, least_of
from contracts.identifiers import (
    is_citizen_id,
    is_credit_code,
    is_foreigner_card,
    is_organisation_code,
    is_residence_permit,
    is_usual_document_number,
)
from contracts.packet import IdentifierType, MaterialKind, TransferPacket
from contracts.receipt import Flag
from contracts.rulebook import Conclusion
from service.domain.deadlines import Deadline
from service.domain.jurisdiction import acts_in
from service.domain.registry import Office
from service.domain.screening import Screening

_CHECKS: Mapping[IdentifierType, Callable[[str], bool]] = {
    IdentifierType.CREDIT_CODE: is_credit_code,
    IdentifierType.ORGANISATION_CODE: is_organisation_code,
    IdentifierType.CITIZEN_ID: is_citizen_id,
    IdentifierType.RESIDENCE_PERMIT: is_residence_permit,
    IdentifierType.FOREIGNER_CARD: is_foreigner_card,
}


def flags_of(
    packet: TransferPacket, agency: Office, screening: Screening, clocks: Iterable[Deadline]
) -> list[Flag]:
    """Point at everything an officer should look at (D310 Art 5, 6, 11; PSB20 Art 180)."""
    return [
        *_papers(packet),
        *_approvals(packet),
        *_lateness(clocks),
        *_parties(packet),
        *_competence(packet, agency),
        *_facts(packet, screening),
        *_penalties(packet),
    ]


# In the order of the law; to go through the enumeration itself takes ten times as long.
_STATUTORY = tuple(MaterialKind)


def _papers(packet: TransferPacket) -> Iterator[Flag]:
    present = {material.kind for material in packet.materials}
    if len(present) < len(_STATUTORY):
        for kind in _STATUTORY:
            if kind not in present:
                yield flag("material_missing", "/materials", kind=kind.value)
    if not is_usual_document_number(packet.document_number):
        yield flag("document_number_unusual", "/document_number", number=packet.document_number)


def _approvals(packet: TransferPacket) -> Iterator[Flag]:
    approvals = packet.approvals
    if len(approvals.officers) < least_of("officers_too_few"):
        yield flag("officers_too_few", "/approvals/officers", count=len(approvals.officers))
    if approvals.reported_at is None:
        yield flag("report_time_missing", "/approvals/reported_at")
    if approvals.approved_at is None:
        yield flag("approval_time_missing", "/approvals/approved_at")
    if approvals.approver is None:
        yield flag("approver_missing", "/approvals/approver")


_LATE = {"T01": ("approval_late", "/approvals/approved_at"), "T02": ("transfer_late", "")}


def _lateness(clocks: Iterable[Deadline]) -> Iterator[Flag]:
    for clock in clocks:
        met_at = clock.met_at
        if met_at is not None and met_at > clock.due_at:
            code, where = _LATE[clock.clock.family]
            yield flag(code, where, due_at=clock.due_at, done_at=met_at)


def _parties(packet: TransferPacket) -> Iterator[Flag]:
    for place, suspect in enumerate(packet.suspects):
        if suspect.identifier is None:
            yield flag("identifier_missing", f"/suspects/{place}")
            continue
        check = _CHECKS.get(suspect.identifier.type)
        if check is not None and not check(suspect.identifier.value):
            where = f"/suspects/{place}/identifier/value"
            yield flag("check_digit_wrong", where, type=suspect.identifier.type.value)


def _competence(packet: TransferPacket, agency: Office) -> Iterator[Flag]:
    case = packet.case
    if agency.causes is not None and case.cause not in agency.causes:
        yield flag("cause_outside_power_list", "/case/cause", cause=case.cause)
    if not acts_in(agency, case.division):
        yield flag(
            "division_outside_agency", "/case/division", division=case.division, own=agency.division
        )


def _facts(packet: TransferPacket, screening: Screening) -> Iterator[Flag]:
    found = {finding.offence.code: finding for finding in screening.findings}
    for place, offence in enumerate(packet.offences):
        finding = found.get(offence.code)
        where = f"/offences/{place}"
        if finding is None:
            yield flag("offence_not_in_rule_book", where, offence=offence.name or offence.code)
        else:
            governing = finding.governing
            if governing.conclusion is Conclusion.UNDETERMINED:
                name = finding.offence.offence.name.zh
                yield flag("facts_missing", where, offence=name, names=governing.missing)
    proved = packet.evidence
    unproved = [
        name for name, value in packet.facts.items() if value is not None and name not in proved
    ]
    if unproved:
        yield flag("evidence_missing", "/evidence", names=unproved)


def _penalties(packet: TransferPacket) -> Iterator[Flag]:
    for place, penalty in enumerate(packet.penalties):
        yield flag(
            "penalty_before_transfer",
            f"/penalties/{place}",
            number=penalty.decision_number,
            kinds=penalty.kinds,
        )
