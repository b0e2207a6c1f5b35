"""What of a case is counted: each name, from our own book where it has the transfer, else from the agency's."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.detectors import Detector
from service.domain.appraisal import Counted, CountedTransfer
from service.domain.case_files import CaseFile, CaseTransfer
from service.domain.counting import counted_of, month_of
from service.domain.leads import Lead, LeadStatus, Raised, Suspicion, follow
from service.domain.transfer import Status
from tests.support.case_files import (
    TICK,
    by_transfer_alone,
    laid_open,
    look,
    transferred,
)
from tests.support.deadlines import at
from tests.support.packets import NOW
from tests.support.register import case, sold

APPROVED = at("2026-11-02 10:30")
TRANSFER_DUE = at("2026-11-03 11:00")
DECISION_DUE = at("2026-11-05 24:00")


def counted(file: CaseFile, *leads: Lead, now: datetime = NOW) -> Counted:
    return counted_of(look([file], now)[file.key.case_number], leads)


def stated(**moments: Any) -> CountedTransfer | None:
    told = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in moments.items()
    }
    return counted(laid_open(case(transfer=told))).transfer


def test_case_is_counted_by_its_words() -> None:
    found = counted(laid_open(case(filed_on="2026-09", entered_at=None)))
    assert (found.month, found.filed_on) == (date(2026, 10, 1), date(2026, 9, 30))
    assert (found.conclusion, found.is_decided, found.is_penalised) == ("below", True, True)
    assert (found.entered_at, found.is_entered_in_time) == (None, False)
    assert (found.leads, found.has_undetermined, found.transfer) == ({}, False, None)


@pytest.mark.parametrize(
    ("entered", "in_time"),
    [
        ("2026-10-08T15:59:59Z", True),
        ("2026-10-08T16:00:00Z", True),
        ("2026-10-08T16:00:01Z", False),
    ],
)
def test_entry_is_in_time_to_the_last_moment(entered: str, *, in_time: bool) -> None:
    record = case(penalty={"kinds": ["罚款"], "decided_on": "2026-09-29"}, entered_at=entered)
    assert counted(laid_open(record)).is_entered_in_time is in_time


def test_entry_without_a_decision_is_none() -> None:
    found = counted(laid_open(case(penalty=None)))
    assert (found.is_entered_in_time, found.is_decided) == (False, False)


def test_revoked_penalty_is_decided_and_no_penalty() -> None:
    penalty = {"kinds": ["罚款"], "decided_on": "2026-09-29", "status": "revoked"}
    found = counted(laid_open(case(penalty=penalty)))
    assert (found.is_decided, found.is_penalised) == (True, False)


@pytest.mark.parametrize(
    ("record", "month"),
    [
        (case(penalty={"kinds": ["罚款"], "decided_on": "2026-09-30"}), date(2026, 9, 1)),
        (case(penalty=None, filed_on="2026-08-31"), date(2026, 8, 1)),
        (case(penalty=None, filed_on=None, entered_at="2026-07-31T16:00:00Z"), date(2026, 8, 1)),
    ],
)
def test_month_is_of_the_decision_else_the_filing_else_the_arrival(
    record: dict[str, Any], month: date
) -> None:
    assert month_of(laid_open(record)) == month


@pytest.mark.parametrize(
    "transfer",
    [
        transferred(Status.DELIVERED),
        transferred(Status.HELD_BELOW_THRESHOLD),
        transferred(Status.WITHDRAWN),
        None,
    ],
)
def test_case_that_no_register_told_of_keeps_its_month(transfer: CaseTransfer | None) -> None:
    """A packet that we hold, or that is gone, is a case that we know: it may not stop the counting of others."""
    file = by_transfer_alone(transfer)._replace(month=date(2026, 4, 1))
    assert counted(file).month == date(2026, 4, 1)


def test_what_cannot_be_said_is_counted() -> None:
    assert counted(laid_open(case(facts={}, penalty=None))).has_undetermined


def test_leads_are_counted_as_they_stand() -> None:
    suspicion = Suspicion(Detector.X1, "CL-140", {})
    raised = Raised(UUID(int=1), "agency", "case", "339921", "other", 60, NOW)
    result = follow(None, suspicion, raised, is_transferred=False)
    assert result is not None
    closed = replace(result[0], detector=Detector.X2, status=LeadStatus.RESOLVED)
    found = counted(laid_open(case(facts=sold(60_000))), result[0], closed)
    assert found.leads == {Detector.X1: LeadStatus.OPEN, Detector.X2: LeadStatus.RESOLVED}


BOOK = (
    ("approved", APPROVED),
    ("transferred", TRANSFER_DUE),
    ("delivered_to_police", TRANSFER_DUE),
)


def test_transfer_in_our_own_book() -> None:
    book = transferred(Status.DELIVERED, *BOOK, received_at=TRANSFER_DUE)
    assert counted(laid_open(case(), transfer=book)).transfer == CountedTransfer(
        TRANSFER_DUE, is_in_time=True
    )
    late = (BOOK[0], ("transferred", TRANSFER_DUE + TICK))
    book = transferred(Status.DELIVERED, *late, received_at=TRANSFER_DUE + TICK)
    found = counted(laid_open(case(), transfer=book)).transfer
    assert found is not None
    assert not found.is_in_time


def test_transfer_whose_approval_nobody_dated_is_not_in_time() -> None:
    book = transferred(Status.DELIVERED, BOOK[1])
    found = counted(laid_open(case(), transfer=book)).transfer
    assert found is not None
    assert not found.is_in_time


def test_what_was_reported_of_a_transfer_in_our_own_book() -> None:
    accepted = ("accepted", APPROVED)
    book = transferred(
        Status.FILED,
        *BOOK,
        accepted,
        ("filed", DECISION_DUE),
        accepted=APPROVED,
        filed=DECISION_DUE,
    )
    found = counted(laid_open(case(), transfer=book)).transfer
    assert found is not None
    assert (found.is_accepted, found.is_filed, found.is_decided_in_time) == (True, True, True)
    assert not found.is_reconsideration_requested
    changed = transferred(
        Status.FILED,
        *BOOK,
        accepted,
        ("not_filed", DECISION_DUE + TICK),
        reconsideration_requested=NOW,
        reconsidered_changed=NOW,
    )
    found = counted(laid_open(case(), transfer=changed)).transfer
    assert found is not None
    assert (found.is_filed, found.is_decided_in_time) == (True, False)
    assert found.is_reconsideration_requested
    assert found.is_reconsideration_changed


@pytest.mark.parametrize("status", [Status.HELD_BELOW_THRESHOLD, Status.WITHDRAWN])
def test_transfer_that_never_left_is_counted_by_the_agencys_word(status: Status) -> None:
    held = transferred(status)
    assert counted(laid_open(case(), transfer=held)).transfer is None
    record = case(transfer={"transferred_at": APPROVED.isoformat()})
    assert counted(laid_open(record, transfer=held)).transfer == CountedTransfer(APPROVED)


def test_transfer_that_the_agency_never_made_is_none() -> None:
    assert stated(decision="refused") is None
    assert stated() is None


@pytest.mark.parametrize(
    ("told", "in_time"),
    [
        ({"decision": "approved", "decided_at": APPROVED}, True),
        ({"decision": "approved", "decided_at": APPROVED - timedelta(hours=1)}, False),
        ({"decision": "approved"}, False),
        ({"decided_at": APPROVED}, False),
        ({}, False),
    ],
)
def test_transfer_by_the_agencys_word_is_in_time_of_the_approval(
    told: dict[str, Any], *, in_time: bool
) -> None:
    found = stated(transferred_at=TRANSFER_DUE, **told)
    assert found is not None
    assert found.is_in_time is in_time


@pytest.mark.parametrize("decision", ["filed_at", "not_filed_at"])
def test_decision_by_the_agencys_word_is_in_time_of_the_acceptance(decision: str) -> None:
    for accepted, decided, in_time in (
        (APPROVED, DECISION_DUE, True),
        (APPROVED, DECISION_DUE + TICK, False),
        (None, DECISION_DUE, False),
    ):
        told = {"accepted_at": accepted} if accepted else {}
        found = stated(transferred_at=APPROVED, **told, **{decision: decided})
        assert found is not None
        assert found.is_decided_in_time is in_time
        assert found.is_filed is (decision == "filed_at")
        assert found.is_accepted is (accepted is not None)


def test_refusal_that_was_changed_is_timed_by_the_first_decision() -> None:
    found = stated(
        transferred_at=APPROVED,
        accepted_at=APPROVED,
        not_filed_at=DECISION_DUE,
        filed_at=NOW,
        reconsideration_requested_at=DECISION_DUE,
        reconsideration_changed=True,
        prosecuted_on="2026-11",
        convicted_on="2026-11-20",
    )
    assert found == CountedTransfer(
        APPROVED,
        is_accepted=True,
        is_decided_in_time=True,
        is_filed=True,
        is_prosecuted=True,
        is_convicted=True,
        is_reconsideration_requested=True,
        is_reconsideration_changed=True,
    )


@pytest.mark.parametrize("later", [timedelta(days=1), timedelta(days=400)])
def test_nothing_that_is_counted_depends_on_now(later: timedelta) -> None:
    files = [
        laid_open(case(facts=sold(60_000), transfer={"transferred_at": APPROVED.isoformat()})),
        laid_open(case(), transfer=transferred(Status.DELIVERED, *BOOK)),
        laid_open(case(facts={}, penalty=None)),
        by_transfer_alone(transferred()),
    ]
    for file in files:
        assert counted(file) == counted(file, now=NOW + later)


def test_entry_of_a_time_without_a_clock_is_not_in_time() -> None:
    """T18 begins in 2021: nobody can have kept it in 2020."""
    told = {"kinds": ["罚款"], "decided_on": "2020-05-01", "amount": 100}
    old = laid_open(case(penalty=told, entered_at="2020-05-02T10:00:00+08:00"))
    assert not counted(old).is_entered_in_time
