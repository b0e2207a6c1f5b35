"""The service as the bench runs it: the real command, a registry of made-up offices, and nothing else."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from uuid import uuid4

import asyncpg

from adapters.client import LinkageClient
from contracts.packet import MaterialKind
from service.domain.registry import EndpointKind
from tests.bench.packets import AGENCY
from tests.bench.served import served
from tests.support.offices import (
    MEMBERS,
    Member,
    key_of,
    office,
    public_jwk,
)
from tests.support.packets import material_bytes

_PLATFORM_OFFICE = "11330000000000000P"
_NOBODY = "http://127.0.0.1:9/"


@dataclass(frozen=True, slots=True)
class Service:
    """The running service, on a database that has its offices and the materials that packets name."""

    url: str
    pid: int
    database_url: str

    @property
    def transfers_url(self) -> str:
        return f"{self.url}/v1/transfers"

    def client(self, slug: str = AGENCY) -> LinkageClient:
        return LinkageClient(self.url, office(slug).code, key_of(slug))

    def scalar(self, query: str, *arguments: Any) -> Any:
        return asyncio.run(_scalar(self.database_url, query, arguments))


@contextmanager
def running_service(
    database_url: str,
    folder: Path,
    *,
    role: Literal["all", "api"] = "api",
    addressees: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Service]:
    """Start `linkage serve` on a migrated database; `addressees` says where those are that can be called.

    With role `api` nothing is delivered meanwhile.
    """
    asyncio.run(_register(database_url, addressees))
    home = folder / f"service-{uuid4().hex}"
    home.mkdir()
    settings = {
        "platform_code": _PLATFORM_OFFICE,
        "log_level": "warning",
        "allowed_networks": "127.0.0.0/8",
    }
    with served(database_url, home, role, **settings) as (url, pid):
        service = Service(url, pid, database_url)
        asyncio.run(_upload_materials(service))
        yield service


async def _upload_materials(service: Service) -> None:
    async with service.client() as client:
        for kind in MaterialKind:
            await client.put_material(material_bytes(kind))


async def _register(database_url: str, addressees: Mapping[str, str]) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            for member in MEMBERS:
                await _add_office(connection, member)
                if member.endpoint in {*EndpointKind}:  # the others are sent nothing
                    url = addressees.get(member.slug, _NOBODY)
                    await _add_endpoint(connection, member, url)
            await connection.execute("UPDATE registry_version SET version = version + 1")
    finally:
        await connection.close()


async def _add_office(connection: asyncpg.Connection, member: Member) -> None:
    await connection.execute(
        "INSERT INTO offices VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        member.code,
        member.name,
        member.kind.value,
        member.division,
        member.level.value,
        member.sector.value if member.sector else None,
        member.causes,
    )
    await connection.execute(
        "INSERT INTO office_keys (office_code, kid, jwk, valid_from) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING",
        member.code,
        member.kid,
        json.dumps(public_jwk(member.kid, member.algorithm)),
        datetime.now(UTC) - timedelta(days=30),
    )


async def _add_endpoint(connection: asyncpg.Connection, member: Member, url: str) -> None:
    # Fast endpoints: their pace is not what is measured.
    await connection.execute(
        "INSERT INTO endpoints (office_code, kind, url, max_in_flight, per_second)"
        " VALUES ($1, $2, $3, 64, 100000) ON CONFLICT (office_code) DO UPDATE SET url = $3",
        member.code,
        member.endpoint,
        url if member.endpoint == EndpointKind.PUSH else None,
    )


async def _scalar(database_url: str, query: str, arguments: tuple[Any, ...]) -> Any:
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetchval(query, *arguments)
    finally:
        await connection.close()
