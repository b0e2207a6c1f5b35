"""Materials before their packet, on a real database and a real disk."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from adapters.clock import new_id
from adapters.materials.disk import DiskMaterials
from adapters.metrics import PrometheusMeasure
from contracts.jws import digest_of
from service.domain.errors import Refusal
from service.materials import MaterialIntake
from tests.adapters.test_metrics import samples
from tests.support.chain import Chain
from tests.support.offices import office

MARKET = office("market").code
CONTENT = b"evidence"
DIGEST = digest_of(CONTENT)


async def pieces(content: bytes = CONTENT) -> AsyncIterator[bytes]:
    yield content


def file_under(folder: Path) -> Path:
    [file] = [path for path in folder.rglob("*") if path.is_file()]
    return file


@pytest.fixture
async def brought(pool: asyncpg.Pool, tmp_path: Path) -> MaterialIntake:
    chain = await Chain(pool).open()
    store, measure = DiskMaterials(tmp_path), PrometheusMeasure()
    return MaterialIntake(chain.uow, store, chain.clock, new_id, measure, limit=100)


async def test_material_is_held_by_the_agency_that_brought_it(brought: MaterialIntake) -> None:
    stored = await brought.add(MARKET, DIGEST, pieces())

    assert await brought.find(MARKET, DIGEST) == stored
    with pytest.raises(Refusal, match="not_found"):
        await brought.find(office("tobacco").code, DIGEST)


async def test_material_that_the_disk_lost_is_not_held_and_may_be_brought_again(
    brought: MaterialIntake, tmp_path: Path
) -> None:
    await brought.add(MARKET, DIGEST, pieces())
    file = file_under(tmp_path)
    file.unlink()

    with pytest.raises(Refusal, match="not_found"):
        await brought.find(MARKET, DIGEST)
    await brought.add(MARKET, DIGEST, pieces())

    assert (await brought.find(MARKET, DIGEST)).size == len(CONTENT)
    assert file.read_bytes() == CONTENT


async def test_materials_are_counted_by_what_became_of_them(brought: MaterialIntake) -> None:
    await brought.add(MARKET, DIGEST, pieces())
    for content in (b"other bytes", bytes(101)):
        with pytest.raises(Refusal):
            await brought.add(MARKET, DIGEST, pieces(content))

    assert isinstance(brought.measure, PrometheusMeasure)
    found = samples(brought.measure)
    assert found["linkage_materials_total", (("outcome", "stored"),)] == 1
    assert found["linkage_materials_total", (("outcome", "refused"),)] == 2
