"""Bulk actions: each through the same act, the excluded ones told beforehand, and repeats are harmless."""

import asyncio
from uuid import UUID, uuid4

import pytest

from service.domain.claims import Subject
from service.domain.errors import OutcomeUnknownError, Refusal
from service.domain.staff import Seat, StaffRole
from tests.support.desk import DeskScene


@pytest.fixture
async def tang(desk: DeskScene) -> Seat:
    return await desk.seat("county-police", "tang")


async def arrived(desk: DeskScene, seat: Seat, count: int) -> list[UUID]:
    return [await desk.taken(seat, number) for number in range(1, count + 1)]


async def test_many_are_acknowledged_and_the_excluded_ones_say_why(
    desk: DeskScene, qin: Seat, tang: Seat
) -> None:
    free, held, answered = await arrived(desk, qin, 3)
    stranger = uuid4()
    await desk.claims.claim(tang, Subject.TRANSFER, held)
    await desk.act(qin, answered, "acknowledge")
    bulk = desk.bulk(qin)
    group_id = await bulk.gather(qin, "acknowledge", [free, held, answered, stranger, free])

    group = await bulk.group(qin, group_id)
    assert [act.subject_id for act in group.included] == [free]
    assert {act.subject_id: act.outcome for act in group.excluded} == {
        held: "claimed",
        answered: "illegal_move",
        stranger: "not_found",
    }
    assert not group.is_begun
    after = await bulk.confirm(qin, group_id)
    assert {act.outcome for act in after.included} == {"done"}
    assert len(await desk.chain.journal("acknowledgement.received")) == 2
    again = await asyncio.gather(bulk.confirm(qin, group_id), bulk.confirm(qin, group_id))
    assert again[0].acts == again[1].acts == after.acts
    assert len(await desk.chain.journal("desk.decided")) == 2


async def test_nobody_signs_for_what_nobody_has_opened(desk: DeskScene, qin: Seat) -> None:
    receipt = await desk.chain.send()
    bulk = desk.bulk(qin)
    transfer_id = UUID(receipt.transfer_id)
    group = await bulk.group(qin, await bulk.gather(qin, "acknowledge", [transfer_id]))
    assert [act.outcome for act in group.excluded] == ["not_opened"]


async def test_row_that_moved_or_was_claimed_meanwhile_is_refused_alone(
    desk: DeskScene, qin: Seat, tang: Seat
) -> None:
    first, second, third = await arrived(desk, qin, 3)
    bulk = desk.bulk(qin)
    group_id = await bulk.gather(qin, "acknowledge", [first, second, third])
    await desk.act(tang, first, "accepted")
    await desk.claims.claim(tang, Subject.TRANSFER, second)
    after = await bulk.confirm(qin, group_id)
    assert {act.subject_id: act.outcome for act in after.included} == {
        first: "stale",
        second: "claimed",
        third: "done",
    }


async def test_many_are_claimed_and_released(desk: DeskScene, qin: Seat, tang: Seat) -> None:
    ids = await arrived(desk, qin, 2)
    bulk = desk.bulk(qin)
    claimed = await bulk.confirm(qin, await bulk.gather(qin, "claim", ids))
    assert {act.outcome for act in claimed.included} == {"done"}
    theirs = await desk.bulk(tang).gather(tang, "release", ids)
    assert {act.outcome for act in (await desk.bulk(tang).group(tang, theirs)).acts} == {
        "not_claimed"
    }
    released = await bulk.confirm(qin, await bulk.gather(qin, "release", ids))
    assert {act.outcome for act in released.included} == {"done"}
    assert await desk.chain.count("desk_claims") == 0


async def test_row_of_a_bulk_claim_is_no_document_to_be_checked_or_signed(
    desk: DeskScene, qin: Seat
) -> None:
    bulk = desk.bulk(qin)
    group = await bulk.group(qin, await bulk.gather(qin, "claim", await arrived(desk, qin, 1)))
    for asked in (
        desk.reading(qin).check(qin, group.acts[0].id),
        desk.acts.confirm(qin, group.acts[0].id),
        desk.acts.redraft(qin, group.acts[0].id, 1),
    ):
        with pytest.raises(Refusal, match="not_found"):
            await asked


async def test_click_works_for_a_bounded_time_and_the_next_goes_on(
    desk: DeskScene, qin: Seat
) -> None:
    ids = await arrived(desk, qin, 6)
    slow = desk.bulk(qin, within=0.000_001)
    group_id = await slow.gather(qin, "acknowledge", ids)
    seen = [len((await slow.confirm(qin, group_id)).waiting) for _ in range(2)]
    assert seen == [2, 0]


async def test_answer_that_was_lost_is_recovered(desk: DeskScene, qin: Seat) -> None:
    [one] = await arrived(desk, qin, 1)
    bulk = desk.bulk(qin)
    group_id = await bulk.gather(qin, "acknowledge", [one])
    desk.faults.after = [ConnectionResetError()]
    with pytest.raises(ConnectionResetError):
        await bulk.confirm(qin, group_id)
    desk.chain.clock.advance(minutes=1)
    assert await desk.acts.recover() == 1
    assert {act.outcome for act in (await bulk.group(qin, group_id)).acts} == {"done"}


async def test_group_is_its_maker_s_own(desk: DeskScene, qin: Seat, tang: Seat) -> None:
    ids = await arrived(desk, qin, 1)
    group_id = await desk.bulk(qin).gather(qin, "claim", ids)
    prosecutor = await desk.seat("county-procuratorate", "lin")
    for seat in (tang, prosecutor):
        with pytest.raises(Refusal, match="not_found"):
            await desk.bulk(seat).confirm(seat, group_id)


async def test_group_has_between_one_and_a_thousand(desk: DeskScene, qin: Seat) -> None:
    bulk = desk.bulk(qin)
    for ids in ([], [uuid4() for _ in range(1001)]):
        with pytest.raises(Refusal, match="malformed_request"):
            await bulk.gather(qin, "claim", ids)
    auditor = await desk.seat("county-police", "xu", StaffRole.AUDITOR)
    with pytest.raises(Refusal, match="not_permitted"):
        await bulk.gather(auditor, "claim", [uuid4()])


async def test_office_without_a_key_acknowledges_nothing(desk: DeskScene, qin: Seat) -> None:
    [one] = await arrived(desk, qin, 1)
    await desk.chain.pool.execute("UPDATE office_keys SET revoked_at = now() WHERE kid ~ '^desk'")
    await desk.chain.pool.execute("UPDATE registry_version SET version = version + 1")
    await desk.chain.reload()
    bulk = desk.bulk(qin)
    group = await bulk.group(qin, await bulk.gather(qin, "acknowledge", [one]))
    assert {act.outcome for act in group.acts} == {"no_desk_key"}


async def test_row_whose_outcome_is_unknown_waits(desk: DeskScene, qin: Seat) -> None:
    [one] = await arrived(desk, qin, 1)
    bulk = desk.bulk(qin)
    group_id = await bulk.gather(qin, "acknowledge", [one])
    desk.faults.before = [OutcomeUnknownError(), OutcomeUnknownError()]
    assert len((await bulk.confirm(qin, group_id)).waiting) == 1
    assert (await bulk.confirm(qin, group_id)).waiting == ()
