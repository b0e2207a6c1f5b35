"""What is offered is legal: no page offers what the use case behind it would refuse."""

import pytest

from contracts.office import OfficeKind, Role
from contracts.report import ReportKind
from contracts.supervision import RULES, SupervisionKind
from service.domain.act_forms import fields_of
from service.domain.acting import SENSIBLE_AT
from service.domain.claims import Subject
from service.domain.letter_texts import _ASK
from service.domain.reporting import TELLERS
from service.domain.transfer import NEXT, Part, Status, check_move, status_of
from service.domain.transfer import DispatchStatus as D

AGENCY_S = {kind for kind, tellers in TELLERS.items() if tellers == {OfficeKind.AGENCY}}


def test_every_report_of_an_addressee_is_offered_somewhere() -> None:
    assert set(SENSIBLE_AT) == set(ReportKind) - AGENCY_S


@pytest.mark.parametrize(
    ("kind", "status"), [(kind, one) for kind, at in SENSIBLE_AT.items() for one in sorted(at)]
)
def test_what_is_offered_is_a_legal_move(kind: ReportKind, status: Status) -> None:
    """Where a report leaves a transfer, whose addressees stand as they do in that status."""
    way = {
        Status.DISPATCHING: D.WAITING,
        Status.UNDELIVERABLE: D.UNDELIVERABLE,
        Status.DELIVERED: D.DELIVERED,
    }
    parts = [Part(OfficeKind.PUBLIC_SECURITY, Role.PRINCIPAL, way.get(status, D.ACKNOWLEDGED))]
    if kind is ReportKind.FORWARDED:
        parts.append(Part(OfficeKind.PUBLIC_SECURITY, Role.PRINCIPAL, D.WAITING))
    said = [kind] if kind in _MOVES else []
    after = status_of(parts, said) if said else status
    check_move(status, after)
    assert after is status or after in NEXT[status]


_MOVES = set(ReportKind) - {ReportKind.NOTIFIED, ReportKind.EXTENDED, ReportKind.OPINION}


@pytest.mark.parametrize("kind", ["acknowledge", "refuse", *ReportKind])
def test_every_act_on_a_transfer_has_a_form(kind: str) -> None:
    assert fields_of(Subject.TRANSFER, kind)


@pytest.mark.parametrize("kind", list(SupervisionKind))
def test_every_act_of_supervision_has_a_form_and_every_letter_a_draft(
    kind: SupervisionKind,
) -> None:
    assert any(field.is_required for field in fields_of(Subject.LEAD, kind))
    assert kind.is_letter == (kind in _ASK)
    assert RULES[kind].issuers
