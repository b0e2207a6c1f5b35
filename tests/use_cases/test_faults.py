"""Faults that other systems shipped when packets came in, each tried on a real database and a real endpoint.

Every test ends with a comparison of our books, the addressees' books and the receipts given.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from contracts.packet import MaterialKind
from service.domain.errors import Refusal
from tests.support.chain import Chain, report
from tests.support.offices import key_of, office
from tests.support.packets import material, materials, packet, payload_of, signed
from tests.support.scene import Scene, open_scene, outcomes, posted, refusal_of, unsigned


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> AsyncIterator[Scene]:
    async with open_scene(pool) as scene:
        yield scene


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
