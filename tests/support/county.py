"""One county's work, all of it: something in every table that row-level security guards, and nothing of anybody else's."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg

from adapters.clock import new_id
from adapters.postgres.desk_views import PostgresViewReading
from adapters.postgres.guarded import Guard
from contracts.case_record import MonthlyCount
from service.desk_views import DeskViews
from service.domain.claims import Subject
from service.domain.staff import StaffRole
from service.queue_keeping import QueueKeeping
from tests.support.case_desk import case_desk
from tests.support.chain import Chain
from tests.support.desk import DeskScene
from tests.support.offices import office
from tests.support.packets import NOW
from tests.support.register import RegisterScene, case, sold

DESK = "county-procuratorate"


@dataclass(frozen=True)
class County:
    """What there is of it."""

    chain: Chain
    transfer_id: UUID
    held_id: UUID
    lead_id: UUID


def guard_of(chain: Chain, slug: str) -> Guard:
    return Guard.of(chain.registry.offices[office(slug).code])


async def registered(pool: asyncpg.Pool) -> Chain:
    """The offices and their keys alone."""
    chain = await Chain(pool).open()
    await DeskScene(chain).enrol(DESK)
    return chain


async def at_work(pool: asyncpg.Pool, folder: Path) -> County:
    """Have the county's market office, police and prosecutors do everything once."""
    chain = await registered(pool)
    desk = DeskScene(chain)
    seat = await desk.seat(DESK, "lin", StaffRole.CHIEF, StaffRole.SUPERVISOR)
    transfer_id = await desk.taken(seat)
    held = await chain.send(2, facts={"substandard_product": True, "sales_amount": 100})
    await chain.report(str(transfer_id), DESK, "opinion")
    await _keep_register(chain)
    lead = await desk.supervision.suspected()
    await desk.supervision.issue()
    await desk.claims.claim(seat, Subject.TRANSFER, transfer_id)
    await desk.draft(seat, transfer_id, "opinion", reason="x")
    reader = await case_desk(chain, DESK, folder)
    await reader.cases.docket(reader.seat, transfer_id)
    await reader.corrections.add(reader.seat, transfer_id, "/case/title", "某案", "写错")
    views = DeskViews(
        PostgresViewReading(pool, guard_of(chain, DESK)), chain.uow, chain.clock, new_id
    )
    await views.save(seat, "我的", "", for_office=False)
    await QueueKeeping(chain.uow, chain.clock, _here).follow(1000)
    chain.clock.advance(days=40)
    await chain.watch.look()
    return County(chain, transfer_id, UUID(held.transfer_id), lead["id"])


async def _keep_register(chain: Chain) -> None:
    scene = RegisterScene(chain)
    record = case(facts=sold(30_000))
    await scene.take(record)
    later = (NOW + timedelta(minutes=1)).isoformat()
    await scene.take(record | {"recorded_at": later, "summary": "more"})
    await scene.register.report_counts(
        office("market").code, [MonthlyCount(month="2026-10", decided=9)]
    )


async def _here(work, *arguments):
    return work(*arguments)
