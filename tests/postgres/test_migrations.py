"""The runner of migrations, on a bare database and on files of the test's own."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from adapters.postgres.migrate import MIGRATIONS, MigrationError, migrate, pending, read
from tests.support.postgres import cloned_database

TABLE = "-- migrate:up\nCREATE TABLE {name} (id int PRIMARY KEY);\n\n-- migrate:down\nDROP TABLE {name};\n"
FUNCTION = """-- Bodies with semicolons and dollar quotes go through whole.

-- migrate:up
CREATE FUNCTION double(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1; -- migrate:down is only a comment in here
  RETURN n * 2;
END;
$$;
CREATE TABLE doubled AS SELECT double(21) AS value;
"""


@pytest.fixture
async def bare(server_url: str) -> AsyncIterator[str]:
    async with cloned_database(server_url, "template0") as url:
        yield url


@pytest.fixture
async def connection(bare: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(bare)
    yield connection
    await connection.close()


def write(folder: Path, name: str, text: str = "") -> Path:
    path = folder / f"{name}.sql"
    path.write_text(text or TABLE.format(name=name.partition("_")[2]))
    return path


async def test_files_run_once_each_and_in_order(bare, tmp_path):
    write(tmp_path, "0002_houses", "-- migrate:up\nALTER TABLE offices ADD COLUMN house int;\n")
    write(tmp_path, "0001_offices")
    assert await pending(bare, tmp_path) == ["0001_offices", "0002_houses"]
    assert await migrate(bare, tmp_path) == ["0001_offices", "0002_houses"]
    assert await pending(bare, tmp_path) == []
    assert await migrate(bare, tmp_path) == []


async def test_later_files_are_added_to_earlier_ones(connection, tmp_path):
    write(tmp_path, "0001_offices")
    assert await migrate(connection, tmp_path) == ["0001_offices"]
    write(tmp_path, "0002_function", FUNCTION)
    assert await pending(connection, tmp_path) == ["0002_function"]
    assert await migrate(connection, tmp_path) == ["0002_function"]
    assert await connection.fetchval("SELECT value FROM doubled") == 42


async def test_pending_changes_nothing(connection, tmp_path):
    write(tmp_path, "0001_offices")
    await pending(connection, tmp_path)
    assert (
        await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    )


async def test_down_part_is_never_run(connection, tmp_path):
    write(tmp_path, "0001_offices")
    await migrate(connection, tmp_path)
    assert await connection.fetchval("SELECT to_regclass('offices') IS NOT NULL")


async def test_checksum_of_the_whole_file_is_recorded(connection, tmp_path):
    write(tmp_path, "0001_offices")
    await migrate(connection, tmp_path)
    entry = await connection.fetchrow("SELECT version, checksum FROM schema_migrations")
    assert tuple(entry) == ("0001", read(tmp_path)[0].checksum)


async def test_changed_file_is_refused(bare, tmp_path):
    path = write(tmp_path, "0001_offices")
    await migrate(bare, tmp_path)
    path.write_text(path.read_text() + "-- a word more\n")
    write(tmp_path, "0002_cases")
    for act in (migrate, pending):
        with pytest.raises(MigrationError, match=r"0001_offices\.sql was changed after"):
            await act(bare, tmp_path)
    path.write_text(path.read_text().removesuffix("-- a word more\n"))
    assert await migrate(bare, tmp_path) == ["0002_cases"]


async def test_missing_file_is_refused(bare, tmp_path):
    write(tmp_path, "0001_offices")
    write(tmp_path, "0002_cases")
    await migrate(bare, tmp_path)
    (tmp_path / "0002_cases.sql").unlink()
    for act in (migrate, pending):
        with pytest.raises(MigrationError, match="has migration 0002, which has no file"):
            await act(bare, tmp_path)


async def test_file_numbered_below_an_applied_one_is_refused(bare, tmp_path):
    write(tmp_path, "0002_cases")
    await migrate(bare, tmp_path)
    write(tmp_path, "0001_offices")
    with pytest.raises(MigrationError, match=r"0001_offices\.sql is numbered below 0002"):
        await migrate(bare, tmp_path)


async def test_failing_file_leaves_nothing_and_the_earlier_ones_stay(connection, tmp_path):
    write(tmp_path, "0001_offices")
    write(tmp_path, "0002_broken", "-- migrate:up\nCREATE TABLE half (id int);\nSELECT 1 / 0;\n")
    with pytest.raises(MigrationError, match=r"0002_broken\.sql: division by zero"):
        await migrate(connection, tmp_path)
    assert await connection.fetchval("SELECT to_regclass('half')") is None
    assert await pending(connection, tmp_path) == ["0002_broken"]


async def test_file_that_ends_its_transaction_is_refused(bare, tmp_path):
    write(tmp_path, "0001_commits", "-- migrate:up\nCREATE TABLE kept (id int);\nCOMMIT;\n")
    with pytest.raises(MigrationError, match="ends the transaction"):
        await migrate(bare, tmp_path)


async def test_runners_that_start_together_take_turns(bare, tmp_path):
    names = [f"{number:04}_table_{number}" for number in range(1, 9)]
    for name in names:
        write(tmp_path, name)
    applied = await asyncio.gather(*(migrate(bare, tmp_path) for _ in range(6)))
    assert sorted(name for part in applied for name in part) == names


async def test_runner_that_dies_leaves_no_lock(bare, tmp_path):
    write(tmp_path, "0001_sleeps", "-- migrate:up\nSELECT pg_sleep(60);\n")
    connection = await asyncpg.connect(bare)
    sleeping = asyncio.create_task(migrate(connection, tmp_path))
    await asyncio.sleep(0.3)
    connection.terminate()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
        await sleeping
    watcher = await asyncpg.connect(bare)
    await watcher.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await watcher.close()
    write(tmp_path, "0001_sleeps", "-- migrate:up\nSELECT 1;\n")
    assert await asyncio.wait_for(migrate(bare, tmp_path), 10) == ["0001_sleeps"]


async def test_table_that_dbmate_made_is_taken_over(connection, tmp_path):
    write(tmp_path, "0001_offices")
    await connection.execute(
        "CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);"
        "INSERT INTO schema_migrations VALUES ('0001')"
    )
    write(tmp_path, "0002_cases")
    assert await pending(connection, tmp_path) == ["0002_cases"]
    assert await migrate(connection, tmp_path) == ["0002_cases"]


async def test_folder_without_files_is_no_error(bare, tmp_path):
    assert await migrate(bare, tmp_path / "absent") == []
    assert await pending(bare, tmp_path / "absent") == []


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("1_offices", TABLE, "is not named like"),
        ("0001-offices", TABLE, "is not named like"),
        ("0001_nothing", "CREATE TABLE a (id int);\n", "does not begin with"),
        ("0001_sql_first", "SELECT 1;\n-- migrate:up\nSELECT 1;\n", "does not begin with"),
        (
            "0001_twice",
            "-- migrate:up\nSELECT 1;\n-- migrate:up\nSELECT 2;\n",
            "does not begin with",
        ),
        ("0001_only_down", "-- migrate:down\nSELECT 1;\n", "does not begin with"),
        ("0001_outside", "-- migrate:up transaction:false\nSELECT 1;\n", "transaction:false"),
    ],
)
def test_file_out_of_shape_is_refused(tmp_path, name, text, complaint):
    write(tmp_path, name, text)
    with pytest.raises(MigrationError, match=complaint):
        read(tmp_path)


def test_number_used_twice_is_refused(tmp_path):
    write(tmp_path, "0001_offices")
    write(tmp_path, "0001_cases")
    with pytest.raises(MigrationError, match="more than one migration 0001"):
        read(tmp_path)


def test_own_migrations_are_numbered_without_a_gap():
    versions = [int(migration.version) for migration in read(MIGRATIONS)]
    assert versions == list(range(1, len(versions) + 1))


async def test_clones_of_the_template_carry_every_migration(database):
    assert await pending(database) == []


async def test_clones_do_not_see_each_other(server_url, template, database):
    async with cloned_database(server_url, template) as other:
        one, two = await asyncpg.connect(database), await asyncpg.connect(other)
        await one.execute("CREATE TABLE only_here (id int)")
        assert await two.fetchval("SELECT to_regclass('only_here')") is None
        await one.close()
        await two.close()


async def test_database_ends_though_somebody_is_connected(server_url, template):
    async with cloned_database(server_url, template) as url:
        lingering = await asyncpg.connect(url)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url)
    lingering.terminate()


async def test_pool_works_on_the_database_of_the_test(pool, database):
    assert await pool.fetchval("SELECT current_database()") in database
