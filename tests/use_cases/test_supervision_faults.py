"""What goes wrong around letters: commits cut off, offices that meet, workers that come late."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from service.domain.errors import OutcomeUnknownError, Refusal
from service.domain.supervision import SupervisionStatus
from tests.support.chain import Chain
from tests.support.reading import reader
from tests.support.supervision import SupervisionScene


@pytest.fixture
async def scene(chain: Chain) -> SupervisionScene:
    scene = SupervisionScene(chain)
    await scene.suspected()
    return scene


class CutOff:
    """Transactions whose commit happens and is never heard of."""

    def __init__(self, uow: Any) -> None:
        self._uow = uow

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with self._uow.begin() as records:
            yield records
        raise OutcomeUnknownError("the connection was lost")


async def test_letter_whose_commit_was_cut_off_is_repeated_and_is_one(
    scene: SupervisionScene,
) -> None:
    raw = scene.letter()
    letters = scene.cases.acts.letters
    lossy = replace(letters.correspondence, uow=CutOff(scene.chain.uow))
    acts = replace(scene.cases.acts, letters=replace(letters, correspondence=lossy))
    with pytest.raises(OutcomeUnknownError):
        await acts.supervise(raw)
    again = await scene.cases.acts.supervise(raw)
    assert again.repeated
    assert await scene.chain.count("supervisions") == 1
    assert await scene.tallies("opinions_issued") == {"opinions_issued": 1}


async def test_offices_that_act_on_one_lead_act_one_after_the_other(
    scene: SupervisionScene,
) -> None:
    lead = (await scene.register.leads())[scene.record["case_number"], "X2"]
    issue = scene.issue(lead_id=str(lead["id"]))
    results = await asyncio.gather(
        *(issue, scene.dismiss(lead["id"], "county-justice")), return_exceptions=True
    )
    [refused] = [one for one in results if isinstance(one, Refusal)]
    assert refused.code in ("illegal_move", "not_found")
    status = (await scene.lead(lead["id"]))["status"]
    assert (status == "supervised") == (await scene.chain.count("supervisions") == 1)
    assert status in ("supervised", "dismissed")


async def test_letters_and_records_of_one_case_at_once_lose_nothing(
    scene: SupervisionScene,
) -> None:
    later = [
        scene.record | {"recorded_at": scene.chain.clock.now().isoformat(), "title": f"案{number}"}
        for number in range(4)
    ]
    await asyncio.gather(
        *(scene.register.take(one) for one in later),
        *(scene.issue() for _ in range(4)),
        *(scene.issue("county-justice", kind="supervisory_letter") for _ in range(2)),
    )
    leads = (await scene.register.leads()).values()
    assert {one["status"] for one in leads} == {"supervised"}
    assert await scene.tallies("never_transferred", "opinions_issued") == {
        "never_transferred": 1,
        "opinions_issued": 4,
    }


async def test_taken_out_many_times_at_once_is_delivered_once(scene: SupervisionScene) -> None:
    letter = UUID((await scene.issue()).supervision_id or "")
    await asyncio.gather(*(scene.cases.review.document(reader("market"), letter) for _ in range(6)))
    assert (await scene.actions(str(letter))).count("supervision.delivered") == 1


async def test_workers_share_the_letters(scene: SupervisionScene) -> None:
    await scene.reach()
    letters = [(await scene.issue()).supervision_id for _ in range(6)]
    await asyncio.gather(*(scene.cases.deliveries.deliver(2) for _ in range(6)))
    await scene.cases.deliveries.deliver()
    assert sorted(str(one.id) for one, _ in scene.agencies.sent) == sorted(map(str, letters))


async def test_stale_state_changes_nothing(scene: SupervisionScene) -> None:
    letter = UUID((await scene.issue()).supervision_id or "")
    async with scene.chain.uow.begin() as records:
        state = await records.supervisions.hold(letter)
        assert state is not None
        given_up = state.advance(SupervisionStatus.UNDELIVERABLE)
        assert await records.supervisions.change(state, given_up)
        assert not await records.supervisions.change(state, given_up)


async def test_letters_are_never_changed(scene: SupervisionScene) -> None:
    await scene.issue()
    for statement in (
        "UPDATE supervision_letters SET digest = ''",
        "DELETE FROM supervision_letters",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await scene.pool.execute(statement)
