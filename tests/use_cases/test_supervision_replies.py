"""What agencies answer, and what is counted of it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from service.domain.errors import Refusal
from tests.support.chain import Chain
from tests.support.offices import office
from tests.support.scene import refusal_of
from tests.support.supervision import CASE, SupervisionScene


@pytest.fixture
async def scene(chain: Chain) -> SupervisionScene:
    scene = SupervisionScene(chain)
    await scene.suspected()
    return scene


async def test_first_reply_ends_the_clock_and_later_ones_add(scene: SupervisionScene) -> None:
    receipt = await scene.issue()
    scene.chain.clock.advance(hours=5)
    answer = await scene.reply(receipt.supervision_id, "will_transfer")
    assert (answer.status, answer.lead_id) == ("replied", None)
    first = await scene.row(receipt.supervision_id)
    assert first["met_at"] == first["starts_at"] == scene.chain.clock.now()
    assert first["escalate_at"] is None
    scene.chain.clock.advance(days=1)
    await scene.reply(receipt.supervision_id, "transferred")
    second = await scene.row(receipt.supervision_id)
    assert (second["reply"], second["status"]) == ("transferred", "replied")
    assert (second["met_at"], second["replied_at"]) == (first["met_at"], first["replied_at"])


async def test_reply_says_that_the_agency_has_the_letter(scene: SupervisionScene) -> None:
    receipt = await scene.issue()
    await scene.reply(receipt.supervision_id)
    assert await scene.actions(receipt.supervision_id) == [
        "supervision.issued",
        "supervision.delivered",
        "supervision.replied",
    ]
    assert (await scene.row(receipt.supervision_id))["move"] == 3


async def test_same_reply_gets_the_same_receipt(scene: SupervisionScene) -> None:
    receipt = await scene.issue()
    raw = scene.answer(receipt.supervision_id, reply_id="mine-1")
    first = await scene.cases.replies.reply(raw)
    again = await scene.cases.replies.reply(raw)
    assert (again.receipt, again.repeated) == (first.receipt, True)
    other = scene.answer(receipt.supervision_id, "entered", reply_id="mine-1")
    assert await refusal_of(scene.cases.replies.reply(other)) == "letter_id_reused"


async def test_only_the_agency_of_the_letter_replies(scene: SupervisionScene) -> None:
    receipt = await scene.issue()
    for slug in ("tobacco", "county-procuratorate"):
        assert await refusal_of(scene.reply(receipt.supervision_id, slug=slug)) == "not_found"
    assert await refusal_of(scene.reply("no-id")) == "not_found"
    assert await refusal_of(scene.reply(str(uuid4()))) == "not_found"


async def test_ended_supervision_takes_no_reply(scene: SupervisionScene) -> None:
    receipt = await scene.issue()
    await scene.close(receipt.supervision_id, "withdrawn")
    assert await refusal_of(scene.reply(receipt.supervision_id)) == "illegal_move"
    assert (await scene.row(receipt.supervision_id))["delivered_at"] is None


async def test_reply_of_tomorrow_is_refused(scene: SupervisionScene) -> None:
    receipt = await scene.issue()
    at = scene.chain.clock.now() + timedelta(hours=1)
    with pytest.raises(Refusal) as caught:
        await scene.reply(receipt.supervision_id, replied_at=at.isoformat())
    assert caught.value.faults[0].pointer == "/replied_at"


COUNTED = ("opinions_issued", "opinions_replied", "opinions_adopted", "penalties_after_opinion")


async def test_opinions_are_counted_as_they_move(scene: SupervisionScene) -> None:
    opinion = await scene.issue()
    assert await scene.tallies(*COUNTED) == {"opinions_issued": 1}
    await scene.reply(opinion.supervision_id, "will_transfer")
    await scene.reply(opinion.supervision_id, "transferred")
    assert await scene.tallies(*COUNTED) == {"opinions_issued": 1, "opinions_replied": 1}
    await scene.close(opinion.supervision_id, "adopted")
    assert await scene.tallies(*COUNTED) == {
        "opinions_issued": 1,
        "opinions_replied": 1,
        "opinions_adopted": 1,
    }


async def test_penalty_after_an_opinion_is_counted_until_the_agency_says_otherwise(
    scene: SupervisionScene,
) -> None:
    opinion = await scene.issue(kind="penalty_opinion", case_number="示检不诉〔2026〕3号")
    await scene.reply(opinion.supervision_id, "penalised")
    assert (await scene.tallies(*COUNTED))["penalties_after_opinion"] == 1
    await scene.reply(opinion.supervision_id, "explained")
    assert await scene.tallies(*COUNTED) == {"opinions_issued": 1, "opinions_replied": 1}


async def test_letters_that_are_no_opinions_are_not_counted(scene: SupervisionScene) -> None:
    letter = await scene.issue("county-justice", kind="supervisory_letter")
    await scene.reply(letter.supervision_id)
    assert await scene.tallies(*COUNTED) == {}


async def test_transfer_after_an_opinion_adopts_it(scene: SupervisionScene) -> None:
    opinion = await scene.issue()
    letter = await scene.issue("county-justice", kind="supervisory_letter")
    scene.chain.clock.advance(hours=1)
    told = {"title": "案", "cause": "销售伪劣产品", "sector": "market_supervision"}
    await scene.chain.send(case={"case_number": CASE, "division": "339921", **told})
    for _ in range(3):
        await scene.cases.watch.look(1)
    assert (await scene.tallies(*COUNTED))["opinions_adopted"] == 1
    followed = [await scene.row(one.supervision_id) for one in (opinion, letter)]
    assert {one["followed_at"] for one in followed} == {scene.chain.clock.now()}
    assert len(await scene.chain.journal("supervision.followed")) == 2


async def test_transfer_that_the_register_tells_of_counts_too(scene: SupervisionScene) -> None:
    opinion = await scene.issue()
    scene.chain.clock.advance(days=1)
    at = scene.chain.clock.now().isoformat()
    lead = await scene.pool.fetchrow("SELECT * FROM leads LIMIT 1")
    transfer = {"decision": "approved", "transferred_at": at, "document_number": "移〔2026〕1号"}
    await scene.register.take(scene.record | {"recorded_at": at, "transfer": transfer})
    assert (await scene.lead(lead["id"]))["status"] == "transferred"
    await scene.cases.watch.look()
    assert (await scene.row(opinion.supervision_id))["followed_at"] == scene.chain.clock.now()


async def test_figures_equal_a_count_of_the_rows(scene: SupervisionScene) -> None:
    first = await scene.issue()
    await scene.issue(kind="penalty_opinion", case_number="别案")
    await scene.issue(kind="reasons_demand")
    await scene.reply(first.supervision_id)
    counted = await scene.pool.fetchrow(
        "SELECT count(*) AS issued, count(*) FILTER (WHERE reply IS NOT NULL) AS replied"
        " FROM supervisions WHERE kind IN ('transfer_opinion', 'penalty_opinion')"
    )
    assert await scene.tallies(*COUNTED) == {
        "opinions_issued": counted["issued"],
        "opinions_replied": counted["replied"],
    }
    by_agency = await scene.pool.fetchval(
        "SELECT DISTINCT agency_code FROM tallies WHERE name = 'opinions_issued'"
    )
    assert by_agency == office("market").code
