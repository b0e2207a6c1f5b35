"""The web layer on a real server: the use cases of a chain, on a free port of this machine."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientSession, web
from joserfc import jws as compact

from adapters.clock import new_id
from adapters.keys import PlatformSigner
from adapters.materials.disk import DiskMaterials
from adapters.metrics import PrometheusMeasure
from adapters.postgres.overview import PostgresFigureReading
from adapters.postgres.views import PostgresReading
from adapters.web.app import build_app
from adapters.web.call import Services, WebLimits
from adapters.web.server import Runner
from contracts import jws, problem
from contracts.answers import ValidationAnswer
from contracts.problem import Problem
from service.appraisal import Appraisal
from service.composition import Composer
from service.domain.articles import Articles
from service.materials import MaterialIntake
from service.overview import Overview
from service.review import Review
from tests.support.chain import Chain
from tests.support.offices import key_of, office
from tests.support.packets import NOW
from tests.support.register import register_of
from tests.support.supervision import supervision_of


def token(
    slug: str = "market",
    *,
    key: jws.SigningKey | None = None,
    header: dict[str, Any] | None = None,
    at: datetime = NOW,
    **claims: Any,
) -> str:
    """Make the bearer token of an office; None takes a member away."""
    key = key or key_of(slug)
    members = {"alg": jws.algorithm_of(key), "kid": jws.key_id(key), "typ": "JWT"} | (header or {})
    said = {
        "iss": office(slug).code,
        "aud": "linkage",
        "iat": int(at.timestamp()),
        "exp": int((at + timedelta(minutes=4)).timestamp()),
    } | claims
    return compact.serialize_compact(
        {name: value for name, value in members.items() if value is not None},
        json.dumps({name: value for name, value in said.items() if value is not None}),
        key,
        algorithms=list(jws.ALGORITHMS),
    )


def review_of(chain: Chain, folder: Path) -> Review:
    standards = lambda: chain.standards  # noqa: E731 (it is what main passes)
    return Review(
        reading=PostgresReading(chain.pool, chain.vault, chain.standards.clocks),
        composer=Composer(lambda: chain.registry, standards, PlatformSigner(key_of("platform"))),
        materials=DiskMaterials(folder),
        clocks=chain.standards.clocks,
        clock=chain.clock,
        new_id=new_id,
    )


def services_of(chain: Chain, folder: Path, **changes: Any) -> Services:
    """Wire the use cases of a chain the way `main` does, without the queue in front of intake."""

    async def submit(_: str, raw: bytes) -> Any:
        [result] = await chain.post(raw)
        return result

    async def validate(_: bytes) -> ValidationAnswer:
        return ValidationAnswer(accepted=True, status="dispatching")

    measure = PrometheusMeasure()
    figures = PostgresFigureReading(chain.pool)
    supervising = supervision_of(chain)
    brought = MaterialIntake(
        chain.uow, DiskMaterials(folder), chain.clock, new_id, measure, limit=1024**3
    )
    wired: dict[str, Any] = {
        "submit": submit,
        "validate": validate,
        "store_material": brought.add,
        "find_material": brought.find,
        "acknowledge": chain.acknowledgements.acknowledge,
        "report": chain.reports.report,
        "receive_records": register_of(chain).receive,
        "supervise": supervising.acts.supervise,
        "reply": supervising.replies.reply,
        "supervision": supervising.review,
        "review": review_of(chain, folder),
        "articles": lambda: Articles(chain.standards.book),
        "overview": Overview(figures, lambda: chain.registry, chain.clock, timedelta(days=7)),
        "appraisal": Appraisal(figures, lambda: chain.registry, chain.clock),
        "registry_now": lambda: chain.registry,
        "now": chain.clock.now,
        "measure": measure,
        "metrics": lambda: b"# no figures\n",
    }
    return Services(**(wired | changes))


@dataclass
class Site:
    """A running server, and a client for it."""

    url: str
    session: ClientSession
    port: int = field(default=0)

    async def call(self, method: str, path: str, slug: str | None = None, **more: Any) -> "Heard":
        """Send one request, as an office if one is named, and hear the whole answer."""
        headers = dict(more.pop("headers", {}))
        if slug is not None:
            headers["Authorization"] = f"Bearer {token(slug)}"
        async with self.session.request(
            method, f"{self.url}{path}", headers=headers, **more
        ) as response:
            return Heard(response, await response.read())

    async def post(self, path: str, body: bytes, **more: Any) -> "Heard":
        headers = {"Content-Type": jws.MEDIA_TYPE} | more.pop("headers", {})
        return await self.call("POST", path, data=body, headers=headers, **more)


@dataclass
class Heard:
    """An answer, read to its end."""

    response: ClientResponse
    body: bytes

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def headers(self) -> Any:
        return self.response.headers

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> Problem:
        """The problem that it must be: typed as one, complete, and of the status it says."""
        assert self.response.content_type == problem.MEDIA_TYPE, self.body
        found = Problem.model_validate_json(self.body)
        assert found.status == self.status
        assert found.request_id == self.headers["X-Request-Id"]
        return found


@asynccontextmanager
async def running(app: web.Application) -> AsyncIterator[Site]:
    """Run an application as `main` does, on a free port."""
    runner = Runner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    try:
        async with ClientSession() as session:
            yield Site(f"http://127.0.0.1:{port}", session, port)
    finally:
        await runner.cleanup()


@asynccontextmanager
async def site_of(services: Services, **limits: Any) -> AsyncIterator[Site]:
    async with running(build_app(services, WebLimits(**limits))) as site:
        yield site


Never = Callable[..., Awaitable[Any]]


async def never(*_: Any) -> Any:
    """A use case that this test does not reach."""
    raise AssertionError("a request got here that should have been stopped before")


async def said(site: Site, text: bytes) -> tuple[int, dict[str, str], bytes]:
    """Speak HTTP by hand, and hear the first answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    try:
        writer.write(text)
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
        status = int(head.split(" ")[1])
        headers = dict(re.findall(r"^([^:\r\n]+): (.*?)\r$", head, re.MULTILINE))
        length = int(headers.get("Content-Length", "0"))
        return status, headers, await asyncio.wait_for(reader.readexactly(length), 5)
    finally:
        writer.close()


def post(path: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: here", f"Content-Type: {jws.MEDIA_TYPE}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body
