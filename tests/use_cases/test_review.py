"""Review against a real database: who sees what, and what is written down of it."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.answers import TransferView
from contracts.dispatch import Dispatch
from contracts.document import parse
from contracts.jws import Typ, digest_of, open_envelope, verify
from contracts.packet import MaterialKind
from service.domain.delivery import Answer
from service.domain.errors import Refusal
from service.domain.glimpses import Unchanged
from service.review import Review
from tests.support.chain import Chain, acknowledgement
from tests.support.offices import key_of, office
from tests.support.packets import NOW, material_bytes, packet, signed
from tests.support.packets import digest_of as digest
from tests.support.reading import reader, sent

LETTER = material_bytes(MaterialKind.TRANSFER_LETTER)
POLICE, PROCURATORATE = "county-police", "county-procuratorate"
MAILBOX, PUSHED = "other-procuratorate", "other-police"


async def held(chain: Chain) -> UUID:
    """A transfer that stays below its threshold, and so with the agency."""
    facts = {"party_type": "person", "substandard_product": True, "sales_amount": 100}
    return await sent(chain, facts=facts)


async def view_of(review: Review, slug: str, transfer_id: UUID) -> TransferView:
    view = await review.transfer(reader(slug), transfer_id)
    assert isinstance(view, TransferView)
    return view


async def not_found(asked: object) -> None:
    with pytest.raises(Refusal) as refusal:
        await asked  # type: ignore[misc]
    assert refusal.value.code == "not_found"


async def readings(chain: Chain) -> list[tuple[str, str, dict]]:
    rows = await chain.journal("transfer.read", "dispatch.read", "material.read")
    return [(row["action"], row["actor"], row["data"]) for row in rows]


# who sees a transfer


async def test_agency_and_addressees_see_the_same_transfer(chain: Chain, review: Review) -> None:
    transfer_id = await sent(chain)
    views = [await view_of(review, slug, transfer_id) for slug in ("market", POLICE, PROCURATORATE)]
    assert views[0] == views[1] == views[2]
    assert views[0].agency == office("market").code


@pytest.mark.parametrize("slug", ["tobacco", PUSHED, "commission"])
async def test_to_others_it_is_as_if_it_were_not_there(
    chain: Chain, review: Review, slug: str
) -> None:
    transfer_id = await sent(chain)
    await not_found(review.transfer(reader(slug), transfer_id))
    await not_found(review.document(reader(slug), transfer_id, "packet", transfer_id))
    await not_found(review.material(reader(slug), transfer_id, digest(LETTER)))
    assert await readings(chain) == []


async def test_transfer_that_nobody_has_is_not_found(chain: Chain, review: Review) -> None:
    await not_found(review.transfer(reader("market"), uuid4()))


async def test_held_transfer_is_not_yet_the_addressees(chain: Chain, review: Review) -> None:
    transfer_id = await held(chain)
    assert (await view_of(review, "market", transfer_id)).status == "held_below_threshold"
    await not_found(review.transfer(reader(POLICE), transfer_id))


async def test_recalled_before_it_was_sent_is_not_the_addressees(
    chain: Chain, review: Review
) -> None:
    transfer_id = await sent(chain)
    await chain.send(2, supersedes="packet-1", case=packet(1)["case"])
    await not_found(review.transfer(reader(POLICE), transfer_id))
    assert (await view_of(review, "market", transfer_id)).is_current is False


async def test_superseded_after_it_was_sent_stays_the_addressees(
    chain: Chain, review: Review
) -> None:
    transfer_id = await sent(chain)
    await chain.deliver()
    await chain.send(2, supersedes="packet-1", case=packet(1)["case"])
    assert (await view_of(review, POLICE, transfer_id)).status == "withdrawn"


# what a transfer tells


async def test_transfer_tells_what_was_sent_and_where_it_stands(
    chain: Chain, review: Review
) -> None:
    transfer_id = await sent(chain)
    await chain.deliver()
    view = await view_of(review, "market", transfer_id)
    assert (view.packet_id, view.case_number) == ("packet-1", "示市监案〔2026〕1号")
    assert (view.status, view.move) == ("acknowledged", 2)
    assert view.whose_move == "the principal addressee's: decide on acceptance"
    assert [(one.kind.value, one.status) for one in view.dispatches] == [
        ("public_security", "acknowledged"),
        ("procuratorate", "acknowledged"),
    ]
    assert view.screening["findings"][0]["conclusion"] == "meets"
    assert view.history[0].action == "packet.received"
    assert {"delivery.attempted", "delivery.taken", "transfer.moved"} <= {
        one.action for one in view.history
    }


async def test_next_deadline_is_the_nearest_that_still_runs(chain: Chain, review: Review) -> None:
    transfer_id = await sent(chain)
    assert (await view_of(review, "market", transfer_id)).next_deadline is None
    chain.addressees.answer = lambda _, document: Answer(
        200, "application/json", json.dumps({"digest": digest_of(document)}).encode()
    )
    await chain.deliver()
    view = await view_of(review, "market", transfer_id)
    assert view.next_deadline is not None
    running = [one for one in view.deadlines if one.state in ("open", "near")]
    assert view.next_deadline == min(running, key=lambda one: one.due_at)
    assert (view.next_deadline.title, view.next_deadline.basis) != ("", "")

    chain.clock.advance(days=90)
    late = await view_of(review, "market", transfer_id)
    assert late.next_deadline is None
    assert "overdue" in {one.state for one in late.deadlines}


async def test_version_changes_with_every_change_and_with_no_reading(
    chain: Chain, review: Review
) -> None:
    transfer_id = await sent(chain)
    first = await view_of(review, "market", transfer_id)
    assert (await view_of(review, POLICE, transfer_id)).version == first.version
    chain.addressees.answer = lambda *_: Answer(problem="timed out")
    await chain.deliver()
    silent = await view_of(review, "market", transfer_id)
    assert silent.move == first.move
    assert silent.version != first.version


async def test_version_that_is_known_is_neither_shown_nor_journaled(
    chain: Chain, review: Review
) -> None:
    transfer_id = await sent(chain)
    version = (await view_of(review, "market", transfer_id)).version
    again = await review.transfer(reader("market"), transfer_id, {"other", version})
    assert again == Unchanged(version)
    assert len(await readings(chain)) == 1


async def test_reading_is_written_down_with_who_and_by_which_key(
    chain: Chain, review: Review
) -> None:
    transfer_id = await sent(chain)
    await view_of(review, POLICE, transfer_id)
    [row] = await chain.journal("transfer.read")
    assert (row["actor"], row["agency_code"]) == (office(POLICE).code, office("market").code)
    assert (row["transfer_id"], row["at"]) == (transfer_id, NOW)
    assert row["data"] == {"kid": office(POLICE).kid}


async def test_reading_that_cannot_be_written_down_does_not_happen(
    chain: Chain, review: Review, pool: asyncpg.Pool
) -> None:
    transfer_id = await sent(chain)
    await pool.execute("ALTER TABLE journal ADD CHECK (action <> 'transfer.read')")
    with pytest.raises(asyncpg.CheckViolationError):
        await review.transfer(reader("market"), transfer_id)


# documents and files


async def test_every_signed_document_is_given_byte_for_byte(chain: Chain, review: Review) -> None:
    raw = signed(packet(), key_of("market"))
    [answered] = await chain.post(raw)
    await chain.deliver()
    [(dispatch, text), *_] = chain.addressees.sent
    transfer_id = answered.transfer_id
    for kind, subject, expected in (
        ("packet", transfer_id, raw),
        ("receipt", transfer_id, answered.receipt),
        ("dispatch", dispatch.id, text),
    ):
        assert await review.document(reader("market"), transfer_id, kind, subject) == expected
    taken = await review.document(reader(POLICE), transfer_id, "acknowledgement", dispatch.id)
    assert open_envelope(taken).header.typ == Typ.ACKNOWLEDGEMENT
    assert [(action, told["document"]) for action, _, told in await readings(chain)] == [
        ("transfer.read", "packet"),
        ("transfer.read", "receipt"),
        ("dispatch.read", "dispatch"),
        ("transfer.read", "acknowledgement"),
    ]


async def test_document_that_is_not_there_is_not_found(chain: Chain, review: Review) -> None:
    transfer_id = await sent(chain)
    await not_found(review.document(reader("market"), transfer_id, "report", uuid4()))


async def test_file_is_given_as_the_packet_describes_it(
    chain: Chain, review: Review, tmp_path: Path
) -> None:
    async def letter():
        yield LETTER

    await review.materials.store(office("market").code, digest(LETTER), letter(), 2**20)
    transfer_id = await sent(chain)
    view, media_type, pieces = await review.material(reader(POLICE), transfer_id, digest(LETTER))
    assert (view.size, media_type) == (len(LETTER), "text/plain")
    assert b"".join([piece async for piece in pieces]) == LETTER
    [(action, actor, told)] = await readings(chain)
    assert (action, actor) == ("material.read", office(POLICE).code)
    assert told["digest"] == digest(LETTER)


async def test_file_of_another_case_is_not_found(chain: Chain, review: Review) -> None:
    other = digest_of(b"of another case")
    async with chain.uow.begin() as records:
        await records.materials.add(office("market").code, other, 15, NOW)
    transfer_id = await sent(chain)
    await not_found(review.material(reader("market"), transfer_id, other))
    assert await readings(chain) == []


# the mailbox


async def test_mailbox_lists_what_waits_and_nothing_else(chain: Chain, review: Review) -> None:
    transfer_id = await sent(chain, agency="fishery")
    [item] = (await review.mailbox(reader(MAILBOX), 10)).items
    assert (item.transfer_id, item.role.value) == (transfer_id, "copy")
    assert item.href == f"/v1/mailbox/{item.dispatch_id}"
    assert (await review.mailbox(reader("commission"), 10)).items == []


async def test_mailbox_gives_the_most_urgent_first_and_no_more_than_asked(
    chain: Chain, review: Review
) -> None:
    ids = []
    for number in range(1, 4):
        ids.append(await sent(chain, number, agency="fishery"))
        chain.clock.advance(minutes=1)
    items = (await review.mailbox(reader(MAILBOX), 2)).items
    assert [item.transfer_id for item in items] == ids[:2]


async def test_mailbox_keeps_what_we_gave_up_waiting_for(chain: Chain, review: Review) -> None:
    """Delivered but never picked up: it stays theirs, and ours to solve."""
    await sent(chain, agency="fishery")
    chain.clock.advance(days=30)
    await chain.deliveries.give_up()
    [item] = (await review.mailbox(reader(MAILBOX), 10)).items
    assert await review.mailbox_dispatch(reader(MAILBOX), item.dispatch_id)


async def test_dispatch_is_signed_once_and_given_as_often_as_asked(
    chain: Chain, review: Review
) -> None:
    transfer_id = await sent(chain, agency="fishery")
    [item] = (await review.mailbox(reader(MAILBOX), 10)).items
    first, second = [
        await review.mailbox_dispatch(reader(MAILBOX), item.dispatch_id) for _ in range(2)
    ]
    assert first == second
    payload = verify(open_envelope(first), Typ.DISPATCH, key_of("platform"))
    dispatch = parse(Dispatch, payload)
    assert dispatch.transfer_id == str(transfer_id)
    assert dispatch.addressee.office == office(MAILBOX).code
    assert [(action, told["digest"]) for action, _, told in await readings(chain)] == [
        ("dispatch.read", digest_of(first))
    ] * 2


async def test_dispatch_that_cannot_be_written_is_not_given_as_another(
    chain: Chain, review: Review
) -> None:
    """Its rule book was not kept: explained by another, it would say what was never found."""
    await chain.send(1, "forestry")
    await chain.pool.execute(
        """UPDATE transfers SET screening = jsonb_set(screening, '{rulebook_digest}', '"sha-256:lost"')"""
    )
    [item] = (await review.mailbox(reader(MAILBOX), 10)).items
    with pytest.raises(LookupError, match="is not kept"):
        await review.mailbox_dispatch(reader(MAILBOX), item.dispatch_id)


async def test_taking_it_out_is_not_yet_delivery(chain: Chain, review: Review) -> None:
    transfer_id = await sent(chain, agency="fishery")
    [item] = (await review.mailbox(reader(MAILBOX), 10)).items
    text = await review.mailbox_dispatch(reader(MAILBOX), item.dispatch_id)
    mine = next(
        one
        for one in (await view_of(review, "fishery", transfer_id)).dispatches
        if one.dispatch_id == item.dispatch_id
    )
    assert (mine.status, mine.attempts, mine.delivered_at) == ("waiting", 1, None)
    assert len((await review.mailbox(reader(MAILBOX), 10)).items) == 1

    answer = acknowledgement(str(item.dispatch_id), digest_of(text), MAILBOX)
    await chain.acknowledgements.acknowledge(
        signed(answer, key_of(MAILBOX), typ=Typ.ACKNOWLEDGEMENT)
    )
    assert (await review.mailbox(reader(MAILBOX), 10)).items == []


async def test_dispatch_of_another_office_is_not_found(chain: Chain, review: Review) -> None:
    await sent(chain, agency="fishery")
    [item] = (await review.mailbox(reader(MAILBOX), 10)).items
    await not_found(review.mailbox_dispatch(reader("commission"), item.dispatch_id))
    await not_found(review.mailbox_dispatch(reader(MAILBOX), uuid4()))


async def test_dispatch_that_is_held_is_not_given_out(
    chain: Chain, review: Review, pool: asyncpg.Pool
) -> None:
    await held(chain)
    dispatch_id = await pool.fetchval(
        "SELECT id FROM dispatches WHERE office_code = $1", office(POLICE).code
    )
    await not_found(review.mailbox_dispatch(reader(POLICE), dispatch_id))


async def test_office_that_is_called_may_fetch_too_and_gets_what_it_is_sent(
    chain: Chain, review: Review
) -> None:
    await sent(chain)
    [item] = (await review.mailbox(reader(POLICE), 10)).items
    text = await review.mailbox_dispatch(reader(POLICE), item.dispatch_id)
    await chain.deliver()
    assert text in [document for _, document in chain.addressees.sent]
