"""Signed batches of case records: receipted record by record, once, whatever is repeated, raced or cut off."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from contracts import jws
from contracts.case_record import RecordResult, RecordsReceipt
from contracts.document import parse
from contracts.jws import Typ, digest_of
from service.domain.errors import OutcomeUnknownError, Refusal
from service.register import BatchAnswered
from tests.support.chain import Chain
from tests.support.offices import key_of, office
from tests.support.packets import signed
from tests.support.register import RegisterScene, case, day, firm, moment, sold
from tests.support.register_invariants import check_register_invariants


@pytest.fixture
async def scene(chain: Chain) -> AsyncIterator[RegisterScene]:
    scene = RegisterScene(chain)
    yield scene
    await check_register_invariants(chain, scene.casework)


def batch(
    *records: Any, batch_id: str = "batch-1", agency: str = "market", **changes: Any
) -> bytes:
    """Sign a batch of an agency; None takes a member away."""
    key = key_of(changes.pop("key", agency))
    document = {
        "document": "case-records",
        "version": "1",
        "batch_id": batch_id,
        "agency": {"code": office(agency).code, "name": office(agency).name},
        "records": list(records),
    } | changes
    told = {name: value for name, value in document.items() if value is not None}
    return signed(told, key, typ=Typ.CASE_RECORDS)


def receipt_in(answered: BatchAnswered) -> RecordsReceipt:
    envelope = jws.open_envelope(answered.receipt)
    return parse(RecordsReceipt, jws.verify(envelope, Typ.RECEIPT, key_of("platform")))


async def refusal_of(scene: RegisterScene, raw: bytes) -> str:
    with pytest.raises(Refusal) as refused:
        await scene.register.receive(raw)
    return refused.value.code


async def test_batch_is_receipted_record_by_record(scene: RegisterScene) -> None:
    raw = batch(case(facts=sold(60_000)), case())
    answered = await scene.register.receive(raw)
    receipt = receipt_in(answered)
    assert not answered.repeated
    assert (receipt.of.id, receipt.of.digest) == ("batch-1", digest_of(raw))
    assert receipt.office == office("market").code
    assert receipt.received_at == scene.chain.clock.now()
    assert [(one.index, one.result, one.conclusion) for one in receipt.results] == [
        (0, RecordResult.STORED, "meets"),
        (1, RecordResult.STORED, "below"),
    ]
    [line] = await scene.chain.journal("batch.received")
    assert (line["data"]["batch_id"], line["data"]["stored"]) == ("batch-1", 2)
    [row] = await scene.pool.fetch("SELECT * FROM record_batches")
    assert raw not in row["sealed"]
    assert answered.receipt not in row["receipt"]


async def test_bad_records_fail_alone_and_say_where(scene: RegisterScene) -> None:
    records = [
        case(),
        case(case_number=""),
        case(facts={"sales_amount": -1}),
        "no record",
        {"case_number": 7},
        case(facts=sold(60_000)),
    ]
    receipt = receipt_in(await scene.register.receive(batch(*records)))
    assert [one.result.value for one in receipt.results] == [
        "stored",
        *["refused"] * 4,
        "stored",
    ]
    assert [one.index for one in receipt.results] == [*range(6)]
    assert receipt.results[1].errors[0].pointer == "/records/1/case_number"
    assert receipt.results[2].errors[0].pointer == "/records/2/facts/sales_amount"
    assert receipt.results[2].case_number == records[2]["case_number"]
    assert receipt.results[4].case_number is None
    assert await scene.chain.count("cases") == 2
    assert 'linkage_records_total{result="refused"} 4.0' in scene.measure.exposition().decode()


async def test_batch_of_nothing_but_bad_records_is_receipted(scene: RegisterScene) -> None:
    receipt = receipt_in(await scene.register.receive(batch({}, {})))
    assert {one.result for one in receipt.results} == {RecordResult.REFUSED}
    assert await scene.chain.count("register_feeds") == 1


async def test_batch_of_counts_alone(scene: RegisterScene) -> None:
    counts = [{"month": "2026-10", "decided": 12, "filed": 20}]
    receipt = receipt_in(await scene.register.receive(batch(records=None, counts=counts)))
    assert receipt.results == []
    [row] = await scene.pool.fetch("SELECT * FROM register_counts")
    assert (row["decided"], row["filed"]) == (12, 20)


async def test_same_batch_again_gets_the_same_receipt(scene: RegisterScene) -> None:
    raw = batch(case(facts=sold(60_000)))
    first = await scene.register.receive(raw)
    lines = len(await scene.chain.journal())
    scene.chain.clock.advance(days=1)
    again = await scene.register.receive(raw)
    assert again == BatchAnswered(first.receipt, repeated=True)
    assert len(await scene.chain.journal()) == lines


async def test_batch_id_is_used_once(scene: RegisterScene) -> None:
    await scene.register.receive(batch(case()))
    other = case(facts=sold(60_000))
    assert await refusal_of(scene, batch(other)) == "batch_id_reused"
    assert await scene.chain.count("cases") == 1
    [line] = await scene.chain.journal("document.refused")
    assert (line["agency_code"], line["data"]["code"]) == (office("market").code, "batch_id_reused")
    await scene.register.receive(batch(case(), agency="tobacco"))  # an id is its agency's own


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (batch(case(), key="tobacco"), "signer_mismatch"),
        (batch(case(), agency="county-police"), "not_permitted"),
        (batch(records=[]), "schema"),
        (batch(case(), surprise=1), "schema"),
        (signed({"document": "case-records"}, key_of("market")), "typ"),
        (b"{}", "not_a_jws"),
    ],
)
async def test_batch_that_cannot_be_taken_stores_nothing(
    scene: RegisterScene, raw: bytes, code: str
) -> None:
    found = await refusal_of(scene, raw)
    assert code in found
    assert await scene.chain.count("cases") == 0
    [line] = await scene.chain.journal("document.refused")
    assert line["data"]["code"] == found


async def test_key_that_was_revoked_a_moment_ago_signs_nothing(scene: RegisterScene) -> None:
    """And nobody has reloaded the registry yet."""
    await scene.pool.execute(
        "UPDATE office_keys SET revoked_at = $2 WHERE kid = $1",
        office("market").kid,
        scene.chain.clock.now(),
    )
    await scene.pool.execute("UPDATE registry_version SET version = version + 1")
    assert await refusal_of(scene, batch(case())) == "key_revoked"
    assert await scene.chain.count("cases") == 0


async def test_registry_that_changed_otherwise_lets_the_key_sign(scene: RegisterScene) -> None:
    await scene.pool.execute("UPDATE registry_version SET version = version + 1")
    assert not (await scene.register.receive(batch(case()))).repeated


async def test_same_batch_at_once_is_stored_once(scene: RegisterScene) -> None:
    for number in range(6):
        records = [case(facts=sold(60_000)) for _ in range(5)]
        raw = batch(*records, batch_id=f"twin-{number}")
        answers = await asyncio.gather(*(scene.register.receive(raw) for _ in range(4)))
        assert len({one.receipt for one in answers}) == 1
        assert sum(not one.repeated for one in answers) == 1
    assert await scene.chain.count("cases") == 30
    assert await scene.chain.count("leads") == 60
    assert len(await scene.chain.journal("batch.received")) == 6
    assert len(await scene.chain.journal("lead.raised")) == 60


async def test_counts_sent_twice_at_once_are_receipted_once(scene: RegisterScene) -> None:
    raw = batch(records=None, counts=[{"month": "2026-10", "decided": 12}])
    answers = await asyncio.gather(*(scene.register.receive(raw) for _ in range(4)))
    assert len({one.receipt for one in answers}) == 1
    assert len(await scene.chain.journal("batch.received")) == 1


async def test_one_batch_id_for_two_batches_at_once_is_refused_to_one(scene: RegisterScene) -> None:
    for number in range(5):
        rivals = [batch(case(), batch_id=f"rival-{number}") for _ in range(2)]
        answers = await asyncio.gather(*map(scene.register.receive, rivals), return_exceptions=True)
        kinds = Counter(type(one) for one in answers)
        assert kinds == {BatchAnswered: 1, Refusal: 1}
    assert await scene.chain.count("cases") == 5


async def test_commit_that_is_cut_off_is_unknown_and_the_repeat_gets_the_one_receipt(
    scene: RegisterScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit reaches the server, its answer does not reach us."""
    raw = batch(case(facts=sold(60_000)))
    commit = asyncpg.transaction.Transaction.commit

    async def commits_and_breaks(self: asyncpg.transaction.Transaction) -> None:
        await commit(self)
        raise ConnectionResetError

    with monkeypatch.context() as broken:
        broken.setattr(asyncpg.transaction.Transaction, "commit", commits_and_breaks)
        with pytest.raises(OutcomeUnknownError):
            await scene.register.receive(raw)
    answered = await scene.register.receive(raw)
    assert answered.repeated
    assert receipt_in(answered).results[0].result is RecordResult.STORED
    assert await scene.chain.count("cases") == 1
    assert (await scene.register.receive(raw)).receipt == answered.receipt


