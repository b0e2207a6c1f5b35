"""Faults that other systems shipped, each tried on a real database and a real endpoint.

Every test ends with a comparison of our books, the addressees' books and the receipts given.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest

from contracts.jws import Typ
from contracts.packet import MaterialKind
from service.domain.delivery import Outcome
from service.domain.errors import Refusal
from tests.support.chain import Chain, acknowledgement, report
from tests.support.offices import key_of, office
from tests.support.packets import material, materials, packet, payload_of, signed
from tests.support.scene import Scene, open_scene


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> AsyncIterator[Scene]:
    async with open_scene(pool) as scene:
        yield scene


def outcomes(settlements: list) -> dict[str, str]:
    return {one.dispatch.office_code: one.outcome.value for one in settlements}


def posted(
    dispatch: asyncpg.Record, slug: str, *, key: str | None = None, **changes: object
) -> bytes:
    """Sign an acknowledgement as an office posts it."""
    document = acknowledgement(str(dispatch["id"]), dispatch["digest"], slug, **changes)
    return signed(document, key_of(key or slug), typ=Typ.ACKNOWLEDGEMENT)


def unsigned(raw: bytes) -> bytes:
    members = json.loads(raw)
    return json.dumps(members | {"signature": "A" * len(members["signature"])}).encode()


async def refusal_of(awaitable) -> str:
    with pytest.raises(Refusal) as caught:
        await awaitable
    return caught.value.code


# What comes in.


@pytest.mark.parametrize("strip", ["signature", "all"])
async def test_unsigned_packet_is_not_accepted(scene: Scene, strip: str) -> None:
    raw = signed(packet(), key_of("market"))
    post = unsigned(raw) if strip == "signature" else payload_of(packet())
    [answer] = await scene.chain.post(post)

    assert isinstance(answer, Refusal)
    assert await scene.chain.count("transfers") == 0


async def test_unsigned_acknowledgement_and_report_are_not_accepted(scene: Scene) -> None:
    receipt = await scene.post()
    scene.police.takes_and_falls_silent()
    await scene.deliver()
    dispatch = await scene.dispatch_to(scene.police)
    forged = unsigned(posted(dispatch, "county-police"))
    told = unsigned(report(receipt.transfer_id, "county-police", "filed"))

    assert await refusal_of(scene.chain.acknowledgements.acknowledge(forged)) == "bad_signature"
    assert await refusal_of(scene.chain.reports.report(told)) == "bad_signature"
    assert await scene.chain.status(receipt.transfer_id) == "delivered"


async def test_packet_signed_with_a_revoked_key_is_not_accepted(scene: Scene) -> None:
    await scene.revoke("market-2026")
    [answer] = await scene.chain.post(signed(packet(), key_of("market")))

    assert isinstance(answer, Refusal)
    assert answer.code == "key_revoked"
    assert await scene.chain.count("transfers") == 0


async def test_acknowledgement_signed_with_a_revoked_key_is_no_acknowledgement(
    scene: Scene,
) -> None:
    await scene.post()
    await scene.revoke("county-police-2026")
    await scene.chain.reload()
    settlements = await scene.deliver()
    dispatch = await scene.dispatch_to(scene.police)

    assert outcomes(settlements)[scene.police.code] == "unknown"
    assert dispatch["status"] == "waiting"
    assert "key_revoked" in dispatch["problem"]
    refused = scene.chain.acknowledgements.acknowledge(posted(dispatch, "county-police"))
    assert await refusal_of(refused) == "key_revoked"


async def test_report_signed_with_a_key_revoked_a_moment_ago_is_not_accepted(scene: Scene) -> None:
    receipt = await scene.post()
    await scene.deliver_until_quiet()
    await scene.revoke("county-police-2026")  # and nobody has reloaded the registry yet
    told = report(receipt.transfer_id, "county-police", "filed")

    assert await refusal_of(scene.chain.reports.report(told)) == "key_revoked"
    assert await scene.chain.status(receipt.transfer_id) == "acknowledged"


async def test_packet_is_not_dispatched_before_its_materials_are_here(scene: Scene) -> None:
    late = material(MaterialKind.OTHER, "稍后上传的材料".encode())
    raw = signed(packet(materials=[*materials(), late]), key_of("market"))
    [too_early] = await scene.chain.post(raw)
    await scene.deliver()
    assert isinstance(too_early, Refusal)
    assert too_early.code == "material_not_uploaded"
    assert scene.police.requests == 0

    async with scene.chain.uow.begin() as records:
        await records.materials.add(
            office("market").code, late["digest"], late["size"], scene.chain.clock.now()
        )
    await scene.post_raw(raw)
    await scene.deliver_until_quiet()
    assert len(scene.police.inbox.taken) == 1


async def test_duplicate_is_answered_and_not_delivered_again(scene: Scene) -> None:
    raw = signed(packet(), key_of("market"))
    first = await scene.post_raw(raw)
    await scene.deliver_until_quiet()
    again = await scene.post_raw(raw)
    await scene.deliver_until_quiet()

    assert first == again
    assert len(scene.receipts) == 1
    assert (scene.police.requests, scene.procuratorate.requests) == (1, 1)
    assert await scene.chain.count("dispatches") == 2


async def test_concurrent_creation_of_the_same_packet_stores_one(scene: Scene) -> None:
    raw = signed(packet(), key_of("market"))
    other = signed(packet(2), key_of("market"))
    replica = Chain(scene.chain.pool, scene.chain.clock, registry=scene.chain.registry)
    posts = [
        side.intake.receive([raw, other] if turn % 2 else [other, raw])
        for turn in range(6)
        for side in (scene.chain, replica)
    ]
    answers = [answer for batch in await asyncio.gather(*posts) for answer in batch]
    scene.receipts |= {answer.receipt for answer in answers}
    await scene.deliver_until_quiet()

    assert len(scene.receipts) == 2
    assert sum(not answer.repeated for answer in answers) == 2
    assert scene.police.requests == 2


async def test_packet_is_not_marked_a_duplicate_before_it_is_processed(scene: Scene) -> None:
    raw = signed(packet(), key_of("market"))
    async with refusing(scene, "journal"):
        [failed] = await scene.chain.post(raw)
    assert isinstance(failed, asyncpg.DiskFullError)
    assert await scene.chain.count("transfers") == 0
    [answered] = await scene.chain.post(raw)
    scene.receipts.add(answered.receipt)
    await scene.deliver_until_quiet()

    assert not answered.repeated
    assert len(scene.police.inbox.taken) == 1


@pytest.mark.parametrize("table", ["documents", "parties", "dispatches", "deadlines", "journal"])
async def test_packet_is_stored_whole_or_not_at_all(scene: Scene, table: str) -> None:
    async with refusing(scene, table):
        [failed] = await scene.chain.post(signed(packet(), key_of("market")))

    assert isinstance(failed, asyncpg.DiskFullError)
    for name in ("transfers", "parties", "documents", "dispatches", "deadlines"):
        assert await scene.chain.count(name) == 0


async def test_receipted_packet_is_dispatched_by_whoever_comes_after_a_crash(scene: Scene) -> None:
    """The receipt was given, and the process died before anything else: nothing was only in its memory."""
    await scene.post()
    survivor = Chain(
        scene.chain.pool, scene.chain.clock, scene.chain.addressees, scene.chain.registry
    )

    assert await survivor.deliver() == 2
    assert len(scene.police.inbox.taken) == len(scene.procuratorate.inbox.taken) == 1


# What goes out.


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


@pytest.mark.xfail(
    raises=asyncpg.UniqueViolationError, strict=True, reason="no room for a second signed answer"
)
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


# Whoever works on it dies, or comes back from the dead.


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


@pytest.mark.xfail(
    raises=asyncpg.LockNotAvailableError, strict=True, reason="they lock the dispatch first"
)
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
        await connection.execute("SELECT FROM transfers FOR UPDATE")
        yield connection


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


@asynccontextmanager
async def refusing(scene: Scene, table: str) -> AsyncIterator[None]:
    """Make the database refuse to write to a table, as a full disk does."""
    await scene.chain.pool.execute(
        f"""CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
            CREATE TRIGGER fails BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION fail()"""
    )
    try:
        yield
    finally:
        await scene.chain.pool.execute(f"DROP TRIGGER fails ON {table}; DROP FUNCTION fail()")
