"""Processes that share a register and have rule books of their own in memory, as several of the service have."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import asyncpg
import structlog

from adapters.clock import new_id
from adapters.metrics import PrometheusMeasure
from adapters.postgres.rescreenings import PostgresRescreenings
from adapters.postgres.rulebook_cache import RuleBookCache
from contracts.case_record import CaseRecord, RecordAnswer
from contracts.rulebook import RuleBook, load_rulebook
from service.casework import Casework
from service.domain.admission import Standards
from service.foresight import Foresight
from service.register import Register
from service.register_ports import RescreeningProgress, Slice
from service.rescreening import Rescreening
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.packets import NOW
from tests.support.register import register_of

OURS = load_rulebook()


def book_with(sales_amount: int) -> RuleBook:
    """Our book with another number for substandard goods that were sold; ours says 50 000."""
    content = json.loads(OURS.to_json())
    [m01] = [one for one in content["offences"] if one["row"] == "M01"]
    m01["branches"][0]["when"]["at_least"] = str(sales_amount)
    return RuleBook.from_json(json.dumps(content | {"version": f"sold-{sales_amount}"}))


@dataclass
class Desk:
    """One process: it hears of another book only when it fetches it."""

    chain: Chain
    lease: timedelta = timedelta(minutes=1)
    measure: PrometheusMeasure = field(default_factory=PrometheusMeasure)

    def __post_init__(self) -> None:
        chain = self.chain
        log = structlog.get_logger()
        self.rulebook = RuleBookCache(chain.pool, chain.standards.book, log)
        self.casework = Casework(
            self.standards, lambda: chain.registry, new_id, self.measure, asyncio.to_thread
        )
        self.register: Register = replace(
            register_of(chain, self.measure, self.rulebook.refresh), casework=self.casework
        )
        self.rescreening = Rescreening(
            *(chain.uow, self.casework, chain.clock, new_id, self.lease, self.rulebook.refresh)
        )
        self.foresight = Foresight(chain.uow, self.casework, chain.clock, asyncio.to_thread)

    @property
    def pool(self) -> asyncpg.Pool:
        return self.chain.pool

    async def open(self) -> "Desk":
        await self.rulebook.begin(OURS.to_json(), NOW)
        return self

    def standards(self) -> Standards:
        return replace(self.chain.standards, book=self.rulebook.now())

    async def take(self, *records: dict[str, Any], agency: str = "market") -> list[RecordAnswer]:
        read = [CaseRecord.model_validate(one) for one in records]
        return await self.register.take(office(agency).code, read)

    async def claimed(self) -> Slice:
        """Claim a slice; there must be one."""
        claimed = await self.rescreening.claim()
        assert claimed is not None
        return claimed

    async def work(self) -> list[Slice]:
        """Screen slice after slice until there is none, and give those that were done."""
        done = []
        while (claimed := await self.rescreening.claim()) is not None:
            if await self.rescreening.screen(claimed) is not None:
                done.append(claimed)
        return done

    async def progress(self) -> RescreeningProgress:
        async with self.pool.acquire() as connection:
            found = await PostgresRescreenings(connection).latest()
        assert found is not None
        return found


async def cut_in_slices(pool: asyncpg.Pool, count: int) -> None:
    """Cut the rescreening under way, of which nothing is done, into more slices than so small a register has."""
    async with pool.acquire() as connection, connection.transaction():
        begun = "SELECT id FROM rescreenings WHERE finished_at IS NULL"
        await connection.execute(f"DELETE FROM rescreening_slices WHERE rescreening_id = ({begun})")
        await connection.execute(
            "INSERT INTO rescreening_slices (rescreening_id, first_bucket, last_bucket)"
            f" SELECT ({begun}), n * $1, (n + 1) * $1 - 1 FROM generate_series(0, $2) n",
            *(1024 // count, count - 1),
        )


async def check_register(desk: Desk) -> Counter[str]:
    """Everything is as the book in force has it, nothing lost and nothing doubled; give how cases stand.

    Every case is judged once more and comes out as it is stored; figures are the sums of what cases add;
    a lead was raised once.
    """
    await desk.rulebook.refresh()
    assert await not_as_judged(desk) == []
    assert await desk.pool.fetch(_TALLIES_THAT_DIFFER) == []
    assert await desk.pool.fetch(_RAISED_AGAIN) == []
    cases = await desk.pool.fetch("SELECT conclusion, count(*) FROM cases GROUP BY conclusion")
    return Counter(dict(map(tuple, cases)))


async def not_as_judged(desk: Desk) -> Sequence[str]:
    """The cases and leads that a look at the whole register, by the book in force, would change."""
    async with desk.chain.uow.snapshot() as records:
        ids = await desk.pool.fetch("SELECT id FROM cases")
        cases = await records.cases.with_ids([row["id"] for row in ids])
        opened = await desk.casework.open(records, cases)
        ledger = await desk.casework._judge(opened, desk.chain.clock.now())
    assert ledger.looked_at == len(ids)
    leads = [f"{lead.case_number} {lead.detector}" for lead in ledger.leads]
    return [*(str(case.key) for case in ledger.cases), *leads]


_TALLIES_THAT_DIFFER = """
WITH raw AS (
  SELECT c.agency_code, (split_part(name, '/', 1) || '-01')::date AS month, split_part(name, '/', 2) AS name, count(*) AS count
    FROM cases c, jsonb_array_elements_text(c.counted) AS name
   GROUP BY 1, 2, 3
)
SELECT agency_code, month, name, raw.count, kept.count
  FROM raw FULL JOIN (SELECT * FROM tallies WHERE count <> 0) kept USING (agency_code, month, name)
 WHERE raw.count IS DISTINCT FROM kept.count
"""
_RAISED_AGAIN = """
SELECT subject_id FROM journal WHERE action = 'lead.raised' GROUP BY subject_id HAVING count(*) > 1
UNION ALL
SELECT l.id FROM leads l WHERE NOT EXISTS (SELECT FROM journal j WHERE j.subject_id = l.id AND j.action = 'lead.raised')
"""
