"""Keys of desks: registered as any other, sealed for their office, changed without a gap."""

import asyncio

import pytest

from adapters.clock import new_id
from adapters.postgres.desk_keys import enrol
from adapters.postgres.registry_admin import RegistryAdmin
from contracts import jws
from contracts.jws import Typ
from service.domain.errors import Refusal
from tests.support.chain import Chain
from tests.support.desk import DeskScene
from tests.support.offices import office
from tests.support.packets import NOW

POLICE = office("county-police").code


@pytest.fixture
def desk(chain: Chain) -> DeskScene:
    return DeskScene(chain)


async def sign(desk: DeskScene) -> bytes:
    return await desk.signer.sign(POLICE, b"{}", Typ.REPORT, desk.chain.clock.now())


async def test_enrolled_office_signs_with_a_key_that_the_registry_knows(desk: DeskScene) -> None:
    before = desk.chain.registry.version
    enrolled = await desk.enrol("county-police")

    assert enrolled == (f"desk-{POLICE}-1", before + 1)
    envelope = jws.open_envelope(await sign(desk))
    key = desk.chain.registry.keys[envelope.header.kid]
    assert (key.kid, key.office_code) == (enrolled.kid, POLICE)
    assert jws.verify(envelope, Typ.REPORT, key.key) == b"{}"
    assert [line["data"]["version"] for line in await desk.chain.journal("registry.changed")][
        -1
    ] == enrolled.version


async def test_private_key_lies_sealed_and_opens_for_its_office_alone(desk: DeskScene) -> None:
    await desk.enrol("county-police")
    await desk.enrol("county-procuratorate")
    row = await desk.chain.pool.fetchrow("SELECT * FROM desk_keys WHERE office_code = $1", POLICE)
    assert b'"d"' not in row["sealed"]
    other = office("county-procuratorate").code
    await desk.chain.pool.execute(
        "UPDATE desk_keys SET sealed = $2, kid = $3 WHERE office_code = $1",
        *(other, row["sealed"], f"desk-{other}-1-moved"),
    )
    with pytest.raises((Refusal, ValueError)):
        await desk.signer.sign(other, b"{}", Typ.REPORT, NOW)


async def test_enrolling_again_changes_the_key_and_what_the_old_one_signed_still_holds(
    desk: DeskScene,
) -> None:
    await desk.enrol("county-police")
    old = jws.open_envelope(await sign(desk))
    again = await desk.enrol("county-police")
    new = jws.open_envelope(await sign(desk))
    assert (old.header.kid, new.header.kid) == (f"desk-{POLICE}-1", again.kid)
    for envelope in (old, new):
        jws.verify(envelope, Typ.REPORT, desk.chain.registry.keys[envelope.header.kid].key)


async def test_two_enrolments_at_once_make_two_keys(desk: DeskScene) -> None:
    async def one() -> str:
        async with desk.chain.pool.acquire() as connection:
            return (await enrol(connection, desk.chain.vault, POLICE, new_id, NOW)).kid

    assert sorted(await asyncio.gather(one(), one())) == [
        f"desk-{POLICE}-1",
        f"desk-{POLICE}-2",
    ]


async def test_office_without_a_key_signs_nothing(desk: DeskScene) -> None:
    assert not desk.signer.can_sign(POLICE)
    with pytest.raises(Refusal, match="no_desk_key"):
        await sign(desk)


async def test_revoked_key_signs_nothing_until_another_is_enrolled(desk: DeskScene) -> None:
    kid = (await desk.enrol("county-police")).kid
    async with desk.chain.pool.acquire() as connection:
        await RegistryAdmin(connection, new_id).revoke(kid, "stolen", NOW)
    await desk.chain.reload()
    assert not desk.signer.can_sign(POLICE)
    with pytest.raises(Refusal, match="no_desk_key"):
        await sign(desk)
    await desk.enrol("county-police")
    assert desk.signer.can_sign(POLICE)
    assert jws.open_envelope(await sign(desk)).header.kid.endswith("-2")


async def test_older_key_that_is_still_in_force_does_not_make_a_desk_that_can_sign(
    desk: DeskScene,
) -> None:
    await desk.enrol("county-police")
    newer = (await desk.enrol("county-police")).kid
    async with desk.chain.pool.acquire() as connection:
        await RegistryAdmin(connection, new_id).revoke(newer, "stolen", NOW)
    await desk.chain.reload()
    assert not desk.signer.can_sign(POLICE)


async def test_key_is_for_an_office_that_is_registered(desk: DeskScene) -> None:
    async with desk.chain.pool.acquire() as connection:
        with pytest.raises(Refusal, match="not_found"):
            await enrol(connection, desk.chain.vault, "0" * 18, new_id, NOW)
    assert await desk.chain.count("desk_keys") == 0
