"""The register: which version is the later one, when a decision was entered, and where a case belongs."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.case_record import CaseRecord, RecordResult
from service.domain.case_files import CaseKey
from service.domain.register import BUCKETS, bucket_of, entry_of, result_of
from tests.support.case_files import by_transfer_alone, laid_open, transferred
from tests.support.packets import NOW
from tests.support.register import case, day

EARLY, LATE = NOW - timedelta(days=2), NOW - timedelta(days=1)


def version(at: datetime | None) -> CaseRecord:
    return CaseRecord.model_validate(case(recorded_at=at and at.isoformat()))


@pytest.mark.parametrize(
    ("arriving", "stored", "replaced", "expected"),
    [
        (LATE, EARLY, False, RecordResult.REPLACED),
        (EARLY, LATE, False, RecordResult.STALE),
        (EARLY, EARLY, False, RecordResult.REPLACED),
        (None, EARLY, False, RecordResult.REPLACED),
        (EARLY, None, False, RecordResult.REPLACED),
        (None, None, False, RecordResult.REPLACED),
        (LATE, EARLY, True, RecordResult.STALE),
        (None, None, True, RecordResult.STALE),
    ],
)
def test_agencys_own_time_decides_else_the_later_arrival(
    arriving: datetime | None,
    stored: datetime | None,
    *,
    replaced: bool,
    expected: RecordResult,
) -> None:
    result = result_of("new", version(arriving), "old", stored, was_replaced=replaced)
    assert result is expected


@pytest.mark.parametrize("replaced", [True, False])
def test_unknown_case_is_stored_and_the_same_version_is_unchanged(*, replaced: bool) -> None:
    stored = result_of("new", version(None), None, None, was_replaced=replaced)
    same = result_of("one", version(EARLY), "one", LATE, was_replaced=replaced)
    assert (stored, same) == (RecordResult.STORED, RecordResult.UNCHANGED)


versions = st.lists(
    st.tuples(st.integers(0, 4), st.none() | st.integers(0, 3)), min_size=1, max_size=8
)


@given(versions)
def test_reading_the_same_export_again_changes_nothing(
    export: list[tuple[int, int | None]],
) -> None:
    """Whatever times it states, and however often a case stands in it."""
    front: tuple[str, datetime | None] | None = None
    behind: set[str] = set()

    def read() -> None:
        nonlocal front
        for content, recorded in export:
            at = None if recorded is None else NOW + timedelta(days=recorded)
            digest = f"{content}/{recorded}"
            stored_digest, stored_at = front or (None, None)
            result = result_of(
                digest, version(at), stored_digest, stored_at, was_replaced=digest in behind
            )
            if result in (RecordResult.STORED, RecordResult.REPLACED):
                behind.update({stored_digest} if stored_digest else ())
                front = (digest, at)
            elif result is RecordResult.STALE:
                behind.add(digest)

    read()
    before = front, set(behind)
    read()
    assert (front, behind) == before


CONNECTED = NOW - timedelta(days=30)


@pytest.mark.parametrize(
    ("decided", "stated", "arrived", "expected"),
    [
        # what came to a predecessor before the connection is the agency's to say
        (day(60), NOW - timedelta(days=55), NOW, NOW - timedelta(days=55)),
        (day(60), CONNECTED, NOW, CONNECTED),
        (day(60), None, NOW, None),
        # after the connection our own arrival is proved, whatever is stated
        (day(20), NOW - timedelta(days=19), NOW, NOW),
        (day(20), None, NOW, NOW),
        (day(30), None, NOW, NOW),
        (day(60), NOW - timedelta(days=5), NOW, NOW),
        (None, None, NOW, NOW),
    ],
)
def test_entry_is_proved_by_our_arrival_or_told_of_a_predecessor(
    decided: str | None, stated: datetime | None, arrived: datetime, expected: datetime | None
) -> None:
    penalty = {"kinds": ["罚款"], "decided_on": decided} if decided else None
    record = case(penalty=penalty, entered_at=stated and stated.isoformat())
    assert entry_of(laid_open(record), arrived, CONNECTED) == expected


def test_entry_of_what_no_register_told_is_our_own() -> None:
    assert entry_of(by_transfer_alone(transferred()), NOW, CONNECTED) == NOW


keys = st.builds(CaseKey, st.text(max_size=20), st.text(max_size=40))
hashes = st.none() | st.binary(min_size=32, max_size=32)


@given(keys, hashes)
def test_bucket_is_in_range_and_the_same_each_time(key: CaseKey, party: bytes | None) -> None:
    assert 0 <= bucket_of(key, party) < BUCKETS
    assert bucket_of(key, party) == bucket_of(CaseKey(*key), party)


@given(keys, keys, st.binary(min_size=32, max_size=32))
def test_cases_of_one_party_share_a_bucket(one: CaseKey, other: CaseKey, party: bytes) -> None:
    assert bucket_of(one, party) == bucket_of(other, party)


def test_buckets_are_the_same_in_every_release() -> None:
    """They are stored: another way of counting them would take a party's cases apart."""
    assert bucket_of(CaseKey("11339921900000006G", "示案〔2026〕1号"), None) == 500
    assert bucket_of(CaseKey("a", "b"), bytes([1, 2]) + bytes(30)) == 258
    assert bucket_of(CaseKey("a", "b"), b"\xff" * 32) == 1023


def test_cases_of_nobody_are_spread() -> None:
    found = {bucket_of(CaseKey("agency", str(number)), None) for number in range(2000)}
    assert len(found) > 800
