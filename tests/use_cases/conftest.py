"""What the tests of use cases stand on."""

from pathlib import Path

import asyncpg
import pytest

from service.review import Review
from tests.support.chain import Chain
from tests.support.web import review_of


@pytest.fixture
async def chain(pool: asyncpg.Pool) -> Chain:
    """Give the whole chain on a database of its own, with the test offices registered."""
    return await Chain(pool).open()


@pytest.fixture
def review(chain: Chain, tmp_path: Path) -> Review:
    return review_of(chain, tmp_path)
