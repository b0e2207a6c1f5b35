"""The queue 案件队列 as a desk reads it: what waits, worst first, narrowed and searched, and what it costs is a page.

Nothing here counts to the end: what is counted already is looked up, and a narrowed list is counted as far as it may
matter to somebody (`COUNTED`), so that a page costs the same however long the list is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from uuid import UUID

from contracts.calendar import Calendars
from service.domain.cursors import Place, read_cursor, read_moment_cursor, write_cursor
from service.domain.journal import Action, JournalEntry
from service.domain.queue_filters import Claimed, Facet, Filters, Order
from service.domain.searching import flag_token, offence_token
from service.domain.staff import Seat
from service.domain.urgency import Span, Urgency, merged, remaining, spans, urgency_of
from service.ports import Clock, NewId
from service.queue_pages import Group, Line, QueuePage, facets_of, known
from service.queue_ports import (
    COUNTED,
    Asked,
    Count,
    Glance,
    Holding,
    QueueQueries,
    QueueReading,
    QueueRow,
    Step,
)

PAGE = 50
NARROW = 2000
"""As many hits of a search are few: they are looked up one by one."""
EXPORTED = 10_000
"""Rows of an export at most."""
_CLAIMS = 5000
_NEWEST = 500
_UNREAD_SHOWN = 99
_EXPORT_PAGE = 1000
_SCANNED = 200
_SURELY = 2
"""How many times more than `NARROW` hits must be expected before they are not asked for."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Reads an office's queue for somebody at its desk."""

    reading: QueueReading
    calendars: Callable[[], Calendars]
    clock: Clock
    new_id: NewId

    async def page(self, seat: Seat, filters: Filters, step: Step) -> QueuePage:
        """Give a page: on the first one what the person works on stands before all else, as far as a page goes."""
        now = self.clock.now()
        at = spans(now, self.calendars())
        async with self.reading.begin() as reads:
            queue = reads.queue
            claims = await queue.claims(seat.office.code, now, _CLAIMS)
            asked = await self._asked(queue, seat, filters, claims, now)
            own = _own(seat, filters, claims)
            mine, ahead = await self._ahead(queue, _of(asked, own), step) if own else ([], [])
            rest = await queue.page(_but(asked, ahead), step, PAGE + 1)
            whole = await queue.counted(seat.office.code, None if filters.everything else True)
            glance = await self._glance(queue, filters, asked, at, whole)
            newest = await queue.newest(seat.office.code, 1)
        cut = rest[-PAGE:] if step.backwards else rest[:PAGE]
        return QueuePage(
            filters=filters,
            total=_total(filters, asked, step, glance, (len(mine), len(rest))),
            groups=[
                *self._mine(mine, at, now),
                *self._groups(cut, at, now, glance.counts.get(Facet.URGENCY, {}), asked.order),
            ],
            facets=facets_of(filters, glance, whole),
            values={
                facet: sorted(found, key=lambda value: -found[value])
                for facet, found in whole.counts.items()
            },
            before=_cursor(cut, 0, filters.ordered_by, _is_more_before(step, rest)),
            after=_cursor(cut, -1, filters.ordered_by, step.backwards or len(rest) > PAGE),
            newest=newest[0] if newest else 0,
        )

    async def _ahead(
        self, queue: QueueQueries, own: Asked, step: Step
    ) -> tuple[list[QueueRow], list[UUID]]:
        """Give one's own rows that the first page begins with, and which they are; the other pages leave these out."""
        if step.place is not None:
            return [], await queue.ids(own, PAGE)
        rows = await queue.page(own, Step(), PAGE)
        return rows, [row.transfer_id for row in rows]

    async def find_number(self, seat: Seat, filters: Filters) -> UUID | None:
        """Give the one transfer that has exactly the number searched for; None for none and for several."""
        if filters.question.is_empty:
            return None
        async with self.reading.begin() as reads:
            number = [filters.question.number]
            found = await reads.queue.hits(seat.office.code, number, (), (), 2)
        return found[0] if len(found) == 1 else None

    async def count(self, seat: Seat, filters: Filters) -> Count | None:
        """Count a list as far as it is counted; None for a search, which would cost more than its number is worth."""
        [found] = await self.counts(seat, [filters])
        return found

    async def counts(self, seat: Seat, lists: Sequence[Filters]) -> list[Count | None]:
        """Count several lists as they are at one moment."""
        now = self.clock.now()
        async with self.reading.begin() as reads:
            claims = await reads.queue.claims(seat.office.code, now, _CLAIMS)
            return [await self._count(reads.queue, seat, one, claims, now) for one in lists]

    async def _count(
        self,
        queue: QueueQueries,
        seat: Seat,
        filters: Filters,
        claims: Sequence[Holding],
        now: datetime,
    ) -> Count | None:
        if not filters.question.is_empty:
            return None
        if filters.is_plain:
            whole = await queue.counted(seat.office.code, None if filters.everything else True)
            return Count(whole.total)
        asked = await self._asked(queue, seat, filters, claims, now)
        if asked.is_searched_row_by_row:
            return None
        return Count.up_to(await queue.count(asked, COUNTED + 1), COUNTED)

    async def ids(self, seat: Seat, filters: Filters, limit: int) -> list[UUID]:
        """Give the transfers of a whole list, in its order, for a bulk action; not more than `limit`."""
        now = self.clock.now()
        async with self.reading.begin() as reads:
            claims = await reads.queue.claims(seat.office.code, now, _CLAIMS)
            asked = await self._asked(reads.queue, seat, filters, claims, now)
            return await reads.queue.ids(asked, limit)

    async def unread(self, seat: Seat) -> Count:
        """How many of the items that changed last the person has not seen, as the badge says it."""
        async with self.reading.begin() as reads:
            found = await reads.queue.unread(seat.office.code, seat.staff_id, _NEWEST)
        return Count.up_to(found, _UNREAD_SHOWN)

    async def newest(self, seat: Seat, limit: int = _UNREAD_SHOWN + 1) -> list[int]:
        """The numbers of the last items that came into the queue, the last first."""
        async with self.reading.begin() as reads:
            return await reads.queue.newest(seat.office.code, limit)

    async def export(
        self, seat: Seat, filters: Filters, file_format: str, *, outside: bool
    ) -> list[Line]:
        """Give a list to be taken away, not more than `EXPORTED` rows, with its line in the journal.

        The line is committed before a row leaves: what is not told of does not happen.
        """
        now, found = self.clock.now(), list[QueueRow]()
        at = spans(now, self.calendars())
        async with self.reading.begin() as reads:
            claims = await reads.queue.claims(seat.office.code, now, _CLAIMS)
            asked = await self._asked(reads.queue, seat, filters, claims, now)
            while len(found) < EXPORTED:
                step = Step(_place(found[-1], asked.order)) if found else Step()
                page = await reads.queue.page(asked, step, _EXPORT_PAGE)
                found += page
                if len(page) < _EXPORT_PAGE:
                    break
            entry = JournalEntry(
                id=self.new_id(),
                at=now,
                action=Action.DESK_EXPORTED,
                actor=seat.office.code,
                data={
                    "staff": str(seat.staff_id),
                    "format": file_format,
                    "outside": outside,
                    "rows": len(found),
                    "filters": filters.names,
                },
            )
            await reads.journal.append([entry])
        return [self._line(row, at, now) for row in found]

    async def _asked(
        self,
        queue: QueueQueries,
        seat: Seat,
        filters: Filters,
        claims: Sequence[Holding],
        now: datetime,
    ) -> Asked:
        """Put filters into the words of the database; a search with few hits becomes their ids."""
        chosen = filters.values(Facet.URGENCY)
        asked = Asked(
            office_code=seat.office.code,
            staff_id=seat.staff_id,
            now=now,
            chosen=filters.chosen,
            due=merged([Urgency(one) for one in chosen], spans(now, self.calendars())),
            arrived=filters.arrived(now),
            is_open=not filters.everything,
            order=filters.ordered_by,
            words=filters.question.pairs,
            offences=[offence_token(code) for code in filters.values(Facet.OFFENCE)],
            flags=[flag_token(code) for code in filters.values(Facet.FLAG)],
        )
        if filters.finds_nothing:
            return _narrowed(asked, ())
        if asked.is_searched_row_by_row:
            asked = await self._searched(queue, asked)
        return _claimed(asked, filters.claimed, claims, seat.staff_id)

    async def _searched(self, queue: QueueQueries, asked: Asked) -> Asked:
        """Give the hits of a search where they are few.

        An index gives all of them or none: where the first rows of a long list say that there are many, it is spared.
        """
        whole = await queue.counted(asked.office_code, None)
        if whole.total > NARROW:
            asked = replace(asked, found=await queue.found_among(asked, _SCANNED))
        if asked.found * whole.total > _SURELY * NARROW * _SCANNED:
            return asked
        tokens = (asked.words, asked.offences, asked.flags)
        hits = await queue.hits(asked.office_code, *tokens, NARROW + 1)
        if len(hits) > NARROW:
            return asked
        return _narrowed(asked, hits)

    async def _glance(
        self,
        queue: QueueQueries,
        filters: Filters,
        asked: Asked,
        at: Mapping[Urgency, Span],
        whole: Glance,
    ) -> Glance:
        """Count what a page shows beside its rows; of a wide search only as far as some look-ups reach."""
        if filters.is_plain:
            groups = await queue.by_urgency(asked, at, COUNTED + 1)
            return Glance(whole.total, {**whole.counts, Facet.URGENCY: groups})
        if asked.is_searched_row_by_row:
            return Glance(asked.found, {})
        return await queue.glance(asked, at, COUNTED + 1)

    def _groups(
        self,
        rows: Sequence[QueueRow],
        at: Mapping[Urgency, Span],
        now: datetime,
        counts: Mapping[str, int],
        order: Order,
    ) -> list[Group]:
        """Put rows of one urgency together; by arrival they are mixed, and stay one group."""
        lines = [self._line(row, at, now) for row in rows]
        if order is Order.ARRIVED:
            return [Group(None, mine=False, size=None, lines=lines)] if lines else []
        return [
            Group(urgency, mine=False, size=known(counts, urgency), lines=list(found))
            for urgency, found in groupby(lines, key=lambda line: line.urgency)
        ]

    def _mine(
        self, rows: Sequence[QueueRow], at: Mapping[Urgency, Span], now: datetime
    ) -> list[Group]:
        lines = [self._line(row, at, now) for row in rows]
        # A whole page of them may have more behind it, which stand among the others.
        size = Count(len(lines), exact=len(lines) < PAGE)
        return [Group(None, mine=True, size=size, lines=lines)] if lines else []

    def _line(self, row: QueueRow, at: Mapping[Urgency, Span], now: datetime) -> Line:
        words = remaining(row.due_at, now, self.calendars())
        return Line(row, urgency_of(row.due_at, at), words)


