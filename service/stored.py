"""What is kept of a transfer, as a use case finds it or stores it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.office import OfficeKind, Role
from contracts.report import ReportKind
from service.domain.deadlines import Deadline
from service.domain.errors import IllegalMoveError
from service.domain.transfer import DispatchStatus, Part, Status, check_story


@dataclass(frozen=True, slots=True)
class Told:
    """A report as the status and the clocks need it; `office` told it."""

    kind: ReportKind
    happened_at: datetime
    received_at: datetime
    office: str


@dataclass(frozen=True, slots=True)
class TransferState:
    """A transfer locked for a move, with all that its status and its clocks follow from.

    `reports` stand in the order of what they tell; `offices` are the addressees by code.
    """

    id: UUID
    agency_code: str
    sector: str
    division: str
    status: Status
    move: int
    is_current: bool
    received_at: datetime
    parts: tuple[Part, ...]
    offices: Mapping[str, OfficeKind]
    reports: tuple[Told, ...]

    def story_with(self, told: Told) -> list[ReportKind]:
        """Give the reports with one more, in the order of what they tell; raises IllegalMoveError where that cannot be.

        What was contradictory before is not held against the new one.
        """
        story = [one.kind for one in sorted([*self.reports, told], key=_when)]
        if self._is_whole:
            check_story(story)
        return story

    @property
    def _is_whole(self) -> bool:
        try:
            check_story(one.kind for one in self.reports)
        except IllegalMoveError:
            return False
        return True


def _when(told: Told) -> tuple[datetime, datetime]:
    return told.happened_at, told.received_at


@dataclass(frozen=True, slots=True)
class Source:
    """What a dispatch is written from, beside the packet itself."""

    transfer_id: UUID
    packet_digest: str
    kid: str
    received_at: datetime
    flags: list[dict[str, Any]]
    rulebook_digest: str


@dataclass(frozen=True, slots=True)
class DispatchState:
    """A dispatch as an acknowledgement finds it."""

    id: UUID
    transfer_id: UUID
    agency_code: str
    office_code: str | None
    kind: OfficeKind
    role: Role
    status: DispatchStatus
    digest: str | None


@dataclass(frozen=True, slots=True)
class StoredDeadline:
    """A clock of a transfer, as it was stored."""

    id: UUID
    transfer_id: UUID
    agency_code: str
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as it is kept beside its signed bytes."""

    id: UUID
    report_id: str
    transfer_id: UUID
    office_code: str
    kind: ReportKind
    happened_at: datetime
    received_at: datetime
    digest: str
