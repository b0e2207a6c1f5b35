"""Saved views of a queue: a person's own, and those that a chief keeps for the whole office."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from contracts.document import Fault
from service.domain.errors import Refusal
from service.domain.queue_filters import LONGEST_QUERY, Filters
from service.domain.staff import Seat, StaffRole
from service.ports import Clock, NewId

LONGEST_NAME = 40
MOST = 10
"""Views of one person, or of one office: their numbers are counted on every page."""


class SavedView(NamedTuple):
    """A name for a state of the queue; without a person it is the office's."""

    id: UUID
    office_code: str
    staff_id: UUID | None
    name: str
    query: str

    @property
    def is_of_office(self) -> bool:
        return self.staff_id is None


class ViewStore(Protocol):
    """Saved views."""

    async def of(self, office_code: str, staff_id: UUID) -> list[SavedView]:
        """Those that somebody sees, the office's first."""
        ...

    async def find(self, view_id: UUID) -> SavedView | None: ...

    async def add(self, view: SavedView, at: datetime) -> None: ...

    async def remove(self, view_id: UUID) -> None: ...


class ViewRecords(Protocol):
    @property
    def desk_views(self) -> ViewStore: ...


class ViewUnitOfWork(Protocol):
    def begin(self) -> AbstractAsyncContextManager[ViewRecords]: ...


@dataclass(frozen=True, slots=True)
class DeskViews:
    """Keeps views for people at their desks; `reading` is held to their office by row-level security."""

    reading: ViewUnitOfWork
    uow: ViewUnitOfWork
    clock: Clock
    new_id: NewId

    async def of(self, seat: Seat) -> Sequence[SavedView]:
        """Give what somebody sees."""
        async with self.reading.begin() as reads:
            return await reads.desk_views.of(seat.office.code, seat.staff_id)

    async def save(self, seat: Seat, name: str, query: str, *, for_office: bool) -> SavedView:
        """Keep a state of the queue under a name; raises Refusal `schema`, `not_permitted`, `malformed_request`."""
        named = " ".join(name.split())
        if not 0 < len(named) <= LONGEST_NAME:
            detail = f"a view has a name of at most {LONGEST_NAME} characters"
            code = "too_long" if named else "missing"
            raise Refusal("schema", faults=[Fault(pointer="/name", code=code, detail=detail)])
        if for_office and not seat.has(StaffRole.CHIEF):
            raise Refusal("not_permitted", "views of the office are kept by its chiefs")
        owner = None if for_office else seat.staff_id
        kept = Filters.read_query(query).query
        if len(kept) > LONGEST_QUERY:
            raise Refusal("malformed_request", "a view keeps fewer filters than these")
        view = SavedView(self.new_id(), seat.office.code, owner, named, kept)
        async with self.uow.begin() as records:
            others = await records.desk_views.of(seat.office.code, seat.staff_id)
            if sum(one.staff_id == owner for one in others) >= MOST:
                raise Refusal("malformed_request", f"there are {MOST} views: delete one first")
            await records.desk_views.add(view, self.clock.now())
        return view

    async def delete(self, seat: Seat, view_id: UUID) -> SavedView:
        """Forget a view; raises Refusal `not_found` for what is another's, `not_permitted` for the office's."""
        async with self.uow.begin() as records:
            view = await records.desk_views.find(view_id)
            if view is None or view.office_code != seat.office.code:
                raise Refusal("not_found", "no such view")
            if view.is_of_office and not seat.has(StaffRole.CHIEF):
                raise Refusal("not_permitted", "views of the office are kept by its chiefs")
            if view.staff_id not in (None, seat.staff_id):
                raise Refusal("not_found", "no such view")
            await records.desk_views.remove(view_id)
        return view
