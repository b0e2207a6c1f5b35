"""Reports that are not taken, each for its reason; nothing of them is stored but the journal line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from contracts.packet import MaterialKind
from service.domain.errors import Refusal
from tests.support.chain import Chain, acknowledge, report
from tests.support.offices import office
from tests.support.packets import NOW, material


async def delivered(chain: Chain) -> str:
    receipt = await chain.send()
    await chain.deliver()
    return receipt.transfer_id


@asynccontextmanager
async def refused(chain: Chain, code: str) -> AsyncIterator[None]:
    reports = await chain.count("reports")
    with pytest.raises(Refusal, match=code):
        yield
    assert await chain.count("reports") == reports
    assert (await chain.journal("document.refused"))[-1]["data"]["code"] == code


@pytest.mark.parametrize("transfer_id", ["nonsense", "00000000-0000-7000-8000-000000000000"])
async def test_transfer_that_nobody_has_is_not_found(chain: Chain, transfer_id: str) -> None:
    async with refused(chain, "not_found"):
        await chain.report(transfer_id, "county-police", "accepted")


async def test_decision_is_not_older_than_the_acceptance_that_it_follows(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    await chain.report(transfer_id, "county-police", "accepted", happened_at=NOW.isoformat())
    before = (NOW - timedelta(minutes=30)).isoformat()
    async with refused(chain, "illegal_move"):
        await chain.report(transfer_id, "county-police", "filed", happened_at=before)
    assert await chain.status(transfer_id) == "accepted"
    [running] = await chain.pool.fetch("SELECT met_at FROM deadlines WHERE clock LIKE 'T06%'")
    assert running["met_at"] is None


async def test_acceptance_may_be_told_late(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    await chain.report(transfer_id, "county-police", "filed", happened_at=NOW.isoformat())
    before = (NOW - timedelta(minutes=30)).isoformat()
    await chain.report(transfer_id, "county-police", "accepted", happened_at=before)
    assert await chain.status(transfer_id) == "filed"


async def test_material_of_a_report_travels_first_too(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    await chain.report(transfer_id, "county-police", "supplement_requested", missing=["检验报告"])
    brought, lacking = material(MaterialKind.TRANSFER_LETTER), material(MaterialKind.OTHER, b"new")

    with pytest.raises(Refusal, match="material_not_uploaded") as told:
        await chain.report(transfer_id, "market", "supplemented", materials=[brought, lacking])

    assert [fault.pointer for fault in told.value.faults] == ["/materials/1/digest"]
    await chain.report(
        transfer_id, "market", "supplemented", happened_at=NOW.isoformat(), materials=[brought]
    )


@pytest.mark.parametrize("slug", ["tax", "other-procuratorate"])
async def test_case_is_forwarded_to_no_agency_and_no_procuratorate(chain: Chain, slug: str) -> None:
    transfer_id = await delivered(chain)
    async with refused(chain, "not_permitted"):
        await chain.report(
            transfer_id, "county-police", "forwarded", forwarded_to=office(slug).code
        )


async def test_case_forwarded_to_who_has_it_goes_to_nobody_again(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    await chain.report(
        transfer_id, "county-police", "forwarded", forwarded_to=office("county-police").code
    )
    assert await chain.deliver() == 0


async def test_case_forwarded_to_an_unknown_office_is_for_our_operators(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    await chain.report(transfer_id, "county-police", "forwarded", forwarded_to="11339999MB0000000X")
    stuck = "SELECT kind FROM dispatches WHERE status = 'undeliverable'"
    assert await chain.pool.fetchval(stuck) == "public_security"


async def test_no_time_is_lengthened_before_it_runs(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    async with refused(chain, "illegal_move"):
        await chain.report(transfer_id, "county-police", "extended", extension="county_approval")


async def test_time_is_not_lengthened_twice_by_the_same_approval(chain: Chain) -> None:
    receipt = await chain.send(1, "tax")
    await chain.deliver()
    extended = (receipt.transfer_id, "city-police", "extended")
    await chain.report(receipt.transfer_id, "city-police", "accepted")
    await chain.report(*extended, extension="county_approval")
    async with refused(chain, "illegal_move"):
        await chain.report(*extended, extension="county_approval", happened_at=NOW.isoformat())


async def test_procuratorate_asks_for_a_supplement_and_no_statutory_clock_starts(
    chain: Chain,
) -> None:
    """The three days of PSB20 Art 180 are the police's, and so is the clock that a receipt of theirs ends."""
    transfer_id = await delivered(chain)
    before = await chain.pool.fetch("SELECT clock, met_at, voided_at FROM deadlines ORDER BY clock")

    await chain.report(transfer_id, "county-procuratorate", "supplement_requested", missing=["x"])

    assert await chain.status(transfer_id) == "supplement_requested"
    query = "SELECT clock, met_at, voided_at FROM deadlines ORDER BY clock"
    assert await chain.pool.fetch(query) == before
    await chain.report(transfer_id, "county-police", "supplement_requested", missing=["x"])
    assert "T05" in {row["clock"] for row in await chain.pool.fetch("SELECT clock FROM deadlines")}


async def test_report_on_an_older_state_is_stale_and_its_repeat_is_not(chain: Chain) -> None:
    transfer_id = await delivered(chain)
    move = await chain.pool.fetchval("SELECT move FROM transfers")
    raw = report(transfer_id, "county-police", "accepted")
    await chain.report(transfer_id, "county-procuratorate", "supplement_requested", missing=["x"])
    async with refused(chain, "stale"):
        await chain.reports.report(raw, seen_move=move)
    now = await chain.pool.fetchval("SELECT move FROM transfers")
    assert now == move + 2  # the report, and the status that followed it
    await chain.reports.report(raw, seen_move=now)
    assert (await chain.reports.report(raw, seen_move=now)).repeated


async def test_acknowledgement_on_an_older_state_is_stale(chain: Chain) -> None:
    receipt = await chain.send()
    [(dispatch, document), *_] = await chain.deliveries.claim(100)
    raw = acknowledge(dispatch, document)
    async with refused(chain, "stale"):
        await chain.acknowledgements.acknowledge(raw, seen_move=7)
    await chain.acknowledgements.acknowledge(raw, seen_move=1)
    assert (await chain.acknowledgements.acknowledge(raw, seen_move=1)).repeated
    assert await chain.status(receipt.transfer_id) == "dispatching"
