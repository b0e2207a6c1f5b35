"""The table of moves and the derived status: every path has an end, and every derived move is legal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.office import OfficeKind, Role
from contracts.report import ReportKind
from service.domain.errors import IllegalMoveError
from service.domain.transfer import (
    NEXT,
    DispatchStatus,
    Part,
    Status,
    check_move,
    check_story,
    status_of,
)
from service.domain.whose_move import WHOSE_MOVE

ENDS = {Status.CLOSED, Status.WITHDRAWN}


def parts(*statuses: DispatchStatus) -> list[Part]:
    return [Part(OfficeKind.PUBLIC_SECURITY, Role.PRINCIPAL, status) for status in statuses]


def test_every_status_stands_in_the_table() -> None:
    assert set(NEXT) == set(Status)


def test_only_the_ends_lead_nowhere() -> None:
    assert {status for status, after in NEXT.items() if not after} == ENDS


@pytest.mark.parametrize("status", sorted(set(Status) - ENDS))
def test_every_status_can_reach_an_end(status: Status) -> None:
    seen: set[Status] = set()
    front = {status}
    while front:
        seen |= front
        front = {after for one in front for after in NEXT[one]} - seen
    assert seen & ENDS


def test_staying_is_no_move_and_always_legal() -> None:
    for status in Status:
        check_move(status, status)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Status.CLOSED, Status.FILED),
        (Status.ACCEPTED, Status.WITHDRAWN),
        (Status.HELD_BELOW_THRESHOLD, Status.ACCEPTED),
        (Status.FILED, Status.DISPATCHING),
    ],
)
def test_illegal_moves_are_refused(before: Status, after: Status) -> None:
    with pytest.raises(IllegalMoveError, match=before.value):
        check_move(before, after)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("held", "held"), Status.HELD_BELOW_THRESHOLD),
        (("waiting", "acknowledged"), Status.DISPATCHING),
        (("waiting", "undeliverable"), Status.DISPATCHING),
        (("delivered", "undeliverable"), Status.UNDELIVERABLE),
        (("acknowledged", "refused"), Status.UNDELIVERABLE),
        (("delivered", "acknowledged"), Status.DELIVERED),
        (("acknowledged", "acknowledged"), Status.ACKNOWLEDGED),
        (("acknowledged", "recalled"), Status.ACKNOWLEDGED),
    ],
)
def test_status_on_the_way_says_whose_move_it_is(
    statuses: tuple[str, ...], expected: Status
) -> None:
    assert status_of(parts(*map(DispatchStatus, statuses)), ()) is expected


def test_decision_outweighs_a_copy_on_its_way() -> None:
    on_the_way = parts(DispatchStatus.ACKNOWLEDGED, DispatchStatus.WAITING)
    assert status_of(on_the_way, [ReportKind.ACCEPTED]) is Status.ACCEPTED


def test_last_word_decides_and_words_without_a_status_do_not() -> None:
    told = [ReportKind.ACCEPTED, ReportKind.NOT_FILED, ReportKind.RECONSIDERATION_REQUESTED]
    assert status_of(parts(DispatchStatus.ACKNOWLEDGED), told) is Status.NOT_FILED


def test_forwarded_case_is_for_its_addressees_to_say_whoever_had_accepted_it() -> None:
    on_the_way = parts(DispatchStatus.ACKNOWLEDGED, DispatchStatus.WAITING)
    told = [ReportKind.ACCEPTED, ReportKind.FORWARDED]
    assert status_of(on_the_way, told) is Status.DISPATCHING
    check_move(Status.ACCEPTED, Status.DISPATCHING)
    arrived = parts(DispatchStatus.ACKNOWLEDGED, DispatchStatus.ACKNOWLEDGED)
    assert status_of(arrived, [*told, ReportKind.ACCEPTED]) is Status.ACCEPTED


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("supplement_requested supplemented", Status.ACKNOWLEDGED),
        ("accepted supplement_requested supplemented", Status.ACCEPTED),
        ("accepted supplement_requested supplement_requested supplemented", Status.ACCEPTED),
        ("accepted supplemented", Status.ACCEPTED),
        ("filed supplemented", Status.FILED),
        ("supplement_requested accepted supplemented", Status.ACCEPTED),
        ("accepted supplement_requested forwarded supplemented", Status.ACKNOWLEDGED),
    ],
)
def test_supplement_brings_a_case_back_to_where_it_was_asked_for(
    told: str, expected: Status
) -> None:
    reports = [ReportKind(kind) for kind in told.split()]
    assert status_of(parts(DispatchStatus.ACKNOWLEDGED), reports) is expected


@pytest.mark.parametrize(
    "told",
    [
        "filed accepted",
        "not_filed accepted",
        "accepted closed accepted",
        "filed supplement_requested",
    ],
)
def test_story_has_no_move_that_there_is_not(told: str) -> None:
    with pytest.raises(IllegalMoveError):
        check_story(map(ReportKind, told.split()))


@pytest.mark.parametrize(
    "told",
    [
        *("", "accepted filed", "filed", "accepted notified not_filed reconsidered_upheld"),
        *("supplement_requested supplemented accepted filed case_withdrawn",),
        *("accepted not_filed reasons_demanded reasons_given filing_notified filed",),
        "accepted forwarded accepted filed",
    ],
)
def test_story_that_may_be_is_told(told: str) -> None:
    check_story(map(ReportKind, told.split()))


def test_superseded_transfer_is_withdrawn_whoever_answers_later() -> None:
    answered = parts(DispatchStatus.ACKNOWLEDGED)
    assert status_of(answered, [ReportKind.ACCEPTED], is_current=False) is Status.WITHDRAWN


@given(
    st.lists(st.sampled_from(list(DispatchStatus)), min_size=1, max_size=4),
    st.lists(st.sampled_from(list(ReportKind)), max_size=6),
)
def test_some_status_always_follows(statuses: list[DispatchStatus], told: list[ReportKind]) -> None:
    assert status_of(parts(*statuses), told) in Status


@given(st.lists(st.sampled_from(list(DispatchStatus)), min_size=1, max_size=4), st.randoms())
def test_order_of_addressees_does_not_matter(
    statuses: list[DispatchStatus], chance: object
) -> None:
    shuffled = list(statuses)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert status_of(parts(*statuses), ()) is status_of(parts(*shuffled), ())


def test_next_step_of_what_is_stuck_is_true_of_a_refusal_too() -> None:
    """Both leave a transfer undeliverable: no way to an office, and an office that signed a no."""
    stuck = [status for status in DispatchStatus if status.is_stuck]
    assert stuck == [DispatchStatus.REFUSED, DispatchStatus.UNDELIVERABLE]
    assert all(text in WHOSE_MOVE[Status.UNDELIVERABLE].zh for text in ("未能送达", "被拒收"))
