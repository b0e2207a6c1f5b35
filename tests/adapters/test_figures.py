from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg

from adapters.metrics import PrometheusMeasure
from adapters.postgres.figures import Figures
from adapters.postgres.register_figures import RegisterFigures
from tests.adapters.test_metrics import samples

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
AGENCY = "11339921900000006G"


class StoppedClock:
    def now(self) -> datetime:
        return NOW


@asynccontextmanager
async def figures(database: str) -> AsyncIterator[Figures]:
    measure = PrometheusMeasure()
    register = RegisterFigures(measure, 7 * DAY, "sha-256:shipped")
    computed = Figures(database, measure, StoppedClock(), DAY, 5, register)
    try:
        yield computed
    finally:
        await computed.close()


async def computed(database: str) -> dict:
    async with figures(database) as found:
        await found.refresh()
        return samples(found.measure)


async def add_office(pool, code: str, kind: str, failures: int = 0) -> None:
    await pool.execute(
        "INSERT INTO offices (code, name, kind, division, level) VALUES ($1, 'x', 'agency', '339921', 'county')",
        code,
    )
    await pool.execute(
        "INSERT INTO endpoints (office_code, kind, url, failures) VALUES ($1, $2, $3, $4)",
        *(code, kind, "http://a" if kind == "push" else None, failures),
    )


async def add_transfer(pool):
    return await pool.fetchval(
        """INSERT INTO transfers (id, agency_code, packet_id, packet_digest, kid, case_number, document_number,
                                  division, sector, status, move, received_at, changed_at, screening, flags)
           VALUES ($1, $2, $3, 'd', 'k', $3, 'n', '339921', 'tax', 'dispatching', 1, $4, $4, '{}', '[]') RETURNING id""",
        *(uuid4(), AGENCY, str(uuid4()), NOW),
    )


async def add_dispatch(pool, office: str, status: str, received_at: datetime) -> None:
    await pool.execute(
        """INSERT INTO dispatches (id, transfer_id, agency_code, office_code, kind, role, status, due_at, give_up_at, retry_at,
                                   delivered_at, digest)
           VALUES ($1, $2, $3, $4, 'procuratorate', 'copy', $5, $6, $6, $7, $7, '')""",
        *(
            uuid4(),
            await add_transfer(pool),
            AGENCY,
            office,
            status,
            received_at + DAY,
            received_at,
        ),
    )


async def add_deadline(
    pool, near_at: datetime, due_at: datetime, nature: str = "duty", **ends: datetime
) -> None:
    columns = [
        "id",
        "transfer_id",
        "agency_code",
        "clock",
        "actor",
        "nature",
        "is_strict",
        "provisional",
    ]
    columns += ["starts_at", "near_at", "due_at", "strict_due_at", *ends]
    values = [uuid4(), await add_transfer(pool), AGENCY, "T01", "agency", nature, False, False]
    values += [NOW, near_at, due_at, due_at, *ends.values()]
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await pool.execute(f"INSERT INTO deadlines ({', '.join(columns)}) VALUES ({places})", *values)


async def test_queue_is_told_by_way_of_delivery(pool, database):
    await add_office(pool, "A" * 18, "push")
    await add_office(pool, "B" * 18, "mailbox")
    await add_dispatch(pool, "A" * 18, "waiting", NOW - timedelta(minutes=5))
    await add_dispatch(pool, "A" * 18, "waiting", NOW - timedelta(minutes=3))
    await add_dispatch(pool, "A" * 18, "recalled", NOW - timedelta(days=9))
    await add_dispatch(pool, "B" * 18, "waiting", NOW - timedelta(hours=2))

    found = await computed(database)

    assert found["linkage_queue_waiting", (("endpoint", "push"),)] == 2
    assert found["linkage_queue_waiting", (("endpoint", "mailbox"),)] == 1
    assert found["linkage_queue_oldest_seconds", (("endpoint", "push"),)] == 300
    assert found["linkage_queue_oldest_seconds", (("endpoint", "mailbox"),)] == 7200


