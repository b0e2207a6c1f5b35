"""What an attempt at sending was, what its answer means, and when to try again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from pydantic import BaseModel, ValidationError

from contracts.acknowledgement import Acknowledgement, AckResult
from contracts.document import Digest
from contracts.office import OfficeKind, Role
from service.domain.registry import Endpoint


class Outcome(StrEnum):
    """What we know after an attempt. Silence is a third answer, and no failure."""

    TAKEN = "taken"  # their signed acknowledgement, or their 2xx, covers our digest
    REFUSED = "refused"  # their signed, permanent no
    UNKNOWN = "unknown"  # silence, timeout, 5xx, an unsigned no, an answer for other bytes


class Parcel(Protocol):
    """What a courier knows of that which it carries; `noun` is what the recipient's system is told it is."""

    @property
    def id(self) -> UUID: ...
    @property
    def attempts(self) -> int: ...
    @property
    def noun(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ClaimedDispatch:
    """A dispatch under our lease: only who holds `claim` may settle it."""

    id: UUID
    transfer_id: UUID
    agency_code: str
    office_code: str
    kind: OfficeKind
    role: Role
    attempts: int
    claim: UUID
    due_at: datetime
    give_up_at: datetime
    digest: str | None
    failures: int
    endpoint: Endpoint

    @property
    def noun(self) -> str:
        return "Dispatch"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over the wire, as far as anything did; `problem` says what went wrong, if anything."""

    status: int | None = None
    content_type: str = ""
    body: bytes = b""
    retry_after: timedelta | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an attempt comes to: recorded in one transaction, if the claim is still ours."""

    dispatch: ClaimedDispatch
    outcome: Outcome
    at: datetime
    acknowledgement: Acknowledgement | None = None
    document: bytes | None = None
    http_status: int | None = None
    problem: str | None = None
    retry_after: timedelta | None = None


_SUCCESS = range(200, 300)


class _Named(BaseModel):
    """The unsigned answer of an office that has what we sent."""

    digest: Digest


def named_digest(answer: Answer) -> str | None:
    """Read the digest that an unsigned answer names; None for any other answer."""
    try:
        return _Named.model_validate_json(answer.body).digest
    except ValidationError:
        return None


def outcome_of(
    answer: Answer, acknowledgement: Acknowledgement | None, digest: str, named_digest: str | None
) -> tuple[Outcome, str | None]:
    """Judge an answer whose signature, if it had one, was verified before; the text says why it is UNKNOWN.

    `acknowledgement` is theirs, verified, or None; `named_digest` is the digest an unsigned 2xx names.
    """
    if acknowledgement is not None:
        if acknowledgement.dispatch_digest != digest:
            return Outcome.UNKNOWN, "the acknowledgement is for other bytes"
        if acknowledgement.result is AckResult.REFUSED:
            return Outcome.REFUSED, acknowledgement.reason
        return Outcome.TAKEN, None
    if answer.status in _SUCCESS and named_digest == digest:
        return Outcome.TAKEN, None
    if answer.status in _SUCCESS:
        return Outcome.UNKNOWN, answer.problem or "a 2xx that does not name our digest"
    return Outcome.UNKNOWN, answer.problem or f"status {answer.status}"


@dataclass(frozen=True, slots=True)
class Patience:
    """How an endpoint is treated that does not answer; the numbers are operations, not law."""

    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(minutes=10)
    breaker_after: int = 5

    def pause(self, failures: int, jitter: float) -> timedelta:
        """Exponential back-off; `jitter` in [0, 1) spreads replicas and endpoints over half the pause."""
        doubled: timedelta = self.first_pause * 2 ** max(0, min(failures, 20))
        return min(doubled, self.longest_pause) * (0.5 + jitter / 2)
