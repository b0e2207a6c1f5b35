"""The weeks that a demonstration has behind it, on the running service: every state is there, and nothing is doubled."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from adapters.clock import new_id
from adapters.main import Running
from adapters.postgres.registry_admin import RegistryAdmin
from adapters.sandbox.past import Past, SetClock
from tests.support.addressee import simulated
from tests.support.offices import key_of
from tests.support.packets import NOW
from tests.support.platform import platform

DESK = simulated("county-procuratorate")
OFFICES = (simulated("market"), simulated("tobacco"), DESK, simulated("county-police"))
DAYS, CASES = 12, 40


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW - timedelta(days=DAYS))


@pytest.fixture
async def running(database: str, tmp_path: Path, clock: SetClock) -> AsyncIterator[Running]:
    async with platform(database, tmp_path, clock) as running:
        mailboxes = [one.with_mailbox().reached_at(None) for one in OFFICES[2:]]
        async with running.ground.pool.acquire() as connection:
            await RegistryAdmin(connection, new_id).load([], [], mailboxes, clock.at)
        await running.ground.registry.refresh()
        yield running


async def test_past_has_every_state_and_leaves_the_desk_its_work(
    running: Running, clock: SetClock, pool: asyncpg.Pool
) -> None:
    past = Past(OFFICES, key_of("platform"), clock, NOW, desks={DESK.code})
    made = await past.play(running.url, running.use_cases.materials.add, CASES, DAYS)
    rows = await pool.fetch("SELECT status, received_at FROM transfers")
    assert len(rows) == made > CASES * 0.7
    assert {"filed", "dispatching"} < {row["status"] for row in rows}
    assert all(NOW - timedelta(days=DAYS) <= row["received_at"] < NOW for row in rows)
    waiting = await pool.fetch(
        "SELECT offered_at FROM (SELECT t.received_at AS offered_at FROM dispatches d"
        " JOIN transfers t ON t.id = d.transfer_id WHERE d.office_code = $1 AND d.status = 'waiting') x",
        DESK.code,
    )
    assert waiting
    assert min(row["offered_at"] for row in waiting) > NOW - timedelta(days=3)
    signed = await pool.fetchval("SELECT count(*) FROM dispatches WHERE status = 'acknowledged'")
    assert signed > made / 2
    for agency in past.agencies:
        assert not agency.ledger.changed
        assert not agency.ledger.unproven
        assert set(agency.ledger.refused) <= {"schema"}
