"""The honest ceiling for one process: verify, drain the waiting posts into one commit, sign. Nothing else.

No model, no rule, no routing, no journal: a packet is a row with a digest. Bare `cryptography` instead of a JOSE
library, because that is faster. What this handler reaches is what the service is held against.
"""

import argparse
import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar, TypeVarTuple, Unpack

import asyncpg
import uvloop
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.bench.processes import announce
from tests.bench.signing import PublicKey, Signer, Verifier

# Packets are base64: an attempt to compress each of them would cost more than the rest of its row.
_TABLE = """
CREATE TABLE ceiling (digest bytea PRIMARY KEY, packet bytea NOT NULL, received_at timestamptz NOT NULL);
ALTER TABLE ceiling ALTER packet SET STORAGE EXTERNAL"""
_STORE = """
INSERT INTO ceiling (digest, packet, received_at)
SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::timestamptz[])
ON CONFLICT DO NOTHING
RETURNING digest"""

Ts = TypeVarTuple("Ts")
T = TypeVar("T")


@dataclass(slots=True)
class _Waiting:
    packet: bytes
    answer: asyncio.Future[tuple[int, bytes]]


@dataclass(slots=True)
class Ceiling:
    """Posts that wait; each worker takes all of them, up to `limit`, through verification, one commit and signing."""

    verifier: Verifier
    signer: Signer
    pool: asyncpg.Pool
    threads: ThreadPoolExecutor | None
    limit: int
    queue: asyncio.Queue[_Waiting] = field(default_factory=asyncio.Queue)
    sizes: Counter[int] = field(default_factory=Counter)

    async def receive(self, request: web.Request) -> web.Response:
        answer = asyncio.get_running_loop().create_future()
        self.queue.put_nowait(_Waiting(await request.read(), answer))
        status, body = await answer
        return web.Response(body=body, status=status, content_type="application/jose+json")

    async def work_forever(self) -> None:
        async with self.pool.acquire() as connection:
            statement = await connection.prepare(_STORE)
            while True:
                batch = await self._drain()
                good = await self._compute(self._verify, batch)
                new = await _commit(statement, good)
                _answer(batch, await self._compute(self._sign, good, new))

    async def _drain(self) -> list[_Waiting]:
        batch = [await self.queue.get()]
        while len(batch) < self.limit and not self.queue.empty():
            batch.append(self.queue.get_nowait())
        self.sizes[len(batch)] += 1
        return batch

    async def _compute(self, function: Callable[[Unpack[Ts]], T], *args: *Ts) -> T:
        if self.threads is None:
            return function(*args)
        return await asyncio.get_running_loop().run_in_executor(self.threads, function, *args)

    def _verify(self, batch: list[_Waiting]) -> dict[bytes, bytes]:
        return {
            hashlib.sha256(waiting.packet).digest(): waiting.packet
            for waiting in batch
            if self.verifier.knows(waiting.packet)
        }

    def _sign(self, good: dict[bytes, bytes], new: set[bytes]) -> dict[bytes, tuple[int, bytes]]:
        received_at = datetime.now(UTC).isoformat()
        return {
            packet: (
                201 if digest in new else 200,
                self.signer.sign(_receipt(digest, received_at)),
            )
            for digest, packet in good.items()
        }

    async def show_batches(self, _: web.Request) -> web.Response:
        sizes, self.sizes = self.sizes, Counter()
        return web.json_response(dict(sorted(sizes.items())))


async def _commit(
    statement: asyncpg.prepared_stmt.PreparedStatement, packets: dict[bytes, bytes]
) -> set[bytes]:
    digests = sorted(packets)
    now = datetime.now(UTC)
    rows = await statement.fetch(
        digests, [packets[digest] for digest in digests], [now] * len(digests)
    )
    return {row["digest"] for row in rows}


def _answer(batch: list[_Waiting], answers: dict[bytes, tuple[int, bytes]]) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_result(answers.get(waiting.packet, (400, b"")))


def _receipt(digest: bytes, received_at: str) -> bytes:
    return json.dumps({"digest": digest.hex(), "received_at": received_at}).encode()


async def _serve(asked: argparse.Namespace) -> None:
    async with asyncpg.create_pool(
        asked.database_url, min_size=asked.workers, max_size=asked.workers
    ) as pool:
        await pool.execute(_TABLE)
        ceiling = Ceiling(
            Verifier({asked.kid: _public_key(asked.key)}),
            Signer.fresh("ceiling", asked.algorithm, "receipt+jws"),
            pool,
            ThreadPoolExecutor(asked.threads) if asked.threads else None,
            asked.batch,
        )
        async with asyncio.TaskGroup() as tasks:
            for _ in range(asked.workers):
                tasks.create_task(ceiling.work_forever())
            await _listen(ceiling)


def _public_key(path: Path) -> PublicKey:
    key = load_pem_public_key(path.read_bytes())
    assert isinstance(key, EllipticCurvePublicKey | Ed25519PublicKey)
    return key


async def _listen(ceiling: Ceiling) -> None:
    app = web.Application()
    app.router.add_post("/", ceiling.receive)
    app.router.add_get("/batches", ceiling.show_batches)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    announce(f"http://127.0.0.1:{runner.addresses[0][1]}/")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--key", type=Path, required=True, help="PEM of the key that verifies")
    parser.add_argument("--kid", required=True, help="what the posts call that key")
    parser.add_argument("--algorithm", choices=["ES256", "Ed25519"], default="ES256")
    parser.add_argument("--threads", type=int, default=0, help="0 computes on the event loop")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=64)
    return parser.parse_args()


if __name__ == "__main__":
    uvloop.run(_serve(_arguments()))
