"""The stage of the demonstration: its offices, the weeks behind it, who works at its desks, and the keys of those."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from adapters.cli.demo_home import DemoHome
from adapters.clock import new_id
from adapters.main import Running, build
from adapters.main.ground import Ground
from adapters.postgres import desk_keys
from adapters.postgres.registry_admin import RegistryAdmin
from adapters.sandbox.offices import (
    SandboxOffice,
    addressees_of,
    demo_offices,
    judicial_office,
)
from adapters.sandbox.past import Past, SetClock
from adapters.sandbox.people import DemoPerson, demo_people
from adapters.sandbox.sandbox import Rows
from adapters.settings import Settings
from adapters.web.pages.sign_in import DEMO_ISSUER
from contracts.office import OfficeKind
from service.domain.registry import Office
from service.staff import Staff

_DAYS = 28
_DESKS = (OfficeKind.PROCURATORATE, OfficeKind.JUDICIAL_ADMINISTRATION)
"""Whom nobody plays: people of the sandbox sit there."""


def stage_offices(home: DemoHome) -> list[SandboxOffice]:
    """Give two agencies, a procuratorate with a desk, a police office with a system, and a justice office with a desk."""
    offices = home.with_kept_keys([*demo_offices(), judicial_office()])
    return [one.with_mailbox() if one.office.kind in _DESKS else one for one in offices]


def desks_of(offices: Sequence[SandboxOffice]) -> frozenset[str]:
    return frozenset(one.code for one in offices if one.office.kind in _DESKS)


async def play_past(
    home: DemoHome, settings: Settings, offices: Sequence[SandboxOffice], cases: int
) -> int:
    """Give a new home some weeks behind it; gives how many transfers, none where there are some already."""
    now = datetime.now(UTC)
    clock = SetClock(now - timedelta(days=_DAYS))
    alone = settings.model_copy(update={"role": "api", "port": 0})
    async with build(alone, clock) as running:
        if await running.ground.pool.fetchval("SELECT EXISTS (SELECT FROM transfers)"):
            return 0
        await register(running, _with_mailboxes(offices))
        past = Past(offices, home.platform_key(), clock, now, desks=desks_of(offices))
        return await past.play(running.url, running.use_cases.materials.add, cases, _DAYS)


def _with_mailboxes(offices: Sequence[SandboxOffice]) -> Rows:
    # Nobody is called in the past: whoever listens has the clock of today.
    return Rows(
        [one.office for one in offices],
        [one.registered_key for one in offices],
        [one.with_mailbox().reached_at(None) for one in addressees_of(offices)],
    )


async def register(running: Running, rows: Rows) -> None:
    async with running.ground.pool.acquire() as connection:
        admin = RegistryAdmin(connection, new_id)
        await admin.load(rows.offices, rows.keys, rows.endpoints, datetime.now(UTC))
    await running.ground.registry.refresh()


async def seat_people(ground: Ground, offices: Sequence[Office]) -> list[DemoPerson]:
    """Enter the people of the sandbox at its offices, and give each office that has some a key to sign with."""
    staff = Staff(ground.uow, ground.registry.now, ground.clock, new_id)
    people = list(demo_people(offices))
    for one in people:
        await staff.enter(DEMO_ISSUER, one.subject, one.name, one.office_code, one.roles)
    await _enrol(ground, sorted({one.office_code for one in people}))
    return people


async def _enrol(ground: Ground, codes: Sequence[str]) -> None:
    async with ground.pool.acquire() as connection:
        known = {one.office_code for one in await desk_keys.list_desks(connection)}
        for code in codes:
            if code not in known:
                now = ground.clock.now()
                await desk_keys.enrol(connection, ground.vault, code, new_id, now)
    await ground.registry.refresh()
