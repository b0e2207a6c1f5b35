from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.deadlines import DeadlineChanges, Happened, State, react, react_all
from tests.support.deadlines import START, Life, at, context


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(KeyError):
        react("aproved", START, (), context())


def test_an_event_no_clock_listens_to_changes_nothing() -> None:
    assert react("opinion", START, (), context()) == DeadlineChanges()


def test_intake_meets_the_agencys_clocks_in_one_call() -> None:
    told = [
        Happened("report_to_chief", at("2026-09-21 10:00")),
        Happened("approved", at("2026-09-22 11:30")),
        Happened("transferred", at("2026-09-23 12:01")),
    ]
    changes = react_all(told, (), context())
    assert {d.clock.id: d.state(START) for d in changes.started} == {
        "T01": State.MET,
        "T02": State.MET_LATE,
    }
    assert (changes.met, changes.voided) == ((), ())


def test_a_packet_without_approval_time_voids_the_chiefs_clock() -> None:
    told = [Happened("report_to_chief", START), Happened("transferred", START + timedelta(days=9))]
    (deadline,) = react_all(told, (), context()).started
    assert deadline.state(START + timedelta(days=90)) is State.VOID


def test_a_filing_reaches_the_agency_when_we_receive_the_report() -> None:
    life = Life("ecology")
    life.tell("filed", at("2026-11-02 10:00"), received_at=at("2026-11-06 09:00"))
    (handover,), (notice,) = life.of("T11"), life.of("T07")
    assert handover.starts_at == at("2026-11-06 09:00")
    assert handover.due_at == at("2026-11-11 24:00")
    assert notice.state(START) is State.MET_LATE


def test_a_police_clock_that_runs_ahead_makes_no_breach() -> None:
    life = Life("ecology")
    life.tell("filed", at("2026-11-02 10:01"), received_at=at("2026-11-02 10:00"))
    assert life.of("T07")[0].state(at("2026-11-30 10:00")) is State.MET


def test_a_non_filing_gives_the_agency_its_right() -> None:
    life = Life()
    life.tell("not_filed", at("2026-11-02 10:00"))
    assert [deadline.clock.id for deadline in life.deadlines.values()] == ["T08"]


def test_filing_voids_what_was_only_conditional() -> None:
    life = Life()
    life.tell("accepted", at("2026-11-02 10:00"))
    changes = life.tell("filed", at("2026-11-02 15:00"))
    assert {deadline.clock.id for deadline in changes.voided} == {"T03", "T04"}
    assert {deadline.clock.id for deadline in changes.met} == {"T06a"}


def test_a_decision_told_before_the_acceptance_meets_its_clock() -> None:
    life = Life()
    life.tell("filed", at("2026-11-04 10:00"))
    life.tell("accepted", at("2026-11-02 10:00"))
    (decision,) = life.of("T06a")
    assert decision.met_at == at("2026-11-04 10:00")
    assert [deadline.state(START) for deadline in (*life.of("T03"), *life.of("T04"))] == [
        State.VOID
    ] * 2


def test_a_decision_dated_before_the_acceptance_leaves_no_clock_running() -> None:
    life = Life()
    life.tell("filed", at("2026-11-02 09:59"))
    life.tell("accepted", at("2026-11-02 10:00"))
    assert life.of("T06a")[0].met_at == at("2026-11-02 10:00")


def test_an_earlier_end_told_later_corrects_the_record() -> None:
    life = Life()
    life.tell("delivered_to_police", at("2026-11-02 10:00"))
    life.tell("accepted", at("2026-11-04 10:00"))
    assert life.of("P01")[0].state(START) is State.MET_LATE
    life.tell("acknowledged_by_police", at("2026-11-02 10:05"))
    assert life.of("P01")[0].state(START) is State.MET


def test_a_repeated_report_starts_nothing_twice() -> None:
    life = Life()
    life.tell("accepted", at("2026-11-02 10:00"))
    for moment in (at("2026-11-02 10:00"), at("2026-11-03 10:00")):
        assert life.tell("accepted", moment) == DeadlineChanges()


def test_a_repeated_decision_ends_nothing_twice() -> None:
    life = Life()
    life.tell("accepted", at("2026-11-02 10:00"))
    life.tell("filed", at("2026-11-03 10:00"))
    assert life.tell("filed", at("2026-11-03 10:00")) == DeadlineChanges()


def test_a_second_request_for_material_has_its_own_three_days() -> None:
    life = Life()
    life.tell("supplement_requested", at("2026-11-02 10:00"))
    life.tell("supplemented", at("2026-11-04 10:00"))
    life.tell("supplement_requested", at("2026-11-05 10:00"))
    first, second = life.of("T05")
    assert first.met_at == at("2026-11-04 10:00")
    assert second.is_open
    assert second.due_at == at("2026-11-09 24:00")


