"""Least rights: under the service's role the chain works, and what it must never do the database refuses."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from adapters.postgres.pool import prepare
from contracts.case_record import MonthlyCount
from tests.support.chain import Chain
from tests.support.desk import DeskScene
from tests.support.packets import NOW
from tests.support.register import case, sold
from tests.support.rescreening import Desk, book_with

ROLES = (Path(__file__).parents[2] / "deploy" / "roles.sql").read_text("utf-8")
ROLE = "linkage_service"


@pytest.fixture
async def chain(pool: asyncpg.Pool, database: str) -> AsyncIterator[Chain]:
    """The registry is loaded by the owner; everything after it is done under the role."""
    await Chain(pool).open()
    await pool.execute(ROLES)
    async with asyncpg.create_pool(
        database, min_size=1, max_size=4, init=prepare, server_settings={"role": ROLE}
    ) as limited:
        limited_chain = Chain(limited)
        await limited_chain.reload()
        yield limited_chain


async def test_chain_works_under_the_role(chain: Chain) -> None:
    receipt = await chain.send()
    await chain.deliver()
    await chain.report(receipt.transfer_id, "county-police", "accepted")
    chain.clock.advance(days=30)
    assert await chain.watch.look() > 0
    assert await chain.status(receipt.transfer_id) == "accepted"


async def test_register_is_kept_and_judged_anew_under_the_role(chain: Chain) -> None:
    desk = await Desk(chain).open()
    record = case(facts=sold(30_000))
    await desk.take(record)
    await desk.take(record | {"recorded_at": NOW.isoformat(), "summary": "more"})
    await desk.register.report_counts(
        record["case_number"], [MonthlyCount(month="2026-10", decided=1)]
    )
    await desk.rescreening.switch(book_with(20_000), "alice")
    await desk.work()

    assert await chain.count("earlier_records") == 1
    assert (await desk.progress()).found.differences["below>meets"] == 1


async def test_desk_decides_under_the_role(chain: Chain, pool: asyncpg.Pool) -> None:
    """Its key is the owner's to make; to take, claim, sign, settle and release needs no more than the role."""
    owner = DeskScene(Chain(pool))
    await owner.enrol("county-procuratorate")
    await chain.reload()
    desk = DeskScene(chain)
    lin = await desk.seat("county-procuratorate")
    transfer_id = await desk.taken(lin)
    done = await desk.act(lin, transfer_id, "acknowledge")
    assert done.receipt is not None
    group = await desk.bulk(lin).gather(lin, "release", [transfer_id])
    assert (await desk.bulk(lin).confirm(lin, group)).acts[0].is_done


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET actor = 'x'",
        "DELETE FROM journal",
        "TRUNCATE journal",
        "UPDATE documents SET digest = 'x'",
        "DELETE FROM transfers",
        "DELETE FROM cases",
        "DELETE FROM leads",
        "UPDATE earlier_records SET version = 0",
        "UPDATE rulebooks SET document = '{}'",
        "UPDATE offices SET name = 'x'",
        "UPDATE office_keys SET revoked_at = NULL",
        "INSERT INTO office_keys SELECT * FROM office_keys",
        "UPDATE registry_version SET version = 0",
        "DROP TABLE journal",
        "CREATE TABLE mine ()",
        "ALTER TABLE journal DISABLE TRIGGER ALL",
    ],
)
async def test_database_refuses_what_the_service_must_never_do(
    chain: Chain, statement: str
) -> None:
    await chain.send()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await chain.pool.execute(statement)


@pytest.mark.parametrize("table", ["journal", "documents"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET digest = 'x'", "DELETE FROM {}", "TRUNCATE {}"]
)
async def test_append_only_tables_refuse_their_owner_too(
    pool: asyncpg.Pool, table: str, statement: str
) -> None:
    chain = await Chain(pool).open()
    await chain.send()
    change = statement.format(table).replace("digest", "action" if table == "journal" else "digest")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await pool.execute(change)
