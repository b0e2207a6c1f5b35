"""What an office sends of its own accord: acknowledgements that it owes, and reports on its cases."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

from adapters.client import LinkageClient, ProblemError, Receipted, UnprovenReceiptError
from adapters.sandbox.inbox import Now, Taken, present
from adapters.sandbox.magic import AFTER_SUPPLEMENT, Script, told_by
from adapters.sandbox.offices import SandboxOffice
from adapters.sandbox.stubborn import PAUSE, until_answered
from contracts import jws
from contracts.document import write
from contracts.jws import Typ
from contracts.packet import Material
from contracts.report import Report, ReportKind

_REASONS = {
    ReportKind.NOT_FILED: "经审查, 没有犯罪事实",
    ReportKind.SUPPLEMENT_REQUESTED: "移送材料不全, 请在三日内补充",
    ReportKind.SUPPLEMENTED: "已按通知补充",
    ReportKind.INSISTED: "本机关认为该案有其他严重情节, 坚持移送",
}
_MISSING = {ReportKind.SUPPLEMENT_REQUESTED: ["检验报告或者鉴定结论"]}
_WAITS = "supplement_requested"


def report_of(
    office: SandboxOffice,
    transfer_id: str,
    kind: ReportKind,
    now: Now = present,
    *,
    after: str = "",
    materials: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """Sign a report; its id needs no memory, for an office reports a kind once after an event, or else once a transfer."""
    report = Report(
        document="report",
        version="1",
        report_id=f"{kind.value}:{after or transfer_id}",
        transfer_id=transfer_id,
        office=office.code,
        kind=kind,
        happened_at=now(),
        reason=_REASONS.get(kind),
        missing=_MISSING.get(kind, []),
        materials=[Material.model_validate(one) for one in materials],
    )
    return jws.sign(write(report), Typ.REPORT, office.key, now())


class Reporter:
    """Sends in the background, and stubbornly: a platform that is down is asked until it is up."""

    def __init__(
        self,
        office: SandboxOffice,
        client: LinkageClient,
        pace: float,
        *,
        decides: bool = True,
        now: Now = present,
    ) -> None:
        self.refused: list[str] = []
        """Problem codes that came back, and answers that proved nothing, in the order they came."""
        self.receipts: list[bytes] = []
        self._office = office
        self._client = client
        self._pace = pace
        self._decides = decides
        self._now = now
        self._tasks: set[asyncio.Task[None]] = set()

    def owe(self, taken: Taken) -> None:
        """Post the acknowledgement of a dispatch that was answered without one."""
        self._start(self._acknowledge(taken))

    def tell(self, taken: Taken) -> None:
        """Report on a case as its script has it."""
        if self._decides and told_by(taken.script):
            self._start(self._report(taken))

    async def close(self) -> None:
        """Stop; what was not sent yet is not sent."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _acknowledge(self, taken: Taken) -> None:
        await asyncio.sleep(self._pace)
        await self._send(self._client.send_acknowledgement, taken.acknowledgement)

    async def _report(self, taken: Taken) -> None:
        await self._report_each(taken.transfer_id, told_by(taken.script))
        if taken.script is Script.SUPPLEMENT:
            await self._until_supplemented(taken.transfer_id)
            await self._report_each(taken.transfer_id, AFTER_SUPPLEMENT)

    async def _report_each(self, transfer_id: str, kinds: Iterable[ReportKind]) -> None:
        for kind in kinds:
            await asyncio.sleep(self._pace)
            report = report_of(self._office, transfer_id, kind, self._now)
            await self._send(self._client.send_report, report)

    async def _until_supplemented(self, transfer_id: str) -> None:
        look = self._client.transfer
        while (await until_answered(look, transfer_id)).status == _WAITS:  # noqa: ASYNC110 (the agency acts elsewhere)
            await asyncio.sleep(max(self._pace, PAUSE))

    async def _send(self, send: Callable[[bytes], Awaitable[Receipted]], document: bytes) -> None:
        try:
            self.receipts.append((await until_answered(send, document)).raw)
        except ProblemError as error:
            self.refused.append(error.code)
        except UnprovenReceiptError as error:
            self.refused.append(f"unproven receipt: {error}")
