"""Somebody at the desk of a test office, and what he reads its dockets by."""

from dataclasses import dataclass
from pathlib import Path

from adapters.clock import new_id
from adapters.materials.disk import DiskMaterials
from adapters.postgres.case_reading import PostgresDocketReading
from adapters.postgres.guarded import Guard
from contracts import jws
from service.case_reading import CaseReading
from service.composition import Shelf
from service.corrections import Corrections
from service.domain.staff import Seat, StaffRole
from service.staff import Staff
from tests.support.chain import Chain
from tests.support.offices import key_of, office


async def _aside(work):
    return work()


@dataclass
class CaseDesk:
    """One person's seat with its use cases, on the chain's database."""

    seat: Seat
    cases: CaseReading
    corrections: Corrections


async def case_desk(
    chain: Chain,
    slug: str,
    folder: Path,
    name: str = "林检察官",
    role: StaffRole = StaffRole.REVIEWER,
) -> CaseDesk:
    """Enter somebody at an office and sit him down."""
    member = chain.registry.offices[office(slug).code]
    staff = Staff(chain.uow, lambda: chain.registry, chain.clock, new_id)
    person = await staff.enter("test", f"{slug}-{name}", name, member.code, frozenset({role}))
    seat = Seat(person.id, name, member, frozenset({role}))
    reading = PostgresDocketReading(
        chain.pool, chain.vault, chain.standards.clocks, Guard.of(member)
    )
    platform = key_of("platform")
    cases = CaseReading(
        *(reading, chain.uow, Shelf(lambda: chain.standards), DiskMaterials(folder), chain.vault),
        *(lambda: chain.registry, lambda: chain.standards, {jws.key_id(platform): platform}),
        *(_aside, chain.clock, new_id),
    )
    return CaseDesk(seat, cases, Corrections(reading, chain.uow, chain.vault, chain.clock, new_id))
