"""What the operator's page stands on, as `main` wired it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.findings import Finding
from service.delivery import Deliveries
from service.operations import Operations
from service.supervision_delivery import LetterDeliveries


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of ours or of an office; `where` says of which."""

    where: str
    subject: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Process:
    """What this process is."""

    version: str
    role: str
    python: str
    started_at: datetime
    platform_kid: str
    platform_algorithm: str
    serves_metrics: bool


@dataclass(frozen=True, slots=True)
class PlatformServices:
    """`examine` is the doctor, the same that the command line asks."""

    examine: Callable[[], Awaitable[Sequence[Finding]]]
    operations: Operations
    deliveries: Deliveries
    letters: LetterDeliveries
    certificates: Callable[[], Awaitable[Sequence[Certificate]]]
    process: Process
    breaker_after: int
    deliver_within: timedelta
