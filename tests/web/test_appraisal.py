"""Figures over HTTP: for whom, with which parameters, and what a wrong one is told."""

import asyncpg
import pytest

from contracts.appraisal_views import AppraisalView, ReconciliationPage, SilencePage
from contracts.office import OfficeKind
from tests.support.chain import Chain
from tests.support.figures import add_count, add_tallies
from tests.support.offices import office
from tests.support.web import Site

EVERYBODY = ("market", "county-police", "commission", "county-procuratorate")


@pytest.mark.parametrize(
    ("path", "admitted"),
    [
        ("/v1/overview", {"county-procuratorate"}),
        ("/v1/silence", {"county-procuratorate"}),
        ("/v1/reconciliation", {"county-procuratorate", "market"}),
        ("/v1/appraisal", {"county-procuratorate", "market"}),
    ],
)
async def test_figures_are_for_those_who_supervise_and_the_agency_itself(
    site: Site, path: str, admitted: set[str]
) -> None:
    for slug in EVERYBODY:
        heard = await site.call("GET", path, slug)
        assert heard.status == (200 if slug in admitted else 403), slug
    assert (await site.call("GET", path)).problem.code == "unauthenticated"


async def test_appraisal_is_asked_by_month_months_and_group(site: Site, pool: asyncpg.Pool) -> None:
    await add_tallies(pool, "market", "2026-09", transferred=2)
    await add_tallies(pool, "market", "2026-10", transferred=1)
    path = "/v1/appraisal?month=2026-10&months=2&by=sector&level=county&limit=1"
    heard = await site.call("GET", path, "county-procuratorate")
    view = AppraisalView.model_validate_json(heard.body)
    assert (view.by, view.month, view.months) == ("sector", "2026-10", 2)
    assert [one.key for one in view.rows] == ["human_resources"]
    heard = await site.call("GET", f"{path}&after={view.next}", "county-procuratorate")
    view = AppraisalView.model_validate_json(heard.body)
    assert [(one.key, one.counts["transferred"]) for one in view.rows] == [
        ("market_supervision", 3)
    ]


async def test_reconciliation_is_asked_by_month(site: Site, pool: asyncpg.Pool) -> None:
    await add_count(pool, "market", "2026-09", 2)
    await add_count(pool, "market", "2026-10", 3)
    heard = await site.call("GET", "/v1/reconciliation?month=2026-09&months=1", "market")
    page = ReconciliationPage.model_validate_json(heard.body)
    assert [(one.month, one.missing_decided) for one in page.months] == [("2026-09", 2)]


async def test_silence_names_the_agencies_of_a_jurisdiction(site: Site) -> None:
    heard = await site.call("GET", "/v1/silence?limit=500", "other-procuratorate")
    page = SilencePage.model_validate_json(heard.body)
    assert {one.agency for one in page.agencies} == {
        office("fishery").code,
        office("forestry").code,
    }


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("month=2026-13", "/month"),
        ("month=1999-01", "/month"),
        ("months=0", "/months"),
        ("months=37", "/months"),
        ("months=x", "/months"),
        ("by=person", "/by"),
        ("level=village", "/level"),
        ("limit=501", "/limit"),
        ("after=%27", "/after"),
        ("ranking=1", "/ranking"),
    ],
)
async def test_parameter_that_cannot_be_read_is_named(site: Site, query: str, pointer: str) -> None:
    heard = await site.call("GET", f"/v1/appraisal?{query}", "county-procuratorate")
    assert heard.problem.code == "malformed_request"
    assert [fault.pointer for fault in heard.problem.errors] == [pointer]


async def test_judicial_administration_sees_its_jurisdiction_too(
    site: Site, chain: Chain, pool: asyncpg.Pool
) -> None:
    code = office("commission").code
    await pool.execute("UPDATE offices SET kind = $2 WHERE code = $1", code, _JUSTICE)
    await chain.reload()
    assert (await site.call("GET", "/v1/overview", "commission")).status == 200


_JUSTICE = OfficeKind.JUDICIAL_ADMINISTRATION.value
