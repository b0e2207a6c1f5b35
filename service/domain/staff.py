"""People at their desks: who somebody is, what he may do, and for which office."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from service.domain.access import Reader
from service.domain.registry import Office


class StaffRole(StrEnum):
    """What a person may do for an office; each comment says what that is."""

    REVIEWER = "reviewer"  # 承办人: works the queue and decides on cases
    CHIEF = "chief"  # 负责人: that too, and keeps the views of the office
    SUPERVISOR = "supervisor"  # 监督员: reads the board and acts on leads
    AUDITOR = "auditor"  # 审计员: reads everything of the office, and changes nothing
    OPERATOR = "operator"  # 运维员: keeps the platform running, and sees no case


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom an identity provider has proved; `issuer` and `subject` are its names for him (OIDC Core 2)."""

    id: UUID
    issuer: str
    subject: str
    name: str
    disabled_at: datetime | None = None
    last_signed_in_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """An office that somebody acts for, and what he may do there."""

    office_code: str
    roles: frozenset[StaffRole]


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A browser in which somebody is signed in."""

    staff_id: UUID
    name: str
    began_at: datetime
    seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody signed in, at the desk of one office."""

    staff_id: UUID
    name: str
    office: Office
    roles: frozenset[StaffRole]

    @property
    def reader(self) -> Reader:
        """Whom the use cases read for: the office, with the person where a system would name its key."""
        return Reader(self.office.code, self.office.kind, f"desk:{self.staff_id}")

    def has(self, *roles: StaffRole) -> bool:
        return not self.roles.isdisjoint(roles)
