"""Taking: to open a case at a desk is to have it, once, and only for whom it is."""

import asyncio
from uuid import UUID

import pytest

from service.domain.staff import Seat, StaffRole
from tests.support.chain import Chain, silent
from tests.support.desk import DeskScene
from tests.support.offices import office


@pytest.fixture
async def desk(chain: Chain) -> DeskScene:
    desk = DeskScene(chain)
    await desk.enrol("county-police")
    await desk.enrol("county-procuratorate")
    return desk


@pytest.fixture
async def officer(desk: DeskScene) -> Seat:
    return await desk.seat("county-police", "qin")


async def dispatch(desk: DeskScene, slug: str) -> dict:
    return dict(
        await desk.chain.pool.fetchrow(
            "SELECT * FROM dispatches WHERE office_code = $1", office(slug).code
        )
    )


async def test_opened_case_is_delivered_with_its_line_its_clock_and_its_status(
    desk: DeskScene, officer: Seat
) -> None:
    transfer_id = UUID((await desk.chain.send()).transfer_id)
    assert await desk.taking.take(officer, transfer_id)

    taken = await dispatch(desk, "county-police")
    assert (taken["status"], taken["delivered_at"]) == ("delivered", desk.chain.clock.now())
    [line] = await desk.chain.journal("delivery.taken")
    assert line["actor"] == office("county-police").code
    assert line["data"] == {
        "dispatch": str(taken["id"]),
        "office": office("county-police").code,
        "kid": f"desk:{officer.staff_id}",
        "digest": taken["digest"],
    }
    clocks = await desk.chain.pool.fetch("SELECT clock FROM deadlines WHERE met_at IS NULL")
    assert "P01" in {row["clock"] for row in clocks}
    assert await desk.chain.status(str(transfer_id)) == "dispatching"
    assert desk.brought_up == [transfer_id]

    prosecutor = await desk.seat("county-procuratorate")
    assert await desk.taking.take(prosecutor, transfer_id)
    assert await desk.chain.status(str(transfer_id)) == "delivered"


async def test_case_is_taken_once_however_many_open_it(desk: DeskScene, officer: Seat) -> None:
    transfer_id = UUID((await desk.chain.send()).transfer_id)
    other = await desk.seat("county-police", "tang")
    taken = await asyncio.gather(*(desk.taking.take(s, transfer_id) for s in (officer, other) * 3))
    assert taken.count(True) == 1
    assert len(await desk.chain.journal("delivery.taken")) == 1
    assert not await desk.taking.take(officer, transfer_id)


async def test_what_was_given_up_is_taken_late(desk: DeskScene, officer: Seat) -> None:
    transfer_id = UUID((await desk.chain.send()).transfer_id)
    desk.chain.clock.advance(days=4)
    await desk.chain.deliveries.give_up()
    assert (await dispatch(desk, "county-police"))["status"] == "undeliverable"
    assert await desk.taking.take(officer, transfer_id)
    assert (await dispatch(desk, "county-police"))["status"] == "delivered"


async def test_auditor_takes_nothing(desk: DeskScene) -> None:
    transfer_id = UUID((await desk.chain.send()).transfer_id)
    auditor = await desk.seat("county-police", "xu", StaffRole.AUDITOR)
    assert not await desk.taking.take(auditor, transfer_id)
    assert (await dispatch(desk, "county-police"))["status"] == "waiting"


async def test_office_with_a_system_of_its_own_takes_nothing_here(desk: DeskScene) -> None:
    """One that is called is delivered to; one whose system reads a mailbox must find its dispatch there."""
    transfer_id = UUID((await desk.chain.send(3, agency="fishery")).transfer_id)
    called = await desk.seat("other-police")
    reads_its_mailbox = await desk.seat("other-procuratorate")
    await desk.enrol("other-police", mailbox=False)
    assert not await desk.taking.take(called, transfer_id)
    assert not await desk.taking.take(reads_its_mailbox, transfer_id)


async def test_case_of_another_office_is_not_taken(desk: DeskScene, officer: Seat) -> None:
    transfer_id = UUID((await desk.chain.send(3, agency="fishery")).transfer_id)
    assert not await desk.taking.take(officer, transfer_id)
    assert await desk.chain.journal("delivery.taken") == []


async def test_what_is_held_is_not_taken(desk: DeskScene, officer: Seat) -> None:
    facts = {"party_type": "person", "substandard_product": True, "sales_amount": 1000}
    transfer_id = UUID((await desk.chain.send(facts=facts)).transfer_id)
    assert not await desk.taking.take(officer, transfer_id)


async def test_dispatch_that_cannot_be_written_waits_and_says_so(
    desk: DeskScene, officer: Seat
) -> None:
    transfer_id = UUID((await desk.chain.send()).transfer_id)
    await desk.chain.pool.execute(
        'UPDATE transfers SET screening = screening || \'{"rulebook_digest": "sha-256:0"}\''
    )
    assert not await desk.taking.take(officer, transfer_id)
    [line] = await desk.chain.journal("delivery.unknown")
    assert "cannot be written" in line["data"]["problem"]
    assert (await dispatch(desk, "county-police"))["status"] == "waiting"


async def test_dispatch_that_was_sent_in_vain_is_taken_as_it_was_written(
    desk: DeskScene,
) -> None:
    transfer_id = UUID((await desk.chain.send(3, agency="fishery")).transfer_id)
    desk.chain.addressees.answer = silent
    await desk.chain.deliver()
    written = (await dispatch(desk, "other-police"))["digest"]
    await desk.enrol("other-police")
    officer = await desk.seat("other-police", "qin3")
    assert await desk.taking.take(officer, transfer_id)
    taken = await dispatch(desk, "other-police")
    assert (taken["status"], taken["digest"], taken["claim"]) == ("delivered", written, None)
