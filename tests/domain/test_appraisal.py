"""What a case adds to the figures, in which month, and what changes when the case does."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from contracts.appraisal import TALLIES
from contracts.detectors import Detector
from service.domain.appraisal import (
    Counted,
    CountedTransfer,
    contributions,
    differences,
    month_of,
    months_until,
    year_before,
)
from service.domain.leads import LeadStatus

AT = datetime(2026, 10, 31, 15, 59, tzinfo=UTC)  # a minute before November in China
BARE = Counted(date(2026, 9, 30), "below")
DECIDED = replace(BARE, decided_on=date(2026, 9, 30))


def names(case: Counted) -> set[str]:
    """The names that a case is counted under, those of its day aside."""
    found = {one.partition("/")[2] for one in contributions(case)}
    return {one for one in found if not one.rpartition(":")[2].isdigit()}


def of_transfer(**told: bool) -> set[str]:
    case = replace(BARE, transfer=CountedTransfer(AT, **told))
    return names(case) - {"conclusion:below", "transferred"}


def test_case_without_a_decision_adds_its_conclusion_alone() -> None:
    assert contributions(BARE) == ("2026-09/conclusion:below",)


def test_decision_whose_entry_nobody_knows_is_decided_and_not_entered() -> None:
    assert names(DECIDED) == {"conclusion:below", "decided"}


@pytest.mark.parametrize("in_time", [True, False])
def test_entry_counts_and_counts_again_when_it_was_in_time(*, in_time: bool) -> None:
    found = names(replace(DECIDED, entered_at=AT, is_entered_in_time=in_time))
    assert found - {"conclusion:below", "decided"} == {
        "entered",
        *(["entered_in_time"] if in_time else []),
    }


def test_entry_before_a_decision_is_no_entry_of_a_decision() -> None:
    assert names(replace(BARE, entered_at=AT, is_entered_in_time=True)) == {"conclusion:below"}


def test_penalty_that_stands_is_counted() -> None:
    assert names(replace(DECIDED, is_penalised=True)) == {
        "conclusion:below",
        "decided",
        "penalised",
    }


def test_case_that_meets_the_standard_by_itself_is_suspected() -> None:
    assert "suspected" in names(replace(BARE, conclusion="meets"))


@pytest.mark.parametrize(
    ("status", "suspected", "never_transferred"),
    [
        (LeadStatus.OPEN, True, True),
        (LeadStatus.SUPERVISED, True, True),
        (LeadStatus.TRANSFERRED, True, False),
        (LeadStatus.DISMISSED, False, False),
        (LeadStatus.RESOLVED, False, False),
    ],
)
def test_lead_of_joined_facts_makes_a_case_suspected_until_it_is_put_aside(
    status: LeadStatus, *, suspected: bool, never_transferred: bool
) -> None:
    found = names(replace(BARE, leads={Detector.X5: status}))
    assert ("suspected" in found) is suspected
    assert ("never_transferred" in found) is never_transferred
    assert ("lead:X5" in found) is status.is_active


def test_lead_of_a_late_entry_does_not_make_a_case_suspected() -> None:
    found = names(replace(BARE, leads={Detector.X11: LeadStatus.OPEN}))
    assert found == {"conclusion:below", "lead:X11"}


def test_case_with_two_leads_was_once_never_transferred() -> None:
    leads = {Detector.X2: LeadStatus.OPEN, Detector.X1: LeadStatus.OPEN}
    found = contributions(replace(BARE, leads=leads))
    assert found == (
        "2026-09/conclusion:below",
        "2026-09/suspected",
        "2026-09/lead:X1",
        "2026-09/lead:X2",
        "2026-09/never_transferred",
    )


def test_decision_counts_on_its_day_and_on_it_too_when_the_case_was_kept_back() -> None:
    assert contributions(DECIDED)[-1] == "2026-09/decided:30"
    kept = contributions(replace(DECIDED, leads={Detector.X2: LeadStatus.OPEN}))
    assert kept[-2:] == ("2026-09/decided:30", "2026-09/never_transferred:30")


def test_case_of_which_detectors_cannot_speak_is_undetermined() -> None:
    found = names(replace(BARE, conclusion="undetermined", has_undetermined=True))
    assert found == {"conclusion:undetermined", "undetermined"}


def test_filing_by_the_agency_counts_in_its_own_month() -> None:
    assert "2026-06/filed_cases" in contributions(replace(DECIDED, filed_on=date(2026, 6, 1)))


def test_transfer_counts_in_its_month_in_china() -> None:
    assert "2026-10/transferred" in contributions(replace(BARE, transfer=CountedTransfer(AT)))
    later = CountedTransfer(AT.replace(hour=16))
    assert "2026-11/transferred" in contributions(replace(BARE, transfer=later))


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ("is_in_time", {"transferred_in_time"}),
        ("is_accepted", {"accepted"}),
        ("is_decided_in_time", {"accepted", "decided_in_time"}),
        ("is_filed", {"accepted", "filed"}),
        ("is_prosecuted", {"accepted", "filed", "prosecuted"}),
        ("is_convicted", {"accepted", "filed", "prosecuted", "convicted"}),
        ("is_reconsideration_requested", {"reconsiderations_requested"}),
        (
            "is_reconsideration_changed",
            {"reconsiderations_requested", "reconsiderations_changed"},
        ),
    ],
)
def test_step_of_a_transfer_counts_with_those_that_it_implies(told: str, counted: set[str]) -> None:
    assert of_transfer(**{told: True}) == counted


def test_no_name_is_outside_the_vocabulary_and_none_is_said_twice() -> None:
    everything = Counted(
        month=date(2026, 9, 1),
        conclusion="meets",
        filed_on=date(2026, 9, 1),
        decided_on=date(2026, 9, 1),
        entered_at=AT,
        is_entered_in_time=True,
        is_penalised=True,
        leads=dict.fromkeys(Detector, LeadStatus.OPEN),
        has_undetermined=True,
        transfer=CountedTransfer(AT, *[True] * 8),
    )
    found = contributions(everything)
    assert len(found) == len({*found})
    states = {name for name in names(everything) if name not in TALLIES}
    assert states == {
        "conclusion:meets",
        "never_transferred",
        "undetermined",
        *(f"lead:{one}" for one in Detector),
    }
    of_letters = {one for one in TALLIES if "opinion" in one}
    assert names(everything) - states == {*TALLIES} - of_letters


def test_only_what_differs_is_applied() -> None:
    before = ("2026-09/decided", "2026-09/conclusion:near")
    after = ("2026-09/decided", "2026-09/conclusion:meets", "2026-10/transferred")
    september, october = date(2026, 9, 1), date(2026, 10, 1)
    assert differences("A", before, after) == {
        ("A", september, "conclusion:near"): -1,
        ("A", september, "conclusion:meets"): 1,
        ("A", october, "transferred"): 1,
    }
    assert differences("A", after, after) == {}


def test_months_run_over_the_turn_of_a_year() -> None:
    assert months_until(date(2026, 2, 28), 3) == [
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]
    assert year_before(date(2026, 2, 1)) == date(2025, 2, 1)


def test_month_is_read_from_its_text() -> None:
    assert month_of("2026-10") == date(2026, 10, 1)
    with pytest.raises(ValueError, match="month must be"):
        month_of("2026-13")
