"""Delivery against a real database: leases, outcomes, breakers, and who may settle what."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.metrics import PrometheusMeasure
from contracts import jws
from contracts.dispatch import Dispatch
from contracts.document import parse
from contracts.facts import load_vocabulary
from contracts.jws import Typ, digest_of
from contracts.rulebook import RuleBook, load_rulebook
from service.domain.delivery import Answer, ClaimedDispatch, Outcome
from service.domain.errors import Refusal
from service.domain.rulebook import CompiledRuleBook, compile_rulebook
from tests.adapters.test_metrics import samples
from tests.support.chain import Chain, acknowledge, acknowledging, silent
from tests.support.offices import key_of, office
from tests.support.packets import packet, signed


def taking(dispatch: ClaimedDispatch, document: bytes) -> Answer:
    """An office that takes the dispatch now and acknowledges later."""
    return Answer(202, "application/json", b'{"digest": "%b"}' % digest_of(document).encode())


async def test_every_addressee_gets_its_own_dispatch_and_acknowledges(chain: Chain) -> None:
    receipt = await chain.send()
    assert await chain.deliver() == 2
    assert await chain.status(receipt.transfer_id) == "acknowledged"
    offices = {dispatch.office_code for dispatch, _ in chain.addressees.sent}
    assert offices == {office("county-police").code, office("county-procuratorate").code}
    assert await chain.deliver() == 0


async def test_acknowledgement_is_counted_however_it_comes(chain: Chain) -> None:
    await chain.send()
    await chain.deliver()
    chain.clock.advance(seconds=1)
    await chain.send(2)
    chain.addressees.answer = taking
    assert await chain.deliver() == 2

    measure = chain.deliveries.measure
    assert isinstance(measure, PrometheusMeasure)
    counted = samples(measure)
    assert counted["linkage_acknowledgements_total", (("result", "received"),)] == 2
    assert counted["linkage_deliveries_total", (("outcome", "taken"),)] == 4


async def test_dispatch_carries_the_packet_untouched_and_our_signed_screening(chain: Chain) -> None:
    raw = signed(packet(), key_of("market"))
    await chain.post(raw)
    await chain.deliver()
    _, document = chain.addressees.sent[0]
    payload = jws.verify(jws.open_envelope(document), Typ.DISPATCH, key_of("platform"))
    dispatch = parse(Dispatch, payload)
    assert dispatch.packet.encode() == raw
    assert dispatch.packet_digest == digest_of(raw)
    assert dispatch.screening["conclusion"] == "meets"
    key = jws.import_key(dispatch.agency_key.jwk)
    jws.verify(jws.open_envelope(dispatch.packet.encode()), Typ.TRANSFER_PACKET, key)


async def test_silence_is_asked_again_with_the_very_same_bytes(chain: Chain) -> None:
    receipt = await chain.send()
    chain.addressees.answer = silent
    await chain.deliver()
    assert await chain.status(receipt.transfer_id) == "dispatching"
    chain.addressees.answer = acknowledging
    chain.clock.advance(seconds=5)
    await chain.deliver()
    by_dispatch: dict[object, set[bytes]] = {}
    for dispatch, document in chain.addressees.sent:
        by_dispatch.setdefault(dispatch.id, set()).add(document)
    assert [len(documents) for documents in by_dispatch.values()] == [1, 1]
    assert await chain.status(receipt.transfer_id) == "acknowledged"


async def test_attempt_is_noted_before_it_is_made(chain: Chain) -> None:
    await chain.send()
    await chain.deliveries.claim(10)
    assert len(await chain.journal("delivery.attempted")) == 2
    assert chain.addressees.sent == []


async def test_crashed_attempt_comes_back_when_its_lease_ends(chain: Chain) -> None:
    await chain.send()
    await chain.deliveries.claim(10)
    assert await chain.deliver() == 0
    chain.clock.advance(seconds=31)
    assert await chain.deliver() == 2


async def test_late_settle_touches_nothing(chain: Chain) -> None:
    """The zombie: its lease ended, another worker has delivered, and then it speaks."""
    receipt = await chain.send()
    [zombie, *_] = await chain.deliveries.claim(10)
    settlement = await chain.deliveries.attempt(*zombie)
    chain.clock.advance(seconds=31)
    await chain.deliver()
    journal = await chain.count("journal")
    late = replace(settlement, outcome=Outcome.UNKNOWN, acknowledgement=None, document=None)
    assert await chain.deliveries.settle([late]) == set()
    assert await chain.status(receipt.transfer_id) == "acknowledged"
    assert await chain.count("journal") == journal


async def test_two_workers_never_claim_the_same_dispatch(chain: Chain) -> None:
    for number in range(10):
        await chain.send(number)
    claims = await asyncio.gather(*(chain.deliveries.claim(7) for _ in range(6)))
    ids = [dispatch.id for claimed in claims for dispatch, _ in claimed]
    assert len(ids) == len(set(ids)) > 0


async def test_two_hundreds_that_name_our_digest_are_delivered_not_acknowledged(
    chain: Chain,
) -> None:
    receipt = await chain.send()
    chain.addressees.answer = taking
    await chain.deliver()
    assert await chain.status(receipt.transfer_id) == "delivered"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "application/json", b"{}"),
        Answer(202, "application/json", b'{"digest": "sha-256:' + b"0" * 64 + b'"}'),
        Answer(400, "application/json", b'{"code": "no"}'),
        Answer(404),
        Answer(500),
        Answer(problem="connection reset"),
    ],
    ids=["empty", "other digest", "unsigned no", "not found", "server error", "reset"],
)
async def test_what_is_neither_yes_nor_a_signed_no_is_unknown(chain: Chain, answer: Answer) -> None:
    receipt = await chain.send()
    chain.addressees.answer = lambda *_: answer
    await chain.deliver()
    assert await chain.status(receipt.transfer_id) == "dispatching"
    assert len(await chain.journal("delivery.unknown")) == 2


async def test_acknowledgement_for_other_bytes_is_unknown(chain: Chain) -> None:
    receipt = await chain.send()
    chain.addressees.answer = lambda dispatch, _: Answer(
        200, jws.MEDIA_TYPE, acknowledge(dispatch, b"other bytes")
    )
    await chain.deliver()
    assert await chain.status(receipt.transfer_id) == "dispatching"


async def test_acknowledgement_signed_by_another_office_is_unknown(chain: Chain) -> None:
    receipt = await chain.send()
    tax = key_of("tax")

    def forged(dispatch: ClaimedDispatch, document: bytes) -> Answer:
        body = jws.open_envelope(acknowledge(dispatch, document)).payload
        return Answer(200, jws.MEDIA_TYPE, signed(body, tax, typ=Typ.ACKNOWLEDGEMENT))

    chain.addressees.answer = forged
    await chain.deliver()
    assert await chain.status(receipt.transfer_id) == "dispatching"
    [line, _] = await chain.journal("delivery.unknown")
    assert "another office" in line["data"]["problem"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"result": "perhaps"}, "their acknowledgement:"),
        ({"office": office("tax").code}, "signed by another office"),
    ],
)
async def test_acknowledgement_that_does_not_fit_is_unknown(
    chain: Chain, changes: dict[str, str], problem: str
) -> None:
    receipt = await chain.send()
    chain.addressees.answer = lambda dispatch, document: Answer(
        200, jws.MEDIA_TYPE, acknowledge(dispatch, document, **changes)
    )
    await chain.deliver()
    assert await chain.status(receipt.transfer_id) == "dispatching"
    [line, _] = await chain.journal("delivery.unknown")
    assert problem in line["data"]["problem"]


async def test_acknowledgement_of_another_dispatch_is_unknown(chain: Chain) -> None:
    receipt = await chain.send()

    def mistaken(dispatch: ClaimedDispatch, document: bytes) -> Answer:
        other = replace(dispatch, id=dispatch.transfer_id)
        return Answer(200, jws.MEDIA_TYPE, acknowledge(other, document))

    chain.addressees.answer = mistaken
    await chain.deliver()
    assert await chain.status(receipt.transfer_id) == "dispatching"
    [line, _] = await chain.journal("delivery.unknown")
    assert "for another dispatch" in line["data"]["problem"]


async def test_signed_no_is_refused_and_for_our_operators(chain: Chain) -> None:
    receipt = await chain.send()
    chain.addressees.answer = lambda dispatch, document: Answer(
        409,
        jws.MEDIA_TYPE,
        acknowledge(dispatch, document, result="refused", reason="不属本院管辖"),
    )
    await chain.deliver()
    assert await chain.status(receipt.transfer_id) == "undeliverable"
    [line, _] = await chain.journal("delivery.refused")
    assert "不属本院管辖" not in str(line["data"])


async def test_out_of_time_is_undeliverable_and_can_be_sent_again(chain: Chain) -> None:
    receipt = await chain.send()
    chain.addressees.answer = silent
    await chain.deliver()
    chain.clock.advance(hours=73)
    assert await chain.deliveries.give_up() == 2
    assert await chain.status(receipt.transfer_id) == "undeliverable"
    chain.addressees.answer = acknowledging
    for (id_,) in await chain.pool.fetch("SELECT id FROM dispatches"):
        await chain.deliveries.resend(id_)
    assert await chain.status(receipt.transfer_id) == "dispatching"
    await chain.deliver()
    assert await chain.status(receipt.transfer_id) == "acknowledged"


async def test_what_is_delivered_is_not_sent_again(chain: Chain) -> None:
    await chain.send()
    await chain.deliver()
    [(dispatch_id,), *_] = await chain.pool.fetch("SELECT id FROM dispatches")
    with pytest.raises(Refusal, match="illegal_move"):
        await chain.deliveries.resend(dispatch_id)


async def test_breaker_lets_one_probe_through_and_closes_on_an_answer(chain: Chain) -> None:
    for number in range(12):
        await chain.send(number)
    chain.addressees.answer = silent
    await chain.deliver()
    row = await chain.pool.fetchrow("SELECT * FROM endpoints WHERE failures > 0 LIMIT 1")
    assert row["failures"] == 12
    assert row["paused_until"] > chain.clock.now()
    assert await chain.deliver() == 0
    chain.clock.advance(minutes=20)
    chain.addressees.answer = acknowledging
    assert await chain.deliver() == 2
    chain.clock.advance(seconds=5)
    assert await chain.deliver() == 22


async def test_retry_after_is_kept_for_the_endpoint(chain: Chain) -> None:
    await chain.send(1)
    chain.addressees.answer = lambda *_: Answer(503, retry_after=timedelta(seconds=90))
    await chain.deliver()
    await chain.send(2)
    chain.clock.advance(seconds=89)
    assert await chain.deliver() == 0
    chain.clock.advance(seconds=2)
    assert await chain.deliver() > 0


async def test_pace_and_room_of_an_endpoint_are_kept(chain: Chain) -> None:
    police = office("county-police").code
    await chain.pool.execute(
        "UPDATE endpoints SET max_in_flight = 3, per_second = 1 WHERE office_code = $1", police
    )
    for number in range(10):
        await chain.send(number)
    claimed = [one for one, _ in await chain.deliveries.claim(100) if one.office_code == police]
    assert len(claimed) == 1
    chain.clock.advance(seconds=2)
    again = [one for one, _ in await chain.deliveries.claim(100) if one.office_code == police]
    assert len(again) == 1


async def test_slow_office_does_not_starve_the_others(chain: Chain) -> None:
    for number in range(6):
        await chain.send(number)
    await chain.pool.execute(
        "UPDATE endpoints SET max_in_flight = 2 WHERE office_code = $1",
        office("county-police").code,
    )
    claimed = await chain.deliveries.claim(100)
    codes = [one.office_code for one, _ in claimed]
    assert codes.count(office("county-police").code) == 2
    assert codes.count(office("county-procuratorate").code) == 6


async def test_most_urgent_goes_first(chain: Chain) -> None:
    first = await chain.send(1)
    await chain.send(2)
    await chain.pool.execute(
        "UPDATE dispatches SET due_at = due_at + interval '1 day' WHERE transfer_id = $1",
        first.transfer_id,
    )
    claimed = await chain.deliveries.claim(2)
    assert {str(one.transfer_id) for one, _ in claimed} != {first.transfer_id}


def newer_book() -> CompiledRuleBook:
    text = load_rulebook().to_json()
    return compile_rulebook(
        RuleBook.from_json(text.replace(load_rulebook().version, "2099.1")), load_vocabulary()
    )


async def test_rule_book_of_intake_is_used_though_another_is_in_use(chain: Chain) -> None:
    await chain.send()
    book = load_rulebook()
    async with chain.uow.begin() as records:
        await records.rulebooks.add(book.digest, book.version, book.to_json(), chain.clock.now())
    chain.standards = replace(chain.standards, book=newer_book())
    await chain.deliver()
    _, document = chain.addressees.sent[0]
    dispatch = parse(Dispatch, jws.open_envelope(document).payload)
    assert dispatch.screening["rulebook"]["digest"] == book.digest != newer_book().digest


async def test_dispatch_that_cannot_be_written_is_told_and_holds_up_no_other(chain: Chain) -> None:
    """Its rule book was not kept: an operator must see it, and the queue goes on."""
    stuck = await chain.send(1)
    chain.standards = replace(chain.standards, book=newer_book())
    fine = await chain.send(2)
    assert await chain.deliver() == 2
    assert await chain.status(fine.transfer_id) == "acknowledged"
    assert await chain.status(stuck.transfer_id) == "dispatching"
    [line, _] = await chain.journal("delivery.unknown")
    assert "is not kept" in line["data"]["problem"]
    chain.clock.advance(hours=73)
    assert await chain.deliveries.give_up() == 2
    assert await chain.status(stuck.transfer_id) == "undeliverable"


async def test_copy_of_a_mailbox_office_is_not_pushed(chain: Chain) -> None:
    receipt = await chain.send(1, "forestry")
    assert await chain.deliver() == 1
    assert await chain.status(receipt.transfer_id) == "dispatching"
