"""X1, X2, X3, X6 and X7: what one case is suspected of by its own words."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from contracts import detectors
from contracts.calendar import Calendars, CalendarYear, Holiday, Notice
from contracts.causes import Cause
from contracts.detectors import Signal
from service.domain.detectors import ANSWERED_BY_TRANSFER, Wait
from service.domain.leads import Suspicion
from service.domain.transfer import Status
from tests.support.case_files import (
    TICK,
    YARDSTICKS,
    ask,
    by_transfer_alone,
    found,
    laid_open,
    look,
    open_questions,
    strict_in,
    suspected,
    transferred,
    under,
)
from tests.support.deadlines import at
from tests.support.packets import NOW
from tests.support.register import case, day, moment, sold
from tests.support.suspected import LAST, LOW, STRICT_LAST, met

# Established on the Tuesday before a National Day off to 10-07 and a Saturday 10-10 that is worked: the chief
# decides by 10-09, the agency transfers within the 24 hours after it.


def torn(facts: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in names}


SILENT_BY_TRANSFER = {
    "X1": met(),
    "X2": met(penalty={"kinds": ["罚款"], "decided_on": day(20)}),
    "X3": case(facts=sold(45_000)),
    "X6": met(transfer={"decision": "refused", "reason": "情节轻微"}),
}


@pytest.mark.parametrize(
    ("now", "is_waiting"), [(LAST - TICK, True), (LAST, True), (LAST + TICK, False)]
)
def test_x1_waits_up_to_the_last_moment_and_not_beyond(now: datetime, *, is_waiting: bool) -> None:
    answer = ask("X1", laid_open(met()), now)
    assert answer == Wait(LAST) if is_waiting else isinstance(answer, Suspicion)


@pytest.mark.parametrize(("amount", "is_met"), [(49_999.99, False), (50_000, True)])
def test_x1_holds_from_the_limit_itself(amount: float, *, is_met: bool) -> None:
    assert (ask("X1", laid_open(met(facts=sold(amount)))) is not None) is is_met


def test_x1_counts_strictly_where_the_province_does() -> None:
    strict = strict_in("33")
    file = laid_open(met())
    assert ask("X1", file, STRICT_LAST, strict) == Wait(STRICT_LAST)
    late = suspected(ask("X1", file, STRICT_LAST + TICK, strict))
    assert late.clock is not None
    assert late.clock.due_at == STRICT_LAST
    assert isinstance(ask("X1", file, LAST, strict_in("34")), Wait)


def test_x1_counts_from_the_approval_once_there_is_one() -> None:
    approved = at("2026-11-02 10:30")
    file = laid_open(met(transfer={"decision": "approved", "decided_at": approved.isoformat()}))
    due = at("2026-11-03 11:00")
    assert ask("X1", file, due) == Wait(due)
    late = suspected(ask("X1", file, due + TICK))
    assert late.clock is not None
    assert (late.clock.clock, late.clock.starts_at) == ("T02", approved)


def test_x1_counts_from_the_facts_where_nobody_says_when_the_chief_approved() -> None:
    file = laid_open(met(transfer={"decision": "approved"}))
    assert ask("X1", file, LAST) == Wait(LAST)


@pytest.mark.parametrize(
    ("changes", "first_day"),
    [
        ({"established_on": "2026-09"}, "2026-09-30"),
        (
            {"established_on": None, "penalty": {"kinds": ["罚款"], "decided_on": "2026-09"}},
            "2026-09-30",
        ),
        ({"established_on": None, "entered_at": "2026-09-30T15:59:00Z"}, "2026-09-30"),
        ({"established_on": None, "entered_at": "2026-09-29T16:00:00Z"}, "2026-09-30"),
    ],
)
def test_time_counts_from_the_facts_else_the_penalty_else_the_arrival(
    changes: dict[str, Any], first_day: str
) -> None:
    file = laid_open(met(**changes))
    assert file.established_on is not None
    assert file.established_on.isoformat() == first_day


def test_time_does_not_count_from_a_penalty_that_was_revoked() -> None:
    revoked = {"kinds": ["罚款"], "decided_on": "2026-09-01", "status": "revoked"}
    file = laid_open(met(established_on=None, penalty=revoked, entered_at="2026-09-30T02:00:00Z"))
    assert file.established_on is not None
    assert file.established_on.isoformat() == "2026-09-30"
    assert ask("X2", file) is None


def test_x1_over_a_holiday_waits_as_long_as_the_offices_are_closed() -> None:
    file = laid_open(met(established_on="2026-09-30"))
    assert isinstance(ask("X1", file, at("2026-10-08 12:00")), Wait)
    assert isinstance(ask("X1", file, at("2026-11-01 00:00")), Suspicion)


def test_x1_says_that_a_date_rests_on_a_calendar_that_nobody_published() -> None:
    file = laid_open(met(established_on="2027-02-03"))
    wait = ask("X1", file, at("2027-02-04 00:00"))
    assert isinstance(wait, Wait)
    assert wait.provisional
    [one] = look([file], at("2027-02-04 00:00")).values()
    assert (one.look_at, one.is_provisional) == (wait.until, True)
    late = suspected(ask("X1", file, wait.until + TICK))
    assert late.clock is not None
    assert late.clock.provisional
    [one] = look([file], wait.until + TICK).values()
    assert (one.look_at, one.is_provisional) == (None, True)


def test_published_calendar_moves_the_date_and_not_the_fingerprint() -> None:
    file = laid_open(met(established_on="2027-02-03"))
    published = under(with_a_longer_spring_festival())
    before = suspected(ask("X1", file, at("2027-03-01 00:00")))
    after = suspected(ask("X1", file, at("2027-03-01 00:00"), published))
    assert before.clock is not None
    assert after.clock is not None
    assert before.clock.due_at < after.clock.due_at
    assert (before.clock.provisional, after.clock.provisional) == (True, False)
    assert before.fingerprint == after.fingerprint


def with_a_longer_spring_festival() -> Calendars:
    notice = Notice(
        number="国办发明电〔2026〕0号",
        issued_on=date(2026, 11, 1),
        title="测试",
    )
    longer = Holiday(
        festival="春节",
        festival_en="Spring Festival",
        first=date(2027, 2, 5),
        last=date(2027, 2, 11),
        make_up_days=(date(2027, 2, 13),),
    )
    year = CalendarYear(year=2027, notice=notice, holidays=(longer,))
    return Calendars.of([*YARDSTICKS.calendars.years.values(), year])


@pytest.mark.parametrize("detector", SILENT_BY_TRANSFER)
def test_case_is_suspected(detector: str) -> None:
    assert isinstance(ask(detector, laid_open(SILENT_BY_TRANSFER[detector])), Suspicion)


@pytest.mark.parametrize("detector", SILENT_BY_TRANSFER)
def test_transfer_in_our_own_book_silences(detector: str) -> None:
    file = laid_open(SILENT_BY_TRANSFER[detector], transfer=transferred())
    assert ask(detector, file) is None


@pytest.mark.parametrize("detector", SILENT_BY_TRANSFER)
def test_transfer_in_the_agencys_record_silences(detector: str) -> None:
    record = SILENT_BY_TRANSFER[detector]
    stated = record.get("transfer", {}) | {"transferred_at": moment(3)}
    assert ask(detector, laid_open(record | {"transfer": stated})) is None


def test_detectors_that_a_transfer_answers_are_those_that_ask_for_one() -> None:
    """X4 and X5 stand in the tests of joining."""
    assert {one.value for one in ANSWERED_BY_TRANSFER} == {*SILENT_BY_TRANSFER, "X4", "X5"}
    assert detectors.load().never_transferred <= ANSWERED_BY_TRANSFER


@pytest.mark.parametrize("status", [Status.HELD_BELOW_THRESHOLD, Status.WITHDRAWN])
@pytest.mark.parametrize("detector", SILENT_BY_TRANSFER)
def test_transfer_that_never_left_silences_nothing(detector: str, status: Status) -> None:
    file = laid_open(SILENT_BY_TRANSFER[detector], transfer=transferred(status))
    assert isinstance(ask(detector, file), Suspicion)


@pytest.mark.parametrize(
    "status", [one for one in Status if one not in {Status.HELD_BELOW_THRESHOLD, Status.WITHDRAWN}]
)
def test_transfer_is_one_wherever_it_stands(status: Status) -> None:
    assert laid_open(met(), transfer=transferred(status)).transferred_at == NOW - timedelta(days=5)


@pytest.mark.parametrize("detector", ["X1", "X2", "X6"])
@pytest.mark.parametrize("missing", ["substandard_product", "sales_amount", "unsold_goods_value"])
def test_what_a_fact_left_out_makes_uncertain_is_undetermined_and_names_it(
    detector: str, missing: str
) -> None:
    record = SILENT_BY_TRANSFER[detector]
    facts = torn(sold(3_000), missing)
    suspicion = suspected(ask(detector, laid_open(record | {"facts": facts})))
    assert suspicion.missing == (missing,)
    assert not suspicion.is_certain
    assert suspicion.evidence == {}


def test_fact_that_is_not_needed_any_more_is_not_asked_for() -> None:
    facts = torn(sold(60_000), "unsold_goods_value")
    assert suspected(ask("X1", laid_open(met(facts=facts)))).is_certain


@pytest.mark.parametrize("transfer", [transferred(), None])
def test_undetermined_case_that_was_transferred_is_no_question(transfer: Any) -> None:
    stated = {"transferred_at": moment(3)} if transfer is None else {}
    file = laid_open(met(facts={}, transfer=stated), transfer=transfer)
    assert ask("X1", file) is None


def test_case_below_is_suspected_of_nothing() -> None:
    [one] = look([laid_open(case(established_on=day(20)))]).values()
    assert (found(one), open_questions(one), one.look_at) == ([], {}, None)
    assert one.own.conclusion == "below"


def test_case_that_nobody_can_judge_is_suspected_of_nothing() -> None:
    record = case(cause="占道经营", facts={}, established_on=day(20))
    [one] = look([laid_open(record)]).values()
    assert (one.own.conclusion, found(one), open_questions(one)) == ("unjudged", [], {})


def test_case_of_a_known_cause_without_a_finding_is_below() -> None:
    file = laid_open(case(facts={}, conduct={}))
    file = file._replace(cause=Cause(family="other", words=("测试",), offences=()))
    [one] = look([file]).values()
    assert one.own.conclusion == "below"


def test_offence_that_the_book_does_not_know_leaves_the_case_undetermined() -> None:
    record = case(cause="占道经营", facts={}, offences=[{"code": "CL-999"}])
    [one] = look([laid_open(record)]).values()
    assert (one.own.conclusion, one.own.offence_code) == ("undetermined", "CL-999")


def test_case_known_by_its_transfer_alone_is_not_judged() -> None:
    [one] = look([by_transfer_alone(transferred(), is_fed=False)]).values()
    assert (one.own.conclusion, found(one), one.look_at) == ("unjudged", [], None)


def test_x2_needs_no_clock_and_names_the_one_that_runs() -> None:
    """Whoever penalised has decided not to transfer: nothing is waited for."""
    fresh = met(
        established_on=day(1), penalty={"kinds": ["罚款"], "decided_on": day(1)}, facts=sold(60_000)
    )
    suspicion = suspected(ask("X2", laid_open(fresh)))
    assert suspicion.clock is not None
    assert suspicion.clock.due_at > NOW
    assert not suspicion.clock.is_overdue(NOW)
    assert suspicion.evidence["penalised_on"] == day(1)


@pytest.mark.parametrize(
    ("status", "holds"), [("effective", True), ("under_review", True), ("revoked", False)]
)
def test_x2_is_of_a_penalty_that_stands(status: str, *, holds: bool) -> None:
    penalty = {"kinds": ["罚款"], "decided_on": day(20), "status": status}
    assert (ask("X2", laid_open(met(penalty=penalty))) is not None) is holds


@pytest.mark.parametrize(
    ("amount", "is_near"), [(39_999.99, False), (40_000, True), (49_999, True), (50_000, False)]
)
def test_x3_holds_from_four_fifths_of_the_limit_up_to_it(amount: float, *, is_near: bool) -> None:
    answer = ask("X3", laid_open(case(facts=sold(amount))))
    assert (answer is not None) is is_near


@pytest.mark.parametrize(("reason", "signals"), [("情节轻微", ()), (None, (Signal.NO_REASON,))])
def test_x6_says_whether_the_chief_gave_a_reason_and_not_which(
    reason: str | None, signals: tuple[Signal, ...]
) -> None:
    stated = {"decision": "refused"} | ({"reason": reason} if reason else {})
    suspicion = suspected(ask("X6", laid_open(met(transfer=stated))))
    assert suspicion.evidence["reason_given"] is (reason is not None)
    assert "情节轻微" not in str(suspicion.evidence)
    assert tuple(one for one in suspicion.signals if one is Signal.NO_REASON) == signals


def test_x6_of_a_case_below_or_not_refused_is_nothing() -> None:
    assert ask("X6", laid_open(case(transfer={"decision": "refused"}))) is None
    assert ask("X6", laid_open(met(transfer={"decision": "approved"}))) is None
    assert ask("X6", laid_open(met())) is None


@pytest.mark.parametrize(
    ("amount", "changes", "holds"),
    [
        (45_000, {}, True),
        (60_000, {}, True),
        (30_000, {}, False),
        (45_000, {"amount": 5_000}, False),
        (45_000, {"mitigation": "主动消除危害后果"}, False),
        (45_000, {"amount": None}, False),
        (45_000, {"floor": None}, False),
    ],
)
def test_x7_is_a_fine_under_the_floor_without_a_reason_while_the_amount_is_high(
    amount: float, changes: dict[str, Any], *, holds: bool
) -> None:
    penalty = {name: value for name, value in (LOW | changes).items() if value is not None}
    answer = ask("X7", laid_open(case(facts=sold(amount), penalty=penalty)))
    assert (answer is not None) is holds
    if answer is not None:
        assert suspected(answer).evidence["fine"] == 4_999.99
        assert Signal.FINE_BELOW_FLOOR in suspected(answer).signals


def test_x7_without_a_penalty_or_a_record_is_nothing() -> None:
    assert ask("X7", laid_open(met())) is None
    revoked = met(penalty=LOW | {"status": "revoked"})
    assert ask("X7", laid_open(revoked)) is None
    assert Signal.FINE_BELOW_FLOOR not in suspected(ask("X1", laid_open(revoked))).signals
    assert ask("X7", by_transfer_alone(transferred())) is None


def test_file_without_a_day_to_count_from_is_suspected_without_a_clock() -> None:
    file = laid_open(met(established_on=None))._replace(arrived_at=None)
    assert suspected(ask("X1", file)).clock is None


def test_x6_counts_from_the_facts_whatever_the_day_of_the_refusal() -> None:
    stated = {"decision": "refused", "decided_at": at("2026-11-02 10:30").isoformat()}
    suspicion = suspected(ask("X6", laid_open(met(transfer=stated))))
    assert suspicion.clock is not None
    assert suspicion.clock.due_at == LAST
