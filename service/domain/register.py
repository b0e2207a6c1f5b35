"""The register 行政案件登记: which version of a case is the later one, and when a platform first had it."""

from datetime import datetime
from hashlib import sha256

from contracts.case_record import CaseRecord, RecordResult
from service.domain.case_files import CaseFile, CaseKey
from service.domain.working_days import SHANGHAI

BUCKETS = 1024
"""Into so many parts the register is cut: a party is locked, and judged again, with its part."""


def bucket_of(key: CaseKey, party_hash: bytes | None) -> int:
    """The part of the register that a case belongs to: its party's, so that one party is never in two."""
    by = party_hash or sha256("/".join(key).encode()).digest()
    return int.from_bytes(by[:2]) % BUCKETS


def result_of(
    digest: str,
    record: CaseRecord,
    stored_digest: str | None,
    stored_at: datetime | None,
    *,
    was_replaced: bool,
) -> RecordResult:
    """Say what a version is to the one that we have; `stored_at` is the agency's time of that one.

    The agency's own time decides. Where it states none the later arrival is the later version, unless it
    is one that was replaced already: an export that is read again changes nothing.
    """
    if stored_digest is None:
        return RecordResult.STORED
    if digest == stored_digest:
        return RecordResult.UNCHANGED
    if was_replaced:
        return RecordResult.STALE
    if record.recorded_at is None or stored_at is None:
        return RecordResult.REPLACED
    return RecordResult.STALE if record.recorded_at < stored_at else RecordResult.REPLACED


def entry_of(file: CaseFile, arrived_at: datetime, connected_at: datetime) -> datetime | None:
    """When a platform first had the decision of a case; None where nobody can tell.

    Our own arrival is proved and counts. What is older than the agency's connection to us came to a
    predecessor, if to any, and of that only the agency can tell.
    """
    stated = file.record.entered_at if file.record else None
    if stated is not None and stated <= connected_at:
        return stated
    decided_on = file.decided_on
    if decided_on is None or decided_on >= connected_at.astimezone(SHANGHAI).date():
        return arrived_at
    return None if stated is None else arrived_at
