"""The service as separate processes, started as operators start it, killed as machines kill them."""

import asyncio
import json
import os
import signal
import socket
import sys
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout

from adapters.keys import AesVault
from tests.support.offices import PLATFORM_CODE, private_jwk

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (str(Path(sys.executable).parent / "linkage"), "serve")
VAULT_KEY = bytes(range(32))
_READY_WITHIN = 60
_STOPS_WITHIN = 30
_PLATFORM_OFFICE = "11330000000000000P"


def vault() -> AesVault:
    return AesVault({1: VAULT_KEY})


def free_port() -> int:
    """Give a port that nobody listens on; the process that gets it keeps it over its restarts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(database_url: str, folder: Path, **more: str) -> dict[str, str]:
    """Give the settings of every process; waits are short, so that a test sees many."""
    inherited = {name: value for name, value in os.environ.items() if "LINKAGE_" not in name}
    return inherited | {
        "LINKAGE_DATABASE_URL": database_url,
        "LINKAGE_PLATFORM_CODE": _PLATFORM_OFFICE,
        "LINKAGE_PLATFORM_KEY_FILE": str(_platform_key(folder)),
        "LINKAGE_VAULT_KEY": b64encode(VAULT_KEY).decode(),
        "LINKAGE_MATERIALS_DIR": str(folder / "materials"),
        "LINKAGE_MATERIALS_RESERVE": "1MB",
        "LINKAGE_SANDBOX": "true",
        "LINKAGE_LOG_LEVEL": "warning",
        "LINKAGE_LOG_FORMAT": "json",
        "LINKAGE_DELIVERY_LEASE": "3s",
        "LINKAGE_DELIVERY_POLL": "100ms",
        "LINKAGE_ENDPOINT_TIMEOUT": "2s",
        "LINKAGE_ENDPOINT_FIRST_PAUSE": "100ms",
        "LINKAGE_ENDPOINT_LONGEST_PAUSE": "1s",
        "LINKAGE_SHUTDOWN_WITHIN": "10s",
        **more,
    }


def _platform_key(folder: Path) -> Path:
    path = folder / "platform.jwk"
    if not path.exists():
        path.touch(0o600)
        path.write_text(json.dumps(private_jwk(f"{PLATFORM_CODE}-2026")), "utf-8")
    return path


@dataclass
class Process:
    """One process of the service: it can be killed and started again, and keeps its port."""

    role: str
    settings: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    kills: int = 0
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        await self.launch()
        await self.until_ready()

    async def launch(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *COMMAND,
                cwd=ROOT,
                env={**self.settings, "LINKAGE_ROLE": self.role, "LINKAGE_PORT": str(self.port)},
                stdout=log,
                stderr=log,
            )

    async def until_ready(self) -> None:
        async with asyncio.timeout(_READY_WITHIN):
            while not await self._is_ready():  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """End it in the middle of whatever it does; nothing in it gets a last word."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        assert await self._process.wait() == -signal.SIGKILL
        self._process = None
        self.kills += 1

    async def stop(self) -> int:
        """Ask it to end, and give its exit code."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.terminate()
            await self._wait_or_kill(self._process)
        assert self._process.returncode is not None
        return self._process.returncode

    async def _wait_or_kill(self, process: asyncio.subprocess.Process) -> None:
        try:
            await asyncio.wait_for(process.wait(), _STOPS_WITHIN)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _is_ready(self) -> bool:
        assert self._process is not None
        if self._process.returncode is not None:
            raise RuntimeError(f"{self.role} ended by itself:\n{self.log.read_text()[-3000:]}")
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=2)) as session,
                session.get(f"{self.url}/readyz") as answer,
            ):
                return answer.status == 200
        except (ClientError, OSError):
            return False
