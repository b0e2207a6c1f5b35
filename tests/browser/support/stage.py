"""The stage of the flows: offices of the sandbox with three weeks behind them, and a day that is held.

The weeks are played once, through the service itself; every test then has a clone of them to itself. So each document
is signed, each clock has run, and no test sees what another did.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from pydantic_core import to_json

from adapters.cli.demo_home import DemoHome
from adapters.cli.demo_stage import desks_of, seat_people, stage_offices
from adapters.clock import new_id
from adapters.main import Running, build
from adapters.postgres.registry_admin import RegistryAdmin
from adapters.sandbox.agencies import Agency
from adapters.sandbox.cases import SandboxCase, make_case
from adapters.sandbox.feed import feed, registers_of
from adapters.sandbox.offices import SandboxOffice, addressees_of, agencies_of
from adapters.sandbox.past import Past, SetClock
from adapters.sandbox.supervision import SupervisedAgency, Supervisor
from adapters.supervision_client import SupervisionClient
from contracts import jws
from contracts.jws import Typ
from contracts.office import OfficeKind
from tests.support.packets import NOW
from tests.support.postgres import cloned_database

_DAYS = 21
_PATIENCE = 10


@dataclass(frozen=True)
class Played:
    """The weeks as they were played: a database to be cloned, and the keys and files that go with it."""

    template: str
    home: DemoHome
    offices: list[SandboxOffice]


@dataclass
class Stage:
    """The running service on the held day, and what the offices outside it do."""

    running: Running
    clock: SetClock
    played: Played

    @property
    def url(self) -> str:
        return self.running.url

    def office(self, kind: OfficeKind, number: int = 0) -> SandboxOffice:
        return [one for one in self.played.offices if one.office.kind is kind][number]

    @asynccontextmanager
    async def client(self, office: SandboxOffice) -> AsyncIterator[SupervisionClient]:
        """Give an office's own way to the service: real requests, its own signatures."""
        client = SupervisionClient(
            *(self.url, office.code, office.key, self.played.home.platform_key()),
            now=self.clock.now,
        )
        async with client:
            yield client

    async def hand_over(self, case: SandboxCase, agency: int = 0) -> UUID:
        """Have an agency upload the files of a case, sign its packet, and send it."""
        office = self.office(OfficeKind.AGENCY, agency)
        packet = jws.sign(to_json(case.packet), Typ.TRANSFER_PACKET, office.key, self.clock.now())
        async with self.client(office) as client:
            for content in case.files:
                await client.put_material(content)
            transfer_id = (await client.send_packet(packet)).transfer_id
        await self.until("SELECT FROM desk_items WHERE transfer_id = $1", transfer_id)
        return transfer_id

    async def hand_over_many(self, name: str, count: int) -> None:
        """Have an agency hand over so many cases that are alike but for their numbers."""
        office, first = self.office(OfficeKind.AGENCY), self.case(name)
        async with self.client(office) as client:
            for content in first.files:
                await client.put_material(content)
            for number in range(count):
                own = {
                    "packet_id": f"many-{number}",
                    "document_number": f"示移〔2026〕{number}-9号",
                }
                case = first.packet["case"] | {"case_number": f"示案many-{number:02}"}
                document = to_json(first.packet | own | {"case": case})
                packet = jws.sign(document, Typ.TRANSFER_PACKET, office.key, self.clock.now())
                last = (await client.send_packet(packet)).transfer_id
        await self.until("SELECT FROM desk_items WHERE transfer_id = $1", last)

    async def until(self, query: str, *arguments: object) -> None:
        """Wait until a query finds something: what the rounds of the service do comes a moment later."""
        async with asyncio.timeout(_PATIENCE):
            while not await self.running.ground.pool.fetch(query, *arguments):  # noqa: ASYNC110 (another task does it)
                await asyncio.sleep(0.02)

    async def follow_up(self, agency: int = 0) -> None:
        """Have an agency read what happened, and bring what it was asked for."""
        office = self.office(OfficeKind.AGENCY, agency)
        async with self.client(office) as client:
            system = Agency(office, client, seed=1, run="now", now=self.clock.now)
            while not await _is_up_to_date(system):
                pass

    async def take_letters(self, agency: int = 0, seed: int = 1) -> int:
        """Have an agency take its letters out, and reply to most; gives to how many."""
        office = self.office(OfficeKind.AGENCY, agency)
        async with self.client(office) as client:
            supervised = SupervisedAgency(office, client, seed=seed, now=self.clock.now)
            await supervised.look()
            return supervised.replies

    def case(self, name: str, number: int = 1, agency: int = 0, seed: int = 3) -> SandboxCase:
        """Make up a case whose title begins with a name that no other has; the same for the same seed."""
        office = self.office(OfficeKind.AGENCY, agency).office
        at = self.clock.now() - timedelta(hours=2)
        made = make_case(Random(seed), office, f"stage-{number}", at)
        told = made.packet["case"]
        return SandboxCase(
            made.packet | {"case": told | {"title": f"{name}{told['title']}"}}, made.files
        )


