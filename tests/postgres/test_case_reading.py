"""Row-level security under a docket: each query of it alone gives another office nothing, and the service needs no more rights."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres.case_reading import _SQL
from adapters.postgres.guarded import Guard, transaction
from adapters.postgres.pool import prepare
from tests.support.case_desk import case_desk
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.packets import NOW

ROLES = (Path(__file__).parents[2] / "deploy" / "roles.sql").read_text("utf-8")
READINGS = ["transfer.read"]
PARTY, SUPERIOR, ELSEWHERE = "county-procuratorate", "city-procuratorate", "other-procuratorate"


@pytest.fixture
async def chain(pool: asyncpg.Pool) -> Chain:
    return await Chain(pool).open()


async def asked_by(chain: Chain, slug: str, transfer_id: UUID, tmp_path: Path) -> dict[str, int]:
    """Ask everything for an office, whatever another use case would have checked before; gives how many rows came."""
    seat = (await case_desk(chain, slug, tmp_path)).seat
    agency, number = office("market").code, "示市监案〔2026〕1号"
    questions: dict[str, tuple[Any, ...]] = {
        "find": (transfer_id, seat.office.code, seat.staff_id),
        "documents": (transfer_id, None),
        "history": (transfer_id, READINGS),
        "readings": (transfer_id, READINGS, 50),
        "corrections": (transfer_id,),
        "letters": (agency, number),
        "versions": (UUID(int=0), agency, number),
    }
    async with transaction(chain.pool, Guard.of(seat.office)) as connection:
        return {
            name: len(await connection.fetch(_SQL[name], *values))
            for name, values in questions.items()
        }


async def test_every_query_holds_an_office_to_what_it_may_see(chain: Chain, tmp_path: Path) -> None:
    transfer_id = UUID((await chain.send()).transfer_id)
    await chain.deliver()
    desk = await case_desk(chain, PARTY, tmp_path)
    await desk.cases.docket(desk.seat, transfer_id)
    await desk.corrections.add(desk.seat, transfer_id, "/case/title", "x", "y")
    own = await asked_by(chain, PARTY, transfer_id, tmp_path)
    assert own.pop("letters") == 0
    assert all(own.values()), own
    superior = await asked_by(chain, SUPERIOR, transfer_id, tmp_path)
    assert (superior["find"], superior["corrections"]) == (1, 0)
    elsewhere = await asked_by(chain, ELSEWHERE, transfer_id, tmp_path)
    assert not any(elsewhere.values()), elsewhere


async def test_transaction_of_pages_without_its_settings_sees_nothing(chain: Chain) -> None:
    await chain.send()
    async with chain.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE linkage_desk")
        for table in ("transfers", "documents", "journal", "deadlines", "desk_corrections"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_role_of_pages_writes_nothing_but_its_line(chain: Chain, tmp_path: Path) -> None:
    transfer_id = UUID((await chain.send()).transfer_id)
    seat = (await case_desk(chain, PARTY, tmp_path)).seat
    seen = "INSERT INTO desk_seen VALUES ($1, $2, $3, 1, now())"
    async with transaction(chain.pool, Guard.of(seat.office)) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(seen, seat.staff_id, seat.office.code, transfer_id)
    async with transaction(chain.pool, Guard.of(seat.office)) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "INSERT INTO journal (id, action, actor, at, data) VALUES ($1, 'x', 'another', $2, '{}')",
                *(UUID(int=1), NOW),
            )


@pytest.fixture
async def limited(pool: asyncpg.Pool, database: str) -> AsyncIterator[Chain]:
    """A chain that logs in with the rights of the service and no others."""
    await Chain(pool).open()
    await pool.execute(ROLES)
    async with asyncpg.create_pool(
        database, min_size=1, max_size=4, init=prepare, server_settings={"role": "linkage_service"}
    ) as under_role:
        chain = Chain(under_role)
        await chain.reload()
        yield chain


async def test_docket_is_read_and_corrected_under_the_service_s_role(
    limited: Chain, tmp_path: Path
) -> None:
    transfer_id = UUID((await limited.send()).transfer_id)
    await limited.deliver()
    desk = await case_desk(limited, PARTY, tmp_path)
    await desk.corrections.add(desk.seat, transfer_id, "/case/title", "x", "y")
    docket = await desk.cases.docket(desk.seat, transfer_id)
    assert list(docket.corrections) == ["/case/title"]
