"""Outcomes and patience: silence is a third answer, and pauses grow to a limit."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.acknowledgement import Acknowledgement, AckResult
from contracts.document import parse
from service.domain.delivery import Answer, Outcome, Patience, outcome_of
from tests.support.chain import acknowledgement
from tests.support.packets import digest_of, payload_of

DIGEST = digest_of(b"ours")


def theirs(digest: str = DIGEST, result: str = "received") -> Acknowledgement:
    document = acknowledgement("d1", digest, "county-police", result=result, reason="理由")
    return parse(Acknowledgement, payload_of(document))


@pytest.mark.parametrize(
    ("answer", "acknowledged", "named", "outcome"),
    [
        (Answer(200), theirs(), None, Outcome.TAKEN),
        (Answer(500), theirs(), None, Outcome.TAKEN),
        (Answer(200), theirs(result="refused"), None, Outcome.REFUSED),
        (Answer(200), theirs(digest_of(b"other")), None, Outcome.UNKNOWN),
        (Answer(200), theirs(digest_of(b"other"), "refused"), None, Outcome.UNKNOWN),
        (Answer(202), None, DIGEST, Outcome.TAKEN),
        (Answer(202), None, digest_of(b"other"), Outcome.UNKNOWN),
        (Answer(202), None, None, Outcome.UNKNOWN),
        (Answer(400), None, DIGEST, Outcome.UNKNOWN),
        (Answer(problem="timed out"), None, None, Outcome.UNKNOWN),
    ],
)
def test_only_a_word_for_our_bytes_counts(
    answer: Answer, acknowledged: Acknowledgement | None, named: str | None, outcome: Outcome
) -> None:
    assert outcome_of(answer, acknowledged, DIGEST, named)[0] is outcome


def test_unknown_always_says_why() -> None:
    for answer in (Answer(200), Answer(503), Answer(problem="connection refused")):
        assert outcome_of(answer, None, DIGEST, None)[1]


def test_refusal_brings_their_reason() -> None:
    result = theirs(result=AckResult.REFUSED)
    assert outcome_of(Answer(200), result, DIGEST, None) == (Outcome.REFUSED, "理由")


@given(st.integers(-3, 500), st.floats(0, 1, exclude_max=True))
def test_pause_is_bounded_and_never_vanishes(failures: int, jitter: float) -> None:
    patience = Patience()
    pause = patience.pause(failures, jitter)
    assert patience.first_pause / 2 <= pause <= patience.longest_pause


@given(st.integers(0, 30))
def test_pause_never_shrinks_with_more_failures(failures: int) -> None:
    patience = Patience(first_pause=timedelta(seconds=2))
    assert patience.pause(failures, 0.0) <= patience.pause(failures + 1, 0.0)