def test_a_forwarded_case_starts_anew_with_the_next_police() -> None:
    life = Life()
    life.tell("delivered_to_police", at("2026-11-02 10:00"))
    life.tell("accepted", at("2026-11-02 11:00"))
    changes = life.tell("forwarded", at("2026-11-03 09:00"))
    assert {deadline.clock.id for deadline in changes.met} == {"T03"}
    assert {deadline.clock.id for deadline in changes.voided} == {"T04", "T06a"}
    life.tell("delivered_to_police", at("2026-11-04 10:00"))
    assert [deadline.is_open for deadline in life.of("P01")] == [False, True]
    life.tell("accepted", at("2026-11-04 11:00"))
    assert [deadline.is_open for deadline in life.of("T06a")] == [False, True]
    assert [deadline.is_open for deadline in life.of("T03")] == [False, True]


def test_a_changed_reconsideration_asks_nothing_of_the_agency() -> None:
    life = Life()
    life.tell("reconsideration_requested", at("2026-11-02 10:00"))
    life.tell("reconsidered_changed", at("2026-11-04 10:00"))
    assert life.of("T09")[0].met_at == at("2026-11-04 10:00")
    life.tell("reconsideration_received", at("2026-11-04 11:00"))
    assert life.of("T10") == []


def test_an_upheld_reconsideration_starts_the_way_to_supervision() -> None:
    life = Life()
    life.tell("reconsideration_requested", at("2026-11-02 10:00"))
    life.tell("reconsidered_upheld", at("2026-11-04 10:00"), received_at=at("2026-11-05 08:00"))
    (supervision,) = life.of("T10")
    assert supervision.starts_at == at("2026-11-05 08:00")


def test_items_handed_over_with_the_case_meet_the_handover() -> None:
    life = Life()
    life.tell("items_handed_over", at("2026-11-02 10:00"))
    life.tell("filed", at("2026-11-04 10:00"))
    assert life.of("T11")[0].state(START) is State.MET


def test_a_withdrawn_criminal_case_needs_no_items_and_a_new_filing_does() -> None:
    life = Life()
    life.tell("filed", at("2026-11-02 10:00"))
    assert life.tell("case_withdrawn", at("2026-11-03 10:00")).voided == tuple(life.of("T11"))
    life.tell("filed", at("2026-11-10 10:00"))
    assert [deadline.is_open for deadline in life.of("T11")] == [False, True]


@pytest.mark.parametrize("event", ["closed", "withdrawn"])
def test_the_end_of_a_transfer_ends_every_clock(event: str) -> None:
    life = Life()
    life.tell("accepted", at("2026-11-02 10:00"))
    life.tell(event, at("2026-11-02 12:00"))
    life.tell("supplement_requested", at("2026-11-02 13:00"))
    assert {d.clock.family for d in life.deadlines.values()} == {"T03", "T04", "T05", "T06"}
    assert {d.state(at("2026-12-31 00:00")) for d in life.deadlines.values()} == {State.VOID}


def test_without_history_an_ended_clock_is_left_alone() -> None:
    """The open deadlines alone are enough for events told in order."""
    (decision,) = (
        d for d in react("accepted", START, (), context()).started if d.clock.id == "T06a"
    )
    changes = react("filed", START + timedelta(days=1), [decision], context())
    assert [deadline.key for deadline in changes.met] == [decision.key]
    assert react("filed", START + timedelta(days=2), changes.met, context()).met == ()


TOLD = [
    Happened("report_to_chief", at("2026-11-02 09:00")),
    Happened("approved", at("2026-11-03 09:00")),
    Happened("transferred", at("2026-11-03 15:00")),
    Happened("delivered_to_police", at("2026-11-03 15:01")),
    Happened("acknowledged_by_police", at("2026-11-03 15:02")),
    Happened("accepted", at("2026-11-04 09:00")),
    Happened("supplement_requested", at("2026-11-04 17:00")),
    Happened("supplemented", at("2026-11-05 17:00")),
    Happened("not_filed", at("2026-11-06 09:00"), at("2026-11-06 10:00")),
    Happened("reconsideration_requested", at("2026-11-09 09:00")),
    Happened("reconsideration_decided_upheld", at("2026-11-11 09:00"), at("2026-11-11 10:00")),
    Happened("supervision_suggested", at("2026-11-12 09:00")),
    Happened("reasons_demanded", at("2026-11-13 09:00")),
    Happened("reasons_given", at("2026-11-17 09:00")),
    Happened("filing_notified", at("2026-11-18 09:00")),
    Happened("filed", at("2026-11-20 09:00"), at("2026-11-20 11:00")),
    Happened("items_handed_over", at("2026-11-23 09:00")),
]


def lived(told: Iterable[Happened], sector: str) -> Life:
    life = Life(sector)
    for happened in told:
        life.tell(happened.event, happened.at, happened.received_at)
    return life


@settings(deadline=None)  # a busy machine proves nothing
@given(st.permutations(TOLD), st.sampled_from(["ecology", "tax", "market_supervision"]))
def test_the_order_in_which_events_are_told_does_not_matter(
    told: list[Happened], sector: str
) -> None:
    assert lived(told, sector).ends() == lived(TOLD, sector).ends()


def test_a_life_told_at_once_equals_one_told_step_by_step() -> None:
    at_once = react_all(TOLD, (), context("ecology"))
    assert {d.key: d for d in at_once.started} == lived(TOLD, "ecology").deadlines
