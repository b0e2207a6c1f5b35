"""Row-level security: whatever a page asks, the database shows it what its office may see and not a row more."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters import postgres
from adapters.postgres.guarded import Guard, transaction
from tests.support.county import DESK, County, at_work, guard_of, registered
from tests.support.offices import office
from tests.support.packets import NOW
from tests.support.postgres import cloned_database, connected_pool

FORCED = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relrowsecurity AND relforcerowsecurity"
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"
OPEN = {
    "offices": "the registry, which every office is given",
    "endpoints": "where offices are reached, and how their breakers stand",
    "registry_version": "a number",
    "rulebooks": "the law",
    "rulebook_in_force": "which of it is in force",
    "rescreenings": "how far a new rule book is",
    "rescreening_slices": "likewise",
    "detection_cursor": "how far the journal is read",
    "desk_cursor": "likewise",
}
"""What linkage_desk may read although nothing guards it: there is nothing of a case in it."""
WITHHELD = {"sessions", "desk_keys", "office_keys", "record_batches", "schema_migrations"}
"""What it may not read at all."""
NEIGHBOURS = ("other-procuratorate", "other-police", "customs-police", "commission")
CITY = ("city-procuratorate", "city-justice")


@pytest.fixture
async def county(pool: asyncpg.Pool, tmp_path: Path) -> County:
    return await at_work(pool, tmp_path)


@pytest.fixture
async def empty(server_url: str, template: str) -> AsyncIterator[asyncpg.Pool]:
    """A database with the same offices, in which nothing has happened."""
    async with cloned_database(server_url, template) as url, connected_pool(url) as pool:
        await registered(pool)
        yield pool


async def forced(pool: asyncpg.Pool) -> list[str]:
    return sorted(row["relname"] for row in await pool.fetch(FORCED))


async def seen(pool: asyncpg.Pool, guard: Guard) -> dict[str, int]:
    """Count what a guard shows of every guarded table."""
    names = await forced(pool)
    async with transaction(pool, guard) as connection:
        return {name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in names}


async def test_every_table_is_guarded_or_holds_nothing_of_a_case_or_is_withheld(
    pool: asyncpg.Pool,
) -> None:
    tables = {row["relname"] for row in await pool.fetch(TABLES)}
    assert tables == {*await forced(pool), *OPEN, *WITHHELD}
    readable = {
        name
        for name in tables
        if await pool.fetchval("SELECT has_table_privilege('linkage_desk', $1, 'SELECT')", name)
    }
    assert readable == tables - WITHHELD


async def test_without_settings_there_is_not_a_row(county: County, pool: asyncpg.Pool) -> None:
    assert county
    unset = Guard("", "")
    assert set((await seen(pool, unset)).values()) == {0}
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL ROLE linkage_desk")
        for name in await forced(pool):
            assert await connection.fetchval(f"SELECT count(*) FROM {name}") == 0, name


async def test_county_sees_its_own_in_every_table(county: County, pool: asyncpg.Pool) -> None:
    blind = [name for name, n in (await seen(pool, guard_of(county.chain, DESK))).items() if not n]
    assert not blind, "the test has nothing there, or the office does not see what is its own"


@pytest.mark.parametrize("slug", NEIGHBOURS)
async def test_neighbour_sees_nothing_of_it(county: County, pool: asyncpg.Pool, slug: str) -> None:
    found = {name: n for name, n in (await seen(pool, guard_of(county.chain, slug))).items() if n}
    assert not found


@pytest.mark.parametrize("slug", CITY)
async def test_city_sees_the_cases_and_not_the_desk(
    county: County, pool: asyncpg.Pool, slug: str
) -> None:
    found = await seen(pool, guard_of(county.chain, slug))
    everything = {name: await pool.fetchval(f"SELECT count(*) FROM {name}") for name in found}
    of_the_desk = {name for name in found if name.startswith(("desk_", "staff"))}
    assert not any(found[name] for name in of_the_desk)
    for name in found.keys() - of_the_desk - {"journal", "materials"}:
        assert found[name] == everything[name], name
    assert 0 < found["journal"] < everything["journal"]


async def test_police_see_what_is_dispatched_to_them_and_nothing_of_the_register(
    county: County, pool: asyncpg.Pool
) -> None:
    async with transaction(pool, guard_of(county.chain, "county-police")) as connection:
        ids = {row["id"] for row in await connection.fetch("SELECT id FROM transfers")}
        assert ids == {county.transfer_id}
        for name in ("parties", "documents", "dispatches", "deadlines", "reports"):
            rows = await connection.fetch(f"SELECT DISTINCT transfer_id FROM {name}")
            assert {row["transfer_id"] for row in rows} == ids, name
        for name in ("cases", "leads", "supervisions", "tallies", "register_counts"):
            assert await connection.fetchval(f"SELECT count(*) FROM {name}") == 0, name


async def test_case_that_is_held_is_no_partys_yet(county: County, pool: asyncpg.Pool) -> None:
    asked = "SELECT desk_is_party($1)"
    async with transaction(pool, guard_of(county.chain, "county-police")) as connection:
        assert await connection.fetchval(asked, county.transfer_id)
        assert not await connection.fetchval(asked, county.held_id)


# No query of ours finds a way round.


def queries() -> Iterator[tuple[str, str]]:
    """Every query as its store asks it, its holes filled; parts of others are among them."""
    for module in iter_modules(postgres.__path__):
        loaded = import_module(f"adapters.postgres.{module.name}")
        for variable, value in vars(loaded).items():
            for name, text in texts_of(value):
                if variable.isupper() and "SELECT" in text and not re.search(r"{\w+}", text):
                    yield f"{module.name}.{variable}.{name}", text


def texts_of(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield "", value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            for more, text in texts_of(one):
                yield f"{name}{more}", text


VOLATILE = re.compile(
    r"\b(desk_cursor|detection_cursor|pg_current_snapshot|pg_advisory\w+|clock_timestamp|now)\b"
)
ROUNDS = 9


class Arguments:
    """Values for a query's parameters by their types: the county's own ids, codes and numbers, so that there is something to find."""

    def __init__(self, county: County, ids: Sequence[UUID], texts: Sequence[str]) -> None:
        self._ids = [county.transfer_id, county.lead_id, *ids]
        self._texts = texts

    def of(self, types: Sequence[str], number: int) -> list[Any]:
        return [self._value(kind, number + place) for place, kind in enumerate(types)]

    def _value(self, kind: str, number: int) -> Any:
        far = datetime(2100, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)
        choices: Mapping[str, Sequence[Any]] = {
            "uuid": self._ids,
            "uuid[]": [self._ids, None],
            "text": self._texts,
            "text[]": [list(self._texts), None],
            "bool": [True, False],
            "timestamptz": far,
            "timestamptz[]": [list(far)],
            "date": [date(2100, 1, 1), date(2000, 1, 1)],
            "interval": [timedelta(days=40_000), timedelta()],
            "int2": [1],
            "int4": [1000, 1, 0],
            "int8": [1000, 1, 0],
            "int4[]": [[1]],
            "int8[]": [[1], None],
            "bytea": [b"x"],
            "bytea[]": [[b"x"]],
            "numeric": [1],
            "float8": [1.0],
            "jsonb": [{}, None],
        }
        of_kind = choices.get(kind, [None])
        return of_kind[number % len(of_kind)]


async def asked(pool: asyncpg.Pool, guard: Guard, text: str, values: Sequence[Any]) -> Any:
    """Ask as a page would, and take everything back; a refusal of the database is an answer too."""
    async with pool.acquire() as connection:
        outer = connection.transaction()
        await outer.start()
        try:
            for name, value in (("linkage.office", guard[0]), ("linkage.jurisdiction", guard[1])):
                await connection.execute("SELECT set_config($1, $2, true)", name, value)
            await connection.execute("SET LOCAL ROLE linkage_desk")
            return [tuple(row) for row in await connection.fetch(text, *values)]
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OverflowError) as error:
            return type(error).__name__
        finally:
            await outer.rollback()


async def types_of(pool: asyncpg.Pool, text: str) -> list[str] | None:
    """Give the types of a query's parameters; None for a part of others, which is no query."""
    async with pool.acquire() as connection:
        try:
            parameters = (await connection.prepare(text)).get_parameters()
        except asyncpg.PostgresSyntaxError:
            return None
        except asyncpg.IndeterminateDatatypeError:
            assert "Part of `" in text, "it has a parameter that it does not use"
            return None
    return [
        f"{one.name.removesuffix('[]').removeprefix('_')}[]" if one.kind == "array" else one.name
        for one in parameters
    ]


