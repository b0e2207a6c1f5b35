"""Corrections, and posts of one batch that fail by themselves, where something comes between."""

from datetime import UTC, datetime

import asyncpg
import pytest

from adapters.clock import new_id
from adapters.postgres.registry_admin import RegistryAdmin
from contracts.packet import MaterialKind
from service.correspondence import Answered
from service.domain.errors import OutcomeUnknownError, Refusal
from tests.support.chain import Chain
from tests.support.offices import key_of
from tests.support.packets import NOW, material, materials, packet, signed

_SWALLOWS = """
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER swallows BEFORE INSERT ON transfers FOR EACH ROW EXECUTE FUNCTION swallow();
"""


def correction() -> bytes:
    return signed(packet(1, packet_id="corrected", supersedes="packet-1"), key_of("market"))


async def test_correction_of_what_was_filed_is_refused(chain: Chain) -> None:
    first = await chain.send(1)
    await chain.deliver()
    await chain.report(first.transfer_id, "county-police", "accepted")
    await chain.report(first.transfer_id, "county-police", "filed", happened_at=NOW.isoformat())
    [refusal] = await chain.post(correction())
    assert (refusal.code, refusal.detail) == (
        "illegal_move",
        "the transfer is filed; report what is new instead",
    )


async def test_correction_that_loses_a_race_takes_nothing_back(chain: Chain) -> None:
    """Its row is not stored because another packet's was: the predecessor must stand as before."""
    first = await chain.send(1)
    await chain.pool.execute(_SWALLOWS)
    [refusal] = await chain.post(correction())
    assert refusal.code == "case_already_transferred"
    assert await chain.status(first.transfer_id) == "dispatching"
    assert await chain.deliver() == 2


async def test_correction_whose_commit_is_cut_off_is_not_made_twice(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await chain.send(1)
    commit = asyncpg.transaction.Transaction.commit

    async def commits_and_breaks(self: asyncpg.transaction.Transaction) -> None:
        await commit(self)
        raise ConnectionResetError

    with monkeypatch.context() as broken:
        broken.setattr(asyncpg.transaction.Transaction, "commit", commits_and_breaks)
        [unknown] = await chain.post(correction())
    assert isinstance(unknown, OutcomeUnknownError)
    [answered] = await chain.post(correction())
    assert answered.repeated
    assert await chain.status(first.transfer_id) == "withdrawn"
    assert await chain.count("transfers") == 2


async def test_revoked_key_takes_back_none_of_its_batch_but_its_own(chain: Chain) -> None:
    """The batch was verified by a registry that had not heard of it yet."""
    async with chain.pool.acquire() as connection:
        await RegistryAdmin(connection, new_id).revoke("market-2026", "lost", datetime.now(UTC))
    results = await chain.post(
        signed(packet(1), key_of("market")),
        signed(packet(2, agency="tobacco"), key_of("tobacco")),
        b"no packet at all",
    )
    assert [one.code if isinstance(one, Refusal) else "receipted" for one in results] == [
        "key_revoked",
        "receipted",
        "not_a_jws",
    ]


async def test_missing_material_refuses_its_packet_alone(chain: Chain) -> None:
    lacking = [*materials(), material(MaterialKind.OTHER, b"never uploaded")]
    [refusal, answered] = await chain.post(
        signed(packet(1, materials=lacking), key_of("market")),
        signed(packet(2), key_of("market")),
    )
    assert refusal.code == "material_not_uploaded"
    assert isinstance(answered, Answered)


async def test_case_of_another_division_is_taken_and_flagged(chain: Chain) -> None:
    receipt = await chain.send(case=packet()["case"] | {"division": "339999"})
    assert "division_outside_agency" in {flag.code for flag in receipt.flags}


async def test_offence_that_the_rule_book_lacks_is_taken_and_flagged(chain: Chain) -> None:
    receipt = await chain.send(offences=[{"code": "CL-999", "name": "某罪"}])
    assert "offence_not_in_rule_book" in {flag.code for flag in receipt.flags}
