"""Claims: one at a time, by lease, taken over with a reason, told in the journal."""

import asyncio
from uuid import UUID, uuid4

import pytest

from service.domain.claims import ClaimedError, Subject
from service.domain.errors import Refusal
from service.domain.glimpses import Unchanged
from service.domain.staff import Seat, StaffRole
from service.review import Review
from tests.support.desk import LEASE, DeskScene
from tests.support.reading import reader

TRANSFER = Subject.TRANSFER


@pytest.fixture
async def zhou(desk: DeskScene) -> Seat:
    return await desk.seat("county-procuratorate", "zhou")


async def lines(desk: DeskScene) -> list[str]:
    found = await desk.chain.journal("desk.claimed", "desk.released", "desk.taken_over")
    return [row["action"] for row in found]


async def test_second_is_told_who_has_it_and_since_when(
    desk: DeskScene, lin: Seat, zhou: Seat
) -> None:
    transfer_id = await desk.taken(lin)
    mine = await desk.claims.claim(lin, TRANSFER, transfer_id)
    desk.chain.clock.advance(minutes=10)
    with pytest.raises(ClaimedError) as told:
        await desk.claims.claim(zhou, TRANSFER, transfer_id)
    assert (told.value.claim.staff_name, told.value.claim.claimed_at) == ("lin", mine.claimed_at)
    assert await lines(desk) == ["desk.claimed"]


async def test_of_two_at_once_one_wins(desk: DeskScene, lin: Seat, zhou: Seat) -> None:
    transfer_id = await desk.taken(lin)
    results = await asyncio.gather(
        *(desk.claims.claim(seat, TRANSFER, transfer_id) for seat in (lin, zhou)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, ClaimedError) for one in results) == 1
    assert await lines(desk) == ["desk.claimed"]


async def test_claim_ends_by_itself_and_is_renewed_by_going_on(
    desk: DeskScene, lin: Seat, zhou: Seat
) -> None:
    transfer_id = await desk.taken(lin)
    first = await desk.claims.claim(lin, TRANSFER, transfer_id)
    desk.chain.clock.advance(minutes=20)
    await desk.claims.renew(lin, first)
    desk.chain.clock.advance(minutes=20)
    with pytest.raises(ClaimedError) as told:
        await desk.claims.claim(zhou, TRANSFER, transfer_id)
    assert told.value.claim.claimed_at == first.claimed_at
    desk.chain.clock.at += LEASE
    assert (await desk.claims.claim(zhou, TRANSFER, transfer_id)).staff_name == "zhou"
    assert await lines(desk) == ["desk.claimed", "desk.claimed"]


