"""All simulated offices together: started on free ports of this machine, stopped without a trace."""

import asyncio
from collections.abc import Collection, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from adapters.client import LinkageClient, Retries
from adapters.sandbox.addressee import Addressee
from adapters.sandbox.agencies import Agency
from adapters.sandbox.behaviours import Temper
from adapters.sandbox.feed import feed, registers_of
from adapters.sandbox.inbox import Inbox
from adapters.sandbox.mailbox_reader import MailboxReader
from adapters.sandbox.offices import SandboxOffice, addressees_of, agencies_of
from adapters.sandbox.reporter import Reporter
from adapters.sandbox.supervision import SupervisedAgency, Supervisor
from adapters.supervision_client import SupervisionClient
from contracts.jws import VerificationKey
from contracts.office import SUPERVISORS
from service.domain.registry import Endpoint, Office, OfficeKey

_LETTERS_OF_A_DESK = 2


@dataclass(frozen=True, slots=True)
class Rows:
    """What the platform must have in its registry to work with the sandbox."""

    offices: list[Office]
    keys: list[OfficeKey]
    endpoints: list[Endpoint]


class Sandbox:
    """Offices that play their parts; `async with` starts those that are called, `connect` the others.

    At `desks` people work: nobody plays these offices, but for the first few letters of those that supervise.

    With `decides` false they acknowledge, and report nothing more. The addresses must stand in the registry before the platform sends, and the platform must run
    before an office can call it, so there are two steps.
    """

    def __init__(
        self,
        offices: Sequence[SandboxOffice],
        platform_key: VerificationKey,
        *,
        tempers: Mapping[str, Temper] | None = None,
        desks: Collection[str] = (),
        pace: float = 1.0,
        decides: bool = True,
        retries: Retries | None = None,
    ) -> None:
        keys = [agency.registered_key for agency in agencies_of(offices)]
        agency_keys = {key.kid: key for key in keys}
        self.offices = tuple(offices)
        self.inboxes = {
            one.code: Inbox(one, platform_key, agency_keys) for one in addressees_of(offices)
        }
        self.addressees = {
            code: Addressee(inbox, temper=(tempers or {}).get(code))
            for code, inbox in self.inboxes.items()
            if inbox.office.is_called
        }
        self.agencies: list[Agency] = []
        self.reporters: list[Reporter] = []
        self.supervisors: list[Supervisor] = []
        self._platform_key = platform_key
        self._desks = frozenset(desks)
        self._pace = pace
        self._decides = decides
        self._retries = retries or Retries()
        self._tasks: list[asyncio.Task[None]] = []
        self._handing_over: list[asyncio.Task[None]] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for addressee in self.addressees.values():
            await self._stack.enter_async_context(addressee)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    @property
    def rows(self) -> Rows:
        return Rows(
            [one.office for one in self.offices],
            [one.registered_key for one in self.offices],
            [self._inbox_address(inbox) for inbox in self.inboxes.values()],
        )

    async def connect(self, base_url: str) -> None:
        """Let addressees call the platform: reports, later acknowledgements, mailboxes."""
        for code, inbox in self.inboxes.items():
            if code in self._desks:
                continue
            client = await self.client(base_url, inbox.office)
            reporter = Reporter(inbox.office, client, self._pace, decides=self._decides)
            self._stack.push_async_callback(reporter.close)
            self.reporters.append(reporter)
            if code in self.addressees:
                self.addressees[code].reporter = reporter
            else:
                self._start(MailboxReader(inbox, client, self._pace, reporter).work())

    async def hand_over(
        self,
        base_url: str,
        *,
        pace: float,
        seed: int,
        run: str,
        cases: int | None = None,
        keeps_register: bool = False,
    ) -> None:
        """Have every agency hand over a case each `pace` seconds, for ever or so many, in the background."""
        for office in agencies_of(self.offices):
            client = await self.client(base_url, office)
            agency = Agency(office, client, seed=seed, run=run, keeps_register=keeps_register)
            self.agencies.append(agency)
            self._handing_over.append(self._start(agency.work(pace, cases=cases)))

    async def supervise(self, base_url: str, *, pace: float, seed: int) -> None:
        """Have offices that supervise act on the leads they see, and agencies take their letters and reply."""
        for office in self.offices:
            if office.office.kind in SUPERVISORS:
                in_all = _LETTERS_OF_A_DESK if office.code in self._desks else None
                client = await self._supervising(base_url, office)
                supervisor = Supervisor(office, client, in_all=in_all)
                self.supervisors.append(supervisor)
                self._start(supervisor.work(pace))
        for office in agencies_of(self.offices):
            client = await self._supervising(base_url, office)
            self._start(SupervisedAgency(office, client, seed=seed).work(pace))

    async def feed_registers(self, base_url: str, count: int, at: datetime) -> int:
        """Have the agencies feed so many made-up cases of their registers; give how many were taken."""
        agencies = agencies_of(self.offices)
        batches = registers_of(agencies, count, at)
        taken = 0
        for agency in agencies:
            client = await self.client(base_url, agency)
            for answer in await feed(client, agency, batches[agency.code], at):
                taken += len(answer.receipt.results)
        return taken

    async def stop_handing_over(self, within: float | None = None) -> bool:
        """Let every agency finish the case it is at, and hand over no more; say whether all did, in so many seconds.

        An agency repeats until it is answered: without a limit, one whose service is gone never stops.
        """
        for agency in self.agencies:
            agency.stop()
        try:
            async with asyncio.timeout(within):
                await asyncio.gather(*map(asyncio.shield, self._handing_over))
        except TimeoutError:
            return False
        return True

    async def client(self, base_url: str, office: SandboxOffice) -> LinkageClient:
        """Open a client of an office, which the sandbox closes; it believes only what the platform signed."""
        client = LinkageClient(
            base_url, office.code, office.key, self._platform_key, retries=self._retries
        )
        return await self._stack.enter_async_context(client)

    async def _supervising(self, base_url: str, office: SandboxOffice) -> SupervisionClient:
        client = SupervisionClient(
            base_url, office.code, office.key, self._platform_key, retries=self._retries
        )
        return await self._stack.enter_async_context(client)

    @property
    def receipts(self) -> list[bytes]:
        """Every receipt that the platform gave to any office."""
        packets = [one.raw for agency in self.agencies for one in agency.ledger.receipts.values()]
        letters = [raw for agency in self.agencies for raw in agency.ledger.letters]
        return packets + letters + [raw for one in self.reporters for raw in one.receipts]

    def check(self) -> None:
        """Raise what ended a simulated office, if anything did."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    def _inbox_address(self, inbox: Inbox) -> Endpoint:
        addressee = self.addressees.get(inbox.office.code)
        return inbox.office.reached_at(addressee.url if addressee else None)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        self._tasks.append(asyncio.create_task(work))
        return self._tasks[-1]
