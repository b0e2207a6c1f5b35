"""Operations: what keeps the platform running, and where it is stuck.

For operators, who see no case: a dispatch is its id, its office, its age and what is in its way. Nothing that names a
case, a party or the words of an office is asked for here, so that nothing of it can be shown.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from contracts.appraisal_views import RescreeningView
from contracts.office import OfficeKind, Role
from service.domain.admission import Standards
from service.domain.registry import EndpointKind, Office, OfficeKey, Registry
from service.domain.routing import stand_ins
from service.domain.staff import StaffRole
from service.domain.transfer import DispatchStatus
from service.domain.working_days import SHANGHAI
from service.ports import Clock
from service.register_ports import BookName


class Breaker(StrEnum):
    """How an endpoint is treated at this moment."""

    CLOSED = "closed"  # called as usual
    ASKED = "asked"  # it answers, and has asked to be left alone for a while
    OPEN = "open"  # it has not answered for so long that it gets one attempt at a time


@dataclass(frozen=True, slots=True)
class EndpointState:
    """An endpoint as the queue finds it; `waiting` is not counted beyond some number."""

    office_code: str
    kind: EndpointKind
    url: str | None
    failures: int
    failing_since: datetime | None
    paused_until: datetime | None
    in_flight: int
    max_in_flight: int
    per_second: float
    waiting: int
    first_due_at: datetime | None

    def breaker(self, breaker_after: int, now: datetime) -> Breaker:
        if self.failures >= breaker_after:
            return Breaker.OPEN
        is_paused = self.paused_until is not None and self.paused_until > now
        return Breaker.ASKED if is_paused else Breaker.CLOSED


@dataclass(frozen=True, slots=True)
class DispatchGlimpse:
    """A dispatch without its case; `problem` is ours, never what an office wrote."""

    id: UUID
    office_code: str | None
    kind: OfficeKind
    role: Role
    status: DispatchStatus
    attempts: int
    due_at: datetime
    is_on_the_wire: bool
    problem: str | None


@dataclass(frozen=True, slots=True)
class LetterGlimpse:
    """A letter of supervision without its lead or its text."""

    id: UUID
    agency_code: str
    office_code: str
    status: str
    issued_at: datetime
    problem: str | None


@dataclass(frozen=True, slots=True)
class Stuck:
    """The first of what is stuck, the longest due first, and how much there is by status."""

    dispatches: Sequence[DispatchGlimpse]
    counts: Mapping[str, int]


class AppliedMigration(NamedTuple):
    version: str
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """How many people there are, how many are signed in at this moment, and how many have each role."""

    active: int
    disabled: int
    signed_in: int
    sessions: int
    by_role: Mapping[StaffRole, int]


class Lags(NamedTuple):
    """How far behind the journal its readers are, and how many cases wait to be looked at."""

    detection: timedelta
    desks: timedelta
    cases_to_look_at: int


class SwitchedBook(NamedTuple):
    book: BookName
    switched_at: datetime


class OperationsQueries(Protocol):
    """Short looks at small tables and partial indexes; none asks for what is sealed or for what names a case."""

    async def endpoints(self, now: datetime) -> Sequence[EndpointState]: ...

    async def stuck(self, limit: int) -> Stuck: ...

    async def dispatch(self, dispatch_id: UUID, now: datetime) -> DispatchGlimpse | None: ...

    async def parties(self, dispatch_id: UUID) -> frozenset[str]:
        """The offices that have a dispatch of the same transfer."""
        ...

    async def letters(self, limit: int) -> Sequence[LetterGlimpse]:
        """Letters that did not arrive, the longest out of time first."""
        ...

    async def letter(self, letter_id: UUID) -> LetterGlimpse | None: ...

    async def desk_kids(self) -> frozenset[str]:
        """The keys by which the platform signs for offices at their desks."""
        ...

    async def book_in_force(self) -> SwitchedBook | None: ...

    async def rescreening(self) -> RescreeningView | None: ...

    async def migrations(self) -> Sequence[AppliedMigration]: ...

    async def people(self, now: datetime, seen_after: datetime) -> PeopleCounts: ...

    async def lags(self, now: datetime) -> Lags: ...


class OperationsReading(Protocol):
    def open(self) -> AbstractAsyncContextManager[OperationsQueries]:
        """Open a transaction that can change nothing and does not last."""
        ...


@dataclass(frozen=True, slots=True)
class ExpiringKey:
    """A key that ends, and whose it is; of a desk it is ours to renew."""

    kid: str
    office: Office | None
    is_of_desk: bool
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys that end, nearest first, and how many in force have no end."""

    expiring: Sequence[ExpiringKey]
    endless: int
    desks: int


