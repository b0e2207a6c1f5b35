"""Overdue and never transferred: the page, the API, the metric, the command line and plain SQL say the same."""

import asyncio
import re
from pathlib import Path

import asyncpg
import pytest

from adapters.metrics import PrometheusMeasure
from adapters.postgres.figures import Figures
from adapters.postgres.register_figures import RegisterFigures
from contracts import detectors
from contracts.appraisal_views import OverviewView
from tests.adapters.test_metrics import samples
from tests.support.chain import Chain, HeldClock
from tests.support.command_line import call
from tests.support.figures import FAR, LONG_AGO, add_deadline
from tests.support.packets import NOW
from tests.support.pages import Visitor, pages_platform
from tests.support.register import RegisterScene, case, sold
from tests.support.web import Site

README = Path(__file__).parents[2] / "deploy" / "README.md"
STATEMENTS = re.findall(r"```sql\n(SELECT .*?;)\n```", README.read_text("utf-8"), re.DOTALL)
Two = tuple[int, int]


@pytest.fixture
async def expected(chain: Chain, pool: asyncpg.Pool) -> Two:
    """Clocks of every nature and state, and cases of two agencies of which some should have been transferred."""
    for agency, due_at, nature, ends in (
        ("market", LONG_AGO, "duty", {}),
        ("tax", LONG_AGO, "duty", {}),
        ("fishery", LONG_AGO, "duty", {}),
        ("market", LONG_AGO, "right", {}),
        ("market", LONG_AGO, "conditional", {}),
        ("market", LONG_AGO, "duty", {"met_at": NOW}),
        ("market", LONG_AGO, "duty", {"voided_at": NOW}),
        ("market", FAR, "duty", {}),
    ):
        await add_deadline(pool, agency, due_at, nature, **ends)
    scene = RegisterScene(chain)
    await scene.take(case(facts=sold(90_000)), case(facts=sold(80_000)), case())
    await scene.take(case(facts=sold(70_000)), agency="fishery")
    await scene.take(case(facts=sold(45_000)), agency="tobacco")  # near, and no more
    leads = await scene.leads()
    assert {detector for _, detector in leads} >= {"X1", "X2", "X3"}
    return 3, 3


async def of_the_page(database: str, folder: Path) -> Two:
    """What the board says to a supervisor of the whole city, who comes in by a browser."""
    async with (
        pages_platform(database, folder, HeldClock(NOW)) as running,
        Visitor(running.url) as visitor,
    ):
        await visitor.sign_in("he")
        words = " ".join((await visitor.get("/board")).words.split())
    overdue = re.search(r"有 (\d+) 个法定期限已超期", words)
    never = re.search(r"(\d+) 件应移送未移送", words)
    assert overdue is not None
    assert never is not None
    return int(overdue[1]), int(never[1])


async def of_the_api(site: Site) -> Two:
    heard = await site.call("GET", "/v1/overview", "city-procuratorate")
    view = OverviewView.model_validate_json(heard.body)
    assert view.overdue == view.deadlines.overdue
    return view.overdue, view.never_transferred


async def of_the_metrics(database: str, chain: Chain) -> Two:
    measure = PrometheusMeasure()
    register = RegisterFigures(measure, chain.standards.give_up_after, "d")
    figures = Figures(database, measure, chain.clock, chain.standards.deliver_within, 5, register)
    try:
        await figures.refresh()
    finally:
        await figures.close()
    found = samples(measure)
    never = sum(n for (name, _), n in found.items() if name == "linkage_never_transferred")
    return int(found["linkage_deadlines", (("state", "overdue"),)]), int(never)


async def of_the_command_line(database: str) -> Two:
    told = await asyncio.to_thread(call, "overview", "--json", database_url=database)
    return told.json["overdue"], told.json["never_transferred"]


async def of_plain_sql(pool: asyncpg.Pool) -> Two:
    overdue, never = [await pool.fetchval(statement) for statement in STATEMENTS]
    return overdue, never


async def test_five_places_say_the_same(  # noqa: PLR0917 (fixtures)
    site: Site, chain: Chain, pool: asyncpg.Pool, database: str, tmp_path: Path, expected: Two
) -> None:
    assert await of_the_page(database, tmp_path) == expected
    assert await of_the_api(site) == expected
    assert await of_the_metrics(database, chain) == expected
    assert await of_the_command_line(database) == expected
    assert await of_plain_sql(pool) == expected


def test_manual_names_the_detectors_that_the_table_does() -> None:
    named = re.findall(r"'(X\d+)'", STATEMENTS[1])
    assert {*named} == {*detectors.load().never_transferred}
