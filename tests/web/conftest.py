"""Servers for the tests of the web layer."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from adapters.metrics import PrometheusMeasure
from adapters.web.call import Services
from service.domain.registry import Office, OfficeKey, Registry
from tests.support.chain import Chain
from tests.support.offices import MEMBERS, key_of
from tests.support.packets import NOW
from tests.support.web import Site, never, services_of, site_of


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-openapi", action="store_true", help="write contracts/openapi.yaml")


@pytest.fixture
async def chain(pool: asyncpg.Pool) -> Chain:
    return await Chain(pool).open()


@pytest.fixture
async def site(chain: Chain, tmp_path: Path) -> AsyncIterator[Site]:
    """Serve the real use cases on a real database."""
    async with site_of(services_of(chain, tmp_path)) as site:
        yield site


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The test offices, each with its key."""
    offices = [
        Office(member.code, member.name, member.kind, member.division, member.level)
        for member in MEMBERS
    ]
    keys = [OfficeKey(member.kid, member.code, key_of(member.slug), NOW) for member in MEMBERS]
    return Registry.of(1, offices, keys)


@pytest.fixture
def services(registry: Registry) -> Services:
    """Use cases that nobody may reach: for what is decided before them. `replace` those that a test needs."""
    return Services(
        submit=never,
        validate=never,
        store_material=never,
        find_material=never,
        acknowledge=never,
        report=never,
        receive_records=never,
        supervise=never,
        reply=never,
        supervision=None,  # type: ignore[arg-type] # likewise
        review=None,  # type: ignore[arg-type] # reached by no test that has no database
        articles=None,  # type: ignore[arg-type] # likewise
        overview=None,  # type: ignore[arg-type] # likewise
        appraisal=None,  # type: ignore[arg-type] # likewise
        registry_now=lambda: registry,
        now=lambda: NOW,
        measure=PrometheusMeasure(),
    )