async def test_renewal_a_moment_later_writes_nothing(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    claim = await desk.claims.claim(lin, TRANSFER, transfer_id)
    desk.chain.clock.advance(seconds=30)
    await desk.claims.renew(lin, claim)
    assert (
        await desk.chain.pool.fetchval("SELECT lease_until FROM desk_claims") == claim.lease_until
    )


async def test_renewal_yields_to_whoever_took_it_over_meanwhile(
    desk: DeskScene, lin: Seat, zhou: Seat
) -> None:
    transfer_id = await desk.taken(lin)
    first = await desk.claims.claim(lin, TRANSFER, transfer_id)
    desk.chain.clock.advance(minutes=20)
    await desk.claims.take_over(zhou, TRANSFER, transfer_id, "林检察官休假")
    await desk.claims.renew(lin, first)
    held = await desk.chain.pool.fetchval("SELECT staff_id FROM desk_claims")
    assert held == zhou.staff_id


async def test_take_over_says_why_and_the_reason_is_sealed(
    desk: DeskScene, lin: Seat, zhou: Seat
) -> None:
    transfer_id = await desk.taken(lin)
    await desk.claims.claim(lin, TRANSFER, transfer_id)
    for reason, code in (
        *(("  ", "missing"), ("\u200b", "missing"), ("x" * 501, "too_long")),
        *(("a\u202eb", "sign"), ("a\x07b", "sign")),
    ):
        with pytest.raises(Refusal, match="schema") as refused:
            await desk.claims.take_over(zhou, TRANSFER, transfer_id, reason)
        assert [fault.code for fault in refused.value.faults] == [code]
    claim = await desk.claims.take_over(zhou, TRANSFER, transfer_id, "林检察官休假")

    assert (claim.staff_name, claim.taken_from) == ("zhou", "lin")
    row = await desk.chain.pool.fetchrow("SELECT * FROM desk_claims")
    assert "林".encode() not in row["reason"]
    [line] = await desk.chain.journal("desk.taken_over")
    assert line["data"] == {"staff": str(zhou.staff_id), "before": str(lin.staff_id)}
    with pytest.raises(ClaimedError):
        await desk.claims.claim(lin, TRANSFER, transfer_id)


async def test_of_two_who_take_over_at_once_the_second_takes_it_from_the_first(
    desk: DeskScene, lin: Seat, zhou: Seat
) -> None:
    transfer_id = await desk.taken(lin)
    third = await desk.seat("county-procuratorate", "wu")
    await desk.claims.claim(lin, TRANSFER, transfer_id)
    claims = await asyncio.gather(
        *(desk.claims.take_over(seat, TRANSFER, transfer_id, "急") for seat in (zhou, third))
    )
    told = [line["data"]["before"] for line in await desk.chain.journal("desk.taken_over")]
    first, second = sorted(claims, key=lambda claim: claim.taken_from != lin.name)
    assert told == [str(lin.staff_id), str(first.staff_id)]
    assert second.taken_from == first.staff_name


async def test_take_over_of_what_nobody_has_is_a_claim(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    claim = await desk.claims.take_over(lin, TRANSFER, transfer_id, "x")
    assert (claim.taken_from, await lines(desk)) == (None, ["desk.claimed"])


async def test_only_ones_own_is_released(desk: DeskScene, lin: Seat, zhou: Seat) -> None:
    transfer_id = await desk.taken(lin)
    await desk.claims.claim(lin, TRANSFER, transfer_id)
    assert not await desk.claims.release(zhou, TRANSFER, transfer_id)
    assert await desk.claims.release(lin, TRANSFER, transfer_id)
    assert not await desk.claims.release(lin, TRANSFER, transfer_id)
    assert await lines(desk) == ["desk.claimed", "desk.released"]
    await desk.claims.claim(zhou, TRANSFER, transfer_id)


async def test_auditor_claims_nothing(desk: DeskScene, lin: Seat) -> None:
    transfer_id = await desk.taken(lin)
    auditor = await desk.seat("county-procuratorate", "xu", StaffRole.AUDITOR)
    with pytest.raises(Refusal, match="not_permitted"):
        await desk.claims.claim(auditor, TRANSFER, transfer_id)


async def test_matter_of_another_office_is_not_found(desk: DeskScene) -> None:
    lin, other = (
        await desk.seat("county-procuratorate"),
        await desk.seat("other-procuratorate", "lin2"),
    )
    transfer_id = await desk.taken(lin)
    for subject, subject_id in (
        (TRANSFER, transfer_id),
        (TRANSFER, uuid4()),
        (Subject.LEAD, uuid4()),
        (Subject.SUPERVISION, uuid4()),
    ):
        with pytest.raises(Refusal, match="not_found"):
            await desk.claims.claim(other, subject, subject_id)
        with pytest.raises(Refusal, match="not_found"):
            await desk.claims.take_over(other, subject, subject_id, "x")


async def test_each_office_has_claims_of_its_own(desk: DeskScene, lin: Seat) -> None:
    """The police and the procuratorate work on one transfer at once, each on its part."""
    await desk.enrol("county-police")
    officer = await desk.seat("county-police", "qin")
    transfer_id = await desk.taken(lin)
    await desk.claims.claim(lin, TRANSFER, transfer_id)
    assert (await desk.claims.claim(officer, TRANSFER, transfer_id)).staff_name == "qin"


async def test_line_about_a_lead_names_no_agency(desk: DeskScene, lin: Seat) -> None:
    lead = await desk.supervision.suspected()
    await desk.claims.claim(lin, Subject.LEAD, lead["id"])
    [line] = await desk.chain.journal("desk.claimed")
    assert (line["agency_code"], line["transfer_id"], line["subject_id"]) == (
        None,
        None,
        UUID(str(lead["id"])),
    )


async def test_who_works_on_what_is_told_to_nobody_outside_the_office(
    desk: DeskScene, lin: Seat, review: Review
) -> None:
    await desk.enrol("county-police")
    officer = await desk.seat("county-police", "qin")
    transfer_id = await desk.taken(lin)
    await desk.claims.claim(lin, TRANSFER, transfer_id)
    for slug in ("market", "county-police"):
        view = await review.transfer(reader(slug), transfer_id)
        assert not isinstance(view, Unchanged)
        events = (await review.events(reader(slug), None, 100)).events
        told = {one.action for one in (*view.history, *events)}
        assert "delivery.taken" in told
        assert not {one for one in told if one.startswith("desk.")}
    async with desk.reading(officer).reading.begin() as records:
        seen = await records._connection.fetch("SELECT actor FROM journal WHERE action ~ '^desk'")
    assert seen == []
    async with desk.reading(lin).reading.begin() as records:
        seen = await records._connection.fetch("SELECT actor FROM journal WHERE action ~ '^desk'")
    assert len(seen) == 1
