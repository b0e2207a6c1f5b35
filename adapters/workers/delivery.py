"""The delivery loop: as many attempts under way as there are slots, settled in batches."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from structlog.stdlib import BoundLogger

from adapters.workers.drain import Drain
from service.delivery import Deliveries
from service.domain.delivery import ClaimedDispatch, Settlement


class DeliveryWorker:
    """Claims while it has slots; what has answered meanwhile is settled in one transaction.

    A worker that is killed leaves leases, which end by themselves. One that is stopped finishes what is
    under way, for at most `patience` seconds.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        log: BoundLogger,
        *,
        slots: int = 64,
        poll_seconds: float = 0.25,
    ) -> None:
        self._deliveries = deliveries
        self._log = log
        self._slots = slots
        self._poll_seconds = poll_seconds
        self._attempts: set[asyncio.Task[None]] = set()
        self._awake = asyncio.Event()
        self._is_stopping = False
        self._settling: Drain[Settlement, bool] = Drain(
            self._settle, length=4 * slots, per_owner=4 * slots, batch=slots, flushers=2
        )

    def wake(self) -> None:
        """Look at the queue now: a notification, or a slot, has come. Polling is what is relied upon."""
        self._awake.set()

    async def run(self) -> None:
        """Deliver until `stop`; an error of the database is logged, and the loop goes on."""
        self._settling.start()
        while not self._is_stopping:
            self._awake.clear()
            try:
                found = await self._claim()
            except Exception:  # noqa: BLE001 (the database may be gone for a while; the queue is not)
                self._log.exception("delivery.claim_failed")
                found = 0
            if not found:
                await self._rest()

    async def _claim(self) -> int:
        room = self._slots - len(self._attempts)
        # Small claims under load would make each row cost a transaction of its own.
        if room < min(8, self._slots):
            return 0
        claimed = await self._deliveries.claim(room)
        for dispatch, document in claimed:
            task = asyncio.create_task(self._attempt(dispatch, document))
            self._attempts.add(task)
            task.add_done_callback(self._done)
        return len(claimed)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._attempts.discard(task)
        self.wake()

    async def _attempt(self, dispatch: ClaimedDispatch, document: bytes) -> None:
        log = self._log.bind(
            transfer_id=str(dispatch.transfer_id),
            dispatch_id=str(dispatch.id),
            attempt=dispatch.attempts,
        )
        try:
            settlement = await self._deliveries.attempt(dispatch, document)
            settled = await self._settling.submit(dispatch.office_code, settlement)
        except Exception:
            log.exception("delivery.attempt_failed")
            return
        event = "delivery.attempted" if settled else "delivery.claim_lost"
        log.info(event, outcome=settlement.outcome.value, http_status=settlement.http_status)

    async def _settle(self, settlements: Sequence[Settlement]) -> list[bool]:
        settled: set[UUID] = await self._deliveries.settle(settlements)
        return [settlement.dispatch.id in settled for settlement in settlements]

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll_seconds):
                await self._awake.wait()

    async def stop(self, patience: float = 10.0) -> None:
        """Claim nothing more; give what is under way `patience` seconds to be settled."""
        self._is_stopping = True
        self.wake()
        if self._attempts:
            _, pending = await asyncio.wait(set(self._attempts), timeout=patience)
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
        await self._settling.close()
