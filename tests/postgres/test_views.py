"""The reads behind the answers: one expression that agrees with the domain, pages that pass nothing by, bounded looks."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.clock import new_id
from adapters.keys import AesVault
from adapters.postgres import views
from adapters.postgres.views import PostgresReading, PostgresViews
from contracts import clocks
from contracts.clocks import Nature
from service.domain.access import Reader
from service.domain.cursors import START, Place
from service.domain.deadlines import Deadline, State
from service.domain.glimpses import EventScan
from tests.support.offices import office
from tests.support.packets import NOW

TABLE = clocks.load()
AGENCY, OTHER = office("market"), office("tobacco")
POLICE = office("county-police")
HOUR = timedelta(hours=1)


@pytest.fixture
async def connection(pool: asyncpg.Pool) -> AsyncIterator[Any]:
    async with pool.acquire() as connection:
        yield connection


def reader(slug: str) -> Reader:
    member = office(slug)
    return Reader(member.code, member.kind, member.kid)


async def transfer(connection: Any, agency: str = AGENCY.code, **dispatch: Any) -> UUID:
    """Insert a transfer and its dispatch to the police, as they may stand."""
    transfer_id = new_id()
    await connection.execute(
        """INSERT INTO transfers (id, agency_code, packet_id, packet_digest, kid, case_number, document_number,
                                  division, sector, status, move, received_at, changed_at, screening, flags)
           VALUES ($1, $2, $1::uuid, 'sha-256:', 'kid', $1::uuid, 'n', '339921', 'other', 'delivered', 1, $3, $3, '{}', '[]')""",
        transfer_id,
        agency,
        NOW,
    )
    row = {"status": "waiting", "delivered_at": None, "digest": None} | dispatch
    await connection.execute(
        """INSERT INTO dispatches (id, transfer_id, agency_code, office_code, kind, role, status, due_at, give_up_at,
                                   retry_at, delivered_at, digest)
           VALUES ($1, $2, $3, $4, 'public_security', 'principal', $5, $6, $6, $6, $7, $8)""",
        new_id(),
        transfer_id,
        agency,
        row.get("office_code", POLICE.code),
        row["status"],
        NOW,
        row["delivered_at"],
        row["digest"],
    )
    return transfer_id


async def line(
    connection: Any,
    transfer_id: UUID | None,
    action: str = "packet.received",
    agency: str = AGENCY.code,
) -> None:
    await connection.execute(
        "INSERT INTO journal (id, agency_code, transfer_id, action, actor, at, data) "
        "VALUES ($1, $2, $3, $4, 'platform', $5, '{}')",
        new_id(),
        agency,
        transfer_id,
        action,
        NOW,
    )


async def deadline(
    connection: Any, transfer_id: UUID, row: Deadline, agency: str = AGENCY.code
) -> UUID:
    deadline_id = new_id()
    await connection.execute(
        """INSERT INTO deadlines (id, transfer_id, agency_code, clock, actor, nature, is_strict, starts_at, near_at, due_at,
                                  strict_due_at, provisional, met_at, voided_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
        deadline_id,
        transfer_id,
        agency,
        row.clock.id,
        row.actor,
        row.nature,
        row.strict,
        row.starts_at,
        row.near_at,
        row.due_at,
        row.strict_due_at,
        row.provisional,
        row.met_at,
        row.voided_at,
    )
    return deadline_id


def every_deadline() -> list[Deadline]:
    """Clocks of each nature and length, ended and not, around each moment at which their state changes."""
    chosen = {(clock.nature, clock.length, clock.warning.divisor): clock for clock in TABLE.clocks}
    rows = []
    for clock, span in product(chosen.values(), (HOUR, 24 * HOUR, 300 * HOUR)):
        plain = Deadline(clock, NOW, NOW + span, NOW + span / 2)
        ends = [None, NOW, plain.due_at, plain.due_at + timedelta(microseconds=1)]
        rows += [plain._replace(met_at=end) for end in ends]
        rows += [plain._replace(voided_at=end) for end in ends[1:]]
    return rows


def moments(rows: list[Deadline]) -> list[datetime]:
    edges = {moment for row in rows for moment in (row.starts_at, row.near_at, row.due_at)}
    tick = timedelta(microseconds=1)
    return sorted({edge + shift for edge in edges for shift in (-tick, timedelta(), tick)})


async def test_state_in_sql_is_the_state_of_the_domain(connection: Any) -> None:
    transfer_id = await transfer(connection)
    rows = {await deadline(connection, transfer_id, row): row for row in every_deadline()}
    seen = set()
    for now in moments(list(rows.values())):
        for found in await PostgresViews(connection).clocks(transfer_id, now):
            expected = rows[found.deadline_id].state(now)
            assert found.state == expected.value, (now, rows[found.deadline_id])
            seen.add((expected, rows[found.deadline_id].nature))
    assert {state for state, _ in seen} == set(State)
    assert {nature for _, nature in seen} == set(Nature)


