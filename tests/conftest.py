"""What every test may ask for. Nothing here starts before a test asks for it."""

import os
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
import pytest_asyncio

from adapters.postgres.local import database_url
from tests.support.postgres import cloned_database, connected_pool, template_database


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Reach a server that tests may make databases on: each pytest-xdist worker has its own.

    A shared one would belong to the worker that started it, and end with it. Where
    LINKAGE_DATABASE_URL is set it is that server, and the database that it names is left alone.
    """
    with database_url(os.environ.get("LINKAGE_DATABASE_URL"), fast=True) as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template(server_url: str) -> AsyncIterator[str]:
    async with template_database(server_url) as name:
        yield name


@pytest.fixture
async def database(server_url: str, template: str) -> AsyncIterator[str]:
    """Give the URL of a fresh database with the whole schema and no rows; it ends with the test."""
    async with cloned_database(server_url, template) as url:
        yield url


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    async with connected_pool(database) as pool:
        yield pool
