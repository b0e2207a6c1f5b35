"""A procuratorate's or police office's endpoint: takes dispatches over HTTP and signs for them."""

from collections import deque
from typing import Self

from aiohttp import web

from adapters.sandbox.behaviours import ANSWERS, Behaviour, Temper, Visit, cut
from adapters.sandbox.inbox import Inbox, Taken, UnprovenDispatchError
from adapters.sandbox.reporter import Reporter

_LONGEST_DISPATCH = 64 * 1024**2


class Addressee:
    """An office that can be called. It behaves as it is told to next, else as it is told to always."""

    def __init__(
        self,
        inbox: Inbox,
        *,
        temper: Temper | None = None,
        slowness: float = 2.0,
        busy_for: int = 1,
    ) -> None:
        self.inbox = inbox
        self.requests = 0
        self.strayed = 0
        """Requests that followed a redirect, which none should."""
        self.slowness = slowness
        self.busy_for = busy_for
        self.reporter: Reporter | None = None
        """Set when the platform can be reached; without it the office only answers."""
        self._temper = temper or Temper()
        self._next: deque[Behaviour] = deque()
        self._always: Behaviour | None = None
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def behaves_next(self, behaviour: Behaviour, times: int = 1) -> None:
        self._next.extend([behaviour] * times)

    def behaves(self, behaviour: Behaviour | None) -> None:
        """Behave so from now on; None means as its temper is."""
        self._always = behaviour

    @property
    def url(self) -> str:
        assert self._runner is not None, "the endpoint is not started"
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}/dispatches"

    async def start(self) -> None:
        """Listen on a free port of this machine."""
        app = web.Application(client_max_size=_LONGEST_DISPATCH)
        app.add_routes(
            [web.post("/dispatches", self._receive), web.post("/dispatches/elsewhere", self._stray)]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()

    async def close(self) -> None:
        if self.reporter is not None:
            await self.reporter.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        behaviour = self._behaviour()
        if behaviour is Behaviour.HANGS_UP:
            return cut(request)
        try:
            arrival = self.inbox.prove(await request.read())
        except UnprovenDispatchError as error:
            return web.json_response({"error": str(error)}, status=400)
        visit = Visit(
            request, arrival, self.inbox, self._owe, self._tell, self.slowness, self.busy_for
        )
        return await ANSWERS[behaviour](visit)

    async def _stray(self, request: web.Request) -> web.StreamResponse:
        self.strayed += 1
        return web.json_response({"digest": self.inbox.take(await request.read()).digest})

    def _behaviour(self) -> Behaviour:
        if self._next:
            return self._next.popleft()
        return self._always or self._temper.draw()

    def _owe(self, taken: Taken) -> None:
        if self.reporter is not None:
            self.reporter.owe(taken)

    def _tell(self, taken: Taken) -> None:
        if self.reporter is not None:
            self.reporter.tell(taken)
