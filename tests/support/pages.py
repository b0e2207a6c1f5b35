"""Somebody at the pages of a running service, as a browser without scripts would be."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from aiohttp import ClientSession, CookieJar

from adapters.clock import new_id
from adapters.main import Running
from adapters.sandbox.people import demo_people
from adapters.web.pages.sign_in import DEMO_ISSUER
from service.ports import Clock
from service.staff import Staff
from tests.support.platform import platform

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Seen:
    """A page as it was answered; `path` is where the redirects ended."""

    status: int
    path: str
    text: str
    headers: Any = field(repr=False, default=None)

    @property
    def words(self) -> str:
        """The text of the page, without its tags and with single spaces."""
        reader = _Words()
        reader.feed(self.text)
        return " ".join(" ".join(reader.found).split())

    @property
    def way_back(self) -> str:
        """Where one comes out who chooses another language, or another look, at this page."""
        found = re.search(
            r'action="/preferences">\s*<input[^>]* name="next" value="([^"]*)"', self.text
        )
        assert found, self.words
        return unescape(found[1])


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


class Visitor:
    """One browser: its cookies, and what it asks for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = ClientSession(cookie_jar=CookieJar(unsafe=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.key: cookie.value for cookie in self._session.cookie_jar}

    async def get(self, path: str, *, follow: bool = True, **headers: str) -> Seen:
        return await self._ask("GET", path, follow=follow, headers=headers)

    async def head(self, path: str) -> Seen:
        return await self._ask("HEAD", path, follow=True)

    async def post(
        self,
        path: str,
        fields: Iterable[tuple[str, str]] = (),
        *,
        follow: bool = True,
        headers: dict[str, str] | None = None,
        **more: str,
    ) -> Seen:
        """Post a form as a page of ours does."""
        data = [*fields, *more.items()]
        sent = SAME_ORIGIN | {"Content-Type": "application/x-www-form-urlencoded"}
        body = BytesIO(urlencode(data).encode())
        return await self._ask(
            "POST", path, follow=follow, headers=sent | (headers or {}), data=body
        )

    async def sign_in(self, person: str) -> Seen:
        """Come in by the door of the sandbox."""
        seen = await self.post("/sign-in/demo", person=person)
        assert seen.status == 200, seen.words
        return seen

    async def _ask(self, method: str, path: str, *, follow: bool, **more: Any) -> Seen:
        async with self._session.request(
            method, f"{self.url}{path}", allow_redirects=follow, **more
        ) as answer:
            return Seen(
                answer.status,
                answer.headers.get("Location", answer.url.path_qs)
                if not follow
                else answer.url.path_qs,
                await answer.text(),
                answer.headers,
            )


async def enter_people(running: Running) -> None:
    """Enter the people of the sandbox at every office of the registry, in the order of their codes."""
    ground = running.ground
    staff = Staff(ground.uow, ground.registry.now, ground.clock, new_id)
    offices = ground.registry.now().offices
    for person in demo_people(sorted(offices.values(), key=lambda one: one.code)):
        await staff.enter(
            DEMO_ISSUER, person.subject, person.name, person.office_code, person.roles
        )


@asynccontextmanager
async def pages_platform(
    database: str, folder: Path, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[Running]:
    """Run the whole service with its pages and the people of the sandbox, on the registry of the vectors."""
    given = {"sandbox": True, "demo_sign_in": True} | settings
    async with platform(database, folder, clock, **given) as running:
        await enter_people(running)
        yield running