async def test_commit_that_never_came_is_unknown_and_the_repeat_stores_it(
    scene: RegisterScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = batch(case(facts=sold(60_000)))

    async def breaks(self: asyncpg.transaction.Transaction) -> None:
        await self.rollback()
        raise ConnectionResetError

    with monkeypatch.context() as broken:
        broken.setattr(asyncpg.transaction.Transaction, "commit", breaks)
        with pytest.raises(OutcomeUnknownError):
            await scene.register.receive(raw)
    assert await scene.chain.count("cases") == 0
    assert not (await scene.register.receive(raw)).repeated


@pytest.mark.parametrize("table", ["leads", "tallies", "journal", "record_batches", "cases"])
async def test_batch_is_stored_whole_or_not_at_all(scene: RegisterScene, table: str) -> None:
    await scene.pool.execute(
        f"""CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
            CREATE TRIGGER fails BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION fail()"""
    )
    with pytest.raises(asyncpg.DiskFullError):
        await scene.register.receive(batch(case(facts=sold(60_000))))
    await scene.pool.execute(f"DROP TRIGGER fails ON {table}; DROP FUNCTION fail()")
    for name in ("cases", "leads", "tallies", "record_batches", "register_feeds"):
        assert await scene.chain.count(name) == 0


async def test_batch_of_ten_thousand_records_is_one_commit(scene: RegisterScene) -> None:
    records = [case(facts=sold(60_000 if number % 50 == 0 else 3_000)) for number in range(10_000)]
    receipt = receipt_in(await scene.register.receive(batch(*records)))
    assert Counter(one.result for one in receipt.results) == {RecordResult.STORED: 10_000}
    assert Counter(one.conclusion for one in receipt.results) == {"meets": 200, "below": 9_800}
    assert len(await scene.leads()) == 400


async def test_split_cases_that_two_agencies_bring_at_once_are_found(scene: RegisterScene) -> None:
    """Each transaction sees only its own part, unless one waits for the other."""
    for number in range(25):
        first, last = (
            case(
                party=firm(5_000 + number),
                facts=sold(amount),
                conduct={"started_on": day(ago), "ended_on": day(ago)},
                penalty=None,
            )
            for amount, ago in ((30_000, 100), (25_000, 80))
        )
        await asyncio.gather(scene.take(first, agency="market"), scene.take(last, agency="tobacco"))
        assert await scene.detectors(last) == ["X5"]
    assert await scene.chain.count("leads") == 25


async def test_versions_of_one_case_at_once_leave_the_latest_in_front(scene: RegisterScene) -> None:
    record = case(facts=sold(60_000), recorded_at=moment(9))
    versions = [
        record | {"facts": sold(60_000 + number), "recorded_at": moment(9 - number)}
        for number in range(8)
    ]
    await asyncio.gather(*(scene.take(one) for one in versions))
    row = await scene.case(record)
    assert row["version"] == 8
    assert row["recorded_at"].isoformat() == moment(2)


async def test_cases_that_change_places_between_parties_at_once_are_all_taken(
    scene: RegisterScene,
) -> None:
    """Such two may meet in a ring; the database ends one, and it is begun again."""
    one, other = case(party=firm(1)), case(party=firm(2))
    await scene.take(one, other)
    for turn in range(12):
        parties = (firm(1), firm(2)) if turn % 2 else (firm(2), firm(1))
        recorded = {"recorded_at": moment(1 - turn / 100)}
        await asyncio.gather(
            scene.take(one | {"party": parties[0]} | recorded),
            scene.take(other | {"party": parties[1]} | recorded),
        )
    assert (await scene.case(one))["version"] == 13


async def test_batch_and_transfer_at_once_lose_no_lead(scene: RegisterScene) -> None:
    await scene.take(case())
    for number in range(1, 9):
        record = case(facts=sold(60_000), case_number=f"示市监案〔2026〕{number}号")
        await asyncio.gather(scene.take(record), scene.chain.send(number), scene.detection.follow())
    await scene.detection.follow()
    assert await scene.leads() == {}
