"""Re-screening: another rule book is put in force, and the whole register is judged by it, slice by slice.

What keeps a case from being left with the old book's conclusion:

1. Whoever judges holds the switch, shared, until its transaction ends, and judges by no other book than the one
   in force. `switch` takes it alone: all who judged by the old book have committed, and none begins before
   `switch` has ended.
2. In that one transaction the book is put in force and the slices are cut: over all buckets, so that a case is
   in one of them whenever it came.

What a failure leaves:

| broken                                   | stored                           | what follows                                 |
| inside `switch`                          | nothing; the old book is in force | whoever switched does it again               |
| the commit of `switch` was cut off       | all of it or nothing             | again: a book that is in force does nothing  |
| a process has not heard of the switch    | nothing of what it judges        | its commit is refused; it fetches the book   |
| a worker dies with a slice               | nothing of it                    | its lease ends, and another one claims it    |
| a worker is late, its slice is another's | nothing of it                    | its claim settles nothing: all is rolled back |
| the slice's commit was cut off           | all of it or nothing             | done, or claimed again, which changes nothing |
| a slice and a look wait for each other   | nothing of one of the two        | who was ended does it again                  |
| another switch during it                 | the slices that are done         | the rest is moot: the next one has them all  |
| all is done, and nobody has said so      | all slices                       | the next look for a slice ends it            |
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from contracts.rulebook import RuleBook
from service.casework import Casework, by_the_book
from service.domain.journal import PLATFORM, Action, JournalEntry
from service.domain.slices import slices_of
from service.domain.working_days import SHANGHAI
from service.ports import Clock, NewId
from service.register_ports import (
    BookName,
    RegisterRecords,
    RegisterUnitOfWork,
    Screened,
    Slice,
)


class SliceLostError(Exception):
    """A slice is no longer its holder's: nothing of what was done with it may be stored."""


@dataclass(frozen=True, slots=True)
class Switched:
    """A book that was put in force, over which one, and how much of the register is to be judged by it."""

    before: BookName | None
    after: BookName
    cases: int
    slices: int


@dataclass(frozen=True, slots=True)
class _Begun:
    """Why the register is judged anew: a switch, or a day of the book in force."""

    action: Action
    before: BookName | None
    after: BookName
    by: str


@dataclass(frozen=True, slots=True)
class Rescreening:
    """Switches rule books and judges anew; safe in several tasks and several processes at once."""

    uow: RegisterUnitOfWork
    casework: Casework
    clock: Clock
    new_id: NewId
    lease: timedelta
    fetch_rulebook: Callable[[], Awaitable[object]]

    async def switch(self, book: RuleBook, by: str) -> Switched | None:
        """Put a book in force and begin to judge the register by it; None when it is in force already.

        `by` names who does it, for the journal. Raises OutcomeUnknownError when the commit was cut off.
        """
        now, after = self.clock.now(), BookName(book.digest, book.version)
        async with self.uow.begin() as records:
            before = await records.switch.take()
            if before is not None and before.digest == after.digest:
                return None
            await records.rulebooks.add(book.digest, book.version, book.to_json(), now)
            await records.switch.set(book.digest, now)
            begun = _Begun(Action.RULEBOOK_SWITCHED, before, after, by)
            return await self._begin(records, begun, now)

    async def keep_up(self) -> Switched | None:
        """Begin to judge the register anew on the day on which the law itself moves; None on all other days.

        The book in force may have a number that begins to apply today: nobody switches then, and yet a
        conclusion by today's law is another one. What arrives is judged by it anyway.
        """
        now = self.clock.now()
        async with self.uow.begin() as records:
            if not self._has_moved(await records.switch.judged_since(), now):
                return None
            name = await records.switch.take()
            # Another process may have begun while we waited, or another book may have been switched on.
            since = await records.switch.judged_since()
            book = self.casework.standards().book
            if name is None or name.digest != book.digest or not self._has_moved(since, now):
                return None
            begun = _Begun(Action.RULEBOOK_TOOK_EFFECT, name, name, PLATFORM)
            return await self._begin(records, begun, now)

    def _has_moved(self, since: datetime | None, now: datetime) -> bool:
        if since is None:
            return False
        days = (at.astimezone(SHANGHAI).date() for at in (since, now))
        return self.casework.standards().book.changes_between(*days)

    async def claim(self) -> Slice | None:
        """Lease a slice; None when there is none, and then what is all done is ended."""
        now = self.clock.now()
        async with self.uow.begin() as records:
            claimed = await records.rescreenings.claim(self.new_id(), now, now + self.lease)
        if claimed is None:
            await self._finish(now)
        return claimed

    async def screen(self, claimed: Slice) -> Screened | None:
        """Judge a slice by one commit; None, and nothing stored, when it has become somebody else's.

        Raises OutcomeUnknownError when the commit was cut off: the slice is done, or claimed again.
        """
        try:
            return await by_the_book(partial(self._screen, claimed), self.fetch_rulebook)
        except SliceLostError:
            return None

    async def _begin(
        self, records: RegisterRecords, beginning: "_Begun", now: datetime
    ) -> Switched:
        before, after = beginning.before, beginning.after
        cases_in = await records.cases.count_by_bucket()
        cases, slices = sum(cases_in.values()), slices_of(cases_in)
        begun = self.new_id()
        ended = await records.rescreenings.begin(begun, after.digest, slices, cases, now)
        data: dict[str, object] = {
            "before": before and _told(before),
            "after": _told(after),
            "by": beginning.by,
            "cases": cases,
            "slices": len(slices),
            "ended": ended and str(ended),
        }
        await records.journal.append([self._line(beginning.action, begun, data, now)])
        return Switched(before, after, cases, len(slices))

    async def _screen(self, claimed: Slice) -> Screened:
        async with self.uow.begin() as records:
            outcome = await self.casework.look_at_all(
                records, claimed.buckets, self.clock.now(), partial(self._keep_on, claimed)
            )
            found = Screened(outcome.looked_at, outcome.changed, outcome.differences)
            await self._settle(records, claimed, found)
        self.casework.count(outcome)
        return found

    async def _settle(self, records: RegisterRecords, claimed: Slice, found: Screened) -> None:
        if not await records.rescreenings.settle(claimed, found, self.clock.now()):
            raise SliceLostError

    async def _keep_on(self, claimed: Slice) -> None:
        """Lengthen the lease in a transaction of its own: the others must see it at once."""
        async with self.uow.begin() as records:
            kept = await records.rescreenings.renew(claimed, self.clock.now() + self.lease)
        if not kept:
            raise SliceLostError

    async def _finish(self, now: datetime) -> None:
        async with self.uow.begin() as records:
            done = await records.rescreenings.finish(now)
            if done is not None:
                data: dict[str, object] = {
                    "book": _told(done.book),
                    "screened": done.found.screened,
                    "changed": done.found.changed,
                    "differences": done.found.differences,
                }
                line = self._line(Action.RULEBOOK_RESCREENED, done.id, data, now)
                await records.journal.append([line])

    def _line(
        self, action: Action, rescreening_id: UUID, data: dict[str, object], now: datetime
    ) -> JournalEntry:
        return JournalEntry(
            id=self.new_id(),
            at=now,
            action=action,
            actor=PLATFORM,
            subject_id=rescreening_id,
            data=data,
        )


def _told(book: BookName) -> dict[str, str]:
    return {"digest": book.digest, "version": book.version}
