"""`queue_page_ms`, `search_ms`, `case_page_ms`, `board_page_ms`: what ten people wait for, on a large platform and on a small one.

The time is the server's own, from the request's head to the answer (`Server-Timing`). Both platforms run for the whole
time, and people work at one and at the other by turns; the ratio of the two is that of their 95th percentiles.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from typing import Any

from tests.bench.bench import Bench
from tests.bench.comparison import Figure
from tests.bench.pages.browsing import Timings
from tests.bench.pages.filling import fill
from tests.bench.pages.people import PEOPLE, WORDS
from tests.bench.pages.platform import Platform, running
from tests.bench.pages.work import at_work

_BAR, _RATIO_BAR = 50.0, 1.5
_TIMES_SMALLER, _CASES_A_TRANSFER = 100, 10
_LONGER_TURNS = 4
"""People are slow: their turns are so many times longer than a generator's, for a 95th percentile is of hundreds of pages."""
KINDS: Mapping[str, Sequence[str]] = {
    "queue_page": ["queue"],
    "search": [f"search_{kind}" for kind in WORDS],
    "case_page": ["case"],
    "board_page": ["board"],
}
NAMES = [f"{page}_{what}" for page in KINDS for what in ("ms", "ratio")]


def pages(bench: Bench) -> Iterator[Figure]:
    """Fill both, let people work, and tell of each kind of page."""
    cases = [bench.pace.stored_transfers, bench.pace.stored_transfers // _TIMES_SMALLER]
    transfers = [count // _CASES_A_TRANSFER for count in cases]
    filling: list[dict[str, float]] = []
    with ExitStack() as stack:
        platforms = []
        for name, in_register, sent in zip(("large", "small"), cases, transfers, strict=True):
            began = time.perf_counter()
            url = stack.enter_context(bench.register(in_register))
            registered = {"register_seconds": round(time.perf_counter() - began, 1)}
            filling.append(registered | asyncio.run(fill(url, sent)))
            platforms.append(stack.enter_context(running(url, bench.folder / name)))
        bench.server.settle()
        seconds = bench.pace.seconds * _LONGER_TURNS
        timings = asyncio.run(measure(platforms, bench.pace.turns, seconds))
    shared = {"transfers": transfers, "cases": cases, "people": len(PEOPLE), "filling": filling}
    yield from figures(*timings, shared)


async def measure(platforms: Sequence[Platform], turns: int, seconds: float) -> list[Timings]:
    """Let people work by turns, first once for warmth; gives what was seen at each platform."""
    async with AsyncExitStack() as stack:
        works = [await stack.enter_async_context(at_work(one)) for one in platforms]
        for work in works:
            work.timings.is_counting = False
            await work.turn(seconds)
            work.timings.is_counting = True
        for _ in range(turns):
            for work in works:
                await work.turn(seconds)
    return [work.timings for work in works]


def figures(large: Timings, small: Timings, shared: Mapping[str, Any]) -> Iterator[Figure]:
    for page, kinds in KINDS.items():
        ours, theirs = _of(large, kinds), _of(small, kinds)
        if not ours or not theirs:
            raise RuntimeError(f"no {page} was opened: {large.failures[:3] + small.failures[:3]}")
        detail = {"large": _told(ours), "small": _told(theirs)} | shared
        detail["failures"] = [len(large.failures), len(small.failures)]
        detail["core_ms_a_page"] = [_of_core(large), _of_core(small)]
        if len(kinds) > 1:
            detail["p95_of_each"] = {kind: _share(large.by_kind[kind], 0.95) for kind in kinds}
        detail["ratio"] = round(_share(ours, 0.95) / _share(theirs, 0.95), 3)
        yield Figure(f"{page}_ms", _share(ours, 0.95), _BAR, detail, passes_when="at_most")
        medians = {"of_medians": round(_share(ours, 0.5) / _share(theirs, 0.5), 3)}
        ratio = detail["ratio"]
        yield Figure(f"{page}_ratio", ratio, _RATIO_BAR, medians, passes_when="at_most")


def _of(timings: Timings, kinds: Sequence[str]) -> list[float]:
    return [one for kind in kinds for one in timings.by_kind[kind]]


def _of_core(timings: Timings) -> dict[str, float]:
    pages = max(1, timings.asked)
    return {
        "used": round(timings.on_a_core / pages, 1),
        "waited": round(timings.waited_for_a_core / pages, 1),
    }


def _told(times: Sequence[float]) -> dict[str, float]:
    return {
        "pages": len(times),
        "p50": _share(times, 0.5),
        "p95": _share(times, 0.95),
        "max": max(times),
    }


def _share(times: Sequence[float], share: float) -> float:
    """Give the time within which a share of the pages was made; none was looked for, so none took any."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
