"""The re-screening loop, and a running service that follows a switch of the rule book."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from uuid import uuid4

import structlog
from structlog.testing import capture_logs

from adapters.clock import SystemClock
from adapters.workers.rescreening import RescreeningWorker
from contracts.case_record import CaseRecord
from service.domain.slices import Buckets
from service.register_ports import Screened, Slice
from tests.adapters.test_main import answer, until
from tests.support.offices import office
from tests.support.platform import platform
from tests.support.register import case, sold
from tests.support.rescreening import book_with

PART = Slice(uuid4(), Buckets(3, 5), uuid4())


class Scripted:
    """Stands in for the use case: what it gives, one after the other, and then nothing."""

    def __init__(self, claims: list[object], screenings: list[object]) -> None:
        self.claims, self.screenings = deque(claims), deque(screenings)

    async def claim(self) -> object:
        return _said(self.claims.popleft() if self.claims else None)

    async def screen(self, claimed: Slice) -> object:
        assert claimed == PART
        return _said(self.screenings.popleft())


def _said(what: object) -> object:
    if isinstance(what, Exception):
        raise what
    return what


async def run(scripted: Scripted) -> list[MutableMapping[str, Any]]:
    """Run the loop until it rests with nothing left to claim."""
    rested = asyncio.Event()

    async def rest() -> None:
        if not scripted.claims:
            rested.set()
            await asyncio.Event().wait()

    with capture_logs() as lines:
        worker = RescreeningWorker(scripted, structlog.get_logger(), rest)  # type: ignore[arg-type]
        task = asyncio.create_task(worker.run())
        await asyncio.wait_for(rested.wait(), 5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return lines


async def test_slices_are_done_one_after_the_other_and_told():
    lines = await run(Scripted([PART, PART], [Screened(7, 2, {}), None]))

    assert [line["event"] for line in lines] == ["rescreening.slice_done", "rescreening.slice_lost"]
    assert (lines[0]["first_bucket"], lines[0]["last_bucket"]) == (3, 5)
    assert (lines[0]["screened"], lines[0]["changed"]) == (7, 2)


async def test_slice_that_fails_is_named_and_stops_only_itself():
    lines = await run(Scripted([PART, PART], [RuntimeError("broken"), Screened(7, 2, {})]))

    assert [line["event"] for line in lines] == [
        "rescreening.slice_failed",
        "rescreening.slice_done",
    ]
    assert (lines[0]["first_bucket"], lines[0]["exc_info"]) == (3, True)


async def test_database_that_is_gone_for_a_while_does_not_end_the_loop():
    lines = await run(Scripted([OSError("gone"), PART], [Screened(7, 2, {})]))

    assert [line["event"] for line in lines] == [
        "rescreening.claim_failed",
        "rescreening.slice_done",
    ]


async def test_running_service_follows_a_switch_and_judges_the_register_anew(
    database, pool, tmp_path
):
    """The bell rings, so nobody waits for the next look; what is shown is the book in force."""
    settings = {"role": "all", "registry_interval": "1h", "rescreening_poll": "50ms"}
    async with platform(database, tmp_path, SystemClock(), **settings) as running:
        record = CaseRecord.model_validate(case(facts=sold(30_000)))
        [taken] = await running.use_cases.register.take(office("market").code, [record])
        await running.use_cases.rescreening.switch(book_with(20_000), "alice")
        await until(lambda: running.ground.rulebook.now().version == "sold-20000")
        shown = json.loads((await answer(f"{running.url}/v1/rulebook"))[1])
        await until_true(lambda: conclusion_of(pool, "meets"))

    assert taken.conclusion == "below"
    assert shown["rulebook"]["version"] == "sold-20000"
    assert await pool.fetchval("SELECT finished_at IS NOT NULL FROM rescreenings")


async def conclusion_of(pool, wanted: str) -> bool:
    done = await pool.fetchval("SELECT count(*) FROM rescreenings WHERE finished_at IS NOT NULL")
    return done == 1 and await pool.fetchval("SELECT conclusion FROM cases") == wanted


async def until_true(asked: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await asked():  # noqa: ASYNC110 (a database does not say when)
            await asyncio.sleep(0.02)


async def test_process_without_workers_leaves_the_slices_to_others(database, pool, tmp_path):
    settings = {"role": "worker", "rescreening_workers": 0, "rescreening_poll": "10ms"}
    async with platform(database, tmp_path, SystemClock(), **settings) as running:
        await running.use_cases.rescreening.switch(book_with(20_000), "alice")
        await until(lambda: running.ground.rulebook.now().version == "sold-20000")
        await asyncio.sleep(0.1)

    assert await pool.fetchval("SELECT claim IS NULL AND done_at IS NULL FROM rescreening_slices")
