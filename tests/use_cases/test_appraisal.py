"""The appraisal: rates with their numbers, the own trend and the year before, per office, region and sector."""

from datetime import UTC, date, datetime

import asyncpg
import pytest

from adapters.postgres.overview import PostgresFigureReading
from contracts import appraisal as table
from contracts.appraisal import COUNTS
from contracts.appraisal_views import AppraisalRow, AppraisalView, IndexView
from contracts.office import Level, OfficeKind, Sector
from service.appraisal import Appraisal, Asked, GroupBy
from service.domain.access import Reader
from service.domain.appraisal import month_of
from service.domain.errors import Refusal
from tests.support.chain import Chain
from tests.support.figures import add_count, add_lead, add_tallies
from tests.support.offices import MEMBERS, office

OCTOBER = month_of("2026-10")
AGENCIES = sorted(one.code for one in MEMBERS if one.kind is OfficeKind.AGENCY)


def reader(slug: str) -> Reader:
    return Reader(office(slug).code, office(slug).kind, office(slug).kid)


@pytest.fixture
async def chain(pool: asyncpg.Pool) -> Chain:
    return await Chain(pool).open()


@pytest.fixture
def appraisal(chain: Chain) -> Appraisal:
    return Appraisal(PostgresFigureReading(chain.pool), lambda: chain.registry, chain.clock)


def row(view: AppraisalView, key: str) -> AppraisalRow:
    (found,) = (one for one in view.rows if one.key == key)
    return found


def index(view: AppraisalView, slug: str, name: str) -> IndexView:
    (found,) = (one for one in row(view, office(slug).code).indexes if one.id == name)
    return found


async def test_rate_stands_with_its_two_numbers(appraisal: Appraisal, pool: asyncpg.Pool) -> None:
    await add_tallies(pool, "market", "2026-10", transferred=12, transferred_in_time=9)
    found = index(await appraisal.table(), "market", "timely_transfer")
    assert found.rate.model_dump() == {
        "numerator": 9,
        "denominator": 12,
        "value": 0.75,
        "small": False,
    }


async def test_rate_of_nothing_is_no_number(appraisal: Appraisal) -> None:
    view = await appraisal.table()
    for one in row(view, office("market").code).indexes:
        assert (one.rate.value, one.rate.denominator, one.rate.small) == (None, 0, True)
        assert one.basis
    assert [one.key for one in view.rows] == AGENCIES  # who has nothing is listed too


@pytest.mark.parametrize(("n", "small"), [(9, True), (10, False)])
async def test_rate_of_few_cases_is_marked(
    appraisal: Appraisal, pool: asyncpg.Pool, n: int, *, small: bool
) -> None:
    await add_tallies(pool, "market", "2026-10", transferred=n, filed=n)
    found = index(await appraisal.table(), "market", "filing")
    assert (found.rate.value, found.rate.small) == (1.0, small)


async def test_last_full_month_is_taken_and_months_before_are_its_trend(
    appraisal: Appraisal, pool: asyncpg.Pool
) -> None:
    for month, filed in (("2026-11", 9), ("2026-10", 3), ("2026-09", 2), ("2025-11", 1)):
        await add_tallies(pool, "market", month, transferred=4, filed=filed)
    view = await appraisal.table()
    assert (view.month, view.months) == ("2026-10", 1)
    trend = index(view, "market", "filing").trend
    assert [one.month for one in trend][::11] == ["2025-11", "2026-10"]
    assert [one.numerator for one in trend] == [1, *[0] * 9, 2, 3]


async def test_january_looks_at_the_december_before(appraisal: Appraisal, chain: Chain) -> None:
    chain.clock.at = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)  # in China it is the new year
    assert (await appraisal.table()).month == "2026-12"
    chain.clock.at = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    assert (await appraisal.table()).month == "2026-11"


async def test_months_are_summed_and_held_against_the_same_months_a_year_before(
    appraisal: Appraisal, pool: asyncpg.Pool
) -> None:
    for month in ("2026-08", "2026-09", "2026-10"):
        await add_tallies(pool, "market", month, transferred=10, filed=7)
    await add_tallies(pool, "market", "2025-09", transferred=4, filed=1)
    await add_tallies(pool, "market", "2025-07", transferred=99, filed=99)
    found = index(await appraisal.table(asked=Asked(month=OCTOBER, months=3)), "market", "filing")
    assert (found.rate.numerator, found.rate.denominator) == (21, 30)
    assert (found.year_before.numerator, found.year_before.denominator) == (1, 4)


async def test_entry_is_rated_only_where_the_agency_reported(
    appraisal: Appraisal, pool: asyncpg.Pool
) -> None:
    """Else a month that nobody reported would lift the rate above what it is."""
    await add_tallies(pool, "market", "2026-09", decided=50)
    await add_tallies(pool, "market", "2026-10", decided=15)
    await add_count(pool, "market", "2026-10", 20)
    view = await appraisal.table(asked=Asked(month=OCTOBER, months=2))
    found = index(view, "market", "entry").rate
    assert (found.numerator, found.denominator) == (15, 20)
    assert row(view, office("market").code).counts["decided"] == 65


async def test_every_count_of_the_vocabulary_is_told(
    appraisal: Appraisal, pool: asyncpg.Pool
) -> None:
    kept = {name: number for number, name in enumerate(table.TALLIES, start=1)}
    await add_tallies(pool, "market", "2026-10", **kept, lead__X1=99, conclusion__meets=99)
    await add_count(pool, "market", "2026-10", 77)
    counts = row(await appraisal.table(), office("market").code).counts
    assert counts == {**kept, "decided_of_reported": kept["decided"], "reported_decided": 77}
    assert set(counts) == set(COUNTS)


