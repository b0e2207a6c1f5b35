"""A large register of real cases: some are taken in and screened, and the rest are copies of them, each sealed for its place.

A copy has an id, a case number and a party of its own, and lies in the bucket of its party; copies of the cases of
one party are of one party again. Figures are multiplied. So every row can be opened and judged, and comes out as
it is stored, as in a register that has grown by itself; but for the leads of acts that were split (X5), whose
evidence names the cases that were copied, and which are therefore written once more when they are looked at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from itertools import islice
from typing import Any

import asyncpg
from pydantic_core import from_json, to_json

from adapters.clock import SystemClock, new_id
from adapters.postgres import pool as postgres
from adapters.postgres.registry_admin import RegistryAdmin
from adapters.sandbox.register.generator import generate
from adapters.sandbox.register.places import register_offices
from contracts.case_record import CaseRecord
from service.domain.case_files import CaseKey
from service.domain.leads import Lead
from service.domain.register import bucket_of
from service.register_ports import StoredCase
from tests.bench.registers import agencies
from tests.support.chain import Chain
from tests.support.register import register_of

COPIES = 50
_SEED, _CHUNK = 7, 1000


async def fill(pool: asyncpg.Pool, size: int) -> None:
    """Fill an empty database with a register of so many cases, a multiple of `COPIES`."""
    chain = Chain(pool)
    chain.clock = SystemClock()  # type: ignore[assignment] # what is made up is relative to today
    await chain.open()
    async with pool.acquire() as connection:
        offices = [one.office for one in register_offices()]
        await RegistryAdmin(connection, new_id).load(offices, [], [], chain.clock.now())
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    await pool.expire_connections()
    await chain.reload()
    await _take(chain, size // COPIES)
    await _copy_all(chain)
    await pool.execute("UPDATE tallies SET count = count * $1", COPIES)
    await pool.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = on')
    await pool.execute("VACUUM (ANALYZE)")


async def fill_database(url: str, size: int) -> None:
    """Fill the database at an address."""
    async with await postgres.connect(url, most=4, timeout=600) as pool:
        await fill(pool, size)


async def _take(chain: Chain, count: int) -> None:
    register = register_of(chain)
    by_agency: dict[str, list[CaseRecord]] = {}
    for agency, record in generate(_SEED, count, date.today(), agencies()):  # noqa: DTZ011 (the generator's days are China's)
        by_agency.setdefault(agency, []).append(CaseRecord.model_validate(record))
    for agency, records in by_agency.items():
        for chunk in _chunks(records):
            await register.take(agency, chunk)


async def _copy_all(chain: Chain) -> None:
    ids = [row["id"] for row in await chain.pool.fetch("SELECT id FROM cases ORDER BY id")]
    for chunk in _chunks(ids):
        async with chain.uow.begin() as records:
            cases = await records.cases.with_ids(chunk)
            leads = await records.leads.of_cases([case.key for case in cases])
        for number in range(1, COPIES):
            async with chain.uow.begin() as records:
                await records.cases.save([_copy(case, number) for case in cases])
                await records.leads.save([_copy_of_lead(lead, number) for lead in leads])


def _chunks(things: Sequence[Any]) -> Iterator[list[Any]]:
    left = iter(things)
    while chunk := list(islice(left, _CHUNK)):
        yield chunk


def _copy(case: StoredCase, number: int) -> StoredCase:
    key = CaseKey(case.key.agency_code, _numbered(case.key.case_number, number))
    party = case.party_hash and sha256(case.party_hash + number.to_bytes(2)).digest()
    record = from_json(case.content or b"{}") | {"case_number": key.case_number}
    return replace(
        case,
        id=new_id(),
        key=key,
        party_hash=party,
        bucket=bucket_of(key, party),
        content=to_json(record),
    )


def _copy_of_lead(lead: Lead, number: int) -> Lead:
    return replace(lead, id=new_id(), case_number=_numbered(lead.case_number, number))


def _numbered(case_number: str, number: int) -> str:
    return f"{case_number}-{number}"
