"""How a letter reaches its agency: pushed once in effect, taken out of the mailbox, or handed to operators."""

from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts import jws
from contracts.document import parse
from contracts.jws import digest_of
from contracts.supervision import Supervision
from service.domain.delivery import Answer
from tests.support.chain import Chain
from tests.support.offices import key_of, office
from tests.support.reading import reader
from tests.support.scene import refusal_of
from tests.support.supervision import SupervisionScene, silent, taking


@pytest.fixture
async def scene(chain: Chain) -> SupervisionScene:
    return SupervisionScene(chain)


async def test_letter_is_pushed_as_it_was_signed_and_starts_the_clock(
    scene: SupervisionScene,
) -> None:
    await scene.reach()
    raw = scene.letter()
    answered = await scene.cases.acts.supervise(raw)
    assert await scene.cases.deliveries.deliver() == 1
    [(letter, document)] = scene.agencies.sent
    assert (document, letter.noun, letter.attempts) == (raw, "Supervision", 1)
    row = await scene.row(str(answered.supervision_id))
    assert (row["status"], row["clock"], row["claim"]) == ("delivered", "T15", None)
    assert row["starts_at"] == scene.chain.clock.now()
    assert row["escalate_at"] == row["due_at"] > row["near_at"]
    assert await scene.actions(str(answered.supervision_id)) == [
        "supervision.issued",
        "supervision.attempted",
        "supervision.delivered",
    ]
    assert await scene.cases.deliveries.deliver() == 0


async def test_agency_without_endpoint_is_not_called(scene: SupervisionScene) -> None:
    await scene.issue()
    assert await scene.cases.deliveries.deliver() == 0
    assert scene.agencies.sent == []


async def test_silence_is_asked_again_and_is_no_delivery(scene: SupervisionScene) -> None:
    await scene.reach()
    receipt = await scene.issue()
    scene.agencies.answer = silent
    await scene.cases.deliveries.deliver()
    assert await scene.cases.deliveries.deliver() == 0
    row = await scene.row(receipt.supervision_id)
    assert (row["status"], row["problem"], row["due_at"]) == ("issued", "timed out", None)
    scene.chain.clock.advance(minutes=30)
    scene.agencies.answer = taking
    assert await scene.cases.deliveries.deliver() == 1
    assert (await scene.row(receipt.supervision_id))["attempts"] == 2
    first, second = scene.agencies.sent
    assert first[1] == second[1]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "application/json", b'{"digest":"%b"}' % digest_of(b"other").encode()),
        Answer(200, "text/html", b"<p>thank you"),
        Answer(500, "text/plain", b""),
        Answer(403, "application/json", b"{}", timedelta(hours=1)),
    ],
)
async def test_only_a_2xx_with_our_digest_is_delivery(
    scene: SupervisionScene, answer: Answer
) -> None:
    await scene.reach()
    receipt = await scene.issue()
    scene.agencies.answer = lambda *_: answer
    await scene.cases.deliveries.deliver()
    row = await scene.row(receipt.supervision_id)
    assert (row["status"], row["delivered_at"]) == ("issued", None)
    assert row["retry_at"] >= scene.chain.clock.now() + (answer.retry_after or timedelta())


async def test_worker_whose_lease_ended_settles_nothing(scene: SupervisionScene) -> None:
    await scene.reach()
    receipt = await scene.issue()
    [dead] = await scene.cases.deliveries.claim(10)
    assert await scene.cases.deliveries.claim(10) == []
    scene.chain.clock.advance(minutes=1)
    [alive] = await scene.cases.deliveries.claim(10)
    taken = taking(dead, dead.content)
    assert not await scene.cases.deliveries.settle(dead, taken)
    assert not await scene.cases.deliveries.settle(dead, Answer(problem="timed out"))
    assert (await scene.row(receipt.supervision_id))["claim"] == alive.claim
    assert await scene.cases.deliveries.settle(alive, taken)
    assert (await scene.row(receipt.supervision_id))["status"] == "delivered"


async def test_agency_that_takes_it_out_during_an_attempt_has_it_once(
    scene: SupervisionScene,
) -> None:
    await scene.reach()
    receipt = await scene.issue()
    [claimed] = await scene.cases.deliveries.claim(10)
    assert receipt.supervision_id is not None
    await scene.cases.review.document(reader("market"), UUID(receipt.supervision_id))
    assert not await scene.cases.deliveries.settle(claimed, taking(claimed, claimed.content))
    assert (await scene.actions(receipt.supervision_id)).count("supervision.delivered") == 1


