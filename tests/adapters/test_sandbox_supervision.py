"""Simulated supervisors and agencies on the running service: leads are acted on, letters taken and answered."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from adapters.clock import SystemClock, new_id
from adapters.main import Running
from adapters.postgres.registry_admin import RegistryAdmin
from adapters.sandbox.offices import SandboxOffice, agencies_of, demo_offices, judicial_office
from adapters.sandbox.sandbox import Sandbox
from adapters.sandbox.supervision import SupervisedAgency, Supervisor
from adapters.supervision_client import SupervisionClient
from contracts.case_record import CaseRecord
from contracts.office import SUPERVISORS
from tests.support.offices import key_of
from tests.support.packets import NOW
from tests.support.platform import platform
from tests.support.register import case, sold

CASES = 5


@dataclass
class County:
    """The demonstration's offices on a service whose register knows suspect cases of the first agency."""

    running: Running
    offices: list[SandboxOffice]

    def client(self, office: SandboxOffice) -> SupervisionClient:
        return SupervisionClient(self.running.url, office.code, office.key, key_of("platform"))

    @property
    def supervisors(self) -> list[SandboxOffice]:
        return [one for one in self.offices if one.office.kind in SUPERVISORS]


@pytest.fixture
async def county(database: str, tmp_path: Path) -> AsyncIterator[County]:
    offices = [*demo_offices(), judicial_office()]
    async with platform(database, tmp_path, SystemClock()) as running:
        async with running.ground.pool.acquire() as connection:
            rows = [one.office for one in offices], [one.registered_key for one in offices]
            await RegistryAdmin(connection, new_id).load(*rows, [], NOW)
        await running.ground.registry.refresh()
        records = [CaseRecord.model_validate(case(facts=sold(90_000))) for _ in range(CASES)]
        await running.use_cases.register.take(agencies_of(offices)[0].code, records)
        yield County(running, offices)


async def count(pool: asyncpg.Pool, what: str) -> int:
    return await pool.fetchval(f"SELECT count(*) FROM supervisions WHERE {what}")


async def test_office_has_a_few_letters_under_way_and_ends_what_was_answered(
    county: County,
) -> None:
    pool = county.running.ground.pool
    office, agency = county.supervisors[0], agencies_of(county.offices)[0]
    async with county.client(office) as client, county.client(agency) as agency_client:
        supervisor = Supervisor(office, client, at_most=2)
        for _ in range(4):
            await supervisor.look()
        assert (supervisor.letters, await count(pool, "status = 'issued'")) == (2, 2)
        supervised = SupervisedAgency(agency, agency_client, seed=1)
        await supervised.look()
        assert await count(pool, "status = 'issued'") == 0
        assert await count(pool, "reply IS NOT NULL") == supervised.replies > 0
        await supervisor.look()
        assert await count(pool, "outcome IS NOT NULL") == supervised.replies


async def test_refusal_to_transfer_is_not_adopted(county: County) -> None:
    pool = county.running.ground.pool
    office, agency = county.supervisors[0], agencies_of(county.offices)[0]
    async with county.client(office) as client, county.client(agency) as agency_client:
        supervisor = Supervisor(office, client, at_most=50)
        supervised = SupervisedAgency(agency, agency_client, seed=3)
        for _ in range(2 * CASES):
            await supervisor.look()
            await supervised.look()
        await supervisor.look()
    refused = await count(pool, "reply = 'not_transferring' AND outcome = 'not_adopted'")
    assert refused == await count(pool, "reply = 'not_transferring'") > 0


async def test_sandbox_lets_all_of_them_play(county: County) -> None:
    pool = county.running.ground.pool
    async with Sandbox(county.offices, key_of("platform")) as sandbox:
        await sandbox.supervise(county.running.url, pace=0.05, seed=1)
        async with asyncio.timeout(20):
            while await count(pool, "outcome IS NOT NULL") < 2:  # noqa: ASYNC110 (it plays elsewhere)
                await asyncio.sleep(0.05)
        sandbox.check()
        assert {one.office.office.kind for one in sandbox.supervisors} == SUPERVISORS
    kinds = await pool.fetch("SELECT DISTINCT kind FROM supervisions ORDER BY kind")
    assert [row["kind"] for row in kinds] == ["supervisory_letter", "transfer_opinion"]


async def test_platform_that_is_down_is_looked_at_later(county: County) -> None:
    office, agency = county.supervisors[0], agencies_of(county.offices)[0]
    nowhere = "http://127.0.0.1:9"
    for player, player_office in ((Supervisor, office), (SupervisedAgency, agency)):
        client = SupervisionClient(nowhere, player_office.code, player_office.key)
        client.retries = type(client.retries)(tries=1)
        async with client:
            more = {"seed": 1} if player is SupervisedAgency else {}
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await player(player_office, client, **more).work(0.05)
