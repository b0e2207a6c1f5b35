"""The service itself in the test's process: real HTTP, real PostgreSQL, the offices of the vectors."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.clock import new_id
from adapters.keys import write_private_key
from adapters.main import Running, build
from adapters.postgres.registry_admin import RegistryAdmin
from adapters.registry_file import read_registry
from adapters.settings import Settings
from service.ports import Clock
from tests.support import vectors
from tests.support.chain import HeldClock
from tests.support.offices import PLATFORM_CODE, credit_code, key_of
from tests.support.packets import NOW
from tests.support.postgres import connected_pool


@asynccontextmanager
async def platform(
    database: str, folder: Path, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[Running]:
    """Run the service on a fresh database with the registry of the vectors; it listens on a free port."""
    await _register(database)
    key_file = folder / "platform.jwk"
    write_private_key(key_file, key_of(PLATFORM_CODE))
    given = {
        "role": "api",
        "port": 0,
        "database_url": database,
        "platform_code": credit_code("339900", 99999999),
        "platform_key_file": key_file,
        "vault_key": b64encode(bytes(range(32))).decode(),
        "materials_dir": folder / "materials",
        "materials_reserve": 0,
        "log_level": "error",
    }
    async with build(Settings(**given | settings), clock or HeldClock(NOW)) as running:
        yield running


async def _register(database: str) -> None:
    registry = read_registry(vectors.FOLDER / "registry.yaml")
    rows = registry.offices_given(), registry.keys_given(), registry.endpoints_given()
    async with connected_pool(database) as pool, pool.acquire() as connection:
        await RegistryAdmin(connection, new_id).load(*rows, NOW)


async def upload_all(database: str) -> None:
    """Note every material of the vectors as uploaded by every agency."""
    digests = [f"sha-256:{path.name}" for path in (vectors.FOLDER / "materials").iterdir()]
    async with connected_pool(database) as pool:
        await pool.execute(
            "INSERT INTO materials SELECT code, digest, 1, $2 FROM offices, unnest($1::text[]) digest"
            " WHERE kind = 'agency' ON CONFLICT DO NOTHING",
            *(digests, NOW),
        )