async def test_list_by_state_shows_exactly_those_in_it(connection: Any) -> None:
    transfer_id = await transfer(connection)
    rows = {await deadline(connection, transfer_id, row): row for row in every_deadline()}
    now = NOW + 24 * HOUR
    for state, slug in product(State, ("market", "county-police")):
        found = await PostgresViews(connection).deadlines(
            reader(slug), now, state.value, None, 10_000
        )
        expected = {one for one, row in rows.items() if row.state(now) is state}
        assert {one.deadline_id for one in found} == expected


@pytest.mark.parametrize(
    ("status", "delivered", "is_party"),
    [
        ("waiting", False, True),
        ("delivered", True, True),
        ("acknowledged", True, True),
        ("refused", True, True),
        ("undeliverable", False, True),
        ("held", False, False),
        ("recalled", False, False),
        ("recalled", True, True),
    ],
)
async def test_dispatch_makes_its_addressee_a_party(
    connection: Any,
    status: str,
    *,
    delivered: bool,
    is_party: bool,
) -> None:
    """One rule for a case, its events and its clocks."""
    row = {"status": status, "delivered_at": NOW if delivered else None, "digest": "sha-256:"}
    transfer_id = await transfer(connection, **row)
    await line(connection, transfer_id)
    await deadline(connection, transfer_id, every_deadline()[0])
    asked = PostgresViews(connection)
    police = reader("county-police")
    assert (await asked.find_case(POLICE.code, transfer_id) is not None) is is_party
    assert bool((await asked.events(police, START, 10)).events) is is_party
    assert bool(await asked.deadlines(police, NOW, None, None, 10)) is is_party


# events


async def events(connection: Any, slug: str, after: Place = START, limit: int = 100) -> EventScan:
    return await PostgresViews(connection).events(reader(slug), after, limit)


@pytest.mark.parametrize("slug", ["market", "county-police"])
async def test_line_of_a_slow_transaction_is_not_passed_by(pool: asyncpg.Pool, slug: str) -> None:
    """Ordered by time or by id, the page in between would have gone past the slow one for ever."""
    async with pool.acquire() as slow, pool.acquire() as quick, pool.acquire() as asking:
        slow_id, quick_id = await transfer(quick), await transfer(quick)
        begun = slow.transaction()
        await begun.start()
        await line(slow, slow_id)
        await line(quick, quick_id)
        while_it_runs = await events(asking, slug)
        assert while_it_runs.events == []
        await begun.commit()
        after = await events(asking, slug, while_it_runs.reached)
    assert [row.transfer_id for row in after.events] == [slow_id, quick_id]


@pytest.mark.parametrize("slug", ["market", "county-police"])
async def test_pages_of_any_size_give_each_line_once(connection: Any, slug: str) -> None:
    ids = []
    for number in range(7):
        ids.append(await transfer(connection))
        await line(connection, ids[-1])
        for action in ("transfer.read", "material.read", "dispatch.read"):
            await line(connection, ids[-1], action if number % 2 else "transfer.read")
    for limit in (1, 2, 3, 6, 7, 8):
        seen, after, more = [], START, True
        while more:
            page = await events(connection, slug, after, limit)
            assert len(page.events) <= limit
            seen += [row.transfer_id for row in page.events]
            after, more = page.reached, page.more
        assert seen == ids


@pytest.mark.parametrize("slug", ["market", "county-police"])
async def test_look_is_bounded_and_says_that_it_goes_on(
    connection: Any, monkeypatch: pytest.MonkeyPatch, slug: str
) -> None:
    """A thousand lines of reading must not make a page slow, nor end the feed."""
    monkeypatch.setattr(views, "WINDOW", 5)
    transfer_id = await transfer(connection)
    for _ in range(12):
        await line(connection, transfer_id, "transfer.read")
    await line(connection, transfer_id)
    first = await events(connection, slug)
    assert (first.events, first.more) == ([], True)
    second = await events(connection, slug, first.reached)
    third = await events(connection, slug, second.reached)
    assert (second.events, second.more) == ([], True)
    assert ([row.action for row in third.events], third.more) == (["packet.received"], False)


async def test_agency_sees_no_line_of_another(connection: Any) -> None:
    await line(connection, await transfer(connection, OTHER.code), agency=OTHER.code)
    assert (await events(connection, "market")).events == []
    assert len((await events(connection, "tobacco")).events) == 1


# cost


