"""`linkage serve` as the bench runs it: the real command, a process of its own on a free port, awaited until it is ready."""

import json
import os
import socket
import stat
import subprocess
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.error import URLError

from tests.bench.processes import ROOT
from tests.support.offices import PLATFORM_CODE, private_jwk

COMMAND = [str(ROOT / ".venv" / "bin" / "linkage"), "serve"]
_READY_WITHIN = 60
_STOPS_WITHIN = 60


@contextmanager
def served(
    database_url: str, folder: Path, role: str, vault_key: bytes = bytes(32), **settings: str
) -> Iterator[tuple[str, int]]:
    """Serve a migrated database, with a platform key and materials in a folder; gives the address and the process."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    ours = {name: value for name, value in os.environ.items() if not name.startswith("LINKAGE_")}
    given = {
        "database_url": database_url,
        "role": role,
        "port": str(port),
        "public_url": url,
        "platform_key_file": str(_platform_key(folder)),
        "vault_key": b64encode(vault_key).decode(),
        "materials_dir": str(folder / "materials"),
        "sandbox": "true",
    }
    environment = {f"LINKAGE_{name.upper()}": value for name, value in (given | settings).items()}
    with subprocess.Popen(COMMAND, env=ours | environment, cwd=ROOT) as process:
        try:
            _await_ready(url, process)
            yield url, process.pid
        finally:
            process.terminate()
            process.wait(_STOPS_WITHIN)


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
    while not _is_ready(url):
        if process.poll() is not None:
            raise RuntimeError(f"{COMMAND} ended with {process.returncode} before it was ready")
        if time.monotonic() > until:
            raise RuntimeError(f"{COMMAND} is not ready after {_READY_WITHIN} seconds")
        time.sleep(0.1)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (URLError, OSError):
        return False
