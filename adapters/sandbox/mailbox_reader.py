"""An office that cannot be called: it looks into its mailbox and posts its acknowledgements."""

import asyncio
from contextlib import suppress

from adapters.client import LinkageClient, ProblemError, UnreachableError
from adapters.sandbox.inbox import Inbox, UnprovenDispatchError
from adapters.sandbox.magic import Script
from adapters.sandbox.reporter import Reporter
from contracts.answers import MailboxItem


class MailboxReader:
    """Polls; what it has taken stays in the mailbox until the platform has its acknowledgement."""

    def __init__(
        self, inbox: Inbox, client: LinkageClient, pace: float, reporter: Reporter | None = None
    ) -> None:
        self.inbox = inbox
        self.reporter = reporter
        self._client = client
        self._pace = pace

    async def work(self) -> None:
        """Look again and again, for ever; a platform that is down is looked at later."""
        while True:
            with suppress(UnreachableError, ProblemError):
                await self.look()
            await asyncio.sleep(self._pace)

    async def look(self) -> int:
        """Take what waits and acknowledge it; give how much there was."""
        page = await self._client.mailbox()
        for item in page.items:
            await self._take(item)
        return len(page.items)

    async def _take(self, item: MailboxItem) -> None:
        try:
            arrival = self.inbox.prove(await self._client.mailbox_dispatch(item.dispatch_id))
        except UnprovenDispatchError:
            return
        if arrival.script is Script.REFUSED:
            await self._client.send_acknowledgement(self.inbox.refuse(arrival))
            return
        is_new = str(item.dispatch_id) not in self.inbox.taken
        taken = self.inbox.enter(arrival)
        if taken.script is not Script.NEVER:
            await self._client.send_acknowledgement(taken.acknowledgement)
        if is_new and self.reporter is not None:
            self.reporter.tell(taken)
