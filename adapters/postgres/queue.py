"""Reads of an office's queue: conditions put together for what is asked, so that an index serves each list."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json

from adapters.postgres import moments
from adapters.postgres.guarded import Guard, transaction
from adapters.postgres.journal import PostgresJournal
from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection, Row
from adapters.postgres.queue_keeping import item_context
from service.domain.cursors import Place
from service.domain.queue_filters import Facet, Order
from service.domain.transfer import Status
from service.domain.urgency import Span, Urgency
from service.ports import Vault
from service.queue_ports import Asked, Glance, Holding, QueueRow, Step

_SQL = load("queue")
_KEYS: Mapping[Order, tuple[str, bool]] = {
    Order.DUE: ("i.due_at", False),
    Order.ARRIVED: ("i.arrived_at", True),
}
_COLUMNS = {
    Facet.STATUS: "by_status",
    Facet.CONCLUSION: "by_conclusion",
    Facet.AGENCY: "by_agency",
    Facet.SECTOR: "by_sector",
    Facet.ROLE: "by_role",
}


class _Conditions:
    """Conditions with their parameters, numbered behind those that a query has itself."""

    def __init__(self, *given: Any) -> None:  # noqa: ANN401 (what the driver takes)
        self.values: list[Any] = list(given)
        self._texts: list[str] = []
        self._late: list[str] = []

    def add(self, name: str, value: Any = None, *, late: bool = False) -> None:  # noqa: ANN401 (likewise)
        text = _SQL[name].rpartition("\n")[2]
        if "{p}" in text:
            self.values.append(value)
            text = text.replace("{p}", f"${len(self.values)}")
        (self._late if late else self._texts).append(text)

    def either(self, spans: Sequence[Span]) -> None:
        """Add that a due date lies in one of several spans."""
        parts = []
        for span in spans:
            part = _Conditions(*self.values)
            part.add("since", moments.written(span.since))
            if span.until is not None:
                part.add("until", moments.written(span.until))
            self.values = part.values
            parts.append(part.where)
        if parts:
            self._texts.append(f"({' OR '.join(parts)})")

    def behind(self, key: str, sign: str, place: Place) -> None:
        """Add that a row stands behind a place, or before it."""
        self.values += [moments.written(place.moment), place.id]
        at = len(self.values)
        self._texts.append(f"({key}, i.transfer_id) {sign} (${at - 1}::timestamptz, ${at}::uuid)")

    @property
    def where(self) -> str:
        return " AND ".join([*self._texts, *self._late])

    def into(self, query: str, order: str = "") -> str:
        if "{late}" in query:
            late = " AND ".join(self._late)
            return query.replace("{where}", " AND ".join(self._texts)).replace("{late}", late)
        return query.replace("{where}", self.where).replace("{order}", order)


class PostgresQueue:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def claims(self, office_code: str, now: datetime, limit: int) -> list[Holding]:
        rows = await self._connection.fetch(_SQL["claims"], office_code, now, limit)
        return [Holding(**row) for row in rows]

    async def hits(
        self,
        office_code: str,
        words: Sequence[str],
        offences: Sequence[str],
        flags: Sequence[str],
        limit: int,
    ) -> list[UUID]:
        tokens = [self._tokens(office_code, given) for given in (words, offences, flags)]
        rows = await self._connection.fetch(_SQL["hits"], *tokens, limit)
        return [row[0] for row in rows]

    async def page(self, asked: Asked, step: Step, limit: int) -> list[QueueRow]:
        key, falls = _KEYS[asked.order]
        found = self._conditions(asked, asked.now, asked.staff_id, limit)
        falls = falls is not step.backwards
        if step.place is not None:
            found.behind(key, "<" if falls else ">", step.place)
        rows = await self._connection.fetch(
            found.into(_SQL["page"], _order(key, falls)), *found.values
        )
        read = [self._row(row) for row in rows]
        return read[::-1] if step.backwards else read

    async def ids(self, asked: Asked, limit: int) -> list[UUID]:
        key, falls = _KEYS[asked.order]
        found = self._conditions(asked, limit)
        rows = await self._connection.fetch(
            found.into(_SQL["ids"], _order(key, falls)), *found.values
        )
        return [row["transfer_id"] for row in rows]

    async def count(self, asked: Asked, limit: int) -> int:
        found = self._conditions(asked, limit)
        return int(await self._connection.fetchval(found.into(_SQL["count"]), *found.values))

    async def found_among(self, asked: Asked, scanned: int) -> int:
        found = self._conditions(asked, scanned)
        return int(await self._connection.fetchval(found.into(_SQL["found_among"]), *found.values))

    async def glance(self, asked: Asked, at: Mapping[Urgency, Span], limit: int) -> Glance:
        found = self._conditions(
            asked, limit, [moments.written(span.since) for span in at.values()]
        )
        rows = await self._connection.fetch(found.into(_SQL["glance"]), *found.values)
        glance = _glance(rows)
        by_number = glance.counts.get(Facet.URGENCY, {})
        named = {
            urgency.value: by_number.get(str(number), 0) for number, urgency in enumerate(at, 1)
        }
        return Glance(glance.total, {**glance.counts, Facet.URGENCY: named})

    async def counted(self, office_code: str, is_open: bool | None) -> Glance:  # noqa: FBT001 (as a row has it)
        return _glance(await self._connection.fetch(_SQL["counted"], office_code, is_open))

    async def by_urgency(
        self, asked: Asked, at: Mapping[Urgency, Span], limit: int
    ) -> Mapping[str, int]:
        begins = [moments.written(span.since) for span in at.values()]
        lasts = [moments.written(span.last) for span in at.values()]
        found = self._conditions(asked, limit, begins, lasts)
        rows = await self._connection.fetch(found.into(_SQL["by_urgency"]), *found.values)
        order = list(at)
        return {order[row["number"] - 1].value: row["count"] for row in rows}

    async def unread(self, office_code: str, staff_id: UUID, newest: int) -> int:
        found = await self._connection.fetchval(_SQL["unread"], office_code, staff_id, newest)
        return int(found)

    async def newest(self, office_code: str, limit: int) -> list[int]:
        rows = await self._connection.fetch(_SQL["newest"], office_code, limit)
        return [row["listed"] for row in rows]

    def _conditions(self, asked: Asked, *given: Any) -> _Conditions:  # noqa: ANN401 (what the driver takes)
        found = _Conditions(*given)
        found.add("of_office", asked.office_code)
        if asked.is_open:
            found.add("open")
        for facet, name in _COLUMNS.items():
            if chosen := asked.chosen.get(facet):
                found.add(name, list(chosen))
        found.either(asked.due)
        for name, moment in zip(("arrived_since", "arrived_until"), asked.arrived, strict=True):
            if moment is not None:
                found.add(name, moment)
        if asked.only is not None:
            found.add("only", list(asked.only))
        if asked.but:
            found.add("but", list(asked.but))
        if asked.words:
            found.add("all_tokens", self._tokens(asked.office_code, asked.words), late=True)
        for tokens in filter(None, (asked.offences, asked.flags)):
            found.add("one_token", self._tokens(asked.office_code, tokens), late=True)
        return found

    def _tokens(self, office_code: str, texts: Sequence[str]) -> list[int] | None:
        return self._vault.fingerprints(texts, office_code) if texts else None

    def _row(self, row: Row) -> QueueRow:
        place = item_context(row["office_code"], row["transfer_id"])
        told = dict(row) | from_json(self._vault.open(row["sealed"], place))
        offences = tuple(zip(told.pop("offences"), told.pop("conclusions"), strict=True))
        due_at = moments.read(told["due_at"])
        del told["sealed"], told["office_code"]
        return QueueRow(
            **told | {"status": Status(told["status"]), "offences": offences, "due_at": due_at}
        )


class PostgresQueueReads:
    """What one transaction of a queue's reader has."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self.queue = PostgresQueue(connection, vault)
        self.journal = PostgresJournal(connection)


class PostgresQueueReading:
    """Transactions for the queue of an office, under its guard."""

    def __init__(self, pool: asyncpg.Pool, vault: Vault, guard: Guard) -> None:
        self._pool = pool
        self._vault = vault
        self._guard = guard

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresQueueReads]:
        async with transaction(self._pool, self._guard, plans_anew=True) as connection:
            yield PostgresQueueReads(connection, self._vault)


def _order(key: str, falls: bool) -> str:  # noqa: FBT001 (of two ways one)
    way = " DESC" if falls else ""
    return f"{key}{way}, i.transfer_id{way}"


def _glance(rows: Sequence[Row]) -> Glance:
    counts: defaultdict[Facet, dict[str, int]] = defaultdict(dict)
    total = 0
    for row in rows:
        if row["facet"] == "all":
            total = row["count"]
        else:
            counts[Facet(row["facet"])][row["value"]] = row["count"]
    return Glance(total, counts)
