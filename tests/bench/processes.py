"""Processes that the bench starts: each prints one JSON line with its address once it listens."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_STOPS_WITHIN = 20


@dataclass(frozen=True, slots=True)
class Peer:
    """A running process, where it listens, and whatever else it said."""

    url: str
    pid: int
    said: dict[str, Any]


def say(line: object) -> None:
    """Print one line of JSON, at once."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def announce(url: str, **more: object) -> None:
    say({"url": url, **more})


@contextmanager
def started(command: Sequence[str | Path]) -> Iterator[Peer]:
    """Start the command in the project folder, wait for its address, and end it with all its children."""
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        said = _first_line(process)
        yield Peer(said["url"], process.pid, said)
    finally:
        _stop(process)


def _first_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args!r} ended with {process.wait()} before it listened")
    return dict(json.loads(line))


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOPS_WITHIN)
    finally:
        # The children of a pool outlive a parent that was told to stop.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.stdout is not None:
            process.stdout.close()