async def _is_up_to_date(system: Agency) -> bool:
    """Read a page of what happened and act on it; True when there was nothing more."""
    before = system._cursor
    await system.follow_up()
    return system._cursor == before


@asynccontextmanager
async def played(
    server_url: str, template: str, folder: Path, *, cases: int = 30, records: int = 240
) -> AsyncIterator[Played]:
    """Play the weeks before the held day; the database is nobody's until it is cloned."""
    async with cloned_database(server_url, template) as url:
        home = DemoHome(folder)
        offices = stage_offices(home)
        clock = SetClock(NOW - timedelta(days=_DAYS))
        alone = _settings(home, url, role="api")
        async with build(alone, clock) as running:
            await _register(running, offices)
            await seat_people(running.ground, [one.office for one in offices])
            past = Past(offices, home.platform_key(), clock, NOW, desks=desks_of(offices))
            await past.play(running.url, running.use_cases.materials.add, cases, _DAYS)
            clock.at = NOW
            found = Played(urlsplit(url).path.removeprefix("/"), home, offices)
            await _supervised(Stage(running, clock, found), records)
        yield found


@asynccontextmanager
async def staged(
    server_url: str, played: Played, at: datetime = NOW, **settings: Any
) -> AsyncIterator[Stage]:
    """Run the whole service on a clone of the weeks: its requests, its deliveries, its rounds."""
    async with cloned_database(server_url, played.template) as url:
        clock = SetClock(at)
        given = {"role": "all", "watch_interval": "1s"} | settings
        async with build(_settings(played.home, url, **given), clock) as running:
            yield Stage(running, clock, played)


def _settings(home: DemoHome, url: str, **given: Any) -> Any:
    return home.settings(url, **({"port": 0} | given))


async def _register(running: Running, offices: list[SandboxOffice]) -> None:
    rows = (
        [one.office for one in offices],
        [one.registered_key for one in offices],
        [one.with_mailbox().reached_at(None) for one in addressees_of(offices)],
    )
    async with running.ground.pool.acquire() as connection:
        await RegistryAdmin(connection, new_id).load(*rows, running.ground.clock.now())
    await running.ground.registry.refresh()


async def _supervised(stage: Stage, records: int) -> None:
    """Feed the registers, find what was never transferred, and let two letters go their way."""
    use_cases, offices = stage.running.use_cases, stage.played.offices
    batches = registers_of(agencies_of(offices), records, NOW)
    for office in agencies_of(offices):
        async with stage.client(office) as client:
            await feed(client, office, batches[office.code], NOW)
    await use_cases.detection.look()
    await use_cases.detection.follow()
    for days, count in ((9, 2), (3, 1)):
        stage.clock.at = NOW - timedelta(days=days)
        await _letters(stage, count)
        stage.clock.at += timedelta(days=1)
        for number, _ in enumerate(agencies_of(offices)):
            await stage.take_letters(number, seed=days)
    stage.clock.at = NOW
    await use_cases.watch.look()
    await use_cases.supervision.watch.look()
    await use_cases.detection.follow()
    await use_cases.queue_keeping.follow()


async def _letters(stage: Stage, count: int) -> None:
    office = stage.office(OfficeKind.JUDICIAL_ADMINISTRATION)
    async with stage.client(office) as client:
        supervisor = Supervisor(office, client, at_most=count, in_all=count, now=stage.clock.now)
        for _ in range(count):
            await supervisor.look()
