"""A hundred thousand transfers: copies of models, each a case of its own.

A copy has ids, numbers, a party, a title and a packet of its own, signed by its agency; it lies some weeks further back, and
every signed body is sealed for its place, so that whatever a page opens can be opened. The answers of others are the
model's, word for word. Copies of old courses are spread over two years, of the others over the hours around their model;
they are written in the order of time, as a platform's rows are.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import to_json

from adapters.keys import AesVault
from adapters.postgres.documents import context
from adapters.postgres.transfers import party_context
from contracts.jws import digest_of
from contracts.packet import Suspect
from service.domain.case_files import CaseKey
from service.domain.register import bucket_of
from service.domain.working_days import SHANGHAI
from tests.bench.pages.made_up import new_parties, signed_packet
from tests.bench.pages.models import COURSES, Model
from tests.bench.pages.senders import Sender, senders

_CHUNK = 2_000
_WEEKS = 100
_JITTER_HOURS = 6
OTHERS = 0.06
"""How many cases the counties have beside the city's, as a share of those."""

# What belongs to a transfer, and how each table names it. `recorded_in` is the transaction's own.
_TABLES = {
    "transfers": "id = $1",
    "parties": "transfer_id = $1",
    "documents": "transfer_id = $1",
    "dispatches": "transfer_id = $1",
    "reports": "transfer_id = $1",
    "deadlines": "transfer_id = $1",
    "journal": "transfer_id = $1",
    "cases": "(agency_code, case_number) = (SELECT agency_code, case_number FROM transfers WHERE id = $1)",
    "leads": "(agency_code, case_number) = (SELECT agency_code, case_number FROM transfers WHERE id = $1)",
}
_BY_THE_DATABASE = frozenset({"recorded_in"})
Row = dict[str, Any]
Rows = dict[str, list[Row]]


@dataclass(frozen=True)
class _Plan:
    """A row of a model, and which of its columns are other ones in a copy."""

    row: Row
    moments: tuple[str, ...]
    ids: tuple[str, ...]
    named: tuple[UUID, ...]

    @classmethod
    def of(cls, row: Row, ids: Iterable[UUID]) -> "_Plan":
        return cls(
            row,
            tuple(name for name, value in row.items() if isinstance(value, datetime)),
            tuple(name for name, value in row.items() if isinstance(value, UUID)),
            tuple(one for one in ids if str(one) in row.get("data", "")),
        )

    def again(self, ids: Mapping[UUID, UUID], shift: timedelta) -> Row:
        row = self.row.copy()
        for name in self.moments:
            row[name] += shift
        for name in self.ids:
            row[name] = ids[row[name]]
        for one in self.named:
            row["data"] = row["data"].replace(str(one), str(ids[one]))
        return row


@dataclass(frozen=True)
class _Copied:
    """A model as it is stored, and all ids in it."""

    model: Model
    plans: Mapping[str, Sequence["_Plan"]]
    ids: tuple[UUID, ...]


@dataclass(frozen=True)
class _Order:
    """A copy to make: of which model, how much earlier, and its number."""

    at: datetime
    of: _Copied
    number: int


