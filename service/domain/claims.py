"""Claims 领取: who works on what, until when, and what another is told who comes second.

A claim ends by itself when its lease does: nobody has to be called back from leave to give a case free.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from service.domain.errors import Refusal


class Subject(StrEnum):
    """What somebody at a desk works on."""

    TRANSFER = "transfer"
    LEAD = "lead"
    SUPERVISION = "supervision"


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody's claim on one thing of his office; `taken_from` is whom he took it over from."""

    office_code: str
    subject: Subject
    subject_id: UUID
    staff_id: UUID
    staff_name: str
    claimed_at: datetime
    lease_until: datetime
    taken_from: str | None = None

    def is_held(self, now: datetime) -> bool:
        return now < self.lease_until

    def is_of(self, staff_id: UUID) -> bool:
        return self.staff_id == staff_id


class ClaimedError(Refusal):
    """Another works on it: who, and since when, stands in `claim`."""

    def __init__(self, claim: Claim) -> None:
        super().__init__("claimed", f"since {claim.claimed_at.isoformat(timespec='seconds')}")
        self.claim = claim


def check_free(claim: Claim | None, staff_id: UUID, now: datetime) -> None:
    """Refuse where another's claim still runs; raises ClaimedError."""
    if claim is not None and claim.is_held(now) and not claim.is_of(staff_id):
        raise ClaimedError(claim)
