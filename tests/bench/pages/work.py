"""A platform in use: ten people at its pages, and agencies and the police at its API."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

import asyncpg
from aiohttp import ClientSession, CookieJar

from contracts import jws
from tests.bench.pages.browsing import Browser, Timings
from tests.bench.pages.made_up import new_parties, patterns, signed_packet
from tests.bench.pages.models import signed_report
from tests.bench.pages.people import PEOPLE, Person
from tests.bench.pages.platform import Platform
from tests.bench.pages.senders import senders
from tests.support.offices import key_of, office

THOUGHT = 1.2
"""Seconds that somebody looks at a page, in the middle."""
_ARRIVES_EVERY = 1.0
_PLACE = 13
_WAITING = """
SELECT t.id FROM transfers t JOIN dispatches d ON d.transfer_id = t.id
 WHERE t.status = 'acknowledged' AND d.office_code = $1
 ORDER BY t.received_at LIMIT 300
"""


class Work:
    """What goes on at one platform while it is measured; between turns everybody pauses."""

    def __init__(self, platform: Platform, people: list[tuple[Person, Browser]]) -> None:
        self.platform = platform
        self.timings = Timings()
        self._people = people
        for _, browser in people:
            browser.timings = self.timings
        self._random = Random(_PLACE)
        self._parties = new_parties(_PLACE)
        self._numbers = count(time.time_ns() // 1000)
        self._waiting: list[str] = []

    async def turn(self, seconds: float) -> None:
        """Let everybody work for a while."""
        until = asyncio.get_running_loop().time() + seconds
        days = [self._person(person, browser, until) for person, browser in self._people]
        before = self.platform.core_time()
        await asyncio.gather(*days, self._trickle(until))
        if self.timings.is_counting:
            after = self.platform.core_time()
            self.timings.on_a_core += after[0] - before[0]
            self.timings.waited_for_a_core += after[1] - before[1]

    async def _person(self, person: Person, browser: Browser, until: float) -> None:
        while asyncio.get_running_loop().time() < until:
            await browser.think()
            await person.day(browser)

    async def _trickle(self, until: float) -> None:
        """A packet and a report now and then, as on any day."""
        async with ClientSession() as session:
            while asyncio.get_running_loop().time() < until:
                await self._post(session, "transfers", self._packet())
                if report := await self._report():
                    await self._post(session, "reports", report)
                await asyncio.sleep(_ARRIVES_EVERY)

    async def _post(self, session: ClientSession, what: str, body: bytes) -> None:
        url, headers = f"{self.platform.url}/v1/{what}", {"Content-Type": jws.MEDIA_TYPE}
        async with session.post(url, data=body, headers=headers) as answer:
            if not answer.ok:
                self.timings.failures.append(f"{answer.status} {what}: {await answer.text()}")

    def _packet(self) -> bytes:
        now = datetime.now(UTC)
        sender = self._random.choice(senders())
        pattern = self._random.choice(patterns(sender))
        number = next(self._numbers)
        return signed_packet(pattern.packet(self._random, self._parties, number, now), sender, now)

    async def _report(self) -> bytes | None:
        """Let the police accept a case that waits for it."""
        police = office("city-police")
        if not self._waiting:
            self._waiting = await _cases_waiting(self.platform.database_url, police.code)
        if not self._waiting:
            return None
        at = datetime.now(UTC) - timedelta(minutes=1)
        return signed_report(police.code, key_of(police.slug), self._waiting.pop(), "accepted", at)


@asynccontextmanager
async def at_work(platform: Platform) -> AsyncIterator[Work]:
    """Sign everybody in."""
    async with AsyncExitStack() as stack:
        people = []
        for number, person in enumerate(PEOPLE):
            session = await stack.enter_async_context(
                ClientSession(cookie_jar=CookieJar(unsafe=True))
            )
            random = Random(number)
            browser = Browser(session, platform.url, Timings(), random, THOUGHT)
            await browser.sign_in(person.subject)
            people.append((person, browser))
        yield Work(platform, people)


async def _cases_waiting(database_url: str, office_code: str) -> list[str]:
    connection = await asyncpg.connect(database_url)
    try:
        return [str(row["id"]) for row in await connection.fetch(_WAITING, office_code)]
    finally:
        await connection.close()
