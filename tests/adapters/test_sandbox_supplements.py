"""A simulated agency brings what a desk asks for: each time, in an earlier run's case too, and never unasked."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from adapters.client import LinkageClient
from adapters.clock import SystemClock, new_id
from adapters.main import Running
from adapters.postgres.registry_admin import RegistryAdmin
from adapters.sandbox.agencies import Agency
from adapters.sandbox.inbox import Inbox
from adapters.sandbox.mailbox_reader import MailboxReader
from adapters.sandbox.offices import SandboxOffice
from adapters.sandbox.reporter import report_of
from contracts.report import ReportKind
from tests.support.addressee import simulated
from tests.support.offices import key_of
from tests.support.packets import NOW
from tests.support.platform import platform

MARKET = simulated("market")
PROCURATORATE = simulated("county-procuratorate").with_mailbox()


@pytest.fixture
async def running(database: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with platform(database, tmp_path, SystemClock()) as running:
        async with running.ground.pool.acquire() as connection:
            mailbox = PROCURATORATE.reached_at(None)
            await RegistryAdmin(connection, new_id).load([], [], [mailbox], NOW)
        await running.ground.registry.refresh()
        yield running


def client(running: Running, office: SandboxOffice) -> LinkageClient:
    return LinkageClient(running.url, office.code, office.key, key_of("platform"))


async def handed_over(agency: Agency) -> UUID:
    while not agency.ledger.receipts:
        await agency.hand_over()
    return next(iter(agency.ledger.receipts.values())).transfer_id


async def take(running: Running) -> None:
    """Have the procuratorate take what waits for it: nobody asks about a case that he has not seen."""
    keys = {MARKET.registered_key.kid: MARKET.registered_key}
    inbox = Inbox(PROCURATORATE, key_of("platform"), keys)
    async with client(running, PROCURATORATE) as procuratorate:
        await MailboxReader(inbox, procuratorate, 0).look()


async def ask(running: Running, transfer_id: UUID, request: str) -> None:
    kind = ReportKind.SUPPLEMENT_REQUESTED
    raw = report_of(PROCURATORATE, str(transfer_id), kind, after=request)
    await running.use_cases.reports.report(raw)


async def supplements(pool: asyncpg.Pool) -> int:
    return await pool.fetchval("SELECT count(*) FROM reports WHERE kind = 'supplemented'")


async def test_what_a_desk_asks_for_is_brought_once_a_request(
    running: Running, pool: asyncpg.Pool
) -> None:
    async with client(running, MARKET) as market:
        agency = Agency(MARKET, market, seed=5, run="one")
        transfer_id = await handed_over(agency)
        await take(running)
        await agency.follow_up()
        assert await supplements(pool) == 0
        for number in (1, 2):
            await ask(running, transfer_id, f"request-{number}")
            await agency.follow_up()
            await agency.follow_up()
            assert await supplements(pool) == number
        assert (await market.transfer(transfer_id)).status != "supplement_requested"


async def test_agency_that_was_started_again_brings_what_waits_and_nothing_twice(
    running: Running, pool: asyncpg.Pool
) -> None:
    async with client(running, MARKET) as market:
        transfer_id = await handed_over(Agency(MARKET, market, seed=5, run="one"))
        await take(running)
        await ask(running, transfer_id, "request-1")
        for run in ("two", "three"):
            again = Agency(MARKET, market, seed=5, run=run)
            await again.follow_up()
            assert not again.ledger.refused
    assert await supplements(pool) == 1
