"""The register on a real database: only the clock is the test's own."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg

from adapters.clock import new_id
from adapters.keys import PlatformSigner
from adapters.metrics import PrometheusMeasure
from contracts.case_record import CaseRecord, RecordAnswer
from service.casework import Casework
from service.detection import Detection
from service.register import Register
from tests.support.chain import VERIFY, Chain
from tests.support.offices import key_of, office
from tests.support.packets import NOW
from tests.support.register_invariants import check_register_invariants

_numbers = itertools.count(1)
TODAY = NOW.date()


def day(days_ago: float) -> str:
    """Write the day so many days ago."""
    return (NOW - timedelta(days=days_ago)).date().isoformat()


def moment(days_ago: float) -> str:
    """Write the moment so many days ago."""
    return (NOW - timedelta(days=days_ago)).isoformat()


def firm(number: int) -> dict[str, Any]:
    """A firm that no register has; the same one for the same number."""
    return {
        "kind": "unit",
        "name": f"测试公司{number}",
        "identifier": {"type": "other", "value": f"TEST{number:06d}"},
    }


def case(**changes: Any) -> dict[str, Any]:
    """A case of substandard goods well below its threshold, penalised and entered in time."""
    number = next(_numbers)
    record = {
        "case_number": f"示案〔2026〕{number}号",
        "cause": "销售不合格产品",
        "party": firm(900_000 + number),
        "filed_on": day(60),
        "established_on": day(45),
        "conduct": {"started_on": day(120), "ended_on": day(90)},
        "facts": {
            "substandard_product": True,
            "tobacco_product": False,
            "sales_amount": 3_000,
            "unsold_goods_value": 500,
        },
        "penalty": {"kinds": ["罚款"], "decided_on": day(40), "amount": 5_000},
        "entered_at": moment(38),
        "recorded_at": moment(38),
    }
    return {name: value for name, value in (record | changes).items() if value is not None}


def sold(amount: float, **more: Any) -> dict[str, Any]:
    """The facts of a case of substandard goods that were sold for an amount."""
    return {
        "substandard_product": True,
        "tobacco_product": False,
        "sales_amount": amount,
        "unsold_goods_value": 0,
    } | more


async def _no_other_book() -> None:
    raise AssertionError("nobody switched the rule book")


def register_of(
    chain: Chain,
    measure: PrometheusMeasure | None = None,
    fetch_rulebook: Callable[[], Awaitable[object]] = _no_other_book,
) -> Register:
    """Wire the register of a chain the way `main` does."""
    measure = measure or PrometheusMeasure()
    standards, registry = (lambda: chain.standards), (lambda: chain.registry)
    return Register(
        uow=chain.uow,
        registry=registry,
        casework=Casework(standards, registry, new_id, measure, asyncio.to_thread),
        verify_all=VERIFY,
        vault=chain.vault,
        signer=PlatformSigner(key_of("platform")),
        clock=chain.clock,
        new_id=new_id,
        measure=measure,
        aside=asyncio.to_thread,
        fetch_rulebook=fetch_rulebook,
    )


@dataclass
class RegisterScene:
    """The register beside the chain of transfers: the same database, clock and offices."""

    chain: Chain
    measure: PrometheusMeasure = field(default_factory=PrometheusMeasure)
    fetched: int = 0

    def __post_init__(self) -> None:
        chain = self.chain
        self.register = register_of(chain, self.measure, self.fetch_rulebook)
        self.casework = self.register.casework
        self.detection = Detection(chain.uow, self.casework, chain.clock, self.fetch_rulebook)

    @property
    def pool(self) -> asyncpg.Pool:
        return self.chain.pool

    async def fetch_rulebook(self) -> None:
        self.fetched += 1

    async def take(self, *records: dict[str, Any], agency: str = "market") -> list[RecordAnswer]:
        """Take records in as a file of an agency would bring them."""
        read = [CaseRecord.model_validate(one) for one in records]
        return await self.register.take(office(agency).code, read)

    async def leads(self, *statuses: str) -> dict[tuple[str, str], asyncpg.Record]:
        """Give the leads by case number and detector; the active ones where no status is asked for."""
        rows = await self.pool.fetch(
            "SELECT * FROM leads WHERE status = ANY ($1::text[])",
            list(statuses or ("open", "supervised")),
        )
        return {(row["case_number"], row["detector"]): row for row in rows}

    async def statuses(self) -> dict[str, str]:
        rows = await self.pool.fetch("SELECT detector, status FROM leads ORDER BY detector")
        return {row["detector"]: row["status"] for row in rows}

    async def settle(self) -> None:
        """Look until nothing is left to look at, and prove that everything then adds up."""
        await self.detection.follow()
        await self.detection.look()
        await check_register_invariants(self.chain, self.casework)

    async def detectors(self, record: dict[str, Any]) -> list[str]:
        """Name the detectors that suspect a case."""
        return sorted(
            (
                detector
                for number, detector in await self.leads()
                if number == record["case_number"]
            ),
            key=lambda name: int(name[1:]),
        )

    async def case(self, record: dict[str, Any], agency: str = "market") -> asyncpg.Record:
        row = await self.pool.fetchrow(
            "SELECT * FROM cases WHERE agency_code = $1 AND case_number = $2",
            office(agency).code,
            record["case_number"],
        )
        assert row is not None
        return row


def without(facts: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in names}
