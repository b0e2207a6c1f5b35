"""A gigabyte on its way into the service, and what that does to the service's memory."""

import asyncio
import os
import time
from pathlib import Path

from tests.bench.service import Service

_PIECE = 1024**2
_RESET_PEAK = "5"


def upload(service: Service, path: Path, size: int) -> tuple[int, float]:
    """Send a file of `size` bytes; gives by how many bytes the service's memory grew at its peak, and the seconds."""
    _write_file(path, size)
    before = _status(service.pid, "VmRSS")
    Path(f"/proc/{service.pid}/clear_refs").write_text(_RESET_PEAK, "utf-8")
    began = time.perf_counter()
    asyncio.run(_put(service, path))
    return _status(service.pid, "VmHWM") - before, time.perf_counter() - began


def _write_file(path: Path, size: int) -> None:
    pattern = os.urandom(_PIECE)
    with path.open("wb") as file:
        for number in range(size // _PIECE):
            file.write(number.to_bytes(8) + pattern[8:])


async def _put(service: Service, path: Path) -> None:
    async with service.client() as client:
        await client.put_material(path)


def _status(pid: int, name: str) -> int:
    """Read a size from the kernel's account of a process, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        label, _, value = line.partition(":")
        if label == name:
            return int(value.split()[0]) * 1024
    raise ValueError(f"process {pid} has no {name}")
