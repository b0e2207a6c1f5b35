"""The overview: what counts as overdue, silent or missing, for whom, and page by page."""

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from adapters.postgres.overview import PostgresFigureReading
from contracts.office import OfficeKind
from service.domain.access import Reader
from service.domain.errors import Refusal
from service.overview import Overview
from tests.support.chain import Chain
from tests.support.figures import (
    FAR,
    LONG_AGO,
    add_count,
    add_deadline,
    add_feed,
    add_supervision,
    add_tallies,
    insert,
)
from tests.support.offices import MEMBERS, office
from tests.support.packets import NOW

AGENCIES = [one for one in MEMBERS if one.kind is OfficeKind.AGENCY]
DAY = timedelta(days=1)


def reader(slug: str) -> Reader:
    return Reader(office(slug).code, office(slug).kind, office(slug).kid)


@pytest.fixture
async def chain(pool: asyncpg.Pool) -> Chain:
    return await Chain(pool).open()


@pytest.fixture
def overview(chain: Chain) -> Overview:
    figures = PostgresFigureReading(chain.pool)
    return Overview(figures, lambda: chain.registry, chain.clock, 7 * DAY)


async def test_empty_platform_has_every_figure_at_nothing(overview: Overview) -> None:
    view = await overview.of_all()
    assert (view.overdue, view.never_transferred, view.missing_cases) == (0, 0, 0)
    assert set(view.leads) == {f"X{number}" for number in range(1, 12)}
    assert set(view.leads.values()) == set(view.cases.values()) == {0}
    assert view.silent_agencies == len(AGENCIES)
    assert view.detection.rescreening is None
    assert view.division == ""


async def test_right_that_lapsed_is_not_overdue(overview: Overview, pool: asyncpg.Pool) -> None:
    for nature in ("duty", "duty", "right", "conditional"):
        await add_deadline(pool, "market", LONG_AGO, nature)
    await add_deadline(pool, "market", LONG_AGO, met_at=NOW)
    await add_deadline(pool, "market", FAR, near_at=NOW)
    await add_deadline(pool, "market", FAR)
    view = await overview.of_all()
    assert view.deadlines.model_dump() == {"open": 1, "near": 1, "overdue": 2, "lapsed": 2}
    assert view.overdue == 2


async def test_figures_are_summed_over_months_agencies_and_sectors(
    overview: Overview, pool: asyncpg.Pool
) -> None:
    await add_tallies(pool, "market", "2026-09", never_transferred=2, lead__X1=2)
    await add_tallies(pool, "market", "2026-10", never_transferred=1, lead__X5=1)
    await add_tallies(pool, "tax", "2026-10", never_transferred=4, undetermined=3)
    await add_tallies(pool, "tobacco", "2026-10", never_transferred=0, conclusion__near=6)
    view = await overview.of_all()
    assert (view.never_transferred, view.never_transferred_agencies) == (7, 2)
    assert (view.leads["X1"], view.leads["X5"], view.undetermined) == (2, 1, 3)
    assert view.cases["near"] == 6


@pytest.mark.parametrize(
    ("slug", "never_transferred", "overdue"),
    [("county-procuratorate", 1, 1), ("other-procuratorate", 2, 1), ("city-procuratorate", 7, 3)],
)
async def test_office_sees_its_jurisdiction(
    overview: Overview, pool: asyncpg.Pool, slug: str, never_transferred: int, overdue: int
) -> None:
    for agency, count in (("market", 1), ("fishery", 2), ("tax", 4)):
        await add_tallies(pool, agency, "2026-10", never_transferred=count)
        await add_deadline(pool, agency, LONG_AGO)
    view = await overview.of(reader(slug))
    assert (view.never_transferred, view.overdue) == (never_transferred, overdue)


async def test_widest_jurisdiction_sees_what_the_platform_sees(
    overview: Overview, pool: asyncpg.Pool
) -> None:
    await add_tallies(pool, "market", "2026-10", never_transferred=1, lead__X1=1)
    await add_deadline(pool, "tax", LONG_AGO)
    await add_count(pool, "ecology", "2026-10", 5)
    seen = await overview.of(reader("city-procuratorate"))
    assert seen.model_copy(update={"division": ""}) == await overview.of_all()


async def test_letters_are_awaited_in_time_past_it_and_above(
    overview: Overview, pool: asyncpg.Pool
) -> None:
    await add_supervision(pool, "market", FAR)
    await add_supervision(pool, "market", LONG_AGO)
    await add_supervision(pool, "market", LONG_AGO, escalated_at=NOW)
    await add_supervision(pool, "market", LONG_AGO, met_at=NOW)
    view = await overview.of_all()
    assert view.supervisions.model_dump() == {"open": 1, "overdue": 2, "escalated": 1}


async def add_lines(pool: asyncpg.Pool, *ages: timedelta) -> None:
    """Let detection have read everything, and then write lines that are so old by their own words."""
    await pool.execute("UPDATE detection_cursor SET recorded_in = pg_current_xact_id()")
    for age in ages:
        said = {"action": "packet.received", "actor": "a", "data": "{}"}
        await insert(pool, "journal", id=uuid4(), at=NOW - age, **said)


@pytest.mark.parametrize(
    ("ages", "lag"),
    [
        ((), 0),
        ((timedelta(minutes=9), timedelta(minutes=5)), 540),
        ((-DAY,), 0),  # by a clock that runs ahead of ours
    ],
)
async def test_detection_is_as_far_behind_as_its_oldest_line(
    overview: Overview, pool: asyncpg.Pool, ages: tuple[timedelta, ...], lag: float
) -> None:
    await add_lines(pool, *ages)
    assert (await overview.of_all()).detection.lag_seconds == lag


