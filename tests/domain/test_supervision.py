"""The life of a letter to an agency: whose move, which clock, what counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from contracts import calendar, clocks
from contracts.supervision import OPINIONS, OutcomeResult, ReplyResult, SupervisionKind
from service.domain.deadlines import Context, State
from service.domain.errors import IllegalMoveError
from service.domain.supervision import (
    NEXT,
    WHOSE_MOVE,
    SupervisionState,
    SupervisionStatus,
    clock_of,
    closed,
    counted_of,
    delivered,
    escalated,
    may_ask_for,
    recomputed,
    replied,
    reply_clock,
    standing_of,
)

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
CONTEXT = Context(clocks.load(), calendar.load(), "market_supervision", "33")
ECOLOGY = CONTEXT._replace(sector="ecology")
LETTERS = [kind for kind in SupervisionKind if kind.is_letter]


def issued(
    kind: SupervisionKind = SupervisionKind.TRANSFER_OPINION, reply_by: datetime | None = None
) -> SupervisionState:
    return SupervisionState(
        id=UUID(int=1),
        office_code="P" * 18,
        letter_id="letter-1",
        kind=kind,
        agency_code="A" * 18,
        case_number="1",
        lead_ids=(),
        division="330106",
        sector="market_supervision",
        document_number=None,
        issued_at=NOW,
        received_at=NOW,
        reply_by=reply_by,
        digest="sha-256:0",
        status=SupervisionStatus.ISSUED,
        move=1,
        give_up_at=NOW + timedelta(days=3),
    )


def taken(kind: SupervisionKind = SupervisionKind.TRANSFER_OPINION) -> SupervisionState:
    return delivered(issued(kind), NOW, CONTEXT)


def test_every_status_has_its_moves_and_its_words() -> None:
    assert NEXT.keys() == WHOSE_MOVE.keys() == set(SupervisionStatus)


@pytest.mark.parametrize(("before", "after"), [*product(SupervisionStatus, SupervisionStatus)])
def test_move_outside_the_table_is_refused(
    before: SupervisionStatus, after: SupervisionStatus
) -> None:
    state = replace(issued(), status=before)
    if after in NEXT[before]:
        assert state.advance(after).move == 2
    else:
        with pytest.raises(IllegalMoveError):
            state.advance(after)


@pytest.mark.parametrize(
    ("kind", "clock"),
    [
        (SupervisionKind.REASONS_DEMAND, "R01"),
        (SupervisionKind.TRANSFER_OPINION, "T15"),
        (SupervisionKind.PENALTY_OPINION, "T17"),
        (SupervisionKind.SUPERVISORY_LETTER, "S27"),
        (SupervisionKind.SUPERVISION_OPINION, "S28"),
        (SupervisionKind.SUPERVISION_DECISION, "S29"),
    ],
)
def test_each_letter_runs_under_its_clock(kind: SupervisionKind, clock: str) -> None:
    state = taken(kind)
    assert state.deadline is not None
    assert (state.deadline.clock.id, state.deadline.starts_at) == (clock, NOW)
    assert state.escalation.next_at == state.deadline.due_at


def test_ecology_has_its_own_days() -> None:
    found = clock_of(SupervisionKind.TRANSFER_OPINION, NOW, ECOLOGY)
    assert found is not None
    assert found.id == "T15-ecology"


def test_letter_that_no_law_knew_yet_runs_under_no_clock() -> None:
    before_the_law = datetime(2025, 6, 1, tzinfo=UTC)
    kind = SupervisionKind.SUPERVISORY_LETTER
    state = delivered(issued(kind), before_the_law, CONTEXT)
    assert (state.deadline, state.escalation.next_at) == (None, None)
    assert may_ask_for(kind, NOW, before_the_law, CONTEXT)
    assert standing_of(state, NOW + timedelta(days=900)) == "open"
    assert replied(state, ReplyResult.EXPLAINED, NOW).deadline is None
    assert closed(state, OutcomeResult.ADOPTED, NOW).deadline is None


def test_date_of_the_letter_binds_only_where_the_law_leaves_it_to_the_letter() -> None:
    by = NOW + timedelta(days=40)
    kind = SupervisionKind.TRANSFER_OPINION
    asked = reply_clock(kind, NOW, by, CONTEXT)
    fixed = reply_clock(kind, NOW, NOW + timedelta(days=1), ECOLOGY)
    plain = reply_clock(kind, NOW, None, ECOLOGY)
    past = reply_clock(kind, NOW, NOW, CONTEXT)
    assert asked is not None
    assert asked.due_at == asked.strict_due_at == by
    assert fixed == plain
    assert past == reply_clock(kind, NOW, None, CONTEXT)


def test_letter_may_not_lengthen_what_the_law_fixes() -> None:
    kind = SupervisionKind.TRANSFER_OPINION
    assert may_ask_for(kind, NOW + timedelta(days=400), NOW, CONTEXT)
    assert may_ask_for(kind, NOW + timedelta(days=1), NOW, ECOLOGY)
    assert not may_ask_for(kind, NOW + timedelta(days=30), NOW, ECOLOGY)


def test_delivery_happens_once() -> None:
    with pytest.raises(IllegalMoveError):
        delivered(taken(), NOW, CONTEXT)


def test_first_reply_meets_the_clock_and_later_ones_leave_it() -> None:
    first = replied(taken(), ReplyResult.WILL_TRANSFER, NOW + timedelta(days=1))
    second = replied(first, ReplyResult.TRANSFERRED, NOW + timedelta(days=2))
    assert first.deadline is not None
    assert second.deadline == first.deadline
    assert first.deadline.state(NOW + timedelta(days=99)) is State.MET
    assert (second.reply, second.replied_at) == (ReplyResult.TRANSFERRED, first.replied_at)
    assert second.move == first.move


def test_outcome_voids_a_clock_that_runs_and_leaves_one_that_was_met() -> None:
    open_one = closed(taken(), OutcomeResult.WITHDRAWN, NOW + timedelta(days=1))
    met = closed(replied(taken(), ReplyResult.EXPLAINED, NOW), OutcomeResult.ADOPTED, NOW)
    assert open_one.deadline is not None
    assert met.deadline is not None
    assert open_one.deadline.state(NOW) is State.VOID
    assert met.deadline.state(NOW) is State.MET
    assert closed(issued(), OutcomeResult.WITHDRAWN, NOW).deadline is None


def test_escalation_gives_the_level_above_the_same_time_again() -> None:
    late = NOW + timedelta(days=20)
    once = escalated(taken(), "C" * 18, late, CONTEXT)
    assert (once.escalation.times, once.escalation.to, once.escalation.at) == (1, "C" * 18, late)
    again = reply_clock(once.kind, late, None, CONTEXT)
    assert again is not None
    assert once.escalation.next_at == again.due_at
    last = escalated(once, None, late, CONTEXT)
    assert (last.escalation.times, last.escalation.to) == (2, "C" * 18)
    assert last.escalation.next_at is None
    assert last.status is SupervisionStatus.DELIVERED


def test_another_date_moves_the_first_period_only() -> None:
    state = taken()
    assert state.deadline is not None
    later = state.deadline._replace(due_at=state.deadline.due_at + timedelta(days=3))
    assert recomputed(state, later).escalation.next_at == later.due_at
    above = escalated(state, "C" * 18, NOW + timedelta(days=20), CONTEXT)
    assert recomputed(above, later).escalation == above.escalation


@pytest.mark.parametrize("kind", LETTERS)
def test_opinions_alone_are_counted(kind: SupervisionKind) -> None:
    assert counted_of(issued(kind)) == (["2026-11/opinions_issued"] if kind in OPINIONS else [])


def test_month_is_that_of_the_issue_in_china() -> None:
    at_midnight = replace(issued(), issued_at=datetime(2026, 10, 31, 16, 30, tzinfo=UTC))
    assert counted_of(at_midnight) == ["2026-11/opinions_issued"]


def names(state: SupervisionState) -> set[str]:
    return {one.partition("/")[2] for one in counted_of(state)} - {"opinions_issued"}


def test_opinion_to_transfer_is_adopted_by_the_transfer_or_by_its_office() -> None:
    state = taken()
    assert names(replied(state, ReplyResult.TRANSFERRED, NOW)) == {"opinions_replied"}
    assert names(replace(state, followed_at=NOW)) == {"opinions_adopted"}
    assert names(closed(state, OutcomeResult.ADOPTED, NOW)) == {"opinions_adopted"}
    assert names(closed(state, OutcomeResult.NOT_ADOPTED, NOW)) == set()


def test_opinion_to_penalise_is_adopted_by_the_penalty() -> None:
    state = taken(SupervisionKind.PENALTY_OPINION)
    penalised = replied(state, ReplyResult.PENALISED, NOW)
    adopted = {"opinions_replied", "opinions_adopted", "penalties_after_opinion"}
    assert names(penalised) == adopted
    assert names(replied(taken(), ReplyResult.PENALISED, NOW)) == {"opinions_replied"}
    assert names(replace(state, followed_at=NOW)) == set()


def test_standing_is_computed() -> None:
    state = taken()
    assert state.deadline is not None
    due_at = state.deadline.due_at
    assert standing_of(issued(), NOW) == "waiting"
    assert standing_of(issued().advance(SupervisionStatus.UNDELIVERABLE), NOW) == "waiting"
    assert standing_of(state, due_at) == "open"
    assert standing_of(state, due_at + timedelta(seconds=1)) == "overdue"
    assert standing_of(replied(state, ReplyResult.EXPLAINED, NOW), NOW) == "replied"
    assert standing_of(closed(state, OutcomeResult.ADOPTED, NOW), NOW) == "closed"


def test_law_begins_with_the_day_in_china() -> None:
    kind, midnight = SupervisionKind.SUPERVISORY_LETTER, datetime(2026, 1, 31, 16, tzinfo=UTC)
    first = clock_of(kind, midnight, CONTEXT)
    assert first is not None
    assert first.id == "S27"
    assert clock_of(kind, midnight - timedelta(seconds=1), CONTEXT) is None


def test_letter_may_ask_for_the_very_date_of_the_law() -> None:
    kind = SupervisionKind.TRANSFER_OPINION
    law = reply_clock(kind, NOW, None, ECOLOGY)
    assert law is not None
    assert may_ask_for(kind, law.due_at, NOW, ECOLOGY)
    assert not may_ask_for(kind, law.due_at + timedelta(microseconds=1), NOW, ECOLOGY)


def test_reply_before_the_clock_meets_it_at_its_start() -> None:
    after = replied(taken(), ReplyResult.EXPLAINED, NOW - timedelta(minutes=1))
    assert after.deadline is not None
    assert after.deadline.met_at == after.deadline.starts_at


def test_outcome_before_the_clock_voids_it_at_its_start() -> None:
    after = closed(taken(), OutcomeResult.ADOPTED, NOW - timedelta(minutes=1))
    assert after.deadline is not None
    assert after.deadline.voided_at == after.deadline.starts_at
