"""Re-routing a dispatch on a real database: what its own office does not take goes to another of its kind."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from service.domain.delivery import Outcome
from service.domain.errors import Refusal
from tests.support.chain import report
from tests.support.offices import office
from tests.support.scene import Scene, open_scene, outcomes, posted

OTHER = office("other-police").code
OWN = office("county-police").code


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> AsyncIterator[Scene]:
    async with open_scene(pool) as scene:
        yield scene


async def given_up(scene: Scene) -> UUID:
    """Post a packet that the police do not take for as long as we try; give its dispatch."""
    await scene.post()
    scene.chain.clock.advance(days=4)
    assert await scene.chain.deliveries.give_up() == 2
    return UUID(str((await scene.dispatch_to(scene.police))["id"]))


async def rows(scene: Scene) -> dict[str, asyncpg.Record]:
    found = await scene.chain.pool.fetch("SELECT * FROM dispatches ORDER BY id")
    return {row["office_code"]: row for row in found}


async def reach(scene: Scene, slug: str, url: str) -> None:
    """Give an office an endpoint that can be called."""
    await scene.chain.pool.execute(
        "INSERT INTO endpoints (office_code, kind, url) VALUES ($1, 'push', $2)"
        " ON CONFLICT (office_code) DO UPDATE SET kind = 'push', url = $2",
        office(slug).code,
        url,
    )


async def test_another_office_gets_a_dispatch_of_its_own_and_the_first_has_none(
    scene: Scene,
) -> None:
    before = await given_up(scene)
    due_at = (await rows(scene))[OWN]["due_at"]
    new = await scene.chain.deliveries.reroute(before, OTHER, "desk:somebody")
    found = await rows(scene)
    assert (found[OWN]["status"], found[OTHER]["status"]) == ("recalled", "waiting")
    assert found[OTHER]["id"] == new != before
    assert found[OTHER]["role"] == "principal"
    assert found[OTHER]["due_at"] == due_at  # late is late, whoever gets it
    [transfer] = await scene.chain.pool.fetch("SELECT status FROM transfers")
    assert transfer["status"] == "dispatching"


async def test_journal_says_from_where_to_where_and_who_did_it(scene: Scene) -> None:
    before = await given_up(scene)
    new = await scene.chain.deliveries.reroute(before, OTHER, "desk:somebody")
    [line] = await scene.chain.journal("delivery.rerouted")
    assert line["actor"] == "desk:somebody"
    told = {"dispatch": str(before), "from": OWN, "to": OTHER, "new_dispatch": str(new)}
    assert line["data"] == told


async def test_document_names_the_new_office(scene: Scene) -> None:
    before = await given_up(scene)
    await scene.chain.deliveries.reroute(before, OTHER)
    await reach(scene, "other-police", scene.procuratorate.url)
    scene.chain.clock.advance(seconds=1)
    claimed = await scene.chain.deliveries.claim(10)
    assert OTHER in {one.office_code for one, _ in claimed}


async def test_delivery_under_way_refuses(scene: Scene) -> None:
    """A live lease may be on the wire at this moment."""
    await scene.post()
    scene.chain.clock.advance(seconds=1)
    claimed = await scene.chain.deliveries.claim(10)
    [under_way] = [one for one, _ in claimed if one.office_code == OWN]
    with pytest.raises(Refusal, match="being sent at this moment"):
        await scene.chain.deliveries.reroute(under_way.id, OTHER)
    scene.chain.clock.advance(seconds=31)
    await scene.chain.deliveries.reroute(under_way.id, OTHER)


async def test_zombie_whose_dispatch_went_elsewhere_settles_nothing(scene: Scene) -> None:
    await scene.post()
    scene.chain.clock.advance(seconds=1)
    attempts = [
        await scene.chain.deliveries.attempt(*one)
        for one in await scene.chain.deliveries.claim(10)
        if one[0].office_code == OWN
    ]
    scene.chain.clock.advance(seconds=31)
    await scene.chain.deliveries.reroute(attempts[0].dispatch.id, OTHER)
    assert attempts[0].outcome is Outcome.TAKEN
    assert await scene.chain.deliveries.settle(attempts) == set()
    assert (await rows(scene))[OWN]["status"] == "recalled"


async def test_late_acknowledgement_of_the_first_office_is_refused(scene: Scene) -> None:
    await scene.post()
    scene.chain.clock.advance(seconds=1)
    await scene.chain.deliveries.claim(10)
    row = await scene.dispatch_to(scene.police)
    scene.chain.clock.advance(seconds=31)
    await scene.chain.deliveries.reroute(row["id"], OTHER)
    with pytest.raises(Refusal, match="already_answered"):
        await scene.chain.acknowledgements.acknowledge(posted(row, "county-police"))


async def test_office_that_lost_its_dispatch_tells_nothing_of_the_case(scene: Scene) -> None:
    before = await given_up(scene)
    [transfer_id] = await scene.chain.pool.fetchrow("SELECT id FROM transfers")
    await scene.chain.deliveries.reroute(before, OTHER)
    with pytest.raises(Refusal, match="not_found"):
        await scene.chain.reports.report(report(str(transfer_id), "county-police", "accepted"))
    await scene.chain.reports.report(report(str(transfer_id), "other-police", "accepted"))


async def test_claims_and_reroutes_at_once_never_both_have_it(scene: Scene) -> None:
    """Whoever is first, no dispatch that is on the wire was taken back."""
    for number in range(1, 9):
        await scene.post(number)
    scene.chain.clock.advance(seconds=1)
    ids = [
        row["id"]
        for row in await scene.chain.pool.fetch(
            "SELECT id FROM dispatches WHERE office_code = $1", OWN
        )
    ]
    *rerouted, claims, more = await asyncio.gather(
        *(scene.chain.deliveries.reroute(one, OTHER) for one in ids),
        scene.chain.deliveries.claim(5),
        scene.chain.deliveries.claim(5),
        return_exceptions=True,
    )
    assert not isinstance(claims, BaseException)
    assert not isinstance(more, BaseException)
    on_the_wire = {one.id for one, _ in [*claims, *more] if one.office_code == OWN}
    taken_back = {one for one, done in zip(ids, rerouted, strict=True) if isinstance(done, UUID)}
    refused = {one for one, done in zip(ids, rerouted, strict=True) if isinstance(done, Refusal)}
    assert taken_back | refused == set(ids)
    assert not taken_back & on_the_wire
    assert refused == on_the_wire


async def test_two_who_reroute_at_once_make_one_dispatch(scene: Scene) -> None:
    before = await given_up(scene)
    done = await asyncio.gather(
        *(scene.chain.deliveries.reroute(before, OTHER) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(one, UUID) for one in done) == 1
    assert sum(isinstance(one, Refusal) for one in done) == 3
    count = "SELECT count(*) FROM dispatches WHERE office_code = $1"
    assert await scene.chain.pool.fetchval(count, OTHER) == 1


async def test_refusal_may_be_sent_elsewhere_and_its_signed_answer_stays(scene: Scene) -> None:
    await scene.post()
    scene.police.refuses_next_signed()
    settlements = await scene.deliver()
    assert outcomes(settlements)[OWN] == "refused"
    row = await scene.dispatch_to(scene.police)
    await scene.chain.deliveries.reroute(row["id"], OTHER)
    kept = "SELECT count(*) FROM documents WHERE kind = 'acknowledgement' AND subject = $1"
    assert await scene.chain.pool.fetchval(kept, row["id"]) == 1


async def test_what_is_taken_or_answered_stays_where_it_is(scene: Scene) -> None:
    await scene.post()
    await scene.deliver()
    row = await scene.dispatch_to(scene.police)
    assert row["status"] == "acknowledged"
    with pytest.raises(Refusal, match="the dispatch is acknowledged"):
        await scene.chain.deliveries.reroute(row["id"], OTHER)


@pytest.mark.parametrize(
    ("slug", "why"),
    [
        ("county-procuratorate", "for a public_security office"),
        ("market", "for a public_security office"),
        ("county-police", "a party to the transfer already"),
    ],
)
async def test_office_that_does_not_fit_is_refused(scene: Scene, slug: str, why: str) -> None:
    before = await given_up(scene)
    with pytest.raises(Refusal, match=why):
        await scene.chain.deliveries.reroute(before, office(slug).code)


async def test_office_that_is_not_there_or_cannot_be_reached_is_refused(scene: Scene) -> None:
    before = await given_up(scene)
    with pytest.raises(Refusal, match="not_found"):
        await scene.chain.deliveries.reroute(before, "113399219999999999")
    await scene.chain.pool.execute("DELETE FROM endpoints WHERE office_code = $1", OTHER)
    await scene.chain.reload()
    with pytest.raises(Refusal, match="has no endpoint"):
        await scene.chain.deliveries.reroute(before, OTHER)
    with pytest.raises(Refusal, match="no such dispatch"):
        await scene.chain.deliveries.reroute(uuid4(), OTHER)


async def test_it_may_come_back_to_the_office_that_it_was_taken_from(scene: Scene) -> None:
    before = await given_up(scene)
    other = await scene.chain.deliveries.reroute(before, OTHER)
    back = await scene.chain.deliveries.reroute(other, OWN)
    assert back != before
    await scene.deliver()
    statuses = await scene.chain.pool.fetch(
        "SELECT status FROM dispatches WHERE office_code = $1 ORDER BY id", OWN
    )
    assert [row["status"] for row in statuses] == ["recalled", "acknowledged"]


async def test_withdrawn_transfer_is_sent_nowhere(scene: Scene) -> None:
    receipt = await scene.post()
    scene.police.refuses_next_signed()
    await scene.deliver()
    row = await scene.dispatch_to(scene.police)
    raw = report(receipt.transfer_id, "market", "withdrawn")
    scene.receipts.add((await scene.chain.reports.report(raw)).receipt)
    with pytest.raises(Refusal, match="withdrawn"):
        await scene.chain.deliveries.reroute(row["id"], OTHER)
    with pytest.raises(Refusal, match="withdrawn"):
        await scene.chain.deliveries.resend(row["id"])


async def test_new_dispatch_is_tried_for_as_long_as_any(scene: Scene) -> None:
    before = await given_up(scene)
    scene.chain.clock.advance(days=10)
    await scene.chain.deliveries.reroute(before, OTHER)
    waits = (await rows(scene))[OTHER]["give_up_at"] - scene.chain.clock.now()
    assert waits == timedelta(days=3)


async def test_office_to_which_a_dispatch_comes_back_has_the_new_one(scene: Scene) -> None:
    new = await scene.chain.deliveries.reroute(await given_up(scene), OTHER)
    again = await scene.chain.deliveries.reroute(new, OWN)
    [transfer] = await scene.chain.pool.fetch("SELECT id FROM transfers")
    async with scene.chain.uow.begin() as records:
        found = await records.dispatches.of_office(transfer["id"], OWN)
    assert found is not None
    assert (found.id, found.status.value) == (again, "waiting")