async def test_taking_it_out_of_the_mailbox_starts_the_clock_once(
    scene: SupervisionScene,
) -> None:
    raw = scene.letter()
    answered = await scene.cases.acts.supervise(raw)
    assert answered.supervision_id is not None
    scene.chain.clock.advance(days=1)
    for _ in range(2):
        found = await scene.cases.review.document(reader("market"), answered.supervision_id)
        assert found == raw
        scene.chain.clock.advance(hours=1)
    row = await scene.row(str(answered.supervision_id))
    assert row["starts_at"] == row["delivered_at"] == scene.chain.clock.now() - timedelta(hours=2)
    actions = await scene.actions(str(answered.supervision_id))
    assert actions.count("supervision.read") == 2
    assert actions.count("supervision.delivered") == 1
    content = parse(Supervision, jws.open_envelope(raw).payload)
    assert content.agency == office("market").code


async def test_supervisor_who_reads_the_letter_delivers_nothing(scene: SupervisionScene) -> None:
    receipt = await scene.issue()
    assert receipt.supervision_id is not None
    for slug in ("county-procuratorate", "city-justice"):
        await scene.cases.review.document(reader(slug), UUID(receipt.supervision_id))
    assert (await scene.row(receipt.supervision_id))["status"] == "issued"


async def test_what_nobody_takes_is_for_operators_and_can_still_be_taken(
    scene: SupervisionScene,
) -> None:
    receipt = await scene.issue()
    assert await scene.cases.deliveries.give_up() == 0
    scene.chain.clock.advance(days=4)
    assert await scene.cases.deliveries.give_up() == 1
    assert await scene.cases.deliveries.give_up() == 0
    row = await scene.row(receipt.supervision_id)
    assert (row["status"], row["due_at"]) == ("undeliverable", None)
    assert receipt.supervision_id is not None
    await scene.cases.review.document(reader("market"), UUID(receipt.supervision_id))
    assert (await scene.row(receipt.supervision_id))["status"] == "delivered"


async def test_operator_sends_it_once_more(scene: SupervisionScene) -> None:
    receipt = await scene.issue()
    supervision_id = UUID(receipt.supervision_id or "")
    resend = scene.cases.deliveries.resend
    assert await refusal_of(resend(supervision_id)) == "illegal_move"
    assert await refusal_of(resend(uuid4())) == "not_found"
    scene.chain.clock.advance(days=4)
    await scene.cases.deliveries.give_up()
    await scene.reach()
    await resend(supervision_id)
    assert await scene.cases.deliveries.give_up() == 0
    assert await scene.cases.deliveries.deliver() == 1
    assert (await scene.row(receipt.supervision_id))["status"] == "delivered"


async def test_letter_is_the_offices_own_signature(scene: SupervisionScene) -> None:
    receipt = await scene.issue()
    assert receipt.supervision_id is not None
    raw = await scene.cases.review.document(reader("market"), UUID(receipt.supervision_id))
    jws.verify(jws.open_envelope(raw), jws.Typ.SUPERVISION, key_of("county-procuratorate"))


async def test_letters_beyond_one_round_are_tried_without_waiting_for_the_next(
    scene: SupervisionScene,
) -> None:
    await scene.reach()
    for _ in range(5):
        await scene.issue()
    assert await scene.cases.deliveries.deliver(limit=2) == 5
    assert len(scene.agencies.sent) == 5


async def test_answer_that_cannot_be_written_down_loses_no_other(scene: SupervisionScene) -> None:
    await scene.reach()
    first, second = (await scene.issue()).supervision_id, (await scene.issue()).supervision_id
    assert first is not None
    await scene.pool.execute(
        f"ALTER TABLE supervisions ADD CONSTRAINT unlucky CHECK (id <> '{first}' OR status = 'issued')"
    )
    with pytest.raises(asyncpg.CheckViolationError):
        await scene.cases.deliveries.deliver()
    assert second is not None
    assert (await scene.row(first))["status"] == "issued"
    assert (await scene.row(second))["status"] == "delivered"
