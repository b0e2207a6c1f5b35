"""Deciding on leads and letters at a page: a draft out of the evidence, one check, and the banner where one began."""

from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from adapters.main import Running
from tests.support.chain import Chain, HeldClock
from tests.support.desk_pages import PROSECUTOR, decide, draft, enrol_desk, sign_in
from tests.support.packets import NOW
from tests.support.pages import Visitor, pages_platform
from tests.support.supervision import CASE, SupervisionScene


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOW)


@pytest.fixture
async def running(database: str, tmp_path: Path, clock: HeldClock) -> AsyncIterator[Running]:
    vault = b64encode(b"v" * 32).decode()
    async with pages_platform(database, tmp_path, clock, vault_key=vault) as running:
        await enrol_desk(running, "county-procuratorate", "county-justice")
        yield running


@pytest.fixture
async def scene(running: Running, pool: asyncpg.Pool, clock: HeldClock) -> SupervisionScene:
    chain = Chain(pool, clock)
    await chain.reload()
    return SupervisionScene(chain)


@pytest.fixture
async def lead(scene: SupervisionScene) -> str:
    return f"/leads/{(await scene.suspected())['id']}"


@pytest.fixture
async def lin(running: Running) -> AsyncIterator[Visitor]:
    async with Visitor(running.url) as visitor:
        yield await sign_in(visitor, PROSECUTOR)


async def test_letter_is_issued_from_its_lead_and_ended_from_its_own_page(
    lin: Visitor, lead: str, pool: asyncpg.Pool
) -> None:
    seen = await lin.get(lead)
    assert f"你单位办理的“{CASE}”一案" in seen.text
    done = await decide(lin, lead, "transfer_opinion", text="请依法移送。", reply_by="2026-12-31")
    assert done.path.startswith(f"{lead}?done=")
    assert "已办理：检察意见书（移送）" in done.words
    assert "下一步 平台：送达；行政机关：签收" in done.words
    letter = f"/letters/{await pool.fetchval('SELECT id FROM supervisions')}"
    ended = await decide(lin, letter, "outcome", result="adopted", text="已采纳。")
    assert ended.path.startswith(f"{letter}?done=")
    assert "已办理：确定监督结果" in ended.words
    assert await pool.fetchval("SELECT outcome FROM supervisions") == "adopted"


async def test_reply_date_that_the_law_does_not_allow_is_said_beside_it(
    lin: Visitor, lead: str
) -> None:
    seen = await draft(lin, lead, "penalty_opinion", text="请处罚。", reply_by="2027-12-31")
    assert seen.status == 422
    assert "法律规定了回复期限，文书不得延长" in seen.words
    assert "请处罚。</textarea>" in seen.text


async def test_supervisor_of_the_justice_office_puts_a_lead_aside(
    running: Running, lead: str, pool: asyncpg.Pool
) -> None:
    async with Visitor(running.url) as shen:
        await sign_in(shen, "shen2")
        seen = await shen.get(lead)
        assert "督办函" in seen.words
        check = await draft(shen, lead, "dismissal", text="已另案处理。")
        assert "只记入本单位的线索记录，不通知行政机关" in check.words
        done = await shen.post(f"{check.path}/confirm")
        assert "已办理：不予监督" in done.words
    assert await pool.fetchval("SELECT count(*) FROM leads WHERE status = 'dismissed'") == 1


async def test_lead_is_claimed_and_released(lin: Visitor, lead: str) -> None:
    assert "由我办理" in (await lin.post(f"{lead}/claim")).words
    assert "无人办理" in (await lin.post(f"{lead}/release")).words
