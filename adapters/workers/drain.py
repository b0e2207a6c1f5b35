"""Draining waiting posts into one commit: what has queued up while the last commit ran is the next batch."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from service.domain.errors import Refusal

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class _Waiting(Generic[Item, Result]):
    item: Item
    owner: str
    answer: "asyncio.Future[Result]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Drain(Generic[Item, Result]):
    """A bounded queue in front of a batch operation; no timer is needed, a busy batch gathers the next.

    Nobody can fill it alone: one owner may have at most `per_owner` items waiting. A caller that goes away
    does not undo its item: the batch is never cancelled, and its answer is then kept by nobody.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        length: int = 2000,
        per_owner: int = 1000,
        batch: int = 64,
        flushers: int = 2,
    ) -> None:
        self._work = work
        self._per_owner = per_owner
        self._batch = batch
        self._flushers = flushers
        self._owners: Counter[str] = Counter()
        self._queue: asyncio.Queue[_Waiting[Item, Result]] = asyncio.Queue(length)
        self._tasks: list[asyncio.Task[None]] = []
        self._is_closing = False

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._flush(), name=f"drain-{number}")
            for number in range(self._flushers)
        ]

    async def submit(self, owner: str, item: Item) -> Result:
        """Wait for the item's own result; raises Refusal `overloaded` or `too_many_requests` at once."""
        if self._is_closing or self._queue.full():
            raise Refusal("overloaded")
        if self._owners[owner] >= self._per_owner:
            raise Refusal("too_many_requests")
        waiting: _Waiting[Item, Result] = _Waiting(item, owner)
        self._owners[owner] += 1
        self._queue.put_nowait(waiting)
        return await waiting.answer

    async def close(self) -> None:
        """Take nothing more, finish what waits, stop. Cut short, it leaves no task behind either."""
        self._is_closing = True
        try:
            await self._queue.join()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _flush(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < self._batch and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await self._run(batch)
            finally:
                self._leave(batch)

    async def _run(self, batch: Sequence[_Waiting[Item, Result]]) -> None:
        try:
            results = await self._work([waiting.item for waiting in batch])
        except Exception as error:  # noqa: BLE001 (each waiting caller gets it; the loop must live)
            for waiting in batch:
                _settle(waiting, error=error)
            return
        for waiting, result in zip(batch, results, strict=True):
            _settle(waiting, result=result)

    def _leave(self, batch: Sequence[_Waiting[Item, Result]]) -> None:
        for waiting in batch:
            self._queue.task_done()
            self._owners[waiting.owner] -= 1
            if not self._owners[waiting.owner]:
                del self._owners[waiting.owner]
            if not waiting.answer.done():
                waiting.answer.cancel()  # we are being stopped: nobody may wait for ever


def _settle(
    waiting: _Waiting[Item, Result], *, result: Result | None = None, error: Exception | None = None
) -> None:
    if waiting.answer.done():  # its caller went away
        return
    if error is not None:
        waiting.answer.set_exception(error)
    else:
        waiting.answer.set_result(result)  # type: ignore[arg-type] # a batch gives a result for each
