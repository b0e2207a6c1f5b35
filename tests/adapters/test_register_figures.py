"""The gauges of the register: each label value is there, and each says what the rows do."""

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from adapters.metrics import METRICS, PrometheusMeasure
from adapters.postgres.register_figures import REGISTER_GAUGES, RegisterFigures
from tests.adapters.test_metrics import samples
from tests.support.chain import Chain
from tests.support.figures import (
    FAR,
    LONG_AGO,
    add_count,
    add_feed,
    add_supervision,
    add_tallies,
    insert,
)
from tests.support.offices import office
from tests.support.packets import NOW

SHIPPED = "sha-256:shipped"
Found = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
async def chain(pool: asyncpg.Pool) -> Chain:
    return await Chain(pool).open()


async def refreshed(pool: asyncpg.Pool) -> Found:
    measure = PrometheusMeasure()
    async with pool.acquire() as connection:
        await RegisterFigures(measure, timedelta(days=7), SHIPPED).refresh(connection, NOW)
    return samples(measure)


def values(found: Found, name: str) -> dict[str, float]:
    """The values of a gauge with one label that are not 0."""
    return {
        labels[0][1]: value for (told, labels), value in found.items() if told == name and value
    }


async def test_every_label_value_is_there_when_nothing_is(chain: Chain, pool: asyncpg.Pool) -> None:
    """A panel without data says that something is broken, not that all is well."""
    found = await refreshed(pool)
    for metric in METRICS:
        if metric.name in REGISTER_GAUGES:
            series = [labels for name, labels in found if name == f"linkage_{metric.name}"]
            expected = 1
            for label in metric.labels.values():
                expected *= len([*label])
            assert len(series) == expected, metric.name


async def test_cases_leads_and_never_transferred_are_told(chain: Chain, pool: asyncpg.Pool) -> None:
    await add_tallies(
        pool, "market", "2026-09", never_transferred=2, lead__X1=2, conclusion__meets=4
    )
    await add_tallies(pool, "market", "2026-10", never_transferred=1, lead__X5=1)
    await add_tallies(pool, "tax", "2026-10", never_transferred=3, conclusion__meets=1)
    found = await refreshed(pool)
    assert values(found, "linkage_never_transferred") == {"market_supervision": 3, "tax": 3}
    assert values(found, "linkage_leads") == {"X1": 2, "X5": 1}
    assert values(found, "linkage_cases") == {"meets": 5}


async def test_silent_missing_and_awaited_are_told(chain: Chain, pool: asyncpg.Pool) -> None:
    await add_feed(pool, "market", NOW)
    await add_count(pool, "market", "2026-10", 9)
    await add_tallies(pool, "market", "2026-10", decided=4)
    await add_supervision(pool, "market", FAR)
    await add_supervision(pool, "market", LONG_AGO, escalated_at=NOW)
    found = await refreshed(pool)
    assert found["linkage_register_silent_agencies", ()] == 7
    assert found["linkage_register_missing_cases", ()] == 5
    assert values(found, "linkage_supervisions_waiting") == {
        "open": 1,
        "overdue": 1,
        "escalated": 1,
    }


async def test_counts_of_this_month_and_the_last_are_told(chain: Chain, pool: asyncpg.Pool) -> None:
    for month, count in (("2026-11", 1), ("2026-10", 2), ("2026-09", 4)):
        await add_tallies(pool, "market", month, transferred=count, lead__X1=9)
    await add_count(pool, "market", "2026-10", 8)
    found = {
        (dict(labels)["name"], dict(labels)["period"], dict(labels)["sector"]): value
        for (name, labels), value in (await refreshed(pool)).items()
        if name == "linkage_appraisal_count" and value
    }
    assert found == {
        ("transferred", "this_month", "market_supervision"): 1,
        ("transferred", "last_month", "market_supervision"): 2,
        ("reported_decided", "last_month", "market_supervision"): 8,
    }


@pytest.mark.parametrize(("in_force", "behind"), [(None, 1), ("sha-256:old", 1), (SHIPPED, 0)])
async def test_book_that_is_shipped_and_not_switched_on_is_told(
    chain: Chain, pool: asyncpg.Pool, in_force: str | None, behind: int
) -> None:
    if in_force is not None:
        await insert(pool, "rulebooks", digest=in_force, version="1", document="{}", added_at=NOW)
        await insert(pool, "rulebook_in_force", digest=in_force, switched_at=NOW)
    assert (await refreshed(pool))["linkage_rulebook_behind", ()] == behind


async def test_work_of_detection_is_told(chain: Chain, pool: asyncpg.Pool) -> None:
    await insert(pool, "rulebooks", digest="d", version="1", document="{}", added_at=NOW)
    rescreening = uuid4()
    await insert(pool, "rescreenings", id=rescreening, digest="d", started_at=NOW)
    for bucket, done_at in ((0, NOW), (512, None), (768, None)):
        await insert(
            pool,
            "rescreening_slices",
            rescreening_id=rescreening,
            first_bucket=bucket,
            last_bucket=bucket + 1,
            done_at=done_at,
        )
    for number, look_at in enumerate((NOW, FAR, None)):
        await insert(
            pool,
            "cases",
            id=uuid4(),
            agency_code=office("market").code,
            case_number=f"{number}号",
            bucket=0,
            version=0,
            division="339921",
            sector="tax",
            month=NOW.date().replace(day=1),
            conclusion="below",
            rulebook_digest="d",
            look_at=look_at,
        )
    found = await refreshed(pool)
    assert found["linkage_rescreening_slices_left", ()] == 2
    assert found["linkage_cases_to_look_at", ()] == 1
