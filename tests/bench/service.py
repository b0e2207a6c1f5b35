"""The service as the bench runs it: the real command, a registry of made-up offices, and nothing else."""

import asyncio
import json
import os
import socket
import stat
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import asyncpg

from adapters.client import LinkageClient
from contracts.packet import MaterialKind
from service.domain.registry import EndpointKind
from tests.bench.packets import AGENCY
from tests.bench.processes import ROOT
from tests.support.offices import (
    MEMBERS,
    PLATFORM_CODE,
    Member,
    key_of,
    office,
    private_jwk,
    public_jwk,
)
from tests.support.packets import material_bytes

COMMAND = [str(ROOT / ".venv" / "bin" / "linkage"), "serve"]
_PLATFORM_OFFICE = "11330000000000000P"
_NOBODY = "http://127.0.0.1:9/"
_READY_WITHIN = 60
_STOPS_WITHIN = 60


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
    port = _free_port()
    home = folder / f"service-{port}"
    home.mkdir()
    environment = _environment(database_url, home, port, role)
    with subprocess.Popen(COMMAND, env=environment, cwd=ROOT) as process:
        service = Service(f"http://127.0.0.1:{port}", process.pid, database_url)
        try:
            _await_ready(service, process)
            asyncio.run(_upload_materials(service))
            yield service
        finally:
            process.terminate()
            process.wait(_STOPS_WITHIN)


def _environment(database_url: str, folder: Path, port: int, role: str) -> Mapping[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("LINKAGE_")}
    return ours | {
        "LINKAGE_DATABASE_URL": database_url,
        "LINKAGE_ROLE": role,
        "LINKAGE_PORT": str(port),
        "LINKAGE_PLATFORM_CODE": _PLATFORM_OFFICE,
        "LINKAGE_PLATFORM_KEY_FILE": str(_platform_key(folder)),
        "LINKAGE_VAULT_KEY": b64encode(bytes(32)).decode(),
        "LINKAGE_MATERIALS_DIR": str(folder / "materials"),
        "LINKAGE_LOG_LEVEL": "warning",
        "LINKAGE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "LINKAGE_SANDBOX": "true",
    }


def _platform_key(folder: Path) -> Path:
    path = folder / "platform.jwk"
    path.write_text(json.dumps(private_jwk(f"{PLATFORM_CODE}-2026")), "utf-8")
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_ready(service: Service, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _READY_WITHIN
    while not _is_ready(service.url):
        if process.poll() is not None:
            raise RuntimeError(f"{COMMAND} ended with {process.returncode} before it was ready")
        if time.monotonic() > until:
            raise RuntimeError(f"{COMMAND} is not ready after {_READY_WITHIN} seconds")
        time.sleep(0.1)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False


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
                await _add_endpoint(connection, member, addressees.get(member.slug, _NOBODY))
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