@pytest.fixture
async def crowd(connection: Any) -> Any:
    """Thirty thousand transfers of three hundred agencies and fifty addressees, none of them a test office."""
    await connection.execute(
        """INSERT INTO transfers (id, agency_code, packet_id, packet_digest, kid, case_number, document_number,
                                  division, sector, status, move, received_at, changed_at, screening, flags)
           SELECT gen_random_uuid(), 'A' || n % 300, n, '', '', n, '', '339921', 'other', 'delivered', 1, $1, $1, '{}', '[]'
             FROM generate_series(1, 30000) n""",
        NOW,
    )
    await connection.execute(
        """INSERT INTO dispatches (id, transfer_id, agency_code, office_code, kind, role, status, due_at, give_up_at, retry_at,
                                   delivered_at, digest)
           SELECT gen_random_uuid(), id, agency_code, 'B' || move_number % 50, 'public_security', 'principal',
                  'delivered', $1, $1, $1, $1, ''
             FROM (SELECT *, row_number() OVER () AS move_number FROM transfers) t""",
        NOW,
    )
    await connection.execute(
        """INSERT INTO journal (id, agency_code, transfer_id, action, actor, at, data)
           SELECT gen_random_uuid(), agency_code, id, 'packet.received', agency_code, $1, '{}' FROM transfers""",
        NOW,
    )
    await connection.execute(
        """INSERT INTO deadlines (id, transfer_id, agency_code, clock, actor, nature, is_strict, starts_at, near_at, due_at,
                                  strict_due_at, provisional)
           SELECT gen_random_uuid(), id, agency_code, 'T02', 'agency', 'duty', false, $1, $1, $1, $1, false FROM transfers""",
        NOW,
    )
    await connection.execute("ANALYZE")
    return connection


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("find_case", (POLICE.code, UUID(int=7))),
        ("dispatches", (UUID(int=7),)),
        ("clocks", (NOW, UUID(int=7))),
        ("history", (UUID(int=7), [])),
        ("events_of_agency", (AGENCY.code, "0", UUID(int=0), 100, 5000, [])),
        ("mailbox", (POLICE.code, 100)),
    ],
)
async def test_read_goes_by_an_index(crowd: Any, query: str, arguments: tuple[Any, ...]) -> None:
    rows = await crowd.fetch(f"EXPLAIN {views._SQL[query]}", *arguments)
    plan = "\n".join(row[0] for row in rows)
    large = ("transfers", "dispatches", "deadlines", "journal")
    assert not [table for table in large if f"Seq Scan on {table}" in plan], plan


async def test_addressee_waits_for_a_bounded_look_only(crowd: Any) -> None:
    rows = await crowd.fetch(
        f"EXPLAIN (ANALYZE, FORMAT TEXT) {views._SQL['events_of_addressee']}",
        POLICE.code,
        "0",
        UUID(int=0),
        100,
        1000,
        [],
    )
    plan = "\n".join(row[0] for row in rows)
    assert "journal_pkey" in plan
    # No letter is in the crowd: an empty table is read as it is.
    assert set(re.findall(r"Seq Scan on (\w+)", plan)) <= {"supervisions"}, plan
    assert "rows=1000 loops=1)" in plan
    assert "dispatches_by_" in plan


# transactions


async def test_snapshot_sees_one_moment(pool: asyncpg.Pool) -> None:
    reading = PostgresReading(pool, AesVault({1: b"v" * 32}), TABLE)
    async with pool.acquire() as other:
        transfer_id = await transfer(other)
        async with reading.begin(snapshot=True) as reads:
            before = await reads.views.find_case(AGENCY.code, transfer_id)
            await other.execute("UPDATE transfers SET move = 2")
            after = await reads.views.find_case(AGENCY.code, transfer_id)
        assert before == after
        async with reading.begin() as reads:
            again = await reads.views.find_case(AGENCY.code, transfer_id)
    assert again is not None
    assert again.move == 2


async def test_two_who_take_out_one_dispatch_get_one_document(pool: asyncpg.Pool) -> None:
    """The second waits for the first and finds what it wrote."""
    reading = PostgresReading(pool, AesVault({1: b"v" * 32}), TABLE)
    async with pool.acquire() as other:
        await transfer(other)
        dispatch_id = await other.fetchval("SELECT id FROM dispatches")

    async def take() -> str | None:
        async with reading.begin() as reads:
            found = await reads.dispatches.get(dispatch_id)
            assert found is not None
            if found.digest is not None:
                return found.digest
            claimed = await reads.dispatches.take_out(dispatch_id, NOW)
            await asyncio.sleep(0.05)
            await reads.dispatches.compose(
                [(dispatch_id, claimed.claim, f"sha-256:{claimed.claim}")]
            )
            return f"sha-256:{claimed.claim}"

    first, second = await asyncio.gather(take(), take())
    assert first == second
