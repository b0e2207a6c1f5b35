"""Weeks that a demonstration has behind it: transfers handed over, taken, decided, some answered late and some not at all.

The same simulated offices play them as play the present, on a service whose clock is set to each moment in turn; so
every document of the past is signed, every clock has run, and nothing is written that the service did not write.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from uuid import UUID

from typing_extensions import override

from adapters.client import LinkageClient, ProblemError
from adapters.sandbox.agencies import Agency
from adapters.sandbox.inbox import Inbox, Taken
from adapters.sandbox.magic import AFTER_SUPPLEMENT, Script, told_by
from adapters.sandbox.offices import SandboxOffice, addressees_of, agencies_of
from adapters.sandbox.reporter import report_of
from contracts.answers import MailboxItem
from contracts.jws import VerificationKey, digest_of
from contracts.report import ReportKind
from service.domain.working_days import SHANGHAI
from service.ports import Clock

Store = Callable[[str, str, AsyncIterator[bytes]], Awaitable[object]]
"""Takes a file of an agency, by its digest, without the way over the network."""
Step = Callable[[], Awaitable[None]]

_SLOT = timedelta(hours=6)
_REPORTS_AFTER = (3, 13)
"""Slots between the steps of a case."""
_HOURS = range(8, 19)
_DESK_TAKES_AFTER = timedelta(hours=30)
_DESK_IS_BEHIND = timedelta(hours=60)
"""What came since still waits at a desk; what waits for three days is given up (LINKAGE_GIVE_UP_AFTER)."""


class SetClock(Clock):
    """A clock that stands where it is set."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    @override
    def now(self) -> datetime:
        return self.at


@dataclass
class _Client(LinkageClient):
    """The usual client, but for files: those of a few hundred cases would be most of the way."""

    store: Store | None = field(default=None, kw_only=True)

    @override
    async def put_material(self, content: bytes) -> str:  # type: ignore[override] # no paths here
        async def chunks() -> AsyncIterator[bytes]:
            yield content

        assert self.store is not None
        await self.store(self.office_code, digest_of(content), chunks())
        return digest_of(content)


class Past:
    """The weeks before `until`; every office has a mailbox in them, and `desks` work through theirs slowly."""

    def __init__(
        self,
        offices: Sequence[SandboxOffice],
        platform_key: VerificationKey,
        clock: SetClock,
        until: datetime,
        *,
        desks: Collection[str] = (),
        seed: int = 1,
    ) -> None:
        self._offices = offices
        self._platform_key = platform_key
        self._clock = clock
        self._until = until
        self._desks = frozenset(desks)
        self._random = Random(seed)  # noqa: S311 (a simulation, no secret)
        self._agenda: defaultdict[int, list[Step]] = defaultdict(list)
        self.agencies: list[Agency] = []
        self._clients: dict[str, _Client] = {}
        self._inboxes: dict[str, Inbox] = {}
        self._left: set[UUID] = set()
        self._slot = 0

    async def play(self, base_url: str, store: Store, cases: int, days: int) -> int:
        """Play it; gives how many transfers came of it."""
        slots = int(timedelta(days=days) / _SLOT)
        async with AsyncExitStack() as stack:
            await self._open(base_url, store, stack)
            at_work = [slot for slot in range(slots) if self._is_at_work(slots - slot)]
            for _ in range(cases):
                agency, slot = self._random.choice(self.agencies), self._random.choice(at_work)
                self._agenda[slot].append(agency.hand_over)
            for self._slot in range(slots):
                self._clock.at = self._until - (slots - self._slot) * _SLOT
                await self._live(self._agenda.pop(self._slot, []))
        return sum(len(agency.ledger.receipts) for agency in self.agencies)

    def _is_at_work(self, before: int) -> bool:
        """Agencies hand over by day, at weekends too: a desk would have nothing before it on a Monday else."""
        return (self._until - before * _SLOT).astimezone(SHANGHAI).hour in _HOURS

    async def _open(self, base_url: str, store: Store, stack: AsyncExitStack) -> None:
        agencies = agencies_of(self._offices)
        keys = {one.registered_key.kid: one.registered_key for one in agencies}
        for one in (*agencies, *addressees_of(self._offices)):
            client = _Client(
                *(base_url, one.code, one.key, self._platform_key),
                now=self._clock.now,
                store=store,
            )
            self._clients[one.code] = await stack.enter_async_context(client)
        for one in addressees_of(self._offices):
            self._inboxes[one.code] = Inbox(one, self._platform_key, keys, self._clock.now)
        for one in agencies:
            client, run = self._clients[one.code], f"{self._until:%y%m%d}"
            agency = Agency(one, client, seed=1, run=run, now=self._clock.now, keeps_register=True)
            self.agencies.append(agency)

    async def _live(self, steps: Sequence[Step]) -> None:
        """Do what the time has come for, then let every office look at what is new to it."""
        for step in steps:
            self._clock.at += timedelta(seconds=self._random.randint(40, 900))
            await step()
        self._clock.at += timedelta(minutes=self._random.randint(5, 40))
        for office in addressees_of(self._offices):
            page = await self._clients[office.code].mailbox()
            for item in page.items:
                if self._wants(office, item):
                    await self._take(office, item)
        await asyncio.gather(*(agency.follow_up() for agency in self.agencies))

    def _wants(self, office: SandboxOffice, item: MailboxItem) -> bool:
        """An office takes at once what comes; a desk after a day, and what came last it has still before it."""
        if item.dispatch_id in self._left:
            return False
        if office.code not in self._desks:
            return True
        waits = self._clock.now() - item.waiting_since
        return waits > _DESK_TAKES_AFTER and item.waiting_since < self._until - _DESK_IS_BEHIND

    async def _take(self, office: SandboxOffice, item: MailboxItem) -> None:
        client, inbox = self._clients[office.code], self._inboxes[office.code]
        arrival = inbox.prove(await client.mailbox_dispatch(item.dispatch_id))
        if arrival.script is Script.REFUSED:
            await client.send_acknowledgement(inbox.refuse(arrival))
            return
        taken = inbox.enter(arrival)
        if taken.script is Script.NEVER:
            self._left.add(item.dispatch_id)
            return
        await client.send_acknowledgement(taken.acknowledgement)
        self._plan_reports(office, taken)

    def _plan_reports(self, office: SandboxOffice, taken: Taken) -> None:
        """Plan what follows, as far as it lies in the past; what an agency is asked for, it brings in between."""
        kinds = told_by(taken.script)
        if taken.script is Script.SUPPLEMENT:
            kinds = (*kinds, *AFTER_SUPPLEMENT)
        slot = self._slot
        for kind in kinds:
            slot += self._random.randint(*_REPORTS_AFTER)
            self._agenda[slot].append(partial(self._report, office, taken.transfer_id, kind))

    async def _report(self, office: SandboxOffice, transfer_id: str, kind: ReportKind) -> None:
        report = report_of(office, transfer_id, kind, self._clock.now)
        with suppress(
            ProblemError
        ):  # what has become of the case meanwhile may leave no room for it
            await self._clients[office.code].send_report(report)