def read_step(after: str | None, before: str | None) -> Step:
    """Read where a page begins; raises Refusal `malformed_request`."""
    if before:
        return Step(_read_place(before), backwards=True)
    return Step(_read_place(after)) if after else Step()


def _read_place(text: str) -> Place:
    read_moment_cursor(text)  # no place lies outside the calendar
    return read_cursor(text)


def _own(seat: Seat, filters: Filters, claims: Sequence[Holding]) -> list[UUID]:
    """Give what somebody works on where it stands first: in a list that does not ask who works on what."""
    if filters.claimed is not None:
        return []
    return [one.transfer_id for one in claims if one.staff_id == seat.staff_id]


def _narrowed(asked: Asked, hits: Sequence[UUID]) -> Asked:
    """Ask for the hits of a search instead of for its words."""
    return replace(asked, only=hits, words=(), offences=(), flags=())


def _claimed(
    asked: Asked, claimed: Claimed | None, claims: Sequence[Holding], staff_id: UUID
) -> Asked:
    match claimed:
        case None:
            return asked
        case Claimed.NOBODY:
            return _but(asked, [one.transfer_id for one in claims])
        case Claimed.MINE:
            return _of(asked, [one.transfer_id for one in claims if one.staff_id == staff_id])
        case Claimed.OTHERS:
            return _of(asked, [one.transfer_id for one in claims if one.staff_id != staff_id])