async def test_latest_rescreening_is_told(overview: Overview, pool: asyncpg.Pool) -> None:
    await insert(pool, "rulebooks", digest="d", version="1", document="{}", added_at=NOW)
    for number, (started_at, is_done) in enumerate(((LONG_AGO, False), (NOW, True)), start=1):
        rescreening = f"0000000{number}-0000-7000-8000-000000000000"
        named = {"id": rescreening, "digest": "d", "started_at": started_at}
        await insert(pool, "rescreenings", **named, finished_at=None if is_done else started_at)
        for bucket, done_at in ((0, NOW if is_done else None), (512, None)):
            await insert(
                pool,
                "rescreening_slices",
                rescreening_id=rescreening,
                first_bucket=bucket,
                last_bucket=bucket + 511,
                done_at=done_at,
                screened=100,
                changed=7,
            )
    told = (await overview.of_all()).detection.rescreening
    assert told is not None
    assert told.model_dump() == {"slices": 2, "slices_left": 1, "screened": 200, "changed": 14}


async def test_silent_are_listed_the_longest_silent_first(
    overview: Overview, pool: asyncpg.Pool
) -> None:
    await add_feed(pool, "market", NOW - 7 * DAY)  # to the second: not silent yet
    await add_feed(pool, "tobacco", NOW - 8 * DAY)
    await add_feed(pool, "labour", NOW - 23 * DAY)
    page = await overview.silence(reader("county-procuratorate"), None, 10)
    assert [(one.name, one.silent_days) for one in page.agencies] == [
        (office("labour").name, 23),
        (office("tobacco").name, 8),
    ]
    assert (page.next, page.expected_every_seconds) == (None, 7 * 86400)


async def test_agency_that_never_came_is_silent_before_all_others(
    overview: Overview, pool: asyncpg.Pool
) -> None:
    await add_feed(pool, "market", LONG_AGO)
    await add_feed(pool, "tobacco", NOW)
    page = await overview.silence(reader("county-procuratorate"), None, 10)
    assert [(one.name, one.last_received_at) for one in page.agencies] == [
        (office("labour").name, None),
        (office("market").name, LONG_AGO),
    ]
    assert page.agencies[0].silent_days is None


async def test_pages_of_the_silent_meet_each_agency_once(
    overview: Overview, pool: asyncpg.Pool
) -> None:
    await add_feed(pool, "market", LONG_AGO)
    await add_feed(pool, "tax", LONG_AGO)
    met, after = [], None
    while True:
        page = await overview.silence(reader("city-procuratorate"), after, 3)
        met += [one.agency for one in page.agencies]
        if (after := page.next) is None:
            break
    assert sorted(met) == sorted(one.code for one in AGENCIES)
    assert (await overview.of_all()).silent_agencies == len(met)


async def test_more_here_than_an_agency_counts_hides_nothing_of_another_month(
    overview: Overview, pool: asyncpg.Pool
) -> None:
    await add_count(pool, "market", "2026-09", 5, 8)
    await add_count(pool, "market", "2026-10", 10)
    await add_tallies(pool, "market", "2026-09", decided=9, filed_cases=6)
    await add_tallies(pool, "market", "2026-10", decided=7)
    page = await overview.reconciliation(reader("market"), None, 12, None, 10)
    told = [
        (one.month, one.missing_decided, one.missing_filed, one.filed_cases) for one in page.months
    ]
    assert told == [("2026-10", 3, None, 0), ("2026-09", 0, 2, 6)]
    assert page.missing_decided == (await overview.of_all()).missing_cases == 3


async def test_agency_reconciles_its_own_register_only(
    overview: Overview, pool: asyncpg.Pool
) -> None:
    await add_count(pool, "market", "2026-10", 5)
    await add_count(pool, "tobacco", "2026-10", 50)
    own = await overview.reconciliation(reader("market"), None, 1, None, 10)
    assert own.months == []  # November: nobody has reported it yet
    own = await overview.reconciliation(reader("market"), None, 2, None, 10)
    assert [one.agency for one in own.months] == [office("market").code]
    assert own.missing_decided == 5


async def test_pages_of_a_reconciliation_meet_each_month_once(
    overview: Overview, pool: asyncpg.Pool
) -> None:
    reported = [(slug, month) for slug in ("market", "tax") for month in ("2026-08", "2026-10")]
    for slug, month in reported:
        await add_count(pool, slug, month, 1)
    met, after = [], None
    while True:
        page = await overview.reconciliation(reader("city-procuratorate"), None, 12, after, 1)
        met += [(one.agency, one.month) for one in page.months]
        assert page.missing_decided == 4
        if (after := page.next) is None:
            break
    assert sorted(met) == sorted((office(slug).code, month) for slug, month in reported)
    assert [month for _, month in met] == ["2026-10", "2026-10", "2026-08", "2026-08"]


@pytest.mark.parametrize("after", ["", "x", "1.x", "2026-13.11339921900000006G", "-1.", "1" * 50])
async def test_place_that_no_page_gave_is_refused(overview: Overview, after: str) -> None:
    for work in (
        overview.silence(reader("city-procuratorate"), after, 1),
        overview.reconciliation(reader("city-procuratorate"), None, 1, after, 1),
    ):
        with pytest.raises(Refusal) as refused:
            await work
        assert refused.value.code == "malformed_request"
