"""Intake against a real database: what is stored, what is refused, what is answered again."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from adapters.clock import new_id
from adapters.postgres.registry_admin import RegistryAdmin
from contracts.jws import digest_of
from contracts.packet import MaterialKind
from service.correspondence import Answered
from service.domain.errors import OutcomeUnknownError, Refusal
from tests.support.chain import Chain, receipt_in
from tests.support.offices import key_of, office
from tests.support.packets import NOW, material, packet, signed


async def test_receipt_names_the_bytes_the_verdict_and_the_addressees(chain: Chain) -> None:
    raw = signed(packet(), key_of("market"))
    [answered] = await chain.post(raw)
    receipt = receipt_in(answered.receipt)
    assert receipt.of.digest == digest_of(raw)
    assert receipt.status == "dispatching"
    assert [(one.kind.value, one.role.value) for one in receipt.addressees] == [
        ("public_security", "principal"),
        ("procuratorate", "copy"),
    ]
    assert receipt.screening is not None
    assert receipt.screening.findings[0].conclusion == "meets"


async def test_packet_is_kept_byte_for_byte_and_sealed(chain: Chain) -> None:
    raw = signed(packet(), key_of("market"))
    [answered] = await chain.post(raw)
    async with chain.uow.begin() as records:
        kept = await records.documents.find(answered.transfer_id, "packet", answered.transfer_id)
    assert kept == raw
    sealed = await chain.pool.fetchval("SELECT sealed FROM documents WHERE kind = 'packet'")
    assert raw[:40] not in sealed


async def test_no_identifier_lies_open_in_any_table(chain: Chain) -> None:
    await chain.send()
    tables = await chain.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        rows = await chain.pool.fetch(f"SELECT t::text FROM {table} t")
        for (row,) in rows:
            assert "11010519491231002X" not in row
            assert "测试人员" not in row


async def test_same_party_has_the_same_fingerprint_across_agencies(chain: Chain) -> None:
    await chain.send(1, "market")
    await chain.send(2, "tax")
    hashes = await chain.pool.fetch("SELECT DISTINCT identifier_hash FROM parties")
    assert len(hashes) == 1


async def test_same_bytes_get_the_same_receipt(chain: Chain) -> None:
    raw = signed(packet(), key_of("market"))
    [first] = await chain.post(raw)
    [again] = await chain.post(raw)
    assert again == replace(first, repeated=True)
    assert await chain.count("transfers") == 1
    assert len(await chain.journal("packet.repeated")) == 1


async def test_same_bytes_twice_in_one_batch_are_stored_once(chain: Chain) -> None:
    raw = signed(packet(), key_of("market"))
    first, second = await chain.post(raw, raw)
    assert {first.receipt, second.receipt} == {first.receipt}
    assert sorted([first.repeated, second.repeated]) == [False, True]
    assert await chain.count("dispatches") == 2


async def test_same_packet_posted_at_once_from_two_sides_is_stored_once(chain: Chain) -> None:
    raws = [signed(packet(number), key_of("market")) for number in range(20)]
    batches = await asyncio.gather(*(chain.post(*raws) for _ in range(4)))
    receipts = [{one.receipt for one in same} for same in zip(*batches, strict=True)]
    assert all(len(same) == 1 for same in receipts)
    assert await chain.count("transfers") == 20


async def test_other_bytes_under_the_same_packet_id_are_refused(chain: Chain) -> None:
    await chain.send(1)
    changed = packet(1, conduct={"ended_on": "2026-08-01"})
    [refusal] = await chain.post(signed(changed, key_of("market")))
    assert refusal.code == "packet_id_reused"
    assert await chain.count("transfers") == 1


async def test_case_is_not_transferred_twice(chain: Chain) -> None:
    await chain.send(1)
    [refusal] = await chain.post(signed(packet(1, packet_id="other"), key_of("market")))
    assert refusal.code == "case_already_transferred"


async def test_two_packets_for_one_case_in_one_batch_store_one(chain: Chain) -> None:
    raws = [signed(packet(1, packet_id=f"p{n}"), key_of("market")) for n in range(2)]
    results = await chain.post(*raws)
    assert sum(isinstance(one, Answered) for one in results) == 1
    [refusal] = [one for one in results if isinstance(one, Refusal)]
    assert refusal.code == "case_already_transferred"


async def test_bad_post_fails_alone(chain: Chain) -> None:
    good, garbage = signed(packet(1), key_of("market")), b"{"
    unsigned = signed(packet(2), key_of("market"))[:-20] + b'"}'
    results = await chain.post(garbage, good, unsigned)
    assert [type(one) for one in results] == [Refusal, Answered, Refusal]
    assert await chain.count("transfers") == 1
    lines = await chain.journal("document.refused")
    assert {line["data"]["code"] for line in lines} <= {"not_a_jws", "bad_signature"}
    assert len(lines) == 2


async def test_refusal_leaves_only_its_journal_line(chain: Chain) -> None:
    [refusal] = await chain.post(signed(packet(suspects=[]), key_of("market")))
    assert refusal.code == "schema"
    assert [fault.pointer for fault in refusal.faults] == ["/suspects"]
    for table in ("transfers", "documents", "dispatches", "parties", "deadlines"):
        assert await chain.count(table) == 0
    [line] = await chain.journal("document.refused")
    assert line["agency_code"] == office("market").code


async def test_missing_material_is_named_by_pointer(chain: Chain) -> None:
    other = material(MaterialKind.OTHER, b"never uploaded")
    [refusal] = await chain.post(
        signed(packet(materials=[*packet()["materials"], other]), key_of("market"))
    )
    assert (refusal.code, [fault.pointer for fault in refusal.faults]) == (
        "material_not_uploaded",
        ["/materials/5/digest"],
    )


async def test_material_of_another_agency_does_not_count(chain: Chain) -> None:
    await chain.pool.execute("DELETE FROM materials WHERE agency_code = $1", office("market").code)
    [refusal] = await chain.post(signed(packet(), key_of("market")))
    assert refusal.code == "material_not_uploaded"


async def test_revoked_key_is_refused_though_the_copy_in_memory_still_has_it(chain: Chain) -> None:
    async with chain.pool.acquire() as connection:
        await RegistryAdmin(connection, new_id).revoke("market-2026", "stolen", NOW)
    [refusal] = await chain.post(signed(packet(), key_of("market")))
    assert refusal.code == "key_revoked"
    assert await chain.count("transfers") == 0


async def test_below_threshold_is_held_and_clocked(chain: Chain) -> None:
    receipt = await chain.send(facts={"substandard_product": True, "sales_amount": 49999.99})
    assert receipt.status == "held_below_threshold"
    statuses = await chain.pool.fetch("SELECT DISTINCT status FROM dispatches")
    assert [row["status"] for row in statuses] == ["held"]
    assert await chain.deliver() == 0


async def test_insistence_lets_a_case_below_the_threshold_through(chain: Chain) -> None:
    facts = {"substandard_product": True, "sales_amount": 100}
    receipt = await chain.send(facts=facts, insistence={"reason": "情节严重"})
    assert receipt.status == "dispatching"


async def test_facts_missing_are_no_reason_to_hold(chain: Chain) -> None:
    receipt = await chain.send(facts={"substandard_product": True})
    assert receipt.status == "dispatching"
    assert "facts_missing" in {flag.code for flag in receipt.flags}


async def test_incomplete_packet_is_accepted_and_flagged(chain: Chain) -> None:
    receipt = await chain.send(
        materials=[], evidence={}, approvals={"officers": [{"name": "甲"}]}, document_number="1号"
    )
    codes = {flag.code for flag in receipt.flags}
    assert codes >= {
        "material_missing",
        "officers_too_few",
        "approval_time_missing",
        "document_number_unusual",
        "evidence_missing",
    }
    assert receipt.status == "dispatching"


async def test_late_transfer_is_flagged_and_its_clock_met_late(chain: Chain) -> None:
    approvals = packet()["approvals"] | {"approved_at": "2026-11-20T12:00:00+08:00"}
    receipt = await chain.send(approvals=approvals)
    assert "transfer_late" in {flag.code for flag in receipt.flags}
    row = await chain.pool.fetchrow("SELECT * FROM deadlines WHERE clock = 'T02'")
    assert row["met_at"] == NOW > row["due_at"]


async def test_office_without_endpoint_makes_its_dispatch_undeliverable(chain: Chain) -> None:
    await chain.pool.execute(
        "DELETE FROM endpoints WHERE office_code = $1", office("county-police").code
    )
    await chain.reload()
    receipt = await chain.send()
    assert receipt.status == "dispatching"
    row = await chain.pool.fetchrow("SELECT * FROM dispatches WHERE role = 'principal'")
    assert (row["status"], row["problem"]) == ("undeliverable", "the office has no endpoint")


async def test_correction_supersedes_and_recalls_what_was_not_sent(chain: Chain) -> None:
    first = await chain.send(1)
    second = await chain.send(1, packet_id="corrected", supersedes="packet-1")
    assert await chain.status(first.transfer_id) == "withdrawn"
    assert await chain.status(second.transfer_id) == "dispatching"
    rows = await chain.pool.fetch(
        "SELECT DISTINCT status FROM dispatches WHERE transfer_id = $1", first.transfer_id
    )
    assert [row["status"] for row in rows] == ["recalled"]


async def test_superseding_what_is_unknown_is_refused(chain: Chain) -> None:
    [refusal] = await chain.post(signed(packet(2, supersedes="packet-1"), key_of("market")))
    assert refusal.code == "supersedes_unknown"


async def test_two_corrections_at_once_leave_one_current_transfer(chain: Chain) -> None:
    await chain.send(1)
    raws = [
        signed(packet(1, packet_id=f"c{n}", supersedes="packet-1"), key_of("market"))
        for n in range(4)
    ]
    results = [one for [one] in await asyncio.gather(*(chain.post(raw) for raw in raws))]
    assert sum(isinstance(one, Answered) for one in results) == 1
    current = await chain.pool.fetchval("SELECT count(*) FROM transfers WHERE is_current")
    assert current == 1


async def test_correction_that_cannot_be_stored_leaves_its_predecessor(chain: Chain) -> None:
    await chain.send(1)
    await chain.send(2)
    taken = packet(1, packet_id="packet-2", supersedes="packet-1")
    [refusal] = await chain.post(signed(taken, key_of("market")))
    assert refusal.code == "packet_id_reused"
    assert await chain.pool.fetchval("SELECT count(*) FROM transfers WHERE is_current") == 2


async def test_repeated_correction_gets_its_receipt_again(chain: Chain) -> None:
    await chain.send(1)
    raw = signed(packet(1, packet_id="c", supersedes="packet-1"), key_of("market"))
    [first] = await chain.post(raw)
    [again] = await chain.post(raw)
    assert (again.receipt, again.repeated) == (first.receipt, True)


async def test_one_row_the_database_refuses_fails_alone(chain: Chain) -> None:
    await chain.pool.execute(
        "ALTER TABLE transfers ADD CONSTRAINT unlucky CHECK (packet_id <> 'packet-13')"
    )
    raws = [signed(packet(number), key_of("market")) for number in (12, 13, 14)]
    results = await chain.post(*raws)
    assert [type(one) for one in results] == [Answered, asyncpg.CheckViolationError, Answered]
    assert await chain.count("transfers") == 2


async def test_cut_off_commit_is_unknown_and_the_repeat_gets_the_one_receipt(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit reaches the server, its answer does not reach us."""
    raw = signed(packet(), key_of("market"))
    commit = asyncpg.transaction.Transaction.commit

    async def commits_and_breaks(self: asyncpg.transaction.Transaction) -> None:
        await commit(self)
        raise ConnectionResetError

    with monkeypatch.context() as broken:
        broken.setattr(asyncpg.transaction.Transaction, "commit", commits_and_breaks)
        [unknown] = await chain.post(raw)
    assert isinstance(unknown, OutcomeUnknownError)
    [answered] = await chain.post(raw)
    assert answered.repeated
    assert await chain.count("transfers") == 1


