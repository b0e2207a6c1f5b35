"""Leads: the table of their moves, what a look does to each, and what their fingerprints and scores rest on."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import detectors
from contracts.detectors import Detector, Signal
from service.domain.errors import IllegalMoveError
from service.domain.leads import (
    NEXT,
    Change,
    Lead,
    LeadClock,
    LeadStatus,
    Raised,
    Suspicion,
    follow,
)
from service.domain.scoring import score_of
from tests.support.packets import NOW

LATER = NOW + timedelta(days=1)
CLOCK = LeadClock("T02", NOW - timedelta(days=9), NOW, NOW - timedelta(days=1))
SAME = Suspicion(Detector.X1, "CL-140", {"branch": "M01.B1"}, CLOCK)
MORE = SAME._replace(evidence={"branch": "M01.B2"})
SIGHT = Raised(UUID(int=7), "agency", "case", "339921", "market_supervision", 60, LATER)
ACTIVE = (LeadStatus.OPEN, LeadStatus.SUPERVISED)


def lead(status: LeadStatus = LeadStatus.OPEN) -> Lead:
    raised = follow(None, SAME, replace(SIGHT, at=NOW), is_transferred=False)
    assert raised is not None
    assert raised[1] is Change.RAISED
    reason = "测试" if status is LeadStatus.DISMISSED else None
    return replace(raised[0], status=status, reason=reason)


def test_first_suspicion_raises_a_lead() -> None:
    fresh = lead()
    assert (fresh.status, fresh.move, fresh.raised_at) == (LeadStatus.OPEN, 1, NOW)
    assert (fresh.id, fresh.score, fresh.clock) == (SIGHT.id, 60, CLOCK)
    assert fresh.fingerprint == SAME.fingerprint


def test_nothing_and_no_lead_stay_nothing() -> None:
    assert follow(None, None, SIGHT, is_transferred=True) is None


@pytest.mark.parametrize("to", LeadStatus)
@pytest.mark.parametrize("status", LeadStatus)
def test_every_move_is_in_the_table_or_refused(status: LeadStatus, to: LeadStatus) -> None:
    if to in NEXT[status]:
        moved = lead(status).advance(to, LATER, "理由")
        assert (moved.status, moved.move, moved.changed_at) == (to, 2, LATER)
        assert moved.reason == "理由"
    else:
        with pytest.raises(IllegalMoveError, match=f"{status.value} -> {to.value}"):
            lead(status).advance(to, LATER)


def test_table_has_every_status_and_none_moves_to_itself() -> None:
    assert {*NEXT} == {*LeadStatus}
    assert all(status not in moves for status, moves in NEXT.items())
    assert {one for one in LeadStatus if one.is_active} == {*ACTIVE}
    assert all(LeadStatus.OPEN in NEXT[one] for one in LeadStatus if one is not LeadStatus.OPEN)


@pytest.mark.parametrize("is_transferred", [True, False])
@pytest.mark.parametrize("status", LeadStatus)
def test_same_evidence(status: LeadStatus, *, is_transferred: bool) -> None:
    """What was dismissed stays so; what was closed opens again, for the facts bear it again."""
    result = follow(lead(status), SAME, SIGHT, is_transferred=is_transferred)
    if status in ACTIVE or status is LeadStatus.DISMISSED:
        assert result is None
    else:
        assert result is not None
        again, change = result
        assert (change, again.status, again.move) == (Change.REOPENED, LeadStatus.OPEN, 2)


@pytest.mark.parametrize("status", LeadStatus)
def test_other_evidence(status: LeadStatus) -> None:
    result = follow(lead(status), MORE, SIGHT, is_transferred=False)
    assert result is not None
    again, change = result
    assert again.fingerprint == MORE.fingerprint
    assert again.evidence == MORE.evidence
    if status in ACTIVE:
        assert (change, again.status, again.move) == (Change.CHANGED, status, 2)
    else:
        assert (change, again.status, again.move) == (Change.REOPENED, LeadStatus.OPEN, 2)
        assert again.reason is None


@pytest.mark.parametrize("is_transferred", [True, False])
@pytest.mark.parametrize("status", LeadStatus)
def test_no_suspicion_any_more(status: LeadStatus, *, is_transferred: bool) -> None:
    result = follow(lead(status), None, SIGHT, is_transferred=is_transferred)
    end = LeadStatus.TRANSFERRED if is_transferred else LeadStatus.RESOLVED
    ends = status in ACTIVE or (status is LeadStatus.DISMISSED and is_transferred)
    assert (result is not None) is ends
    if result is not None:
        closed, change = result
        assert (change, closed.status, closed.changed_at) == (Change.CLOSED, end, LATER)


@pytest.mark.parametrize("status", LeadStatus)
def test_other_date_or_score_alone_moves_nothing_and_is_kept(status: LeadStatus) -> None:
    moved = SAME._replace(clock=CLOCK._replace(due_at=LATER))
    result = follow(lead(status), moved, replace(SIGHT, score=77), is_transferred=False)
    assert result is not None
    again, change = result
    assert (again.score, again.clock) == (77, moved.clock)
    if status in (*ACTIVE, LeadStatus.DISMISSED):
        assert (change, again.status, again.move) == (Change.REDATED, status, 1)
        assert again.reason == lead(status).reason
        assert again.changed_at == NOW
    else:
        assert change is Change.REOPENED


def test_lead_is_the_same_one_for_ever() -> None:
    first = lead()
    for status in LeadStatus:
        result = follow(replace(first, status=status), MORE, SIGHT, is_transferred=False)
        assert result is not None
        assert (result[0].id, result[0].raised_at) == (first.id, first.raised_at)


def test_fingerprint_is_of_what_a_suspicion_rests_on() -> None:
    def moved(**changes: object) -> str:
        return SAME._replace(**changes).fingerprint

    assert moved(clock=None) == SAME.fingerprint
    assert moved(reach=2.0, is_doubtful=True, signals=(Signal.NO_REASON,)) == SAME.fingerprint
    others = {
        moved(evidence={}),
        moved(offence_code="CL-141"),
        moved(detector=Detector.X2),
        moved(evidence={"branch": "M01.B1", "numbers": []}),
        SAME.fingerprint,
    }
    assert len(others) == 5


def test_clock_is_overdue_after_its_last_moment() -> None:
    assert not CLOCK.is_overdue(CLOCK.due_at)
    assert CLOCK.is_overdue(CLOCK.due_at + timedelta.resolution)


TABLE = detectors.load()
reaches = st.none() | st.floats(0, 1e12, allow_nan=False)
suspicions = st.builds(
    SAME._replace,
    detector=st.sampled_from(Detector),
    reach=reaches,
    is_doubtful=st.booleans(),
    signals=st.lists(st.sampled_from(Signal)).map(tuple),
)


@given(suspicions)
def test_score_is_in_range(suspicion: Suspicion) -> None:
    assert 0 <= score_of(suspicion, TABLE) <= 100
    assert isinstance(score_of(suspicion, TABLE), int)


@given(suspicions, reaches, reaches)
def test_score_grows_with_the_reach(
    suspicion: Suspicion, one: float | None, other: float | None
) -> None:
    less, more = sorted((one or 0.0, other or 0.0))
    assert score_of(suspicion._replace(reach=less), TABLE) <= score_of(
        suspicion._replace(reach=more), TABLE
    )


@given(suspicions, st.sampled_from(Signal))
def test_score_grows_with_a_signal_and_counts_it_once(suspicion: Suspicion, signal: Signal) -> None:
    once = suspicion._replace(signals=(*suspicion.signals, signal))
    assert score_of(suspicion, TABLE) <= score_of(once, TABLE)
    assert score_of(once._replace(signals=(*once.signals, signal)), TABLE) == score_of(once, TABLE)


@given(suspicions)
def test_score_shrinks_with_a_doubt(suspicion: Suspicion) -> None:
    sure, doubtful = (suspicion._replace(is_doubtful=one) for one in (False, True))
    assert score_of(doubtful, TABLE) <= score_of(sure, TABLE)


@pytest.mark.parametrize(
    ("changes", "score"),
    [
        ({}, 60),
        ({"reach": 1.0}, 60),
        ({"reach": 2.0}, 70),
        ({"reach": 1e9}, 80),
        ({"is_doubtful": True}, 50),
        ({"signals": (Signal.REVIEW_SAID_TRANSFER, Signal.NO_REASON)}, 73),
        ({"detector": Detector.X6, "reach": 1e9, "signals": tuple(Signal)}, 100),
        ({"detector": Detector.X3, "is_doubtful": True}, 5),
    ],
)
def test_score_is_the_documented_sum(changes: dict[str, object], score: int) -> None:
    assert score_of(SAME._replace(**changes), TABLE) == score


def test_case_that_moved_takes_its_lead_along() -> None:
    elsewhere = replace(SIGHT, division="330102", sector="tax")
    moved = follow(lead(), SAME, elsewhere, is_transferred=False)
    assert moved is not None
    again, change = moved
    assert (change, again.division, again.sector) == (Change.REDATED, "330102", "tax")


def test_reach_below_the_limit_changes_no_score() -> None:
    table = detectors.load()
    assert score_of(SAME._replace(reach=0.8), table) == score_of(SAME, table)
