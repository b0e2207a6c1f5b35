"""A light load generator, the same one for the service and for every peer.

Closed loop: each keep-alive connection sends the next ready-made body as soon as it has the last answer.
A raw asyncio protocol that looks at the status line and the length of an answer and nothing else, so that the
generator is not what is measured; `python -m tests.bench.load --own-cost` prints what it costs.
"""

import argparse
import asyncio
import multiprocessing
import re
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvloop
from typing_extensions import override

from tests.bench.bodies import read_bodies
from tests.bench.processes import say

_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_RECONNECT_AFTER = 0.05
_GRACE = 10.0


@dataclass(frozen=True, slots=True)
class Load:
    """What to send, where, on how many connections, and for how long; `warmup` seconds come first and do not count."""

    url: str
    bodies: Path
    connections: int
    seconds: float
    warmup: float = 0.0
    count: int | None = None
    content_type: str = "application/jose+json"
    first: int = 0
    step: int = 1
    again: bool = False


@dataclass(slots=True)
class Seen:
    """What came back; latencies in seconds, `per_second` counts accepted answers by second of the measured time."""

    sent: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    counted: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    per_second: Counter[int] = field(default_factory=Counter)
    answers: list[bytes] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return sum(self.per_second.values())

    @property
    def rate(self) -> float:
        return self.accepted / self.seconds if self.seconds else 0.0

    def summary(self) -> dict[str, object]:
        ordered = sorted(self.latencies)
        return {
            "accepted_per_second": round(self.rate, 1),
            "p50_ms": _percentile_ms(ordered, 0.50),
            "p99_ms": _percentile_ms(ordered, 0.99),
            "statuses": dict(self.statuses),
            "generator_us_per_request": round(1e6 * self.cpu_seconds / max(1, self.sent), 1),
        }


def _percentile_ms(ordered: Sequence[float], share: float) -> float | None:
    if not ordered:
        return None
    return round(1e3 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)