@pytest.fixture
async def arguments(county: County, pool: asyncpg.Pool) -> Arguments:
    ids = await pool.fetch(
        "SELECT id FROM supervisions UNION SELECT id FROM desk_acts UNION SELECT id FROM desk_views"
        " UNION SELECT id FROM dispatches UNION SELECT id FROM cases UNION SELECT id FROM staff"
    )
    case_number = await pool.fetchval("SELECT case_number FROM cases LIMIT 1")
    codes = (office(DESK).code, office("market").code, office("county-police").code)
    texts = (*codes, "339921", "", case_number, "open", "waiting", "transfer")
    return Arguments(county, [row["id"] for row in ids], texts)


async def test_no_query_tells_a_stranger_whether_anything_happened(
    county: County, arguments: Arguments, pool: asyncpg.Pool, empty: asyncpg.Pool
) -> None:
    """A neighbour hears from every query what he would hear if the county had done nothing; the county itself does not."""
    told, telling = [], set()
    stranger, insider = (guard_of(county.chain, slug) for slug in ("other-procuratorate", DESK))
    for name, text in queries():
        if VOLATILE.search(text):
            continue
        types = await types_of(pool, text)
        if types is None:
            continue
        for number in range(ROUNDS):
            values = arguments.of(types, number)
            full = await asked(pool, stranger, text, values)
            if full != await asked(empty, stranger, text, values):
                told.append((name, full))
            if await asked(pool, insider, text, values) not in ([], full):
                telling.add(name)
    assert not told, {name for name, _ in told}
    assert len(telling) > 40, "the test asks nothing that tells anything"


