"""The figures of the register: how fast it is screened and imported, and what one more record costs when it is large."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from statistics import median

import asyncpg

from adapters.postgres import pool as postgres
from contracts.case_record import CaseRecord
from contracts.office import Sector
from tests.bench.bench import Bench
from tests.bench.comparison import Figure, by_turns
from tests.bench.registers import Home, Screen, agencies, write_export
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.register import case, firm, register_of, sold

_SCREEN_BAR, _IMPORT_BAR, _EVENT_BAR = 5_000, 2_000, 1.2
_AGENCY = "market"
_PARTIES = 50
_CASES_A_PARTY = 3
_EVENTS = 100

# Copies of one stored case: what an index has, it has for each of them; sealed bodies are cut, nothing here reads them.
_GROW = """
INSERT INTO cases (id, agency_code, case_number, bucket, version, digest, sealed, source, recorded_at, first_received_at,
                   received_at, entered_at, division, sector, family, party_hash, month, decided_on, conclusion,
                   offence_code, missing, undetermined, rulebook_digest, counted)
SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || '7000' || '8' || lpad(to_hex(n), 15, '0'))::uuid, agency_code,
       case_number || '-' || n, n % 1024, 1, digest, substr(sealed, 1, 64), source, recorded_at, first_received_at,
       received_at, entered_at, division, sector, family, sha256(n::text::bytea), month, decided_on, conclusion,
       offence_code, missing, undetermined, rulebook_digest, counted
  FROM (SELECT * FROM cases ORDER BY id LIMIT 1) AS model, generate_series($1::bigint, $2::bigint) AS n
"""
_GROW_JOURNAL = """
INSERT INTO journal (id, agency_code, subject_id, action, actor, at, data)
SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || '7001' || '8' || lpad(to_hex(n), 15, '0'))::uuid, agency_code,
       gen_random_uuid(), action, actor, at, data
  FROM (SELECT * FROM journal WHERE action = 'record.received' LIMIT 1) AS model,
       generate_series($1::bigint, $2::bigint) AS n
"""
_CHUNK = 100_000


def screen(bench: Bench) -> Iterator[Figure]:
    """`screen_per_second`: read, screened over the whole rule book, held against every detector, on one core."""
    screening = Screen(bench.pace.turns, bench.pace.seconds)
    detail = {"records": len(screening.lines), "offences": len(screening.by.book.offences)}
    yield Figure("screen_per_second", screening.rate(), _SCREEN_BAR, detail)


def imports(bench: Bench) -> Iterator[Figure]:
    """`import_per_second`: the command as an operator runs it, from its start to its end, to a disk that is flushed."""
    records = bench.pace.stored_transfers // 10
    market = next(one for one in agencies() if one.sector is Sector.MARKET_SUPERVISION)
    with bench.server.database() as url:
        home = Home(bench.folder / "import", url).prepare()
        export = write_export(home.folder / f"register-{market.code}.ndjson", market, records)
        bench.server.settle()
        began = time.perf_counter()
        home.linkage("register", "import", str(export), "--json")
        seconds = time.perf_counter() - began
        stored = bench.server.scalar(url, "SELECT count(*) FROM cases")
        leads = bench.server.scalar(url, "SELECT count(*) FROM leads")
    if stored != records:
        raise RuntimeError(f"{stored} of {records} records were stored")
    detail = {"records": records, "leads": leads, "seconds": round(seconds, 1)}
    yield Figure("import_per_second", records / seconds, _IMPORT_BAR, detail)


def event_cost(bench: Bench) -> Iterator[Figure]:
    """`event_cost_ratio`: what one new record costs in a large register, as a ratio to what it costs in a small one.

    The party of each has three other cases in both. Commits wait for no disk here: its flush would be most
    of the time and the same for both.
    """
    large, small = bench.pace.stored_transfers, bench.pace.stored_transfers // 100
    with (
        asyncio.Runner() as runner,
        bench.server.database() as one,
        bench.server.database() as other,
    ):
        registers = [
            runner.run(_Grown(url).open(size)) for url, size in ((one, large), (other, small))
        ]
        bench.server.settle()
        rates = [_turn(runner, grown.events) for grown in registers]
        (comparison,) = by_turns(bench.pace.turns, *rates)
        for grown in registers:
            runner.run(grown.close())
    milliseconds = [
        round(1000 / median(rates), 3) for rates in (comparison.ours, comparison.theirs)
    ]
    detail = {"records": [large, small], "milliseconds": milliseconds, **comparison.detail()}
    yield Figure(
        "event_cost_ratio", 1 / comparison.ratio, _EVENT_BAR, detail, passes_when="at_most"
    )


def _turn(runner: asyncio.Runner, events: Callable[[], Awaitable[float]]) -> Callable[[], float]:
    return lambda: runner.run(events())


class _Grown:
    """A register of a size, and new records for it, one commit each."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = count()

    async def open(self, size: int) -> "_Grown":
        self.pool: asyncpg.Pool = await postgres.connect(self.url, most=2, timeout=600)
        chain = await Chain(self.pool).open()
        self.register = register_of(chain)
        await self._take(*(self._record(n) for n in range(_CASES_A_PARTY * _PARTIES)))
        await self._grow(size)
        return self

    async def _grow(self, size: int) -> None:
        async with self.pool.acquire() as connection:
            name = await connection.fetchval("SELECT current_database()")
            await connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
            await connection.execute("SET synchronous_commit = off")
            for first in range(1, size + 1, _CHUNK):
                chunk = first, min(first + _CHUNK - 1, size)
                await connection.execute(_GROW, *chunk)
                await connection.execute(_GROW_JOURNAL, *chunk)
            await connection.execute("VACUUM (ANALYZE)")
        await self.pool.expire_connections()

    async def close(self) -> None:
        await self.pool.close()

    async def events(self) -> float:
        """Take so many records in, each by itself, and give how many a second."""
        began = time.perf_counter()
        for _ in range(_EVENTS):
            await self._take(self._record(next(self._numbers)))
        return _EVENTS / (time.perf_counter() - began)

    async def _take(self, *records: CaseRecord) -> None:
        await self.register.take(office(_AGENCY).code, records)

    def _record(self, number: int) -> CaseRecord:
        return CaseRecord.model_validate(case(party=firm(number % _PARTIES), facts=sold(2_000)))
