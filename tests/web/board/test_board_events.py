"""The board by server-sent events: tiles when they change, and streams that end with their reader."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from aiohttp import ClientResponse, ClientSession, ClientTimeout

from adapters.main import Running
from adapters.web.pages.services import PageServices
from adapters.web.pages.streams import Streams
from tests.support.chain import HeldClock
from tests.support.figures import LONG_AGO, add_deadline
from tests.support.pages import Visitor


@pytest.fixture
def streams(running: Running, wired: list[PageServices]) -> Streams:
    """The streams of the running service, which look every tenth of a second."""
    found = wired[-1].streams
    found.every = timedelta(seconds=0.1)
    return found


@asynccontextmanager
async def stream(visitor: Visitor, path: str = "/board/events") -> AsyncIterator[ClientResponse]:
    async with (
        ClientSession(cookies=dict(_cookies(visitor)), timeout=ClientTimeout(total=30)) as session,
        session.get(f"{visitor.url}{path}") as answer,
    ):
        yield answer


def _cookies(visitor: Visitor) -> list[tuple[str, str]]:
    return [(cookie.key, cookie.value) for cookie in visitor._session.cookie_jar]


async def next_event(answer: ClientResponse, within: float = 5) -> tuple[str, str]:
    """Hear the next event, heartbeats aside."""
    name, data = "", []
    while True:
        line = (await asyncio.wait_for(answer.content.readline(), within)).decode().rstrip("\r\n")
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            data.append(line[6:])
        elif not line and data:
            return name, "\n".join(data)


async def test_events_push_the_tiles_when_they_change(
    streams: Streams, visitor: Visitor, clock: HeldClock, pool: asyncpg.Pool
) -> None:
    assert not streams.open
    async with stream(visitor) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-cache"
        name, tiles = await next_event(answer)
        assert name == "tiles"
        assert "没有超期的法定期限" in tiles
        await add_deadline(pool, "market", LONG_AGO)
        clock.advance(seconds=6)
        _, tiles = await next_event(answer)
        assert "1</a> 个法定期限已超期" in tiles
        with pytest.raises(TimeoutError):
            await next_event(answer, 0.5)


@pytest.mark.parametrize("lost", ["sessions", "staff_roles"])
async def test_stream_ends_with_its_session_and_with_the_post(
    streams: Streams, visitor: Visitor, pool: asyncpg.Pool, lost: str
) -> None:
    assert not streams.open
    async with stream(visitor) as answer:
        await next_event(answer)
        await pool.execute(f"DELETE FROM {lost}")
        assert await asyncio.wait_for(answer.content.read(), 5) == b""


async def test_stream_ends_when_the_service_stops(streams: Streams, visitor: Visitor) -> None:
    async with stream(visitor) as answer:
        await next_event(answer)
        streams.close()
        assert await asyncio.wait_for(answer.content.read(), 2) == b""


async def test_one_person_has_only_so_many_streams(streams: Streams, visitor: Visitor) -> None:
    streams.most_of_one = 1
    async with stream(visitor) as answer:
        await next_event(answer)
        async with stream(visitor) as another:
            assert another.status == 429
    for _ in range(50):
        if not streams.open:
            break
        await asyncio.sleep(0.1)
    assert not streams.open