class _Run:
    """One generator process at work: the bodies still to send and what has come back so far."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.seen = Seen()
        self.bodies = _bounded(load)
        self.head = _head(load)
        self.finished = asyncio.Event()
        self.broken: str | None = None
        self.open = 0
        self.starts_at = 0.0
        self.ends_at = 0.0
        self.last_at = 0.0

    def start(self) -> None:
        self.starts_at = time.perf_counter() + self.load.warmup
        self.ends_at = self.starts_at + self.load.seconds

    def next_request(self) -> bytes | None:
        if time.perf_counter() >= self.ends_at:
            return None
        body = next(self.bodies, None)
        if body is None:
            return None
        self.seen.sent += 1
        return self.head % len(body) + body

    def answered(self, status: str, sent_at: float, answer: bytes) -> None:
        now = time.perf_counter()
        self.seen.statuses[status] += 1
        if not self.starts_at <= now < self.ends_at:
            return
        self.last_at = now
        self.seen.latencies.append(now - sent_at)
        if status[0] == "2":
            self.seen.per_second[int(now - self.starts_at)] += 1
            if len(self.seen.answers) < self.load.connections:
                self.seen.answers.append(answer)

    def break_off(self, _: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        self.broken = str(context.get("exception") or context["message"])
        self.finished.set()

    def ended(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.finished.set()


def _bounded(load: Load) -> Iterator[bytes]:
    bodies = read_bodies(load.bodies, load.first, load.step)
    if load.again:
        kept = list(bodies)
        bodies = chain.from_iterable(repeat(kept))
    if load.count is not None:
        bodies = (body for _, body in zip(range(load.count), bodies, strict=False))
    return bodies


def _head(load: Load) -> bytes:
    target = urlsplit(load.url)
    return (
        f"POST {target.path or '/'} HTTP/1.1\r\nHost: {target.netloc}\r\n"
        f"Content-Type: {load.content_type.replace('%', '%%')}\r\nContent-Length: %d\r\n\r\n"
    ).encode()


class _Connection(asyncio.Protocol):
    """One keep-alive connection with one request under way."""

    def __init__(self, run: _Run) -> None:
        self.run = run
        self.buffer = b""
        self.sent_at = 0.0
        self.waiting = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.send_next()

    def send_next(self) -> None:
        request = self.run.next_request()
        self.waiting = request is not None
        if request is None:
            self.transport.close()
            return
        self.sent_at = time.perf_counter()
        self.transport.write(request)

    @override
    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head_ends = self.buffer.find(b"\r\n\r\n")
        if head_ends < 0:
            return
        length = _CONTENT_LENGTH.search(self.buffer, 0, head_ends)
        if length is None:
            raise ValueError(f"an answer without Content-Length: {self.buffer[:head_ends]!r}")
        ends = head_ends + 4 + int(length[1])
        if len(self.buffer) < ends:
            return
        answer, self.buffer = self.buffer[:ends], self.buffer[ends:]
        self.run.answered(answer[9:12].decode(), self.sent_at, answer[head_ends + 4 :])
        self.send_next()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self.waiting:
            self.run.ended()
            return
        self.run.seen.statuses["lost"] += 1
        asyncio.get_running_loop().call_later(_RECONNECT_AFTER, _open_again, self.run)


def _open_again(run: _Run) -> None:
    task = asyncio.ensure_future(_open(run))
    task.add_done_callback(lambda done: run.ended() if done.exception() else None)


async def _open(run: _Run) -> None:
    target = urlsplit(run.load.url)
    await asyncio.get_running_loop().create_connection(
        lambda: _Connection(run), str(target.hostname), target.port or 80
    )


async def _generate(load: Load) -> Seen:
    run = _Run(load)
    run.open = load.connections
    asyncio.get_running_loop().set_exception_handler(run.break_off)
    run.start()
    began = time.process_time()
    await asyncio.gather(*(_open(run) for _ in range(load.connections)))
    try:
        async with asyncio.timeout(load.warmup + load.seconds + _GRACE):
            await run.finished.wait()
    except TimeoutError:
        run.seen.statuses["unanswered"] += run.open
    if run.broken:
        raise RuntimeError(f"the load generator broke off: {run.broken}")
    run.seen.cpu_seconds = time.process_time() - began
    run.seen.seconds = _measured(run)
    return run.seen


def _measured(run: _Run) -> float:
    """The bodies may run out before the time does; then the last answer ends the measurement."""
    ran_out = next(run.bodies, None) is None
    return run.last_at - run.starts_at if ran_out else run.load.seconds


def generate(load: Load) -> Seen:
    """Run one generator in this process."""
    if urlsplit(load.url).hostname not in _LOOPBACK:
        raise ValueError(f"the load generator speaks to loopback only, not to {load.url}")
    return uvloop.run(_generate(load))


def run_load(load: Load, processes: int = 1) -> Seen:
    """Run the load in processes of its own, the connections and the bodies shared out between them."""
    shares = [
        replace(
            load,
            first=load.first + number * load.step,
            step=load.step * processes,
            connections=max(1, load.connections // processes),
            count=None if load.count is None else load.count // processes,
        )
        for number in range(processes)
    ]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn) as pool:
        return _merge(list(pool.map(generate, shares)))


def _merge(parts: list[Seen]) -> Seen:
    """Put the parts together; `sent` counts as if all had sent as many as the busiest, so that it is the next `first`."""
    whole = Seen(sent=len(parts) * max(part.sent for part in parts))
    whole.seconds = max(part.seconds for part in parts)
    for part in parts:
        whole.cpu_seconds += part.cpu_seconds
        whole.statuses += part.statuses
        whole.per_second += part.per_second
        whole.latencies.extend(part.latencies)
        whole.answers.extend(part.answers)
    return whole


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?")
    parser.add_argument("bodies", nargs="?", type=Path)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--warmup", type=float, default=1)
    parser.add_argument("--count", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--content-type", default="application/jose+json")
    parser.add_argument("--again", action="store_true", help="start over when the bodies run out")
    parser.add_argument(
        "--own-cost", action="store_true", help="measure against a server that does nothing"
    )
    return parser.parse_args()


def main() -> None:
    asked = _arguments()
    if asked.own_cost:
        from tests.bench.idle_peer import own_cost  # noqa: PLC0415 (it imports this module)

        say(own_cost(asked.connections, asked.seconds))
        return
    load = Load(
        url=asked.url,
        bodies=asked.bodies,
        connections=asked.connections,
        seconds=asked.seconds,
        warmup=asked.warmup,
        count=asked.count,
        first=asked.first,
        content_type=asked.content_type,
        again=asked.again,
    )
    say(run_load(load, asked.processes).summary())


if __name__ == "__main__":
    main()