class Copies:
    """Writes copies of models into the database that they are in."""

    def __init__(self, connection: asyncpg.Connection, vault: AesVault, now: datetime) -> None:
        self._connection = connection
        self._vault = vault
        self._now = now
        self._random = Random(3)
        self._parties = new_parties()
        self._tallies: Counter[tuple[str, date, str]] = Counter()

    async def write(self, models: Sequence[Model], count: int) -> int:
        """Give the city `count` transfers and the counties their share; gives how many there are in all."""
        stored = [await self._read(model) for model in models]
        await self._connection.execute("SET synchronous_commit = off")
        orders = sorted(self._orders(stored, count), key=lambda one: one.at)
        written: asyncio.Future[None] = asyncio.ensure_future(asyncio.sleep(0))
        for first in range(0, len(orders), _CHUNK):
            # The next are made while the database takes the last.
            made = await asyncio.to_thread(self._make, orders[first : first + _CHUNK])
            await written
            written = asyncio.ensure_future(self._put_all(made))
        await written
        await self._count()
        await self._connection.execute(_FOLLOWED)
        await self._connection.execute("SET synchronous_commit = on")
        return len(orders) + len(models)

    def _make(self, orders: Sequence[_Order]) -> list[Rows]:
        return [self._copy(order) for order in orders]

    async def _put_all(self, made: Sequence[Rows]) -> None:
        async with self._connection.transaction():
            for table in _TABLES:
                await self._put(table, [row for rows in made for row in rows[table]])

    async def _read(self, model: Model) -> _Copied:
        rows: Rows = {}
        for table, condition in _TABLES.items():
            found = await self._connection.fetch(
                f"SELECT * FROM {table} WHERE {condition}",
                model.id,
            )
            rows[table] = [
                {name: value for name, value in row.items() if name not in _BY_THE_DATABASE}
                for row in found
            ]
        for row in rows["documents"]:
            place = context(row["transfer_id"], row["kind"], row["subject"])
            row["sealed"] = self._vault.open(row["sealed"], place)
        values = [value for of in rows.values() for row in of for value in row.values()]
        ids = {value: None for value in values if isinstance(value, UUID)}
        plans = {table: [_Plan.of(row, ids) for row in found] for table, found in rows.items()}
        return _Copied(model, plans, tuple(ids))

    def _orders(self, stored: Sequence[_Copied], count: int) -> Iterator[_Order]:
        """Spread the cases over the agencies, the courses, the models of each, and time."""
        number = 0
        for sender, wanted in _shares(count):
            mine = [one for one in stored if one.model.pattern.sender is sender]
            total = sum(course.share for course in COURSES)
            ends = list(accumulate(course.share for course in COURSES))
            for course, end in zip(COURSES, ends, strict=True):
                first, last = wanted * (end - course.share) // total, wanted * end // total
                of_course = [one for one in mine if one.model.course is course]
                for place in range(last - first):
                    number += 1
                    model = of_course[place % len(of_course)]
                    yield _Order(self._moment(model.model), model, number)

    def _moment(self, model: Model) -> datetime:
        weeks = self._random.randrange(_WEEKS) if model.course.is_old else 0
        hours = self._random.random() * _JITTER_HOURS
        return model.at - timedelta(weeks=weeks, hours=hours)

    def _copy(self, order: _Order) -> Rows:
        model, shift = order.of.model, order.at - order.of.model.at
        packet = model.pattern.packet(self._random, self._parties, order.number, order.at)
        raw = signed_packet(packet, model.pattern.sender, order.at)
        ids = {old: _moved(old, shift, self._random) for old in order.of.ids}
        rows = {
            table: [plan.again(ids, shift) for plan in plans]
            for table, plans in order.of.plans.items()
        }
        self._name(rows, packet, raw)
        for row in rows["documents"]:
            place = context(row["transfer_id"], row["kind"], row["subject"])
            row["sealed"] = self._vault.seal(row["sealed"], place)
        return rows

    def _name(self, rows: Rows, packet: dict[str, Any], raw: bytes) -> None:
        """Put in what is the copy's own."""
        [transfer] = rows["transfers"]
        case_number, digest = packet["case"]["case_number"], digest_of(raw)
        transfer |= {
            "packet_id": packet["packet_id"],
            "packet_digest": digest,
            "document_number": packet["document_number"],
            "case_number": case_number,
        }
        for row in rows["documents"]:
            if row["kind"] == "packet":
                row |= {"digest": digest, "sealed": raw}
        for row in rows["reports"]:
            row["report_id"] = f"bench-{row['id']}"
        rows["parties"] = self._party_rows(transfer["id"], packet["suspects"])
        party = rows["parties"][0]["identifier_hash"]
        for row in (*rows["cases"], *rows["leads"]):
            row["case_number"] = case_number
        for row in rows["cases"]:
            self._place(row, party, transfer["received_at"])

    def _party_rows(self, transfer_id: UUID, suspects: Sequence[dict[str, Any]]) -> list[Row]:
        return [
            {
                "transfer_id": transfer_id,
                "ordinal": ordinal,
                "kind": suspect["kind"],
                "identifier_hash": self._vault.fingerprint(suspect["identifier"]["value"]),
                "sealed": self._vault.seal(
                    to_json(Suspect.model_validate(suspect), exclude_none=True),
                    party_context(transfer_id, ordinal),
                ),
            }
            for ordinal, suspect in enumerate(suspects)
        ]

    def _place(self, row: Row, party: bytes, received_at: datetime) -> None:
        """Lay a case that its transfer tells of where it belongs, in the bucket and in the figures."""
        key = CaseKey(row["agency_code"], row["case_number"])
        month = received_at.astimezone(SHANGHAI).date().replace(day=1)
        names = [text.partition("/")[2] for text in json.loads(row["counted"])]
        self._tallies.update((row["agency_code"], month, name) for name in names)
        held = row["party_hash"] and party
        row |= {
            "bucket": bucket_of(key, held),
            "party_hash": held,
            "month": month,
            "counted": json.dumps([f"{month:%Y-%m}/{name}" for name in names]),
            "look_at": row["look_at"] if row["look_at"] and row["look_at"] > self._now else None,
        }

    async def _put(self, table: str, rows: Sequence[Row]) -> None:
        if rows:
            columns = list(rows[0])
            await self._connection.copy_records_to_table(
                table, columns=columns, records=(tuple(row.values()) for row in rows)
            )

    async def _count(self) -> None:
        rows = [(*key, by) for key, by in sorted(self._tallies.items())]
        await self._connection.executemany(_COUNT, rows)


# Detection has read what is written here: the cases stand in the register as it would have left them.
_FOLLOWED = """
UPDATE detection_cursor SET (recorded_in, id) =
  (SELECT recorded_in, id FROM journal ORDER BY recorded_in DESC, id DESC LIMIT 1)
"""
_COUNT = """
INSERT INTO tallies (agency_code, month, name, count) VALUES ($1, $2, $3, $4)
    ON CONFLICT (agency_code, month, name) DO UPDATE SET count = tallies.count + excluded.count
"""


def _shares(count: int) -> Iterator[tuple[Sender, int]]:
    city = [one for one in senders() if one.is_of_the_city]
    others = [one for one in senders() if not one.is_of_the_city]
    for group, wanted in ((city, count), (others, int(count * OTHERS))):
        for place, sender in enumerate(group):
            end, start = wanted * (place + 1) // len(group), wanted * place // len(group)
            yield sender, end - start


_VERSION_7, _VARIANT = 0x7 << 76, 0x2 << 62


def _moved(old: UUID, shift: timedelta, random: Random) -> UUID:
    """Make an id as it would have been made that much earlier."""
    at = (old.int >> 80) + int(shift.total_seconds() * 1000)
    chance = random.getrandbits(74)
    return UUID(
        int=at << 80 | _VERSION_7 | (chance >> 62) << 64 | _VARIANT | chance & (1 << 62) - 1
    )
