"""A server that reads a request, does nothing and answers: what is left is the cost of the load generator."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import cast

import uvloop
from typing_extensions import override

from tests.bench.bodies import write_bodies
from tests.bench.load import Load, run_load
from tests.bench.processes import announce, started

_ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
_BODY_BYTES = 5600
_BODIES = 2000


class _Idle(asyncio.Protocol):
    """Answers whenever a whole request must have arrived: every request of the generator has the same head length."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.wanted = 0

    @override
    def data_received(self, data: bytes) -> None:
        if not self.wanted:
            head, _, body = data.partition(b"\r\n\r\n")
            self.wanted = int(head.rpartition(b"Content-Length: ")[2]) - len(body)
        else:
            self.wanted -= len(data)
        if not self.wanted:
            self.transport.write(_ANSWER)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Idle, "127.0.0.1", 0)
    announce(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    await server.serve_forever()


def own_cost(connections: int, seconds: float) -> dict[str, object]:
    """Say how fast the generator is, and how much processor time it takes, when the server costs next to nothing."""
    with (
        tempfile.TemporaryDirectory() as folder,
        started([sys.executable, "-m", __spec__.name]) as peer,
    ):
        bodies = Path(folder) / "bodies"
        pattern = os.urandom(_BODY_BYTES)
        write_bodies(bodies, (os.urandom(300) + pattern[300:] for _ in range(_BODIES)))
        load = Load(
            url=peer.url, bodies=bodies, connections=connections, seconds=seconds, again=True
        )
        return run_load(load).summary()


if __name__ == "__main__":
    uvloop.run(_serve())