async def test_empty_database_has_figures_too(pool, database):
    found = await computed(database)

    assert found["linkage_queue_waiting", (("endpoint", "push"),)] == 0
    assert found["linkage_queue_oldest_seconds", (("endpoint", "push"),)] == 0
    assert found["linkage_journal_rows", ()] == 0
    assert found["linkage_figures_at", ()] == NOW.timestamp()


async def test_breakers_and_stuck_dispatches_are_told(pool, database):
    await add_office(pool, "A" * 18, "push", failures=5)
    await add_office(pool, "B" * 18, "push", failures=4)
    await add_office(pool, "C" * 18, "mailbox")
    await add_dispatch(pool, "A" * 18, "undeliverable", NOW)

    found = await computed(database)

    assert found["linkage_endpoints", (("state", "open"),)] == 1
    assert found["linkage_endpoints", (("state", "closed"),)] == 1
    assert found["linkage_dispatches_stuck", (("status", "undeliverable"),)] == 1
    assert found["linkage_dispatches_stuck", (("status", "refused"),)] == 0


async def test_what_was_taken_and_never_acknowledged_is_told(pool, database):
    """No clock runs for a procuratorate's copy: silence would go unseen."""
    await add_office(pool, "A" * 18, "push")
    for days, status in ((9, "acknowledged"), (2, "delivered"), (1, "delivered"), (8, "waiting")):
        await add_dispatch(pool, "A" * 18, status, NOW - timedelta(days=days))

    found = await computed(database)

    gauge = "linkage_dispatches_unacknowledged_oldest_seconds"
    assert found[gauge, (("kind", "procuratorate"),)] == 2 * DAY.total_seconds()
    assert found[gauge, (("kind", "public_security"),)] == 0
    assert (gauge, (("kind", "agency"),)) not in found


async def test_running_clocks_are_told_by_how_they_stand(pool, database):
    hour = timedelta(hours=1)
    await add_deadline(pool, NOW - 2 * hour, NOW - hour)
    await add_deadline(pool, NOW - 2 * hour, NOW - hour, met_at=NOW)
    await add_deadline(pool, NOW - hour, NOW + hour)
    await add_deadline(pool, NOW + hour, NOW + 2 * hour)
    await add_deadline(pool, NOW + hour, NOW + 2 * hour)
    await add_deadline(pool, NOW + hour, NOW + 2 * hour, voided_at=NOW)
    await add_deadline(pool, NOW, NOW, "conditional")

    found = await computed(database)

    assert states(found) == {"overdue": 1, "lapsed": 0, "near": 1, "open": 3}


async def test_right_that_lapsed_is_not_overdue(pool, database):
    """Nobody is in breach who did not use a right, or whose condition did not arise."""
    hour = timedelta(hours=1)
    for nature in ("right", "conditional"):
        await add_deadline(pool, NOW - 2 * hour, NOW - hour, nature)

    assert states(await computed(database)) == {"overdue": 0, "lapsed": 2, "near": 0, "open": 0}


def states(found: dict) -> dict[str, float]:
    return {
        state: found["linkage_deadlines", (("state", state),)]
        for state in ("overdue", "lapsed", "near", "open")
    }


async def test_one_process_leads_and_the_next_takes_over(pool, database):
    async with figures(database) as first, figures(database) as second:
        await first.refresh()
        await second.refresh()
        assert samples(first.measure)["linkage_figures_at", ()] == NOW.timestamp()
        assert ("linkage_figures_at", ()) not in samples(second.measure)

        await first.close()
        await second.refresh()
        assert samples(second.measure)["linkage_figures_at", ()] == NOW.timestamp()


async def test_lost_connection_is_made_anew(pool, database):
    async with figures(database) as found:
        await found.refresh()
        await pool.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        # One round may fail, unless the loss was noticed before it.
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await found.refresh()

        await found.refresh()

        assert samples(found.measure)["linkage_figures_at", ()] == NOW.timestamp()