async def test_commit_that_is_cut_off_once_is_looked_up_and_answered(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    raws = [signed(packet(number), key_of("market")) for number in range(3)]
    raws.append(signed(packet(3), key_of("tax")))
    commit = asyncpg.transaction.Transaction.commit
    breaks = [ConnectionResetError]

    async def breaks_once(self: asyncpg.transaction.Transaction) -> None:
        await commit(self)
        if breaks:
            raise breaks.pop()

    monkeypatch.setattr(asyncpg.transaction.Transaction, "commit", breaks_once)
    *results, refused = await chain.post(*raws)
    assert [one.repeated for one in results] == [True, True, True]
    assert len({one.receipt for one in results}) == 3
    assert (type(refused), refused.code) == (Refusal, "signer_mismatch")
    assert await chain.count("transfers") == 3


async def test_correction_whose_commit_is_cut_off_once_gets_its_receipt(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chain.send(1)
    commit = asyncpg.transaction.Transaction.commit
    breaks = [ConnectionResetError]

    async def breaks_once(self: asyncpg.transaction.Transaction) -> None:
        await commit(self)
        if breaks:
            raise breaks.pop()

    monkeypatch.setattr(asyncpg.transaction.Transaction, "commit", breaks_once)
    raw = signed(packet(1, packet_id="c", supersedes="packet-1"), key_of("market"))
    [answered] = await chain.post(raw)
    assert answered.repeated
    assert await chain.pool.fetchval("SELECT count(*) FROM transfers WHERE is_current") == 1


async def test_signature_in_the_future_is_refused(chain: Chain) -> None:
    raw = signed(packet(), key_of("market"), at=NOW + timedelta(hours=1))
    [refusal] = await chain.post(raw)
    assert refusal.code == "signed_in_the_future"


async def test_packet_signed_by_another_agency_is_refused(chain: Chain) -> None:
    [refusal] = await chain.post(signed(packet(), key_of("tax")))
    assert refusal.code == "signer_mismatch"
