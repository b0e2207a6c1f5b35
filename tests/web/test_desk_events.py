"""Arrivals by server-sent events: counted since a page was made, for few, and no longer than the session."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientResponse

from adapters.main import Running
from adapters.web.desk.arrivals import Arrivals
from adapters.web.pages.streams import Streams
from tests.support.case_pages import CaseScene
from tests.support.chain import HeldClock
from tests.support.packets import NOW
from tests.support.pages import Visitor, pages_platform

DESK = "lin2"


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOW)


@pytest.fixture
async def running(
    database: str, tmp_path: Path, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    async def soon(_: Streams, request: object) -> None:
        await asyncio.sleep(0.03)

    monkeypatch.setattr(Streams, "pause", soon)
    async with pages_platform(database, tmp_path, clock) as running:
        yield running


@pytest.fixture
async def visitor(running: Running) -> AsyncIterator[Visitor]:
    async with Visitor(running.url) as visitor:
        await visitor.post("/sign-in/demo", person=DESK, next="/account")
        yield visitor


async def arrive(running: Running, number: int) -> None:
    await CaseScene(running).post(number)
    await running.use_cases.queue_keeping.follow()


@asynccontextmanager
async def listening(visitor: Visitor, after: int) -> AsyncIterator[ClientResponse]:
    async with visitor._session.get(f"{visitor.url}/desk/events?after={after}") as stream:
        yield stream


async def told(stream: ClientResponse) -> str:
    """Read the next word of arrivals."""
    async with asyncio.timeout(10):
        async for line in stream.content:
            if line.startswith(b"data: "):
                return json.loads(line.removeprefix(b"data: "))["text"]
    raise AssertionError("the stream ended")


async def newest(running: Running) -> int:
    found: int = await running.ground.pool.fetchval("SELECT max(listed) FROM desk_items")
    return found


async def test_arrivals_since_the_page_was_made_are_counted(
    running: Running, visitor: Visitor
) -> None:
    await arrive(running, 1)
    async with listening(visitor, await newest(running)) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        await arrive(running, 2)
        assert "有 1 件新到" in await told(stream)
        await arrive(running, 3)
        assert "有 2 件新到" in await told(stream)


async def test_what_came_while_a_page_was_on_its_way_is_counted_too(
    running: Running, visitor: Visitor
) -> None:
    await arrive(running, 1)
    page = await visitor.get("/desk")
    shown = re.search(r'data-newest="([0-9]+)"', page.text)
    assert shown
    await arrive(running, 2)
    async with listening(visitor, int(shown[1])) as stream:
        assert "有 1 件新到" in await told(stream)


async def test_stream_ends_with_the_session(
    running: Running, visitor: Visitor, clock: HeldClock
) -> None:
    await arrive(running, 1)
    async with listening(visitor, 0) as stream:
        await told(stream)
        clock.advance(hours=13)
        async with asyncio.timeout(10):
            assert b"arrivals" not in await stream.content.read()


async def test_stream_ends_when_somebody_is_shut_out(running: Running, visitor: Visitor) -> None:
    await arrive(running, 1)
    async with listening(visitor, 0) as stream:
        await told(stream)
        await running.ground.pool.execute("UPDATE staff SET disabled_at = now()")
        async with asyncio.timeout(10):
            await stream.content.read()


async def test_streams_of_one_person_are_few(running: Running, visitor: Visitor) -> None:
    await arrive(running, 1)
    opened = [await visitor._session.get(f"{visitor.url}/desk/events") for _ in range(6)]
    for one in opened:
        assert one.status == 200
    assert (await visitor.get("/desk/events")).status == 429
    for one in opened:
        one.close()


async def test_place_is_free_again_soon_after_somebody_left(
    running: Running, visitor: Visitor
) -> None:
    """Who pages quickly opens a stream on every page."""
    for _ in range(12):
        async with listening(visitor, 0) as stream:
            assert stream.status == 200
            stream.close()
        await asyncio.sleep(0.1)


async def test_service_stops_although_somebody_listens(database: str, tmp_path: Path) -> None:
    async with asyncio.timeout(30), Visitor("") as visitor:
        async with pages_platform(database, tmp_path, HeldClock(NOW)) as running:
            visitor.url = running.url
            await visitor.post("/sign-in/demo", person=DESK, next="/account")
            stream = await visitor._session.get(f"{running.url}/desk/events")
            assert stream.status == 200
        stream.close()


async def test_nobody_listens_without_a_session(running: Running) -> None:
    async with Visitor(running.url) as stranger:
        seen = await stranger.get("/desk/events", follow=False)
        assert (seen.status, seen.path) == (303, "/sign-in?next=%2Fdesk%2Fevents")


async def test_one_look_serves_all_who_watch() -> None:
    looks = []

    async def look() -> list[int]:
        looks.append(1)
        await asyncio.sleep(0.01)
        return [3, 2, 1]

    arrivals = Arrivals()
    found = await asyncio.gather(*(arrivals.newest("A", look) for _ in range(20)))
    assert found == [[3, 2, 1]] * 20
    assert len(looks) == 1
    await arrivals.newest("B", look)
    assert len(looks) == 2


async def test_queue_that_lies_open_keeps_no_session_alive(
    visitor: Visitor, clock: HeldClock
) -> None:
    """A browser asks for its stream again by itself, whenever one ends."""
    clock.advance(minutes=20)
    asked = {"Accept": "text/event-stream"}
    async with visitor._session.get(f"{visitor.url}/desk/events", headers=asked) as stream:
        assert stream.status == 200
    clock.advance(minutes=20)
    assert (await visitor.get("/account")).path.startswith("/sign-in")
