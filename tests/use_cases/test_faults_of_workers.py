"""Workers that die, come back from the dead, or meet: each tried on a real database and a real endpoint.

Every test ends with a comparison of our books, the addressees' books and the receipts given.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from service.domain.delivery import Outcome
from tests.support.chain import report
from tests.support.scene import Scene, open_scene, posted


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> AsyncIterator[Scene]:
    async with open_scene(pool) as scene:
        yield scene


async def test_attempt_that_was_only_written_down_is_made_by_the_next_worker(scene: Scene) -> None:
    """The worker died after its claim and before it sent anything."""
    await scene.post()
    scene.chain.clock.advance(seconds=1)
    assert len(await scene.chain.deliveries.claim(10)) == 2

    assert await scene.deliver(after=1) == []
    settlements = await scene.deliver(after=31)
    assert {one.outcome for one in settlements} == {Outcome.TAKEN}
    assert [one.dispatch.attempts for one in settlements] == [2, 2]


async def test_sent_and_not_settled_is_sent_again_and_taken_once(scene: Scene) -> None:
    """The worker died between the answer and its settling."""
    await scene.post()
    scene.chain.clock.advance(seconds=1)
    for claimed in await scene.chain.deliveries.claim(10):
        await scene.chain.deliveries.attempt(*claimed)
    settlements = await scene.deliver(after=31)

    assert {one.outcome for one in settlements} == {Outcome.TAKEN}
    assert scene.police.inbox.arrivals.total() == 2
    assert len(scene.police.inbox.taken) == 1
    assert not scene.police.inbox.changed


async def test_zombie_workers_late_settle_touches_nothing(scene: Scene) -> None:
    await scene.post()
    scene.police.loses_next_answer()
    scene.chain.clock.advance(seconds=1)
    zombie = [
        await scene.chain.deliveries.attempt(*claimed)
        for claimed in await scene.chain.deliveries.claim(10)
    ]
    await scene.deliver(after=31)
    before = await scene.chain.pool.fetch("SELECT * FROM dispatches ORDER BY id")
    lines = await scene.chain.count("journal")

    assert await scene.chain.deliveries.settle(zombie) == set()
    assert await scene.chain.pool.fetch("SELECT * FROM dispatches ORDER BY id") == before
    assert await scene.chain.count("journal") == lines


async def test_finished_work_is_not_rescued_under_slow_disks(scene: Scene) -> None:
    """Both settle late, after the lease: the row is settled by one, and never claimed again."""
    await scene.post()
    scene.chain.clock.advance(seconds=1)
    slow = await scene.chain.deliveries.claim(10)
    scene.chain.clock.advance(seconds=31)
    rescuer = await scene.chain.deliveries.claim(10)
    slow_ends = [await scene.chain.deliveries.attempt(*one) for one in slow]
    rescuer_ends = [await scene.chain.deliveries.attempt(*one) for one in rescuer]
    settled = await asyncio.gather(
        scene.chain.deliveries.settle(slow_ends), scene.chain.deliveries.settle(rescuer_ends)
    )

    assert [len(one) for one in settled] == [0, 2]
    for _ in range(3):
        assert await scene.deliver(after=3600) == []
    assert len(scene.police.inbox.taken) == 1


async def test_two_workers_never_hold_the_same_dispatch(scene: Scene) -> None:
    for number in range(1, 13):
        await scene.post(number)
    scene.chain.clock.advance(seconds=1)
    claims = await asyncio.gather(*(scene.chain.deliveries.claim(5) for _ in range(8)))
    held = [dispatch.id for batch in claims for dispatch, _ in batch]

    assert held
    assert len(held) == len(set(held))


async def test_posted_acknowledgement_outweighs_an_attempt_still_under_way(scene: Scene) -> None:
    await scene.post()
    scene.police.loses_next_answer()
    scene.chain.clock.advance(seconds=1)
    under_way = [
        await scene.chain.deliveries.attempt(*claimed)
        for claimed in await scene.chain.deliveries.claim(10)
    ]
    dispatch = await scene.dispatch_to(scene.police)
    answered = await scene.chain.acknowledgements.acknowledge(posted(dispatch, "county-police"))
    settled = await scene.chain.deliveries.settle(under_way)
    scene.receipts.add(answered.receipt)

    assert dispatch["id"] not in settled
    assert (await scene.dispatch_to(scene.police))["status"] == "acknowledged"
    await scene.deliver_until_quiet()
    assert scene.police.requests == 1


async def test_acknowledgement_posted_twice_is_receipted_once(scene: Scene) -> None:
    await scene.post()
    scene.police.takes_and_falls_silent()
    await scene.deliver()
    raw = posted(await scene.dispatch_to(scene.police), "county-police")
    acknowledge = scene.chain.acknowledgements.acknowledge
    answers = await asyncio.gather(*(acknowledge(raw) for _ in range(5)))
    scene.receipts |= {one.receipt for one in answers}

    assert len({one.receipt for one in answers}) == 1
    assert len(await scene.chain.journal("acknowledgement.received")) == 1


async def test_report_posted_twice_moves_the_transfer_once(scene: Scene) -> None:
    receipt = await scene.post()
    await scene.deliver_until_quiet()
    raw = report(receipt.transfer_id, "county-police", "accepted")
    answers = await asyncio.gather(*(scene.chain.reports.report(raw) for _ in range(5)))
    scene.receipts |= {one.receipt for one in answers}

    assert len({one.receipt for one in answers}) == 1
    assert len(await scene.chain.journal("report.received")) == 1


async def test_decision_that_overtakes_the_copy_does_not_stop_it(scene: Scene) -> None:
    receipt = await scene.post()
    scene.procuratorate.is_down()
    await scene.deliver()
    for kind in ("accepted", "filed"):
        await scene.chain.report(receipt.transfer_id, "county-police", kind)
    scene.procuratorate.recovers()
    await scene.deliver_until_quiet()

    assert await scene.chain.status(receipt.transfer_id) == "filed"
    assert len(scene.procuratorate.inbox.taken) == 1
    await scene.check(is_at_rest=True)


# Nobody waits for others in a ring: a transfer is always locked before its dispatches.


async def settle_all(scene: Scene) -> None:
    scene.chain.clock.advance(seconds=1)
    claimed = await scene.chain.deliveries.claim(10)
    settlements = [await scene.chain.deliveries.attempt(*one) for one in claimed]
    await scene.chain.deliveries.settle(settlements)


async def acknowledge_late(scene: Scene) -> None:
    await scene.chain.acknowledgements.acknowledge(
        posted(await scene.dispatch_to(scene.police), "county-police")
    )


async def give_up_late(scene: Scene) -> None:
    scene.chain.clock.advance(days=4)
    await scene.chain.deliveries.give_up()


@pytest.mark.parametrize("work", [settle_all, acknowledge_late, give_up_late])
async def test_transfer_is_locked_before_its_dispatches(
    scene: Scene, work: Callable[[Scene], Awaitable[None]]
) -> None:
    """A withdrawal or a correction holds the transfer and goes on to its dispatches."""
    receipt = await scene.post()
    if work is acknowledge_late:
        scene.police.takes_and_falls_silent()
        await scene.deliver()
    async with holding_transfers(scene) as connection:
        other = asyncio.create_task(work(scene))
        await asyncio.sleep(0.5)
        try:
            await connection.execute(
                "UPDATE dispatches SET problem = NULL WHERE transfer_id = $1", receipt.transfer_id
            )
            assert not other.done()
        finally:
            scene.background.append(other)


@asynccontextmanager
async def holding_transfers(scene: Scene) -> AsyncIterator[asyncpg.Connection]:
    async with scene.chain.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL lock_timeout = '500ms'")
        await connection.execute("SELECT FROM transfers FOR NO KEY UPDATE")
        yield connection
