"""What came into queues lately: one look a moment for an office, however many of its people watch."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

Look = Callable[[], Awaitable[Sequence[int]]]


@dataclass(slots=True)
class Arrivals:
    """Remembers the numbers of the last items of each office for a moment, and looks again after it."""

    fresh: timedelta = timedelta(seconds=2)
    _seen: dict[str, tuple[float, Sequence[int]]] = field(default_factory=dict)
    _looking: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    async def newest(self, office_code: str, look: Look) -> Sequence[int]:
        """Give the numbers, the last first."""
        async with self._looking[office_code]:
            at, found = self._seen.get(office_code, (float("-inf"), ()))
            if monotonic() - at < self.fresh.total_seconds():
                return found
            found = await look()
            self._seen[office_code] = monotonic(), found
            return found
