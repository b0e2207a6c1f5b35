"""Somebody at a desk who reads its queue, and transfers that come into it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from adapters.clock import new_id
from adapters.postgres.guarded import Guard
from adapters.postgres.queue import PostgresQueueReading
from contracts import calendar
from service.domain.queue_filters import Filters
from service.domain.registry import Office
from service.domain.staff import Seat, StaffRole
from service.queue import Queue, read_step
from service.queue_pages import QueuePage
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.packets import packet

CALENDARS = calendar.load()
POLICE, PROCURATORATE = "county-police", "county-procuratorate"


@dataclass
class Desk:
    """The desk of an office in a chain, with somebody at it."""

    chain: Chain
    slug: str = POLICE

    def __post_init__(self) -> None:
        member = office(self.slug)
        self.office = Office(member.code, member.name, member.kind, member.division, member.level)
        guard = Guard.of(self.office)
        self.reading = PostgresQueueReading(self.chain.pool, self.chain.vault, guard)
        self.queue = Queue(self.reading, lambda: CALENDARS, self.chain.clock, new_id)
        self.seat = Seat(new_id(), "林检察官", self.office, frozenset({StaffRole.REVIEWER}))

    async def sit(self) -> "Desk":
        await self.chain.pool.execute(
            "INSERT INTO staff (id, issuer, subject, name, added_at) VALUES ($1, 'demo', $2, $3, now())",
            *(self.seat.staff_id, str(self.seat.staff_id), self.seat.name),
        )
        await self.chain.pool.execute(
            "INSERT INTO staff_roles VALUES ($1, $2, 'reviewer', now())",
            *(self.seat.staff_id, self.office.code),
        )
        return self

    async def page(self, query: str = "", **step: str) -> QueuePage:
        at = read_step(step.get("after"), step.get("before"))
        return await self.queue.page(self.seat, Filters.read_query(query), at)

    async def titles(self, query: str = "") -> list[str]:
        return [line.row.title for line in (await self.page(query)).lines]

    async def claim(self, transfer_id: UUID, staff_id: UUID | None = None) -> None:
        now = self.chain.clock.now()
        await self.chain.pool.execute(
            "INSERT INTO desk_claims VALUES ($1, $2, 'transfer', $3, $4, $5)",
            *(self.office.code, transfer_id, staff_id or self.seat.staff_id, now),
            now + timedelta(hours=4),
        )


async def send(chain: Chain, number: int, title: str = "销售不合格电线案", **changes: Any) -> UUID:
    case = packet(number)["case"] | {"title": title}
    receipt = await chain.send(number, case=case, **changes)
    return UUID(receipt.transfer_id)
