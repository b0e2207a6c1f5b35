"""Faults of addressees, and how other systems fell for them, each tried on a real database and a real endpoint.

Every test ends with a comparison of our books, the addressees' books and the receipts given.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from tests.support.offices import key_of
from tests.support.packets import packet, signed
from tests.support.scene import Scene, open_scene, outcomes, posted, refusal_of


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> AsyncIterator[Scene]:
    async with open_scene(pool) as scene:
        yield scene


@pytest.mark.parametrize(
    ("fault", "has_it"),
    [
        ("loses_next_packet", False),
        ("loses_next_answer", True),
        ("cuts_next_answer", True),
        ("hangs_up_next", False),
        ("redirects_next", False),
        ("sends_20_mb_next", True),
        ("says_only_ok_next", False),
        ("refuses_next_unsigned", False),
        ("answers_next_for_other_bytes", True),
        ("answers_next_with_a_strange_key", True),
        ("is_busy_next", False),
        ("answers_next_slowly", True),
    ],
)
async def test_unknown_outcome_is_asked_again_and_taken_once(
    scene: Scene,
    fault: str,
    has_it: bool,  # noqa: FBT001 (a column of the table above)
) -> None:
    receipt = await scene.post()
    getattr(scene.police, fault)()
    first = await scene.deliver()
    had_it = len(scene.police.inbox.taken) == 1
    between = await scene.dispatch_to(scene.police)
    await scene.deliver_until_quiet()
    dispatch = await scene.dispatch_to(scene.police)

    assert outcomes(first) == {scene.police.code: "unknown", scene.procuratorate.code: "taken"}
    assert had_it is has_it
    assert (between["status"], between["digest"]) == ("waiting", dispatch["digest"])
    assert (dispatch["status"], dispatch["attempts"]) == ("acknowledged", 2)
    assert len(scene.police.inbox.taken) == 1
    assert scene.police.strayed == 0
    assert await scene.chain.status(receipt.transfer_id) == "acknowledged"


async def test_hidden_success_is_not_sent_as_another_dispatch(scene: Scene) -> None:
    await scene.post()
    scene.police.loses_next_answer(times=4)
    await scene.deliver_until_quiet()

    assert scene.police.inbox.arrivals.total() == 5
    assert len(scene.police.inbox.arrivals) == 1
    assert not scene.police.inbox.changed


async def test_unsigned_no_is_not_trusted_however_often_it_comes(scene: Scene) -> None:
    await scene.post()
    scene.police.refuses_next_unsigned(times=5)
    for _ in range(5):
        await scene.deliver(after=1200)
    dispatch = await scene.dispatch_to(scene.police)

    assert (dispatch["status"], dispatch["attempts"]) == ("waiting", 5)


async def test_signed_no_is_believed_and_not_asked_again(scene: Scene) -> None:
    receipt = await scene.post()
    scene.police.refuses_next_signed()
    await scene.deliver()
    for _ in range(3):
        await scene.deliver(after=3600)
    dispatch = await scene.dispatch_to(scene.police)

    assert (dispatch["status"], dispatch["attempts"]) == ("refused", 1)
    assert await scene.chain.status(receipt.transfer_id) == "undeliverable"
    assert scene.police.requests == 1


async def test_signed_no_can_be_sent_again_by_an_operator(scene: Scene) -> None:
    receipt = await scene.post()
    scene.police.refuses_next_signed()
    await scene.deliver()
    dispatch = await scene.dispatch_to(scene.police)
    await scene.chain.deliveries.resend(dispatch["id"])
    settlements = await scene.deliver()

    assert outcomes(settlements) == {scene.police.code: "taken"}
    assert await scene.chain.status(receipt.transfer_id) == "acknowledged"


async def test_negative_answer_starts_no_cascade(scene: Scene) -> None:
    await scene.post()
    scene.police.refuses_next_signed()
    scene.procuratorate.refuses_next_signed()
    await scene.deliver()
    dispatch = await scene.dispatch_to(scene.police)
    answered = await scene.chain.count("documents")
    for _ in range(3):
        no = posted(dispatch, "county-police", result="refused", reason="不予接收")
        await scene.chain.acknowledgements.acknowledge(no)
        await scene.deliver(after=3600)

    assert (scene.police.requests, scene.procuratorate.requests) == (1, 1)
    assert await scene.chain.count("dispatches") == 2
    assert (
        await scene.chain.count("documents") <= answered + 1
    )  # the one receipt for their posted no


async def test_202_and_then_silence_is_seen(scene: Scene) -> None:
    receipt = await scene.post()
    scene.police.takes_and_falls_silent()
    await scene.deliver_until_quiet()
    assert await scene.chain.status(receipt.transfer_id) == "delivered"

    scene.chain.clock.advance(days=10)
    await scene.chain.watch.look()
    missed = await scene.chain.journal("deadline.missed")

    assert await scene.chain.status(receipt.transfer_id) == "delivered"
    assert "P01" in [line["data"]["clock"] for line in missed]


async def test_answer_that_does_not_name_our_bytes_is_no_delivery(scene: Scene) -> None:
    await scene.post()
    scene.police.says_only_ok_next()
    settlements = await scene.deliver()
    dispatch = await scene.dispatch_to(scene.police)

    assert outcomes(settlements)[scene.police.code] == "unknown"
    assert dispatch["delivered_at"] is None


async def test_acknowledgement_of_other_bytes_is_refused_when_posted(scene: Scene) -> None:
    await scene.post()
    scene.police.takes_and_falls_silent()
    await scene.deliver()
    dispatch = await scene.dispatch_to(scene.police)
    other = posted(dispatch, "county-police", dispatch_digest="sha-256:" + "0" * 64)
    refused = scene.chain.acknowledgements.acknowledge(other)

    assert await refusal_of(refused) == "other_bytes_acknowledged"
    assert (await scene.dispatch_to(scene.police))["status"] == "delivered"


async def test_acknowledgement_by_another_office_is_refused(scene: Scene) -> None:
    await scene.post()
    scene.police.takes_and_falls_silent()
    await scene.deliver()
    dispatch = await scene.dispatch_to(scene.police)
    foreign = posted(dispatch, "county-procuratorate")
    borrowed = posted(dispatch, "county-police", key="county-procuratorate")

    acknowledge = scene.chain.acknowledgements.acknowledge
    assert await refusal_of(acknowledge(foreign)) == "not_found"
    assert await refusal_of(acknowledge(borrowed)) == "signer_mismatch"


async def test_name_that_does_not_resolve_is_not_a_permanent_failure(scene: Scene) -> None:
    await scene.post()
    await scene.reach_at("county-police", "http://no-such-office.invalid/dispatches")
    await scene.deliver()
    dispatch = await scene.dispatch_to(scene.police)
    assert (dispatch["status"], dispatch["problem"]) == ("waiting", "the name is not resolved")

    await scene.reach_at("county-police", scene.police.url)
    await scene.deliver_until_quiet()
    assert (await scene.dispatch_to(scene.police))["status"] == "acknowledged"


async def test_busy_endpoint_is_left_alone_for_as_long_as_it_asked(scene: Scene) -> None:
    await scene.post()
    scene.police.is_busy_next(seconds=900)
    await scene.deliver()
    await scene.deliver(after=600)
    assert scene.police.requests == 1

    await scene.deliver(after=301)
    assert len(scene.police.inbox.taken) == 1


# Nothing waits for ever, and nobody waits for others.


async def test_what_nobody_takes_becomes_undeliverable_and_can_be_sent_again(scene: Scene) -> None:
    receipt = await scene.post()
    scene.police.is_down()
    await scene.deliver()
    scene.chain.clock.advance(days=4)
    assert await scene.chain.deliveries.give_up() == 1
    dispatch = await scene.dispatch_to(scene.police)
    assert await scene.chain.status(receipt.transfer_id) == "undeliverable"
    assert await scene.deliver(after=3600) == []

    scene.police.recovers()
    await scene.chain.deliveries.resend(dispatch["id"])
    await scene.deliver_until_quiet()
    assert await scene.chain.status(receipt.transfer_id) == "acknowledged"


async def test_what_is_never_picked_up_from_a_mailbox_expires(scene: Scene) -> None:
    [answered] = await scene.chain.post(signed(packet(agency="fishery"), key_of("fishery")))
    scene.receipts.add(answered.receipt)
    scene.chain.clock.advance(days=4)
    given_up = await scene.chain.deliveries.give_up()

    assert given_up == 2  # the mailbox nobody reads, and the police that cannot be reached here
    assert await scene.chain.status(str(answered.transfer_id)) == "undeliverable"


async def test_what_is_under_way_is_not_given_up(scene: Scene) -> None:
    await scene.post()
    scene.chain.clock.advance(days=3, seconds=-10)
    await scene.chain.deliveries.claim(10)
    scene.chain.clock.advance(seconds=20)

    assert await scene.chain.deliveries.give_up() == 0


async def test_endpoint_that_is_down_does_not_hold_up_the_others(scene: Scene) -> None:
    scene.police.is_down()
    for number in range(1, 9):
        await scene.post(number)
    for _ in range(4):
        await scene.deliver(after=2)

    assert len(scene.procuratorate.inbox.taken) == 8
    scene.police.recovers()
    await scene.deliver_until_quiet()
    assert len(scene.police.inbox.taken) == 8
    await scene.check(is_at_rest=True)


async def test_endpoint_that_fails_again_and_again_is_probed_one_at_a_time(scene: Scene) -> None:
    for number in range(1, 11):
        await scene.post(number)
    scene.police.is_down()
    await scene.deliver()
    before = scene.police.requests
    for _ in range(3):
        await scene.deliver(after=1200)

    assert before == 10
    assert scene.police.requests - before == 3
    scene.police.recovers()
    await scene.deliver_until_quiet()


async def test_dispatch_waits_no_longer_than_its_longest_pause(scene: Scene) -> None:
    await scene.post()
    scene.police.hangs_up_next(times=10)
    for _ in range(10):
        await scene.deliver(after=timedelta(minutes=11).total_seconds())
    settlements = await scene.deliver(after=timedelta(minutes=11).total_seconds())

    assert outcomes(settlements) == {scene.police.code: "taken"}