# Nothing can be written, and nothing be pretended.


@pytest.mark.parametrize(
    "right", ["INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
)
async def test_desk_writes_nothing_but_lines_of_the_journal(pool: asyncpg.Pool, right: str) -> None:
    tables = [row["relname"] for row in await pool.fetch(TABLES)]
    of_a_column = {"INSERT", "UPDATE", "REFERENCES"}
    kind = "has_any_column_privilege" if right in of_a_column else "has_table_privilege"
    may = f"SELECT {kind}('linkage_desk', $1, $2)"
    found = {name for name in tables if await pool.fetchval(may, name, right)}
    assert found == ({"journal"} if right == "INSERT" else set())


_LINE = (
    "INSERT INTO journal (id, at, action, actor, data) VALUES ($1, $2, 'transfer.read', $3, '{}')"
)


async def test_line_of_the_journal_names_its_own_office(county: County, pool: asyncpg.Pool) -> None:
    guard = guard_of(county.chain, DESK)
    async with transaction(pool, guard) as connection:
        await connection.execute(_LINE, uuid4(), NOW, office(DESK).code)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(pool, guard) as connection:
            await connection.execute(_LINE, uuid4(), NOW, office("city-procuratorate").code)


async def test_function_of_the_policy_is_nobody_elses_and_looks_at_no_table_but_ours(
    county: County, pool: asyncpg.Pool
) -> None:
    functions = await pool.fetch(
        "SELECT oid::regprocedure::text AS name, proconfig, has_function_privilege('public', oid, 'EXECUTE') AS is_open"
        " FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )
    assert {row["name"].partition("(")[0] for row in functions} == {"desk_is_party", "desk_hits"}
    for row in functions:
        assert not row["is_open"], row["name"]
        assert "search_path=pg_catalog, public" in row["proconfig"], row["name"]
    async with transaction(pool, guard_of(county.chain, "other-police")) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with connection.transaction():
                await connection.execute("CREATE TABLE public.dispatches2 (x int)")
        await connection.execute("SET LOCAL search_path = pg_temp, public")
        assert not await connection.fetchval("SELECT desk_is_party($1)", county.transfer_id)


async def test_connection_goes_back_as_it_came(county: County, pool: asyncpg.Pool) -> None:
    assert county
    async with transaction(pool, guard_of(county.chain, DESK)):
        pass
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT current_user <> 'linkage_desk'")
        assert not await connection.fetchval("SELECT current_setting('linkage.office', true)")
