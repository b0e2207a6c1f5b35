"""A person's browser: follows the links that pages have, and notes how long the server says that each took."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType

from aiohttp import ClientSession

_TIMING = re.compile(r"app;dur=([0-9.]+)")
_SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
_LONGEST_THOUGHT = 4.0


@dataclass
class Timings:
    """Milliseconds on the server by kind of page, and what was answered otherwise than it should.

    Milliseconds of a core are those of the process that answers, whatever it did: a machine on which it waits
    for one measures its other guests.
    """

    by_kind: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)
    asked: int = 0
    on_a_core: float = 0.0
    waited_for_a_core: float = 0.0
    is_counting: bool = True

    def note(self, kind: str, status: int, path: str, timing: str) -> None:
        if status >= 400:
            self.failures.append(f"{status} {path}")
        found = _TIMING.search(timing)
        self.asked += self.is_counting
        if self.is_counting and found:
            self.by_kind[kind].append(float(found[1]))


@dataclass
class Browser:
    """One person's, signed in; every page is thought about before the next is asked for."""

    session: ClientSession
    url: str
    timings: Timings
    random: Random
    thought: float
    page: str = ""

    async def sign_in(self, person: str) -> None:
        form = {"person": person}
        await self.session.post(f"{self.url}/sign-in/demo", data=form, headers=_SAME_ORIGIN)

    async def open(self, kind: str, path: str, **query: str) -> None:
        """Open a page and read it for a while."""
        await self._ask("GET", kind, path, params=query)

    async def post(
        self, kind: str, path: str, form: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Send a form of a page, as a browser does: where it leads is opened too."""
        await self._ask("POST", kind, path, data=form or {"_": ""}, headers=_SAME_ORIGIN)

    def link(self, pattern: str) -> str | None:
        """Choose one of the page's links that are like this."""
        found = re.findall(rf'(?:href|action)="({pattern})"', self.page)
        return self.random.choice(found).replace("&amp;", "&") if found else None

    async def _ask(self, method: str, kind: str, path: str, **more: object) -> None:
        async with self.session.request(method, f"{self.url}{path}", **more) as answer:  # type: ignore[arg-type] # as aiohttp takes it
            self.page = await answer.text()
            self.timings.note(kind, answer.status, path, answer.headers.get("Server-Timing", ""))
        await self.think()

    async def think(self) -> None:
        pause = self.random.expovariate(1 / self.thought)
        await asyncio.sleep(min(_LONGEST_THOUGHT, 0.2 + pause))
