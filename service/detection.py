"""Detection: looks at cases again when time has passed, when their transfers moved, and when a calendar was published.

What arrives is looked at in the transaction in which it arrives (`register`). Here is the rest, and none of it
reads the whole register: cases say themselves when they must be looked at, and the journal says which moved.
A crash leaves a look undone; the next one does it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from service.casework import Casework, by_the_book
from service.domain.case_files import CaseKey
from service.ports import Clock
from service.register_ports import RegisterUnitOfWork


@dataclass(frozen=True, slots=True)
class Detection:
    """Looks again; safe to run in several processes at once: two that look at one case find the same."""

    uow: RegisterUnitOfWork
    casework: Casework
    clock: Clock
    fetch_rulebook: Callable[[], Awaitable[object]]

    async def look(self, limit: int = 500) -> int:
        """Look at the cases whose time has come; give how many."""
        done = 0
        while found := await by_the_book(lambda: self._look_once(limit), self.fetch_rulebook):
            done += found
            if found < limit:
                break
        return done

    async def follow(self, limit: int = 2000) -> int:
        """Look at the cases whose transfers moved since the last time; give how many. One process at a time follows."""
        done, more = 0, True
        while more:
            found, more = await by_the_book(lambda: self._follow_once(limit), self.fetch_rulebook)
            done += found
        return done

    async def recompute(self, limit: int = 500) -> int:
        """Look again at every case that waits for a calendar; give how many there are."""
        done, after = 0, None
        while True:
            page = await self._recompute_page(limit, after)
            if not page:
                return done
            done += len(page)
            after = page[-1][0]

    async def _look_once(self, limit: int) -> int:
        now = self.clock.now()
        async with self.uow.begin() as records:
            keys = await records.cases.due(now, limit)
            if keys:
                await self.casework.look(records, keys, now)
        return len(keys)

    async def _follow_once(self, limit: int) -> tuple[int, bool]:
        now = self.clock.now()
        async with self.uow.begin() as records:
            found = await records.cases.follow_journal(limit)
            if found is None:
                return 0, False
            keys, more = found
            if keys:
                await self.casework.look(records, keys, now)
        return len(keys), more

    async def _recompute_page(
        self, limit: int, after: UUID | None
    ) -> Sequence[tuple[UUID, CaseKey]]:
        async def page_of() -> Sequence[tuple[UUID, CaseKey]]:
            async with self.uow.begin() as records:
                page = await records.cases.provisional(limit, after)
                if page:
                    keys = [key for _, key in page]
                    await self.casework.look(records, keys, self.clock.now())
            return page

        return await by_the_book(page_of, self.fetch_rulebook)
