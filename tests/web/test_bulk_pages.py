"""Bulk actions at the desk: what is left out is told with its reason, and the result can be looked at again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.main import Running
from adapters.web.acts import bulk
from tests.support.case_pages import CaseScene
from tests.support.chain import HeldClock
from tests.support.desk_pages import OFFICER, PROSECUTOR, enrol_desk, link_to, sign_in
from tests.support.packets import NOW
from tests.support.pages import Visitor, pages_platform


@pytest.fixture
async def running(database: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with pages_platform(database, tmp_path, HeldClock(NOW)) as running:
        await enrol_desk(running, "county-procuratorate", "county-police")
        yield running


@pytest.fixture
async def qin(running: Running) -> AsyncIterator[Visitor]:
    async with Visitor(running.url) as visitor:
        yield await sign_in(visitor, OFFICER)


@pytest.fixture
async def cases(running: Running, qin: Visitor) -> list[str]:
    scene = CaseScene(running)
    ids = [str(await scene.post(number)) for number in (1, 2, 3)]
    for one in ids:
        await qin.get(f"/desk/transfers/{one}")
    return ids


async def test_many_are_acknowledged_after_one_check(
    running: Running, qin: Visitor, cases: list[str]
) -> None:
    async with Visitor(running.url) as tang:
        await sign_in(tang, "tang2")
        await tang.post(f"/desk/transfers/{cases[2]}/claim")
    chosen = [("transfer", one) for one in [*cases, "nonsense"]]
    check = await qin.post("/desk/bulk", chosen, kind="acknowledge", next="/desk?page=2")
    for text in ("批量出具回执：核对 2 件", "不在其中的 1 件", "唐队长2 自 10:00 起办理"):
        assert text in check.words, text
    result = await qin.post(link_to(check, "/desk/bulk/[0-9a-f-]+/confirm"), next="/desk?page=2")
    assert "办成 2 件，未办成 0 件，尚未办理 0 件" in result.words
    assert 'href="/desk?page=2"' in result.text
    assert (await qin.get(result.path)).words == result.words
    again = await qin.post(result.path.partition("?")[0] + "/confirm")
    assert "办成 2 件" in again.words
    count = "SELECT count(*) FROM journal WHERE action = 'acknowledgement.received'"
    assert await running.ground.pool.fetchval(count) == 2


async def test_whole_list_is_claimed_by_its_filter(
    running: Running, qin: Visitor, cases: list[str]
) -> None:
    await running.use_cases.queue_keeping.follow()
    check = await qin.post("/desk/bulk", kind="claim", query="")
    assert "批量领取：核对 3 件" in check.words
    result = await qin.post(link_to(check, "/desk/bulk/[0-9a-f-]+/confirm"))
    assert "办成 3 件" in result.words


async def test_list_that_is_longer_than_may_be_done_at_once_says_so(
    running: Running, qin: Visitor, cases: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    await running.use_cases.queue_keeping.follow()
    check = await qin.post("/desk/bulk", kind="claim", query="")
    assert "批量领取：核对 2 件" in check.words
    assert "列表超过 2 件，一次最多 2 件" in check.words
    assert (
        "列表超过"
        not in (await qin.post("/desk/bulk", [("transfer", cases[0])], kind="claim")).words
    )


async def test_nothing_chosen_comes_back(qin: Visitor) -> None:
    seen = await qin.post("/desk/bulk", kind="claim", next="/desk?page=2", follow=False)
    assert (seen.status, seen.path) == (303, "/desk?page=2")
    assert (await qin.post("/desk/bulk", kind="destroy")).status == 400


async def test_group_of_another_is_not_there(
    running: Running, qin: Visitor, cases: list[str]
) -> None:
    check = await qin.post("/desk/bulk", [("transfer", cases[0])], kind="claim")
    async with Visitor(running.url) as lin:
        await sign_in(lin, PROSECUTOR)
        assert (await lin.get(check.path)).status == 404
        path = link_to(check, "/desk/bulk/[0-9a-f-]+/confirm")
        assert (await lin.post(path)).status == 404
        assert (await lin.get("/desk/bulk/nonsense")).status == 404
