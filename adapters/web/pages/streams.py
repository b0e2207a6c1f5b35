"""Streams of server-sent events: how many may be open, and that all end when the service stops."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from aiohttp import web

from service.domain.errors import Refusal

_GLANCE = 0.5
"""Seconds after which a place is free again that somebody left: who pages quickly opens a stream a page."""


def has_left(request: web.BaseRequest) -> bool:
    """Whether nobody listens any more; a server that only sends learns that from the connection alone."""
    return request.transport is None or request.transport.is_closing()


def check_here(request: web.BaseRequest) -> None:
    """Begin no stream for somebody who has left already; raises ConnectionResetError, which the edge knows how to take."""
    if has_left(request):
        raise ConnectionResetError("the reader has left")


@dataclass(slots=True)
class Streams:
    """Counts the streams that are open, so that they stay few, and ends them all when the service stops."""

    every: timedelta = timedelta(seconds=5)
    heartbeat: timedelta = timedelta(seconds=15)
    longest: timedelta = timedelta(minutes=10)
    most: int = 500
    most_of_one: int = 6
    _open: Counter[UUID] = field(default_factory=Counter)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def place(self, staff_id: UUID) -> Iterator[None]:
        """Take a place; raises Refusal `too_many_requests` where somebody, or everybody, has enough."""
        if self._open[staff_id] >= self.most_of_one or self._open.total() >= self.most:
            raise Refusal("too_many_requests", "so many boards are open that another one must wait")
        self._open[staff_id] += 1
        try:
            yield
        finally:
            self._open[staff_id] -= 1
            self._open += Counter()  # forget who has none

    @property
    def open(self) -> int:
        return self._open.total()

    @property
    def is_closing(self) -> bool:
        return self._closing.is_set()

    async def pause(self, request: web.BaseRequest) -> None:
        """Wait until it is time to look again, or to stop, or until who listened has left."""
        left = self.every.total_seconds()
        while left > 0 and not self.is_closing and not has_left(request):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), min(left, _GLANCE))
            left -= _GLANCE

    def close(self) -> None:
        self._closing.set()
