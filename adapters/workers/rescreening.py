"""The re-screening loop: slice after slice while there are any, then a look now and then."""

from collections.abc import Awaitable, Callable
from time import perf_counter

from structlog.stdlib import BoundLogger

from service.register_ports import Slice
from service.rescreening import Rescreening


class RescreeningWorker:
    """Several of them share the work, in one process or in many.

    One that is killed or cancelled leaves a lease, which ends by itself. A slice that fails stops only
    itself: it is tried again when its lease has ended.
    """

    def __init__(
        self,
        rescreening: Rescreening,
        log: BoundLogger,
        rest: Callable[[], Awaitable[None]],
    ) -> None:
        self._rescreening = rescreening
        self._log = log
        self._rest = rest

    async def run(self) -> None:
        """Screen for ever; an error is logged, and the loop goes on."""
        while True:
            try:
                claimed = await self._rescreening.claim()
            except Exception:  # noqa: BLE001 (the database may be gone for a while; the slices are not)
                self._log.exception("rescreening.claim_failed")
                claimed = None
            if claimed is None:
                await self._rest()
            else:
                await self._screen(claimed)

    async def _screen(self, claimed: Slice) -> None:
        log = self._log.bind(
            rescreening_id=str(claimed.rescreening_id),
            first_bucket=claimed.buckets.first,
            last_bucket=claimed.buckets.last,
        )
        started = perf_counter()
        try:
            found = await self._rescreening.screen(claimed)
        except Exception:
            log.exception("rescreening.slice_failed")
            return
        if found is None:
            log.info("rescreening.slice_lost")
            return
        log.info(
            "rescreening.slice_done",
            screened=found.screened,
            changed=found.changed,
            seconds=round(perf_counter() - started, 3),
        )
