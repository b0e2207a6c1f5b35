"""Numbered SQL files, each applied once, in order, in a transaction of its own.

The files are in dbmate's format, so that its tool can run them too. They only go forward here: a
`-- migrate:down` part is for a developer with that tool, and is never run by the service.
"""

from __future__ import annotations  # asyncpg's connection is generic to mypy alone

import hashlib
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from adapters.postgres.pool import Connection

MIGRATIONS = Path(__file__).parent / "migrations"

_FILE_NAME = re.compile(r"([0-9]{4})_[a-z0-9_]+\.sql")
_PART = re.compile(r"^--\s*migrate:(up|down)[ \t]*(.*)$", re.MULTILINE)
_LOCK = int.from_bytes(b"linkage")

# dbmate makes this table with `version` alone.
_TABLE = """
SET LOCAL client_min_messages = warning;
CREATE TABLE IF NOT EXISTS schema_migrations (version varchar(128) PRIMARY KEY);
ALTER TABLE schema_migrations
  ADD COLUMN IF NOT EXISTS checksum text,
  ADD COLUMN IF NOT EXISTS applied_at timestamptz NOT NULL DEFAULT now();
SET LOCAL client_min_messages TO DEFAULT;
"""
# As JSON, a column that dbmate did not make is null and not an error.
_APPLIED = """
SELECT version, to_jsonb(entry) ->> 'checksum' AS checksum
  FROM schema_migrations AS entry
 ORDER BY version
"""
_RECORD = "INSERT INTO schema_migrations (version, checksum) VALUES ($1, $2)"


class MigrationError(RuntimeError):
    """The files and the database do not belong together, or a file does not run."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: str
    name: str
    up: str
    checksum: str


async def migrate(
    database: str | asyncpg.Connection[asyncpg.Record], folder: Path = MIGRATIONS
) -> list[str]:
    """Apply what is missing and return its names; runners that start together take turns."""
    migrations, applied = read(folder), []
    async with _connected(database) as connection:
        while name := await _apply_next(connection, migrations):
            applied.append(name)
    return applied


async def pending(
    database: str | asyncpg.Connection[asyncpg.Record], folder: Path = MIGRATIONS
) -> list[str]:
    """Return the names of what `migrate` would apply; changes nothing in the database."""
    async with _connected(database) as connection:
        known = await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL")
        entries = await connection.fetch(_APPLIED) if known else []
    return [migration.name for migration in _waiting(read(folder), entries)]


async def lacking(connection: Connection) -> list[str]:
    """Return the names of what this version needs and the database does not have.

    What a newer version has applied beside that is no fault: processes of both run while one follows the other.
    """
    applied = {entry["version"] for entry in await connection.fetch(_APPLIED)}
    return [one.name for one in read(MIGRATIONS) if one.version not in applied]


def read(folder: Path) -> list[Migration]:
    migrations = [_parse(path) for path in sorted(folder.glob("*.sql"))]
    versions = [migration.version for migration in migrations]
    if twice := {version for version in versions if versions.count(version) > 1}:
        raise MigrationError(f"{folder} has more than one migration {', '.join(sorted(twice))}")
    return migrations


def _parse(path: Path) -> Migration:
    content = path.read_bytes()
    preface, *parts = _PART.split(content.decode("utf-8"))
    kinds, options, bodies = parts[::3], parts[1::3], parts[2::3]
    if (name := _FILE_NAME.fullmatch(path.name)) is None:
        raise MigrationError(f"{path.name} is not named like 0001_what_it_does.sql")
    if kinds not in (["up"], ["up", "down"]) or any(map(_is_sql, preface.splitlines())):
        raise MigrationError(f"{path.name} does not begin with one '-- migrate:up' line")
    if options[0].strip():
        raise MigrationError(f"{path.name} asks for {options[0].strip()!r}, which is not offered")
    return Migration(name[1], path.stem, bodies[0], hashlib.sha256(content).hexdigest())


def _is_sql(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("--")


async def _apply_next(
    connection: asyncpg.Connection[asyncpg.Record], migrations: Sequence[Migration]
) -> str | None:
    # The lock belongs to the transaction, so it holds through a transaction-pooling proxy and ends
    # with a runner that dies. Read committed: what others applied while we waited must be seen.
    async with connection.transaction(isolation="read_committed"):
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute(_TABLE)
        waiting = _waiting(migrations, await connection.fetch(_APPLIED))
        if not waiting:
            return None
        await _run(connection, waiting[0])
        await connection.execute(_RECORD, waiting[0].version, waiting[0].checksum)
    return waiting[0].name


async def _run(connection: asyncpg.Connection[asyncpg.Record], migration: Migration) -> None:
    try:
        # Without arguments this is the simple protocol: many statements, function bodies and all.
        await connection.execute(migration.up)
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration.name}.sql: {error}") from error
    if not connection.is_in_transaction():
        raise MigrationError(f"{migration.name}.sql ends the transaction that it was given")


def _waiting(migrations: Sequence[Migration], entries: Iterable[asyncpg.Record]) -> list[Migration]:
    applied = {entry["version"]: entry["checksum"] for entry in entries}
    for migration in migrations:
        _refuse_change(migration, applied.get(migration.version))
    if gone := sorted(applied.keys() - {migration.version for migration in migrations}):
        raise MigrationError(f"the database has migration {gone[0]}, which has no file here")
    waiting = [migration for migration in migrations if migration.version not in applied]
    newest = max(applied, default="")
    if waiting and waiting[0].version < newest:
        raise MigrationError(f"{waiting[0].name}.sql is numbered below {newest}, already applied")
    return waiting


def _refuse_change(migration: Migration, recorded: str | None) -> None:
    if recorded not in (None, migration.checksum):
        raise MigrationError(
            f"{migration.name}.sql was changed after it was applied: "
            "put it back as it was, and write a new migration"
        )


@asynccontextmanager
async def _connected(
    database: str | asyncpg.Connection[asyncpg.Record],
) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    if not isinstance(database, str):
        yield database
        return
    connection = await asyncpg.connect(database)
    try:
        yield connection
    finally:
        await connection.close()
