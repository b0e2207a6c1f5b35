"""A million stored transfers, by SQL from one that the service took itself.

Every table that intake, delivery or a deadline touches is filled in the proportions of the template: transfers, parties,
documents, dispatches, deadlines, journal. The copies are settled (acknowledged, clocks met but one in twenty), as the history
of a platform is; nothing of them waits to be sent. All unique values differ and all ids are UUIDv7 in the order of time,
so that every index has the depth and the shape that it would have. Sealed bodies are cut to 64 bytes: nothing that is
measured reads them, and the disk would need 8 GB more.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

_CHUNK = 50_000

# The n-th id of a kind: the template's moment minus (count - n) milliseconds, then version, kind and n.
_HELPERS = """
CREATE FUNCTION pg_temp.nth_id(n bigint, kind int) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
  SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || '7' || lpad(to_hex(kind), 3, '0')
          || '8' || lpad(to_hex(n), 15, '0'))::uuid
$$;
CREATE FUNCTION pg_temp.nth_hash(n bigint) RETURNS text IMMUTABLE LANGUAGE sql AS $$
  SELECT encode(sha256(n::text::bytea), 'hex')
$$;
"""

# The room that a page keeps for updates is used up by the time its rows are settled. Left free, it would take in one new
# row a page, and the queue would lie spread over as many pages as it has rows.
_PACK = """
ALTER TABLE transfers SET (fillfactor = 100);
ALTER TABLE dispatches SET (fillfactor = 100);
"""
_UNPACK = """
ALTER TABLE transfers SET (fillfactor = 85);
ALTER TABLE dispatches SET (fillfactor = 70);
"""

# $1 the template's id, $2 and $3 the first and the last number.
_COPIES = (
    """
INSERT INTO transfers (id, agency_code, packet_id, packet_digest, kid, case_number, document_number, division, sector,
                       status, move, is_current, supersedes, received_at, changed_at, screening, flags)
SELECT pg_temp.nth_id(n, 0), agency_code, 'filled-' || n, 'sha-256:' || pg_temp.nth_hash(n), kid,
       case_number || '-' || n, document_number, division, sector, 'acknowledged', 3, true, NULL,
       received_at - make_interval(secs => 10000000 - n), received_at - make_interval(secs => 10000000 - n),
       screening, flags
  FROM transfers, generate_series($2::bigint, $3::bigint) AS n
 WHERE id = $1
""",
    """
INSERT INTO parties (transfer_id, ordinal, kind, identifier_hash, sealed)
SELECT pg_temp.nth_id(n, 0), ordinal, kind, decode(pg_temp.nth_hash(n), 'hex'), sealed
  FROM parties, generate_series($2::bigint, $3::bigint) AS n
 WHERE transfer_id = $1
""",
    """
INSERT INTO documents (transfer_id, kind, subject, digest, sealed, stored_at)
SELECT pg_temp.nth_id(n, 0), kind,
       CASE WHEN subject = transfer_id THEN pg_temp.nth_id(n, 0)
            ELSE pg_temp.nth_id(n, 100 + row_number() OVER (PARTITION BY n)::int) END,
       'sha-256:' || pg_temp.nth_hash(n), substr(sealed, 1, 64), stored_at
  FROM documents, generate_series($2::bigint, $3::bigint) AS n
 WHERE transfer_id = $1
""",
    """
INSERT INTO dispatches (id, transfer_id, agency_code, office_code, kind, role, status, due_at, give_up_at, retry_at,
                        attempts, digest, delivered_at, acknowledged_at)
SELECT pg_temp.nth_id(n, 200 + row_number() OVER (PARTITION BY n)::int), pg_temp.nth_id(n, 0), agency_code, office_code,
       kind, role, 'acknowledged', due_at - make_interval(secs => 10000000 - n),
       give_up_at - make_interval(secs => 10000000 - n), retry_at - make_interval(secs => 10000000 - n),
       1, 'sha-256:' || pg_temp.nth_hash(n), retry_at, retry_at
  FROM dispatches, generate_series($2::bigint, $3::bigint) AS n
 WHERE transfer_id = $1
""",
    """
INSERT INTO deadlines (id, transfer_id, agency_code, clock, actor, nature, is_strict, starts_at, near_at, due_at,
                       strict_due_at, provisional, met_at, near_raised_at, missed_raised_at, division)
SELECT pg_temp.nth_id(n, 300 + row_number() OVER (PARTITION BY n)::int), pg_temp.nth_id(n, 0), agency_code, clock, actor,
       nature, is_strict, starts_at, near_at, due_at, strict_due_at, provisional,
       CASE WHEN n % 20 > 0 THEN starts_at END, near_at, due_at, division
  FROM deadlines, generate_series($2::bigint, $3::bigint) AS n
 WHERE transfer_id = $1
""",
    """
INSERT INTO journal (id, agency_code, transfer_id, action, actor, at, move, data)
SELECT pg_temp.nth_id(n, 400 + row_number() OVER (PARTITION BY n)::int), agency_code, pg_temp.nth_id(n, 0), action, actor,
       at - make_interval(secs => 10000000 - n), move, data
  FROM journal, generate_series($2::bigint, $3::bigint) AS n
 WHERE transfer_id = $1
""",
)

# One model an addressee: what an earlier call added must not be multiplied. Ids of this very moment, as the service
# makes them: random ones would touch every page of a large index, and only of a large one.
_WAITING = """
INSERT INTO dispatches (id, transfer_id, agency_code, office_code, kind, role, status, due_at, give_up_at, retry_at)
SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
        || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid,
       transfer_id, agency_code, office_code, kind, role, 'waiting',
       now() + make_interval(secs => n), now() + interval '3 days', now()
  FROM (SELECT DISTINCT ON (d.office_code) d.*
          FROM dispatches d JOIN endpoints e ON e.office_code = d.office_code AND e.kind = 'push'
         WHERE d.transfer_id = $1) AS model,
       generate_series(1, $2::int) AS n
"""
_NO_PACE = "UPDATE endpoints SET paced_until = '-infinity', paused_until = '-infinity'"


def fill(database_url: str, template: UUID, count: int) -> None:
    """Store `count` settled copies of the template, and leave the tables vacuumed and analysed."""
    asyncio.run(_fill(database_url, template, count))


def add_waiting(database_url: str, template: UUID, count: int) -> None:
    """Let `count` dispatches wait for each addressee of the template that can be called."""
    asyncio.run(_add_waiting(database_url, template, count))


async def _fill(database_url: str, template: UUID, count: int) -> None:
    async with _connected(database_url) as connection:
        await connection.execute(_HELPERS + _PACK)
        for first, last in _chunks(count):
            async with connection.transaction():
                for copy in _COPIES:
                    await connection.execute(copy, template, first, last)
        await connection.execute(_UNPACK)
        await connection.execute("VACUUM (ANALYZE)")


async def _add_waiting(database_url: str, template: UUID, count: int) -> None:
    async with _connected(database_url) as connection:
        await connection.execute(_NO_PACE)
        await connection.execute(_WAITING, template, count)
        await connection.execute("ANALYZE dispatches")


def _chunks(count: int) -> Iterator[tuple[int, int]]:
    for first in range(1, count + 1, _CHUNK):
        yield first, min(first + _CHUNK - 1, count)


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    try:
        # A crash may take the copies: they are only scenery.
        await connection.execute("SET synchronous_commit = off")
        yield connection
    finally:
        await connection.close()
