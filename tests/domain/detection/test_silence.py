"""X8, X9, X10 and X11: clocks that ran out in silence, in our own book and in the agency's."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.detectors import Signal
from service.domain.case_files import CaseTransfer
from service.domain.detectors import Wait
from service.domain.leads import Suspicion
from service.domain.transfer import Status
from tests.support.case_files import (
    TICK,
    ask,
    by_transfer_alone,
    laid_open,
    look,
    strict_in,
    suspected,
    transferred,
)
from tests.support.deadlines import at
from tests.support.packets import NOW
from tests.support.register import case

SENT = at("2026-11-02 10:30")  # a Monday
RECEIPT_DUE = at("2026-11-03 11:00")
DECISION_DUE = at("2026-11-05 24:00")


def handed_over(*, sector: str | None = None, **stated: Any) -> dict[str, Any]:
    told = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in ({"transferred_at": SENT} | stated).items()
    }
    return case(transfer=told, sector=sector)


def in_our_book(**more: Any) -> CaseTransfer:
    return transferred(Status.DELIVERED, ("delivered_to_police", SENT), **more)


@pytest.mark.parametrize("record", [{}, {"transferred_at": SENT.isoformat()}])
def test_x8_waits_for_the_receipt_to_its_last_moment_by_our_own_book(
    record: dict[str, Any],
) -> None:
    file = laid_open(case(transfer=record), transfer=in_our_book())
    assert ask("X8", file, RECEIPT_DUE) == Wait(RECEIPT_DUE)
    late = suspected(ask("X8", file, RECEIPT_DUE + TICK))
    assert late.clock is not None
    assert (late.clock.clock, late.clock.due_at) == ("P01", RECEIPT_DUE)
    assert late.evidence["article"] == "D310 Art 7; D310 Art 17"


def test_x8_waits_for_the_receipt_by_the_agencys_record() -> None:
    file = laid_open(handed_over())
    assert ask("X8", file, RECEIPT_DUE) == Wait(RECEIPT_DUE)
    assert isinstance(ask("X8", file, RECEIPT_DUE + TICK), Suspicion)


def test_x8_counts_strictly_where_the_province_does() -> None:
    due = SENT + timedelta(hours=24)
    file = laid_open(handed_over())
    assert ask("X8", file, due, strict_in("33")) == Wait(due)
    assert isinstance(ask("X8", file, due + TICK, strict_in("33")), Suspicion)
    ours = laid_open(case(), transfer=in_our_book(by=strict_in("33")))
    assert isinstance(ask("X8", ours, due + TICK), Suspicion)


def test_x8_is_over_with_the_receipt_and_begins_anew_with_the_acceptance() -> None:
    received = ("acknowledged_by_police", SENT + timedelta(hours=1))
    acknowledged = transferred(Status.ACKNOWLEDGED, ("delivered_to_police", SENT), received)
    assert ask("X8", laid_open(case(), transfer=acknowledged)) is None
    accepted = transferred(
        Status.ACCEPTED, ("delivered_to_police", SENT), received, ("accepted", SENT)
    )
    file = laid_open(case(), transfer=accepted)
    due = at("2026-11-05 24:00")
    assert ask("X8", file, due) == Wait(due)
    late = suspected(ask("X8", file, due + TICK))
    assert late.clock is not None
    assert late.clock.clock == "T06a"


@pytest.mark.parametrize(
    ("sector", "clock", "due"),
    [
        (None, "T06a", DECISION_DUE),
        ("tax", "T06b", at("2026-11-12 24:00")),
        ("finance", "T06b", at("2026-11-12 24:00")),
        ("ecology", "T06c", at("2026-11-05 24:00")),
    ],
)
def test_x8_waits_for_the_decision_as_the_field_has_it(
    sector: str | None, clock: str, due: datetime
) -> None:
    file = laid_open(handed_over(accepted_at=SENT, sector=sector))
    assert ask("X8", file, due) == Wait(due)
    late = suspected(ask("X8", file, due + TICK))
    assert late.clock is not None
    assert late.clock.clock == clock


@pytest.mark.parametrize(
    "stated",
    [
        {"acknowledged_at": SENT},
        {"accepted_at": SENT, "filed_at": SENT},
        {"accepted_at": SENT, "not_filed_at": SENT},
        {"filed_at": SENT},
        {"transferred_at": None},
    ],
)
def test_x8_is_nothing_once_the_police_spoke_or_before_they_were_asked(
    stated: dict[str, Any],
) -> None:
    told = {name: value for name, value in stated.items() if value is not None}
    record = case(transfer={}) if "transferred_at" in stated else handed_over(**told)
    assert ask("X8", laid_open(record)) is None


@pytest.mark.parametrize(
    ("addressee", "holds"),
    [
        ("public_security", True),
        ("anti_smuggling", True),
        (None, True),
        ("supervision_commission", False),
        ("procuratorate", False),
    ],
)
def test_x8_is_of_transfers_to_the_police(addressee: str | None, *, holds: bool) -> None:
    """The clocks of D310 Art 7 and 8 bind the police, not a supervision commission."""
    stated = {"addressee": addressee} if addressee else {}
    answer = ask("X8", laid_open(handed_over(**stated)))
    assert isinstance(answer, Suspicion) is holds


@pytest.mark.parametrize("status", [Status.HELD_BELOW_THRESHOLD, Status.WITHDRAWN])
def test_x8_and_x9_follow_the_agencys_record_where_ours_never_left(status: Status) -> None:
    """A packet that we hold does not hide that the case went to the police by another way."""
    held = transferred(status)
    assert isinstance(ask("X8", laid_open(handed_over(), transfer=held)), Suspicion)
    assert ask("X8", laid_open(case(), transfer=held)) is None
    refused = handed_over(not_filed_at=SENT)
    assert isinstance(ask("X9", laid_open(refused, transfer=held)), Suspicion)
    assert ask("X9", laid_open(case(), transfer=held)) is None


CONTEST_DUE = at("2026-11-05 24:00")


def test_x9_waits_to_the_last_moment_of_the_right_by_our_own_book() -> None:
    refused = transferred(Status.NOT_FILED, ("not_filed", SENT))
    file = laid_open(case(), transfer=refused)
    assert ask("X9", file, CONTEST_DUE) == Wait(CONTEST_DUE)
    late = suspected(ask("X9", file, CONTEST_DUE + TICK))
    assert late.clock is not None
    assert late.clock.clock == "T08"
    assert late.evidence["clock"] == "T08"


@pytest.mark.parametrize(
    ("sector", "clock"), [(None, "T08"), ("ecology", "T08-ecology"), ("tax", "T08")]
)
def test_x9_waits_by_the_agencys_record_as_the_field_has_it(sector: str | None, clock: str) -> None:
    file = laid_open(handed_over(not_filed_at=SENT, sector=sector))
    assert ask("X9", file, CONTEST_DUE) == Wait(CONTEST_DUE)
    late = suspected(ask("X9", file, CONTEST_DUE + TICK))
    assert late.clock is not None
    assert late.clock.clock == clock


@pytest.mark.parametrize(
    "stated",
    [
        {"reconsideration_requested_at": SENT},
        {"supervision_suggested_at": SENT + timedelta(days=300)},
        {"filed_at": SENT},
    ],
)
def test_x9_is_nothing_once_it_was_contested_or_filed(stated: dict[str, Any]) -> None:
    assert ask("X9", laid_open(handed_over(not_filed_at=SENT, **stated))) is None
    assert ask("X9", laid_open(handed_over(filed_at=SENT))) is None
    assert ask("X9", laid_open(case(transfer={}))) is None
    assert ask("X9", laid_open(case())) is None


def test_x9_is_nothing_once_supervision_was_suggested_however_late() -> None:
    """The right to reconsideration lapses; supervision may still be suggested (D310 Art 9)."""
    refused = transferred(Status.NOT_FILED, ("not_filed", SENT), supervision_suggested=NOW)
    assert ask("X9", laid_open(case(), transfer=refused)) is None
    contested = transferred(
        Status.NOT_FILED, ("not_filed", SENT), ("reconsideration_requested", NOW)
    )
    assert ask("X9", laid_open(case(), transfer=contested)) is None


def handed_back(**changes: Any) -> dict[str, Any]:
    return case(reverse={"opinion_received_at": "2026-09-21T10:00:00+08:00"} | changes)


def test_x10_waits_two_months_for_a_reply() -> None:
    """2026-11-21 is a Saturday: it ends with the Monday."""
    due = at("2026-11-23 24:00")
    file = laid_open(handed_back())
    assert ask("X10", file, due) == Wait(due)
    late = suspected(ask("X10", file, due + TICK))
    assert late.clock is not None
    assert late.clock.clock == "T17"


def test_x10_is_nothing_once_there_is_a_reply_or_without_an_opinion() -> None:
    replied = handed_back(replied_at="2026-12-31T10:00:00+08:00")
    assert ask("X10", laid_open(replied), at("2027-03-01 00:00")) is None
    assert ask("X10", laid_open(case())) is None
    assert ask("X10", by_transfer_alone(transferred())) is None


def decided(on: str, entered: str | None, **changes: Any) -> dict[str, Any]:
    penalty = {"kinds": ["罚款"], "decided_on": on}
    return case(penalty=penalty, entered_at=entered, **changes)


@pytest.mark.parametrize(
    ("sector", "clock"), [(None, "T18"), ("ecology", "T18-ecology"), ("tax", "T18")]
)
def test_x11_is_an_entry_after_the_last_moment(sector: str | None, clock: str) -> None:
    """Seven days after a Tuesday, over the National Day: 2026-10-06 is off, 10-08 is worked."""
    due = at("2026-10-08 24:00")
    in_time = laid_open(decided("2026-09-29", due.isoformat(), sector=sector))
    late = laid_open(decided("2026-09-29", (due + TICK).isoformat(), sector=sector))
    assert not isinstance(ask("X11", in_time), Suspicion)
    suspicion = suspected(ask("X11", late))
    assert suspicion.clock is not None
    assert suspicion.clock.clock == clock
    assert suspicion.evidence == {"decided_on": "2026-09-29", "entered_on": "2026-10-09"}


def test_x11_of_what_nobody_decided_or_nobody_can_date_is_nothing() -> None:
    assert ask("X11", laid_open(case(penalty=None))) is None
    assert ask("X11", laid_open(decided("2026-09-29", None))) is None


def test_x11_times_the_entry_of_a_yes_or_no_to_a_transfer() -> None:
    stated = {"decision": "refused", "decided_at": "2026-09-29T23:59:00+08:00"}
    record = case(penalty=None, transfer=stated, entered_at="2026-10-10T09:00:00+08:00")
    assert suspected(ask("X11", laid_open(record))).evidence["decided_on"] == "2026-09-29"
    assert ask("X11", laid_open(case(penalty=None, transfer={}))) is None


def test_x11_is_looked_at_again_when_the_calendar_is_published() -> None:
    """Entered in time as far as anyone knows: a make-up day may yet end the clock earlier."""
    file = laid_open(decided("2027-01-29", "2027-02-09T10:00:00+08:00"))
    assert ask("X11", file) == Wait(None, provisional=True)
    [one] = look([file]).values()
    assert (one.look_at, one.is_provisional) == (None, True)


def test_x11_of_a_month_counts_from_its_last_day() -> None:
    assert ask("X11", laid_open(decided("2026-08", "2026-09-07T23:00:00+08:00"))) is None
    late = decided("2026-08", "2026-09-08T00:00:01+08:00")
    assert isinstance(ask("X11", laid_open(late)), Suspicion)


def test_x11_of_a_transfer_that_never_reached_the_register_waits_and_then_suspects() -> None:
    file = by_transfer_alone(transferred(received_at=at("2026-09-29 10:00")))
    due = at("2026-10-08 24:00")
    assert ask("X11", file, due) == Wait(due)
    late = suspected(ask("X11", file, due + TICK))
    assert late.clock is not None
    assert late.clock.clock == "T18"
    assert late.signals == ()


def test_x11_asks_no_register_of_an_agency_that_feeds_none() -> None:
    assert ask("X11", by_transfer_alone(transferred(), is_fed=False)) is None
    assert ask("X11", by_transfer_alone(None)) is None


def test_signals_of_silence_are_those_of_the_record() -> None:
    record = handed_over() | {"collective_discussion": {"opinion": "transfer"}}
    assert suspected(ask("X8", laid_open(record))).signals == (
        Signal.COLLECTIVE_DISCUSSION,
        Signal.REVIEW_SAID_TRANSFER,
    )