def _of(asked: Asked, ids: Sequence[UUID]) -> Asked:
    only = ids if asked.only is None else [*set(ids).intersection(asked.only)]
    return replace(asked, only=only)


def _but(asked: Asked, ids: Sequence[UUID]) -> Asked:
    return replace(asked, but=[*asked.but, *ids])


def _place(row: QueueRow, order: Order) -> Place:
    moment = row.due_at if order is Order.DUE else row.arrived_at
    return Place.at(moment, row.transfer_id)


def _cursor(rows: Sequence[QueueRow], at: int, order: Order, is_more: bool) -> str | None:  # noqa: FBT001
    return write_cursor(_place(rows[at], order)) if rows and is_more else None


def _is_more_before(step: Step, rest: Sequence[QueueRow]) -> bool:
    return len(rest) > PAGE if step.backwards else step.place is not None


def _total(
    filters: Filters, asked: Asked, step: Step, glance: Glance, shown: tuple[int, int]
) -> Count:
    """Give how long the list is, as far as that is known; `shown` are one's own rows and those behind them."""
    if filters.is_plain:
        return Count(glance.total)
    if not asked.is_searched_row_by_row:
        return Count.up_to(glance.total, COUNTED)
    mine, rest = shown
    if step.place is None and rest <= PAGE:
        return Count(mine + rest)
    return Count(min(max(glance.total, mine + min(rest, PAGE)), COUNTED), exact=False)
