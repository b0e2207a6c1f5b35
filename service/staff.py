"""Staff: who may sign in, at which office and as what; and the sessions of those who did."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from service.domain.errors import Refusal
from service.domain.journal import Action, JournalEntry
from service.domain.registry import Registry
from service.domain.staff import LiveSession, Person, Post, Seat, StaffRole
from service.ports import Clock, NewId, Records


class StaffStore(Protocol):
    """People and their posts."""

    async def find(self, staff_id: UUID) -> Person | None: ...

    async def find_by_subject(self, issuer: str, subject: str) -> Person | None: ...

    async def posts(self, staff_id: UUID) -> Sequence[Post]:
        """The offices that somebody acts for, in the order of their codes."""
        ...

    async def find_with_posts(self, staff_id: UUID) -> tuple[Person, Sequence[Post]] | None:
        """Both at once, for this is asked before every page."""
        ...

    async def list_people(self) -> Sequence[tuple[Person, Sequence[Post]]]: ...

    async def save(self, person: Person, at: datetime) -> Person:
        """Store somebody, new or renamed; gives him as he is stored."""
        ...

    async def grant(self, staff_id: UUID, post: Post, at: datetime) -> None:
        """Give somebody exactly these roles at an office; none at all takes the post away."""
        ...

    async def disable(self, staff_id: UUID, at: datetime | None) -> None: ...

    async def signed_in(self, staff_id: UUID, at: datetime) -> None: ...

    async def sessions(
        self, staff_id: UUID | None, now: datetime, seen_after: datetime
    ) -> Sequence[LiveSession]:
        """Somebody's sessions that are alive, or everybody's, in the order in which they were last seen."""
        ...

    async def end_sessions(self, staff_id: UUID) -> int:
        """End all of somebody's sessions; gives how many."""
        ...


class StaffRecords(Records, Protocol):
    """The stores of one open transaction."""

    @property
    def staff(self) -> StaffStore: ...


class StaffUnitOfWork(Protocol):
    def begin(self) -> AbstractAsyncContextManager[StaffRecords]: ...


@dataclass(frozen=True, slots=True)
class Staff:
    """Signs people in and out. A person nobody has entered here may not come in, whatever his provider says."""

    uow: StaffUnitOfWork
    registry: Callable[[], Registry]
    clock: Clock
    new_id: NewId

    async def sign_in(self, issuer: str, subject: str) -> tuple[Person, Sequence[Post]]:
        """Let somebody in whom a provider has proved; raises Refusal `not_on_staff`."""
        now = self.clock.now()
        async with self.uow.begin() as records:
            person = await records.staff.find_by_subject(issuer, subject)
            posts = await records.staff.posts(person.id) if person else ()
            if person is None or person.disabled_at is not None or not posts:
                raise Refusal("not_on_staff", f"{subject} at {issuer}")
            await records.staff.signed_in(person.id, now)
            line = self._line(Action.STAFF_SIGNED_IN, posts[0].office_code, person.id, now)
            await records.journal.append([line])
        return person, posts

    async def seat(self, staff_id: UUID, office_code: str | None) -> Seat | None:
        """Give somebody's seat at an office as it stands at this moment: at the first of his if none is named; None if he has none."""
        async with self.uow.begin() as records:
            found = await records.staff.find_with_posts(staff_id)
        if found is None or found[0].disabled_at is not None:
            return None
        person, posts = found
        post = next((one for one in posts if office_code in (None, one.office_code)), None)
        office = self.registry().offices.get(post.office_code) if post else None
        return Seat(person.id, person.name, office, post.roles) if post and office else None

    async def posts(self, staff_id: UUID) -> Sequence[Post]:
        async with self.uow.begin() as records:
            return await records.staff.posts(staff_id)

    async def sign_out_everywhere(self, seat: Seat) -> int:
        """End every session of somebody; gives how many."""
        now = self.clock.now()
        async with self.uow.begin() as records:
            ended = await records.staff.end_sessions(seat.staff_id)
            line = self._line(Action.STAFF_SIGNED_OUT, seat.office.code, seat.staff_id, now)
            await records.journal.append([line])
        return ended

    async def list_people(self) -> Sequence[tuple[Person, Sequence[Post]]]:
        async with self.uow.begin() as records:
            return await records.staff.list_people()

    async def enter(
        self, issuer: str, subject: str, name: str, office_code: str, roles: frozenset[StaffRole]
    ) -> Person:
        """Enter somebody with exactly these roles at an office; raises Refusal `not_found` for an unknown one."""
        now = self.clock.now()
        if office_code not in self.registry().offices:
            raise Refusal("not_found", f"no office {office_code} in the registry")
        async with self.uow.begin() as records:
            person = await records.staff.save(Person(self.new_id(), issuer, subject, name), now)
            await records.staff.grant(person.id, Post(office_code, roles), now)
            line = self._line(Action.STAFF_CHANGED, office_code, person.id, now, sorted(roles))
            await records.journal.append([line])
        return person

    async def give_roles(
        self, staff_id: UUID, office_code: str, roles: frozenset[StaffRole]
    ) -> Person:
        """Give somebody who is entered exactly these roles at an office, none to take the post away; raises Refusal `not_found`."""
        now = self.clock.now()
        if roles and office_code not in self.registry().offices:
            raise Refusal("not_found", f"no office {office_code} in the registry")
        async with self.uow.begin() as records:
            person = await records.staff.find(staff_id)
            if person is None:
                raise Refusal("not_found", "no such person")
            await records.staff.grant(staff_id, Post(office_code, roles), now)
            line = self._line(Action.STAFF_CHANGED, office_code, staff_id, now, sorted(roles))
            await records.journal.append([line])
        return person

    async def list_sessions(self, staff_id: UUID | None, idle: timedelta) -> Sequence[LiveSession]:
        """Give who is signed in, or where somebody is; `idle` is how long a session lives without a page."""
        now = self.clock.now()
        async with self.uow.begin() as records:
            return await records.staff.sessions(staff_id, now, now - idle)

    async def end_sessions(self, staff_id: UUID) -> int:
        """End all of somebody's sessions, without shutting him out; gives how many. Raises Refusal `not_found`."""
        now = self.clock.now()
        async with self.uow.begin() as records:
            office = await self._office_of(records, staff_id)
            ended = await records.staff.end_sessions(staff_id)
            line = self._line(Action.STAFF_SIGNED_OUT, office, staff_id, now)
            await records.journal.append([line])
        return ended

    async def disable(self, staff_id: UUID) -> int:
        """Shut somebody out and end his sessions; gives how many. Raises Refusal `not_found`."""
        now = self.clock.now()
        async with self.uow.begin() as records:
            office = await self._office_of(records, staff_id)
            await records.staff.disable(staff_id, now)
            ended = await records.staff.end_sessions(staff_id)
            await records.journal.append([self._line(Action.STAFF_CHANGED, office, staff_id, now)])
        return ended

    @staticmethod
    async def _office_of(records: StaffRecords, staff_id: UUID) -> str:
        if await records.staff.find(staff_id) is None:
            raise Refusal("not_found", "no such person")
        posts = await records.staff.posts(staff_id)
        return posts[0].office_code if posts else "unknown"

    def _line(
        self,
        action: Action,
        office_code: str,
        staff_id: UUID,
        at: datetime,
        roles: Sequence[str] | None = None,
    ) -> JournalEntry:
        told = {"staff": str(staff_id)} | ({"roles": list(roles)} if roles is not None else {})
        return JournalEntry(id=self.new_id(), at=at, action=action, actor=office_code, data=told)
