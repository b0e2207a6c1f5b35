"""The service under a sandbox's load, watched by a real Prometheus that runs what deploy/ ships."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
from pydantic_core import to_json

from adapters.cli.demo_home import DemoHome
from adapters.clock import new_id
from adapters.main import Running, build
from adapters.postgres.registry_admin import RegistryAdmin
from adapters.sandbox.offices import agencies_of, demo_offices
from adapters.sandbox.register.generator import generate
from adapters.sandbox.sandbox import Sandbox
from contracts.case_record import read_record
from tests.observability.server import Prometheus, watching
from tests.observability.watched import ALERTS, RECORDED, Asked, panel_questions, selectors

_DATA_WITHIN = 30
_AGREED_WITHIN = 10
_CASES = 5
_SEED = 8
"""No case of these is refused by its addressee: a signed no is for operators, by night too."""
_RECORDS = 400
_COUNTED = {
    "linkage:never_transferred:sum": """
SELECT count(DISTINCT (agency_code, case_number)) FROM leads
 WHERE status IN ('open', 'supervised') AND detector IN ('X1', 'X2', 'X4', 'X5', 'X6')
""",
    "linkage:leads:sum": "SELECT count(*) FROM leads WHERE status IN ('open', 'supervised')",
    'sum(linkage_records_total{result="stored"})': "SELECT count(*) FROM cases WHERE version > 0",
    "sum(linkage_leads_raised_total)": "SELECT count(*) FROM leads",
}


@asynccontextmanager
async def town(database: str, folder: Path) -> AsyncIterator[Running]:
    """The whole service in this process; offices hand cases over while it is watched, and have brought their registers."""
    home = DemoHome(folder)
    settings = home.settings(database, port=0, figures_interval=timedelta(milliseconds=500))
    async with (
        build(settings) as running,
        Sandbox(demo_offices(), home.platform_key(), pace=0.1) as sandbox,
    ):
        await register(running, sandbox)
        await bring_registers(running, sandbox)
        await sandbox.connect(running.url)
        await sandbox.hand_over(running.url, pace=0.5, seed=_SEED, run="watched", cases=_CASES)
        yield running
        sandbox.check()


async def register(running: Running, sandbox: Sandbox) -> None:
    rows = sandbox.rows
    async with running.ground.pool.acquire() as connection:
        admin = RegistryAdmin(connection, new_id)
        await admin.load(rows.offices, rows.keys, rows.endpoints, running.ground.clock.now())
    await running.ground.registry.refresh()


async def bring_registers(running: Running, sandbox: Sandbox) -> None:
    """Take made-up registers in, with cases in them that should have been transferred."""
    agencies = [one.office for one in agencies_of(sandbox.offices)]
    today = running.ground.clock.now().date()
    records = defaultdict(list)
    for agency, content in generate(1, _RECORDS, today, agencies):
        records[agency].append(read_record(to_json(content)))
    for agency, read in records.items():
        await running.use_cases.register.take(agency, read)


def everything() -> Iterable[Asked]:
    """What must return data: panels, recorded rules, and what alerts look at, as they are silent when all is well."""
    yield from panel_questions()
    for rule in RECORDED:
        yield Asked(f"recorded: {rule['record']}", rule["expr"])
        yield Asked(f"recorded: {rule['record']}", rule["record"])
    for name, rule in ALERTS.items():
        for selector in selectors(rule["expr"]):
            yield Asked(f"alert: {name}", selector)


async def without_data(server: Prometheus, asked: Iterable[Asked]) -> list[Asked]:
    """Ask again and again, until everything has data or it has had the time for it."""
    left = list(asked)
    loop = asyncio.get_running_loop()
    end = loop.time() + _DATA_WITHIN
    while left and loop.time() < end:
        await asyncio.sleep(0.5)
        left = [one for one in left if not await server.ask(one.expr)]
    return left


async def test_every_expression_parses_and_returns_data(
    prometheus: Path, pool: asyncpg.Pool, database: str, tmp_path: Path
) -> None:
    async with (
        town(database, tmp_path / "town") as running,
        watching(prometheus, running.url.removeprefix("http://"), tmp_path) as server,
    ):
        left = await without_data(server, everything())
        assert not left, "\n".join(f"{place}: {expr}" for place, expr in left)

        await check_rules(server)
        for expr, query in _COUNTED.items():
            assert await agreed(server, pool, expr, query) > 0


async def agreed(server: Prometheus, pool: asyncpg.Pool, expr: str, query: str) -> int:
    """Wait until the figure is the count of the rows, which is as soon as it was scraped; give it."""
    async with asyncio.timeout(_AGREED_WITHIN):
        while await server.ask_number(expr) != (count := int(await pool.fetchval(query))):  # noqa: ASYNC110 (it scrapes elsewhere)
            await asyncio.sleep(0.2)
    return count


async def check_rules(server: Prometheus) -> None:
    """All are evaluated; those alerts that wake somebody are silent, as nothing is broken."""
    ruled = await server.rules()
    assert len(ruled) == len(ALERTS) + len(RECORDED)
    assert {rule["health"] for rule in ruled} == {"ok"}
    for name, rule in ALERTS.items():
        found = await server.ask(rule["expr"])
        assert not found or rule["labels"]["severity"] == "warning", name
