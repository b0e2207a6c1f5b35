"""Processes killed at random moments while packets flow: nothing is lost, nothing is doubled, all is written down."""

import asyncio
import dataclasses
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from random import Random

import asyncpg
import pytest

from adapters.client import Retries
from adapters.sandbox.behaviours import Behaviour, Temper
from adapters.sandbox.offices import SandboxOffice, demo_offices
from adapters.sandbox.sandbox import Sandbox
from contracts.office import OfficeKind
from tests.e2e.processes import Process
from tests.e2e.town import Town, open_town, stop_all
from tests.support.offices import key_of

_CLERKS = ("a", "b", "c", "d", "e", "f")
_SHARE_READY = 0.75
_POLICE = {
    Behaviour.ANSWERS: 0.5,
    Behaviour.IS_SLOW: 0.15,
    Behaviour.LOSES_ANSWER: 0.15,
    Behaviour.ANSWERS_LATER: 0.1,
    Behaviour.CUTS_ANSWER: 0.1,
}
_PROCURATORATE = {
    Behaviour.ANSWERS: 0.75,
    Behaviour.LOSES_PACKET: 0.1,
    Behaviour.NAMES_OTHER_BYTES: 0.05,
    Behaviour.REFUSES_UNSIGNED: 0.05,
    Behaviour.REDIRECTS: 0.05,
}


async def test_fifteen_kills_lose_and_double_nothing(
    pool: asyncpg.Pool, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = await run(pool, database, tmp_path, kills=15, seed=20261123, alive=1.5)
    show(capsys, counts)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_hundred_kills_lose_and_double_nothing(
    pool: asyncpg.Pool, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    counts = await run(pool, database, tmp_path, kills=100, seed=seed, alive=2.5)
    show(capsys, counts)


async def run(
    pool: asyncpg.Pool, database: str, folder: Path, *, kills: int, seed: int, alive: float
) -> Mapping[str, int]:
    """Kill while packets flow, let everything come to rest, and compare all the books."""
    async with open_town(county(seed), pool, database, folder, workers=2) as town:
        await set_to_work(town, seed)
        await kill_at_random(town.processes, kills, Random(seed), alive)
        await town.until_receipts(kills + 1)
        await town.sandbox.stop_handing_over()
        await town.come_to_rest()
        found = await town.check()
        codes = await stop_all(town.processes)
    assert codes == [0, 0, 0]
    ledgers = [agency.ledger for agency in town.sandbox.agencies]
    assert not [digest for ledger in ledgers for digest in ledger.changed]
    assert not [text for ledger in ledgers for text in ledger.unproven]
    assert sum(process.kills for process in town.processes) == kills
    # A run in which nothing happened, or nothing had to be repeated, would prove nothing.
    assert found.transfers > kills
    assert sum(ledger.unreached for ledger in ledgers) > 0
    assert found.arrivals > found.dispatches
    hidden = sum(one.repeated for ledger in ledgers for one in ledger.receipts.values())
    return {"kills": kills, **dataclasses.asdict(found), "answers_lost_by_kills": hidden}


def county(seed: int) -> Sandbox:
    """The demonstration's offices, in a worse temper, and clients that do not wait long."""
    offices = demo_offices()
    tempers = {
        _code(offices, OfficeKind.PUBLIC_SECURITY): Temper(_POLICE, seed),
        _code(offices, OfficeKind.PROCURATORATE): Temper(_PROCURATORATE, seed + 1),
    }
    quick = Retries(2, timedelta(milliseconds=50), timedelta(milliseconds=200))
    return Sandbox(offices, key_of("platform"), tempers=tempers, pace=0.2, retries=quick)


def _code(offices: list[SandboxOffice], kind: OfficeKind) -> str:
    return next(one.code for one in offices if one.office.kind is kind)


async def set_to_work(town: Town, seed: int) -> None:
    for addressee in town.sandbox.addressees.values():
        addressee.slowness = 0.5
    await town.sandbox.connect(town.api.url)
    for clerk in _CLERKS:
        await town.sandbox.hand_over(town.api.url, pace=0.05, seed=seed, run=clerk)


async def kill_at_random(
    processes: tuple[Process, ...], kills: int, random: Random, alive: float
) -> None:
    """Kill each process again and again, on its own, so that two may be down at once."""
    shares = [kills // len(processes) + (n < kills % len(processes)) for n in range(len(processes))]
    await asyncio.gather(
        *(
            _kill_again_and_again(process, share, Random(random.random()), alive)
            for process, share in zip(processes, shares, strict=True)
        )
    )


async def _kill_again_and_again(process: Process, times: int, random: Random, alive: float) -> None:
    for _ in range(times):
        await asyncio.sleep(random.uniform(0.02, alive))
        await process.kill()
        await process.launch()
        # One start in four may be cut off too: recovery must survive its own death.
        if random.random() < _SHARE_READY:
            await process.until_ready()
    await process.until_ready()


def show(capsys: pytest.CaptureFixture[str], counts: Mapping[str, int]) -> None:
    with capsys.disabled():
        print(f"\n{json.dumps(counts)}")  # noqa: T201 (the counts are what the run is for)
