"""Batches of case records over real HTTP: receipted once, refused with a reason, and never too many in memory."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from contracts import jws
from contracts.case_record import RecordsReceipt
from contracts.document import parse
from contracts.jws import Typ
from service.register import BatchAnswered
from tests.support.chain import Chain
from tests.support.offices import key_of, office
from tests.support.packets import NOW, signed
from tests.support.register import case, sold
from tests.support.web import Site, services_of, site_of


def batch(*records: Any, batch_id: str = "batch-1", agency: str = "market") -> bytes:
    member = office(agency)
    document = {
        "document": "case-records",
        "version": "1",
        "batch_id": batch_id,
        "agency": {"code": member.code, "name": member.name},
        "records": list(records),
    }
    return signed(document, key_of(agency), typ=Typ.CASE_RECORDS, at=NOW)


def receipt_in(body: bytes) -> RecordsReceipt:
    envelope = jws.open_envelope(body)
    return parse(RecordsReceipt, jws.verify(envelope, Typ.RECEIPT, key_of("platform")))


async def test_batch_is_receipted_record_by_record_and_the_same_bytes_get_the_same(
    site: Site,
) -> None:
    raw = batch(case(facts=sold(90_000)), {"case_number": "a"})

    first = await site.post("/v1/case-records", raw)
    again = await site.post("/v1/case-records", raw)

    assert (first.status, again.status) == (201, 200)
    assert first.body == again.body
    met, refused = receipt_in(first.body).results
    assert (met.result, met.conclusion, met.version) == ("stored", "meets", 1)
    assert (refused.result, refused.case_number) == ("refused", "a")
    assert refused.errors[0].pointer.startswith("/records/1/")


async def test_other_bytes_under_the_same_id_are_refused(site: Site) -> None:
    await site.post("/v1/case-records", batch(case()))
    heard = await site.post("/v1/case-records", batch(case()))
    assert (heard.status, heard.problem.code) == (409, "batch_id_reused")


async def test_only_agencies_feed_registers(site: Site) -> None:
    heard = await site.post("/v1/case-records", batch(case(), agency="county-police"))
    assert (heard.status, heard.problem.code) == (403, "not_permitted")


async def test_no_more_than_a_few_batches_are_in_memory_at_once(
    chain: Chain, tmp_path: Path
) -> None:
    held = asyncio.Event()

    async def receive(_: bytes) -> BatchAnswered:
        await held.wait()
        return BatchAnswered(b"{}")

    services = replace(services_of(chain, tmp_path), receive_records=receive)
    async with site_of(services) as site:
        posts = [asyncio.create_task(site.post("/v1/case-records", b"{}")) for _ in range(5)]
        done, waiting = await asyncio.wait(posts, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        [turned_away] = done
        held.set()
        others = await asyncio.gather(*waiting)

    assert turned_away.result().problem.code == "overloaded"
    assert "Retry-After" in turned_away.result().headers
    assert [one.status for one in others] == [201] * 4
