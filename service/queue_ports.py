"""What reading a queue needs of the world, and what its rows are; each docstring is a promise of an adapter."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from service.domain.cursors import Place
from service.domain.queue_filters import Facet, Order
from service.domain.transfer import Status
from service.domain.urgency import Span, Urgency
from service.ports import Journal

COUNTED = 999
"""How far a narrowed list is counted."""


class Count(NamedTuple):
    """How many, and whether that is all of them or only at least so many."""

    number: int
    exact: bool = True

    @classmethod
    def up_to(cls, found: int, most: int) -> "Count":
        return cls(min(found, most), found <= most)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One transfer in an office's queue; `suspects` are the first of them, `others` how many more there are."""

    transfer_id: UUID
    listed: int
    role: str
    agency_code: str
    sector: str
    case_number: str
    document_number: str
    status: Status
    move: int
    is_open: bool
    arrived_at: datetime
    changed_at: datetime
    due_at: datetime
    deadline_id: UUID | None
    clock: str | None
    provisional: bool
    conclusion: str
    offences: Sequence[tuple[str, str]]
    flags: Sequence[str]
    title: str
    cause: str
    suspects: Sequence[str]
    others: int
    claimed_by: UUID | None
    claimed_name: str | None
    claimed_at: datetime | None
    is_unread: bool


class Holding(NamedTuple):
    """A claim that runs: who works on which transfer."""

    transfer_id: UUID
    staff_id: UUID


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters as the database is asked: moments for words, ids where they are few.

    `only` are the transfers that it may be, None for any; `but` those that it may not be; the token lists are
    given where a search has too many hits for `only`, and `found` is then how many of the first rows have them.
    """

    office_code: str
    staff_id: UUID
    now: datetime
    chosen: Mapping[Facet, Sequence[str]]
    due: Sequence[Span]
    arrived: tuple[datetime | None, datetime | None]
    is_open: bool
    order: Order
    only: Sequence[UUID] | None = None
    but: Sequence[UUID] = ()
    words: Sequence[str] = ()
    offences: Sequence[str] = ()
    flags: Sequence[str] = ()
    found: int = 0

    @property
    def is_searched_row_by_row(self) -> bool:
        return bool(self.words or self.offences or self.flags)


class Step(NamedTuple):
    """Where a page begins: behind a place, or before it."""

    place: Place | None = None
    backwards: bool = False


class Glance(NamedTuple):
    """What the first rows of a list have in common; at most so many as were looked at."""

    total: int
    counts: Mapping[Facet, Mapping[str, int]]


class QueueQueries(Protocol):
    """Rows of one office's queue; row-level security stands under each, and none reads the whole of it."""

    async def claims(self, office_code: str, now: datetime, limit: int) -> list[Holding]: ...

    async def hits(
        self,
        office_code: str,
        words: Sequence[str],
        offences: Sequence[str],
        flags: Sequence[str],
        limit: int,
    ) -> list[UUID]:
        """Transfers whose tokens hold all words, and one of each other list that is not empty."""
        ...

    async def page(self, asked: Asked, step: Step, limit: int) -> list[QueueRow]:
        """Rows behind or before a place, always in the list's own order."""
        ...

    async def ids(self, asked: Asked, limit: int) -> list[UUID]:
        """The same from the beginning, ids alone."""
        ...

    async def count(self, asked: Asked, limit: int) -> int: ...

    async def found_among(self, asked: Asked, scanned: int) -> int:
        """Count what a wide search finds among the first rows of its list."""
        ...

    async def glance(self, asked: Asked, at: Mapping[Urgency, Span], limit: int) -> Glance:
        """Count the values of the first rows."""
        ...

    async def counted(self, office_code: str, is_open: bool | None) -> Glance:  # noqa: FBT001
        """What is counted already of the whole queue; all values but the urgency."""
        ...

    async def by_urgency(
        self, asked: Asked, at: Mapping[Urgency, Span], limit: int
    ) -> Mapping[str, int]:
        """Count each group of an un-narrowed queue, each up to a limit."""
        ...

    async def unread(self, office_code: str, staff_id: UUID, newest: int) -> int:
        """Of the open items that changed last, how many somebody has not seen as they are now."""
        ...

    async def newest(self, office_code: str, limit: int) -> list[int]:
        """The numbers of the last items that came, the last first."""
        ...


class QueueReading(Protocol):
    """Transactions of a reader."""

    def begin(self) -> AbstractAsyncContextManager["QueueReads"]: ...


class QueueReads(Protocol):
    @property
    def queue(self) -> QueueQueries: ...
    @property
    def journal(self) -> Journal: ...
