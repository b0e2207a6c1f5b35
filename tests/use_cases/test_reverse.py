"""Cases that criminal justice hands back by an opinion over this platform (X10): silence shows in the register too."""

from uuid import UUID

import pytest

from tests.support.chain import Chain
from tests.support.packets import NOW
from tests.support.reading import reader
from tests.support.register import case, moment
from tests.support.register_invariants import check_register_invariants
from tests.support.supervision import SupervisionScene

NUMBER = "示检不诉〔2026〕3号"
TWO_MONTHS_AND_A_WEEK = 70


@pytest.fixture
async def scene(chain: Chain) -> SupervisionScene:
    return SupervisionScene(chain)


async def handed_back(scene: SupervisionScene, **changes: object) -> str:
    """Issue a penalty opinion that the agency takes out of its mailbox."""
    issued = await scene.issue(kind="penalty_opinion", **{"case_number": NUMBER, **changes})
    assert issued.supervision_id is not None
    await scene.cases.review.document(reader("market"), UUID(issued.supervision_id))
    return issued.supervision_id


async def follow(scene: SupervisionScene) -> list[tuple[str, str]]:
    await scene.register.detection.follow()
    await scene.register.detection.look()
    await check_register_invariants(scene.chain, scene.register.casework)
    return [key for key in await scene.register.leads() if key[1] == "X10"]


async def test_silence_about_an_opinion_of_a_case_that_no_register_knows_is_a_lead(
    scene: SupervisionScene,
) -> None:
    await handed_back(scene)
    assert await follow(scene) == []

    scene.chain.clock.advance(days=TWO_MONTHS_AND_A_WEEK)
    assert await follow(scene) == [(NUMBER, "X10")]

    row = await scene.register.case({"case_number": NUMBER})
    assert (row["version"], row["division"], row["month"]) == (
        0,
        "339921",
        NOW.date().replace(day=1),
    )
    [lead] = (await scene.register.leads()).values()
    assert (lead["clock"], lead["status"]) == ("T17", "open")


async def test_reply_resolves_the_lead(scene: SupervisionScene) -> None:
    supervision = await handed_back(scene)
    scene.chain.clock.advance(days=TWO_MONTHS_AND_A_WEEK)
    await follow(scene)

    await scene.reply(supervision, "penalised")

    assert await follow(scene) == []
    [lead] = (await scene.register.leads("resolved")).values()
    assert lead["detector"] == "X10"


async def test_opinion_that_was_not_taken_yet_starts_nothing(scene: SupervisionScene) -> None:
    await scene.issue(kind="penalty_opinion", case_number=NUMBER)
    scene.chain.clock.advance(days=TWO_MONTHS_AND_A_WEEK)
    assert await follow(scene) == []
    assert await scene.chain.count("cases") == 0


async def test_our_own_book_comes_before_what_the_record_states(scene: SupervisionScene) -> None:
    """The record says that it replied to some opinion; the one in our book waits all the same."""
    reverse = {"opinion_received_at": moment(100), "replied_at": moment(90)}
    await scene.register.take(case(case_number=NUMBER, reverse=reverse))
    assert await follow(scene) == []

    await handed_back(scene)
    scene.chain.clock.advance(days=TWO_MONTHS_AND_A_WEEK)

    assert await follow(scene) == [(NUMBER, "X10")]


async def test_opinion_that_is_withdrawn_leaves_no_lead(scene: SupervisionScene) -> None:
    supervision = await handed_back(scene)
    scene.chain.clock.advance(days=TWO_MONTHS_AND_A_WEEK)
    await follow(scene)

    await scene.close(supervision, "withdrawn")

    assert await follow(scene) == []
