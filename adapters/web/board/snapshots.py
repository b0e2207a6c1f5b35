"""Snapshots of the board's figures: kept for a while, and made anew by one task at a time for each of them.

So ten people who look at one board, and their ten streams, ask the database as often as one does. Whoever comes while
a snapshot is a little old gets it at once, with the moment that it is of, and the next one is made behind him.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from adapters.web.pages.languages import Language


class Figures(Protocol):
    """Figures of a moment."""

    @property
    def as_of(self) -> datetime: ...


F = TypeVar("F", bound=Figures)
Compute = Callable[[], Awaitable[F]]


@dataclass(slots=True)
class Snapshot(Generic[F]):
    """The figures of a moment, and what was written of them already, by language; it is what its figures are."""

    figures: F
    written: dict[Language, str] = field(default_factory=dict, compare=False)


@dataclass(slots=True)
class Snapshots(Generic[F]):
    """Keeps the latest figures that were asked for, `most` of them; two are computed at once at most."""

    fresh: timedelta
    usable: timedelta
    most: int = 256
    _kept: OrderedDict[Hashable, Snapshot[F]] = field(default_factory=OrderedDict)
    _making: dict[Hashable, asyncio.Task[Snapshot[F]]] = field(default_factory=dict)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    async def get(self, key: Hashable, compute: Compute[F], now: datetime) -> Snapshot[F]:
        """Give a snapshot that is usable, and see to it that there is a fresh one soon."""
        kept = self._kept.get(key)
        age = None if kept is None else now - kept.figures.as_of
        if kept is not None and age is not None and age <= self.usable:
            self._kept.move_to_end(key)
            if age > self.fresh:
                self._make(key, compute)
            return kept
        return await asyncio.shield(self._make(key, compute))

    async def get_fresh(self, key: Hashable, compute: Compute[F], now: datetime) -> Snapshot[F]:
        """Give one that is fresh, for whoever can wait."""
        kept = self._kept.get(key)
        if kept is not None and now - kept.figures.as_of <= self.fresh:
            return kept
        return await asyncio.shield(self._make(key, compute))

    def _make(self, key: Hashable, compute: Compute[F]) -> asyncio.Task[Snapshot[F]]:
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._made(key, compute))
            task.add_done_callback(lambda done: self._forget(key, done))
        return task

    async def _made(self, key: Hashable, compute: Compute[F]) -> Snapshot[F]:
        async with self._turns:
            snapshot = Snapshot(await compute())
        self._kept[key] = snapshot
        self._kept.move_to_end(key)
        while len(self._kept) > self.most:
            self._kept.popitem(last=False)
        return snapshot

    def _forget(self, key: Hashable, done: asyncio.Task[Snapshot[F]]) -> None:
        self._making.pop(key, None)
        # Who waits for it hears of the failure; where nobody does, the next who asks will.
        with suppress(asyncio.CancelledError):
            done.exception()

    async def close(self) -> None:
        """Wait for what is being made: it holds a connection."""
        await asyncio.gather(*self._making.values(), return_exceptions=True)
