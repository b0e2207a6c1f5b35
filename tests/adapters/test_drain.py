"""The drain: what waits becomes one batch, nobody fills it alone, and nothing that was taken is lost."""

import asyncio
from collections.abc import Sequence

import pytest

from adapters.workers.drain import Drain
from service.domain.errors import Refusal


class Batches:
    """Work that records its batches and can be held up."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, items: Sequence[int]) -> list[int]:
        await self.gate.wait()
        self.seen.append(list(items))
        return [item * 10 for item in items]


async def test_waiting_items_become_one_batch() -> None:
    work = Batches()
    work.gate.clear()
    drain = Drain(work, flushers=1, batch=64)
    drain.start()
    answers = [asyncio.create_task(drain.submit("a", item)) for item in range(10)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    work.gate.set()
    assert await asyncio.gather(*answers) == [item * 10 for item in range(10)]
    assert len(work.seen) <= 2
    await drain.close()


async def test_full_queue_is_said_at_once_and_takes_nothing() -> None:
    work = Batches()
    work.gate.clear()
    drain = Drain(work, length=2, flushers=1, batch=1)
    drain.start()
    waiting = [asyncio.create_task(drain.submit("a", 0))]
    await asyncio.sleep(0.01)
    waiting += [asyncio.create_task(drain.submit("a", item)) for item in (1, 2)]
    await asyncio.sleep(0.01)
    with pytest.raises(Refusal, match="overloaded"):
        await drain.submit("b", 3)
    work.gate.set()
    assert await asyncio.gather(*waiting) == [0, 10, 20]
    await drain.close()


async def test_one_office_cannot_take_every_place() -> None:
    work = Batches()
    work.gate.clear()
    drain = Drain(work, length=100, per_owner=3, flushers=1)
    drain.start()
    mine = [asyncio.create_task(drain.submit("loud", item)) for item in range(3)]
    await asyncio.sleep(0.01)
    with pytest.raises(Refusal, match="too_many_requests"):
        await drain.submit("loud", 4)
    quiet = asyncio.create_task(drain.submit("quiet", 5))
    work.gate.set()
    assert await quiet == 50
    await asyncio.gather(*mine)
    assert await drain.submit("loud", 6) == 60
    await drain.close()


async def test_caller_that_goes_away_does_not_undo_its_item() -> None:
    work = Batches()
    work.gate.clear()
    drain = Drain(work, flushers=1)
    drain.start()
    gone = asyncio.create_task(drain.submit("a", 1))
    stays = asyncio.create_task(drain.submit("a", 2))
    await asyncio.sleep(0.01)
    gone.cancel()
    work.gate.set()
    assert await stays == 20
    assert sorted(item for batch in work.seen for item in batch) == [1, 2]
    await drain.close()


async def test_error_of_a_batch_reaches_each_caller_and_the_loop_goes_on() -> None:
    async def breaks_once(items: Sequence[int]) -> list[int]:
        if 1 in items:
            raise OSError("disk")
        return list(items)

    drain = Drain(breaks_once, flushers=1)
    drain.start()
    with pytest.raises(OSError, match="disk"):
        await drain.submit("a", 1)
    assert await drain.submit("a", 2) == 2
    await drain.close()


async def test_closing_finishes_what_waits_and_takes_nothing_more() -> None:
    work = Batches()
    work.gate.clear()
    drain = Drain(work, flushers=1, batch=1)
    drain.start()
    waiting = [asyncio.create_task(drain.submit("a", item)) for item in range(3)]
    await asyncio.sleep(0.01)
    closing = asyncio.create_task(drain.close())
    await asyncio.sleep(0.01)
    with pytest.raises(Refusal, match="overloaded"):
        await drain.submit("a", 9)
    work.gate.set()
    await closing
    assert await asyncio.gather(*waiting) == [0, 10, 20]


async def test_closing_that_is_cut_short_leaves_no_task_and_no_caller_waiting() -> None:
    work = Batches()
    work.gate.clear()
    drain = Drain(work, flushers=1)
    drain.start()
    stuck = asyncio.create_task(drain.submit("a", 1))
    await asyncio.sleep(0.01)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await drain.close()
    await asyncio.wait([stuck], timeout=5)
    assert stuck.cancelled()
    assert all(task.done() for task in drain._tasks)