class CalendarYear(NamedTuple):
    year: int
    notice: str | None


@dataclass(frozen=True, slots=True)
class Horizon:
    """Which years the State Council has fixed, and from which day on every date is provisional."""

    years: Sequence[CalendarYear]
    provisional_from: date


@dataclass(frozen=True, slots=True)
class Books:
    """Which rule book judges, which one this version brings, and how far judging anew is."""

    in_force: SwitchedBook | None
    shipped: BookName
    rescreening: RescreeningView | None


@dataclass(frozen=True, slots=True)
class Migrations:
    applied: Sequence[AppliedMigration]
    waiting: Sequence[str]


@dataclass(frozen=True, slots=True)
class DispatchToSolve:
    """A dispatch that an operator looks at before he acts, and the offices that could have it instead."""

    dispatch: DispatchGlimpse
    office: Office | None
    has_endpoint: bool
    stand_ins: Sequence[Office]


@dataclass(frozen=True, slots=True)
class Operations:
    """Tells operators how the platform stands, a section at a time: where one fails the others are told."""

    reading: OperationsReading
    registry: Callable[[], Registry]
    standards: Callable[[], Standards]
    clock: Clock
    shipped: BookName
    session_idle: timedelta
    migrations_known: Sequence[str]
    """The versions that this process needs, in order."""
    most: int = 100

    async def endpoints(self) -> Sequence[EndpointState]:
        async with self.reading.open() as queries:
            return await queries.endpoints(self.clock.now())

    async def stuck(self) -> Stuck:
        async with self.reading.open() as queries:
            return await queries.stuck(self.most)

    async def dispatch(self, dispatch_id: UUID) -> DispatchToSolve | None:
        async with self.reading.open() as queries:
            found = await queries.dispatch(dispatch_id, self.clock.now())
            parties = await queries.parties(dispatch_id)
        if found is None:
            return None
        registry = self.registry()
        office = registry.offices.get(found.office_code or "")
        has_endpoint = found.office_code in registry.endpoints
        others = stand_ins(found.kind, office, parties, registry)
        return DispatchToSolve(found, office, has_endpoint, others)

    async def letters(self) -> Sequence[LetterGlimpse]:
        async with self.reading.open() as queries:
            return await queries.letters(self.most)

    async def letter(self, letter_id: UUID) -> LetterGlimpse | None:
        async with self.reading.open() as queries:
            return await queries.letter(letter_id)

    async def keys(self) -> Keys:
        async with self.reading.open() as queries:
            desks = await queries.desk_kids()
        registry, now = self.registry(), self.clock.now()
        in_force = [key for key in registry.keys.values() if _is_alive(key, now)]
        expiring = [
            ExpiringKey(
                key.kid, registry.offices.get(key.office_code), key.kid in desks, key.valid_until
            )
            for key in in_force
            if key.valid_until is not None
        ]
        expiring.sort(key=lambda key: (key.valid_until, key.kid))
        endless = len(in_force) - len(expiring)
        return Keys(expiring[: self.most], endless, len(desks))

    async def calendar(self) -> Horizon:
        calendars = self.standards().calendars
        today = self.clock.now().astimezone(SHANGHAI).date()
        years = [
            CalendarYear(year, entry.notice.number if entry.notice else None)
            for year, entry in sorted(calendars.years.items())
            if year >= today.year
        ]
        first = today
        while not calendars.is_provisional(first):
            first = date(first.year + 1, 1, 1)
        return Horizon(years, first)

    async def books(self) -> Books:
        async with self.reading.open() as queries:
            return Books(await queries.book_in_force(), self.shipped, await queries.rescreening())

    async def migrations(self) -> Migrations:
        async with self.reading.open() as queries:
            applied = await queries.migrations()
        known = {one.version for one in applied}
        waiting = [one for one in self.migrations_known if one.partition("_")[0] not in known]
        return Migrations(applied, waiting)

    async def people(self) -> PeopleCounts:
        now = self.clock.now()
        async with self.reading.open() as queries:
            return await queries.people(now, now - self.session_idle)

    async def lags(self) -> Lags:
        async with self.reading.open() as queries:
            return await queries.lags(self.clock.now())


def _is_alive(key: OfficeKey, now: datetime) -> bool:
    return key.revoked_at is None and (key.valid_until is None or key.valid_until > now)