async def test_sectors_and_regions_sum_their_agencies(
    appraisal: Appraisal, pool: asyncpg.Pool
) -> None:
    for slug, count in (("market", 1), ("tobacco", 2), ("fishery", 4), ("tax", 8)):
        await add_tallies(pool, slug, "2026-10", transferred=count)
    sectors = await appraisal.table(asked=Asked(by=GroupBy.SECTOR))
    assert row(sectors, "tax").counts["transferred"] == 8
    assert row(sectors, "tax").model_dump(include={"name", "division", "sector"}) == {
        "name": None,
        "division": None,
        "sector": Sector.TAX,
    }
    found = {}
    for level in (Level.COUNTY, Level.CITY, Level.PROVINCE, Level.CENTRAL):
        view = await appraisal.table(asked=Asked(by=GroupBy.REGION, level=level))
        found[level] = {one.key: one.counts["transferred"] for one in view.rows}
        assert all((one.division, one.sector) == (one.key, None) for one in view.rows)
    assert found == {
        Level.COUNTY: {"339900": 8, "339921": 3, "339922": 4},
        Level.CITY: {"339900": 15},
        Level.PROVINCE: {"330000": 15},
        Level.CENTRAL: {"000000": 15},
    }


async def test_region_is_of_the_level_below_the_one_who_asks(appraisal: Appraisal) -> None:
    by_region = Asked(by=GroupBy.REGION)
    assert [one.key for one in (await appraisal.table(asked=by_region)).rows] == ["330000"]
    city = await appraisal.of(reader("city-procuratorate"), by_region)
    assert [one.key for one in city.rows] == ["339900", "339921", "339922"]
    county = await appraisal.of(reader("county-procuratorate"), by_region)
    assert [one.key for one in county.rows] == ["339921"]


async def test_office_sees_its_jurisdiction_and_an_agency_itself(
    appraisal: Appraisal, pool: asyncpg.Pool
) -> None:
    await add_tallies(pool, "market", "2026-10", transferred=3)
    await add_tallies(pool, "fishery", "2026-10", transferred=5)
    county = await appraisal.of(reader("other-procuratorate"), Asked())
    assert {one.division for one in county.rows} == {office("fishery").division}
    assert row(county, office("fishery").code).counts["transferred"] == 5
    own = await appraisal.of(reader("market"), Asked())
    assert [one.key for one in own.rows] == [office("market").code]
    assert own.rows[0].counts["transferred"] == 3
    assert "suspected" in county.rows[0].counts
    assert "suspected" not in own.rows[0].counts
    indexes = {one.id for one in county.rows[0].indexes}
    assert indexes - {one.id for one in own.rows[0].indexes} == {"transfer_of_suspected"}


async def test_region_is_never_larger_than_what_an_office_sees(
    appraisal: Appraisal, pool: asyncpg.Pool
) -> None:
    await add_tallies(pool, "fishery", "2026-10", transferred=5)
    asked = Asked(by=GroupBy.REGION, level=Level.PROVINCE)
    county = await appraisal.of(reader("other-procuratorate"), asked)
    assert [one.key for one in county.rows] == [office("fishery").division]


async def test_top_offences_are_cases_under_active_leads_and_not_for_agencies(
    appraisal: Appraisal, pool: asyncpg.Pool
) -> None:
    await add_lead(pool, "market", 1, "X1")
    await add_lead(pool, "market", 1, "X2")  # the same case
    await add_lead(pool, "market", 2, "X5", status="supervised")
    await add_lead(pool, "fishery", 3, "X1", offence_code="CL-340")
    await add_lead(pool, "market", 4, "X1", status="dismissed")
    await add_lead(pool, "market", 5, "X11")
    await add_lead(pool, "market", 6, "X6", offence_code=None)
    top = (await appraisal.table()).top_offences
    assert top is not None
    assert [(one.offence_code, one.cases) for one in top] == [("CL-140", 2), ("CL-340", 1)]
    county = (await appraisal.of(reader("other-procuratorate"), Asked())).top_offences
    assert county is not None
    assert [one.offence_code for one in county] == ["CL-340"]
    assert (await appraisal.of(reader("market"), Asked())).top_offences is None


async def test_pages_stand_in_the_order_of_keys_which_ranks_nobody(
    appraisal: Appraisal, pool: asyncpg.Pool
) -> None:
    met, asked = [], Asked(limit=3)
    while True:
        view = await appraisal.of(reader("city-procuratorate"), asked)
        met += [one.key for one in view.rows]
        if view.next is None:
            break
        asked = asked._replace(after=view.next)
    assert met == AGENCIES
    assert "排名" in view.caution.zh


async def test_place_that_no_page_gave_is_refused(appraisal: Appraisal) -> None:
    with pytest.raises(Refusal) as refused:
        await appraisal.table(asked=Asked(after="'; --"))
    assert refused.value.code == "malformed_request"


async def test_office_without_a_sector_is_counted_under_other(
    appraisal: Appraisal, pool: asyncpg.Pool
) -> None:
    await pool.execute("UPDATE offices SET sector = NULL WHERE code = $1", office("market").code)
    await add_tallies(pool, "market", "2026-10", transferred=3)
    view = await appraisal.table(asked=Asked(by=GroupBy.SECTOR, month=date(2026, 10, 31)))
    assert row(view, "other").counts["transferred"] == 3
    assert view.month == "2026-10"
