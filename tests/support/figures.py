"""Rows that figures are computed from, put in by hand: what is kept as things happen has tests of its own."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg

from service.domain.appraisal import month_of
from tests.support.offices import office
from tests.support.packets import NOW

FAR = NOW + timedelta(days=36500)
LONG_AGO = NOW - timedelta(days=3650)
"""Moments that are past or to come by the test's clock and by the machine's alike."""


async def insert(pool: asyncpg.Pool, table: str, **values: Any) -> None:
    columns = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await pool.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", *values.values())


async def add_tallies(pool: asyncpg.Pool, slug: str, month: str, **counts: int) -> None:
    """Add counts of an agency and a month; `_` in a name may stand for `:`."""
    for name, count in counts.items():
        await insert(
            pool,
            "tallies",
            agency_code=office(slug).code,
            month=month_of(month),
            name=name.replace("__", ":"),
            count=count,
        )


async def add_count(
    pool: asyncpg.Pool, slug: str, month: str, decided: int, filed: int | None = None
) -> None:
    await insert(
        pool,
        "register_counts",
        agency_code=office(slug).code,
        month=month_of(month),
        filed=filed,
        decided=decided,
        reported_at=NOW,
    )


async def add_feed(pool: asyncpg.Pool, slug: str, last: datetime) -> None:
    await insert(
        pool,
        "register_feeds",
        agency_code=office(slug).code,
        connected_at=LONG_AGO,
        last_received_at=last,
    )


async def add_lead(
    pool: asyncpg.Pool,
    slug: str,
    number: int,
    detector: str = "X1",
    *,
    status: str = "open",
    offence_code: str | None = "CL-140",
) -> None:
    await insert(
        pool,
        "leads",
        id=uuid4(),
        agency_code=office(slug).code,
        case_number=f"{number}号",
        detector=detector,
        status=status,
        move=0,
        division=office(slug).division,
        sector=office(slug).sector,
        offence_code=offence_code,
        score=60,
        evidence="{}",
        fingerprint="f",
        raised_at=NOW,
        changed_at=NOW,
    )


async def add_deadline(
    pool: asyncpg.Pool,
    slug: str,
    due_at: datetime,
    nature: str = "duty",
    near_at: datetime | None = None,
    **ends: datetime,
) -> None:
    """Add a clock of a transfer of an agency."""
    transfer_id = uuid4()
    await insert(
        pool,
        "transfers",
        id=transfer_id,
        agency_code=office(slug).code,
        packet_id=str(transfer_id),
        packet_digest="d",
        kid="k",
        case_number=str(transfer_id),
        document_number="n",
        division=office(slug).division,
        sector=office(slug).sector,
        status="dispatching",
        move=1,
        received_at=NOW,
        changed_at=NOW,
        screening='{"findings": []}',
        flags="[]",
    )
    await insert(
        pool,
        "deadlines",
        id=uuid4(),
        transfer_id=transfer_id,
        agency_code=office(slug).code,
        clock="T02",
        actor="agency",
        nature=nature,
        is_strict=False,
        provisional=False,
        starts_at=LONG_AGO,
        near_at=near_at or due_at,
        due_at=due_at,
        strict_due_at=due_at,
        **ends,
    )


async def add_supervision(
    pool: asyncpg.Pool, slug: str, due_at: datetime, **more: datetime
) -> None:
    """Add a letter to an agency that has been delivered."""
    await insert(
        pool,
        "supervisions",
        id=uuid4(),
        office_code=office("county-procuratorate").code,
        letter_id=str(uuid4()),
        kind="transfer_opinion",
        agency_code=office(slug).code,
        case_number="1号",
        lead_ids=[],
        division=office(slug).division,
        issued_at=LONG_AGO,
        received_at=LONG_AGO,
        digest="d",
        status="delivered",
        move=1,
        retry_at=LONG_AGO,
        give_up_at=FAR,
        delivered_at=LONG_AGO,
        clock="T15",
        starts_at=LONG_AGO,
        near_at=due_at,
        due_at=due_at,
        strict_due_at=due_at,
        **more,
    )
