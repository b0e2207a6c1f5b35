"""The service as the pages' figures look at it: one process answers, another does everything else, on a filled database."""

import json
import os
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from tests.bench.processes import ROOT
from tests.support.offices import PLATFORM_CODE, private_jwk

_LINKAGE = str(Path(sys.executable).parent / "linkage")
_READY_WITHIN, _STOPS_WITHIN = 60, 60


@dataclass(frozen=True)
class Platform:
    """A running platform, and what is in it."""

    url: str
    pid: int
    database_url: str

    def core_time(self) -> tuple[float, float]:
        """Milliseconds that the process which answers has had a core, and those that it waited for one."""
        text = Path(f"/proc/{self.pid}/schedstat").read_text("ascii")
        on_a_core, waited, _ = map(int, text.split())
        return on_a_core / 1e6, waited / 1e6


@contextmanager
def running(database_url: str, folder: Path) -> Iterator[Platform]:
    """Run the service on a database that `filling` filled: an `api` and a `worker`, as operators run them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        _process("worker", database_url, folder),
        _process("api", database_url, folder) as (url, pid),
    ):
        yield Platform(url, pid, database_url)


@contextmanager
def _process(role: str, database_url: str, folder: Path) -> Iterator[tuple[str, int]]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = _environment(role, database_url, folder, port)
    with subprocess.Popen([_LINKAGE, "serve"], cwd=ROOT, env=environment) as process:
        try:
            _await_ready(url, process)
            yield url, process.pid
        finally:
            process.terminate()
            process.wait(_STOPS_WITHIN)


def _environment(role: str, database_url: str, folder: Path, port: int) -> Mapping[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("LINKAGE_")}
    return ours | {
        "LINKAGE_DATABASE_URL": database_url,
        "LINKAGE_ROLE": role,
        "LINKAGE_PORT": str(port),
        "LINKAGE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LINKAGE_PLATFORM_KEY_FILE": str(_platform_key(folder)),
        "LINKAGE_VAULT_KEY": b64encode(b"v" * 32).decode(),
        "LINKAGE_MATERIALS_DIR": str(folder / "materials"),
        "LINKAGE_LOG_LEVEL": "error",
        "LINKAGE_SANDBOX": "true",
        "LINKAGE_DEMO_SIGN_IN": "true",
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


def _await_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _READY_WITHIN
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"{process.args!r} does not get ready: {process.poll()}")
