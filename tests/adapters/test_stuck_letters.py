"""Letters of supervision that need an operator: named by the doctor, and sent once more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.cli.resend import resend
from adapters.findings import Finding, Severity
from adapters.main import letters
from adapters.main.doctor.traffic import check_letters
from adapters.postgres.inspection import Inspection
from adapters.settings import Settings
from service.domain.errors import Refusal
from tests.support.chain import Chain
from tests.support.command_line import call
from tests.support.offices import office
from tests.support.platform import platform
from tests.support.reading import reader
from tests.support.supervision import SupervisionScene


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> SupervisionScene:
    return SupervisionScene(await Chain(pool).open())


async def examined(scene: SupervisionScene) -> list[Finding]:
    async with scene.pool.acquire() as connection:
        return [finding async for finding in check_letters(Inspection(connection))]


async def test_doctor_is_silent_while_all_is_well(scene: SupervisionScene) -> None:
    await scene.issue()
    assert await examined(scene) == []


async def test_letter_that_nobody_took_is_named(scene: SupervisionScene) -> None:
    receipt = await scene.issue()
    scene.chain.clock.advance(days=4)
    await scene.cases.deliveries.give_up()
    [found] = await examined(scene)
    assert found.severity is Severity.ERROR
    assert office("market").code in found.what
    assert f"linkage resend {receipt.supervision_id}" in (found.advice or "")


async def test_silence_that_nobody_above_can_be_told_of_is_named(scene: SupervisionScene) -> None:
    receipt = await scene.issue("city-procuratorate")
    letter = UUID(receipt.supervision_id or "")
    await scene.cases.review.document(reader("market"), letter)
    scene.chain.clock.advance(days=60)
    await scene.cases.watch.look()
    [found] = await examined(scene)
    assert found.severity is Severity.WARNING
    assert str(letter) in found.what
    assert office("city-procuratorate").code in (found.advice or "")
    await scene.reply(receipt.supervision_id)
    assert await examined(scene) == []


@asynccontextmanager
async def stuck(database: str, folder: Path, pool: asyncpg.Pool) -> AsyncIterator[UUID]:
    async with platform(database, folder):
        pass
    scene = SupervisionScene(Chain(pool))
    await scene.chain.reload()
    receipt = await scene.issue()
    scene.chain.clock.at += timedelta(days=4)
    await scene.cases.deliveries.give_up()
    yield UUID(receipt.supervision_id or "")


def settings_of(database: str, folder: Path) -> dict[str, Any]:
    return {
        "database_url": database,
        "platform_code": office("market").code,
        "platform_key_file": folder / "platform.jwk",
        "vault_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "materials_dir": folder / "materials",
    }


async def test_operator_sends_a_letter_once_more(
    database: str, pool: asyncpg.Pool, tmp_path: Path
) -> None:
    known = settings_of(database, tmp_path)
    async with stuck(database, tmp_path, pool) as letter:
        sent = await asyncio.to_thread(call, "resend", letter, "--json", **known)
        again = await asyncio.to_thread(call, "resend", letter, "--json", **known)
        unknown = await asyncio.to_thread(call, "resend", uuid4(), "--json", **known)
    assert sent.json == {"resent": str(letter)}
    assert again.error["code"] == "illegal_move"
    assert unknown.error["code"] == "not_found"
    assert resend.__doc__ is not None


async def test_operator_acts_through_the_same_use_case(
    database: str, pool: asyncpg.Pool, tmp_path: Path
) -> None:
    async with stuck(database, tmp_path, pool):
        pass
    async with letters(Settings(**settings_of(database, tmp_path))) as use_case:
        with pytest.raises(Refusal):
            await use_case.resend(uuid4())
