"""An agency's case system: it hands cases over at a steady pace, and does what an agency does afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from pydantic_core import to_json

from adapters.client import LinkageClient, ProblemError, Receipted, UnprovenReceiptError
from adapters.sandbox.cases import SandboxCase, incomplete, invalid, make_case, record_of
from adapters.sandbox.inbox import Now, present
from adapters.sandbox.offices import SandboxOffice
from adapters.sandbox.papers import supplement_paper
from adapters.sandbox.reporter import report_of
from adapters.sandbox.stubborn import until_answered
from contracts import jws
from contracts.answers import Event
from contracts.jws import Typ, digest_of
from contracts.report import ReportKind

_A = TypeVar("_A")
_R = TypeVar("_R")
_HELD = "held_below_threshold"
_MOVED = "transfer.moved"
_FOLLOW_EVERY = 3.0
_ASKED, _FILED = "supplement_requested", "filed"
_SHARE_REPEATED, _SHARE_INVALID, _SHARE_INCOMPLETE = 0.06, 0.03, 0.1


@dataclass
class Ledger:
    """What an agency can prove, and what it was refused: the other side of the platform's books."""

    sent: int = 0
    repeated: int = 0
    receipts: dict[str, Receipted] = field(default_factory=dict)
    """By the digest of the packet."""
    letters: list[bytes] = field(default_factory=list)
    """Receipts for reports."""
    changed: list[str] = field(default_factory=list)
    """Packets whose repeat was answered by another receipt, which must never happen."""
    refused: list[str] = field(default_factory=list)
    """Problem codes, in the order they came."""
    unproven: list[str] = field(default_factory=list)
    """Answers that were not the platform's signature over what was sent, which must never happen."""
    unreached: int = 0
    """Tries that got no answer, and were repeated."""

    def note(self, packet: bytes, receipted: Receipted) -> None:
        first = self.receipts.setdefault(digest_of(packet), receipted)
        if first.raw != receipted.raw:
            self.changed.append(digest_of(packet))


class Agency:
    """A simulated agency. For the same seed and run it hands over the same cases.

    One that keeps a register here enters each case in it before it hands it over.
    """

    def __init__(
        self,
        office: SandboxOffice,
        client: LinkageClient,
        *,
        seed: int,
        run: str,
        now: Now = present,
        keeps_register: bool = False,
    ) -> None:
        self.office = office
        self.ledger = Ledger()
        self._client = client
        self._random = Random(f"{seed} {office.code}")  # noqa: S311 (a simulation, no secret)
        self._run = run
        self._now = now
        self._keeps_register = keeps_register
        self._number = 0
        self._last: bytes | None = None
        self._open: set[UUID] = set()
        self._cursor: str | None = None
        self._is_stopped = False

    async def work(self, pace: float, *, cases: int | None = None) -> None:
        """Hand over a case every `pace` seconds, for ever or so many, and follow them up."""
        while not self._is_stopped and (cases is None or self._number < cases):
            await asyncio.gather(self.hand_over(), asyncio.sleep(min(pace, _FOLLOW_EVERY)))
            await self.follow_up()
            await self._follow_for(pace - _FOLLOW_EVERY)

    async def _follow_for(self, seconds: float) -> None:
        """Whoever asks for something is not kept waiting until the next case."""
        while seconds > 0 and not self._is_stopped:
            await asyncio.sleep(min(seconds, _FOLLOW_EVERY))
            await self.follow_up()
            seconds -= _FOLLOW_EVERY

    def stop(self) -> None:
        """Finish the case at hand, and hand over no more."""
        self._is_stopped = True

    async def hand_over(self) -> None:
        """Post the next case; now and then it is incomplete, invalid, or the last one again."""
        if self._last is not None and self._random.random() < _SHARE_REPEATED:
            self.ledger.repeated += 1
            await self._post(self._last)
            return
        case = self._next_case()
        if self._keeps_register and case.packet["suspects"]:
            await self._enter(case)
        puts = (self._ask(self._client.put_material, file) for file in case.files)
        await asyncio.gather(*puts)
        packet = jws.sign(to_json(case.packet), Typ.TRANSFER_PACKET, self.office.key, self._now())
        self.ledger.sent += 1
        self._last = packet
        await self._post(packet)

    async def _enter(self, case: SandboxCase) -> None:
        batch = {
            "document": "case-records",
            "version": "1",
            "batch_id": f"case-{case.packet['packet_id']}",
            "agency": case.packet["agency"],
            "records": [record_of(case.packet, self._now())],
        }
        raw = jws.sign(to_json(batch), Typ.CASE_RECORDS, self.office.key, self._now())
        await self._ask(self._client.send_records, raw)

    async def follow_up(self) -> None:
        """Read what happened, and answer what waits for the agency."""
        page = await self._ask(self._client.events, self._cursor)
        if page is None:
            return
        self._cursor = page.next
        for event in page.events:
            await self._answer(event)

    async def _post(self, packet: bytes) -> None:
        receipted = await self._ask(self._client.send_packet, packet)
        if receipted is None:
            return
        self.ledger.note(packet, receipted)
        self._open.add(receipted.transfer_id)
        if receipted.receipt.status == _HELD and not receipted.repeated:
            await self._report(receipted.transfer_id, ReportKind.INSISTED)

    async def _answer(self, event: Event) -> None:
        to = event.data.get("to") if event.action == _MOVED else None
        if event.transfer_id is None:
            return
        if to == _ASKED:
            await self._supplement(event.transfer_id, f"{event.transfer_id}:{event.at:%d%H%M%S%f}")
        elif to == _FILED and event.transfer_id in self._open:
            self._open.discard(event.transfer_id)
            await self._report(event.transfer_id, ReportKind.ITEMS_HANDED_OVER)  # D310 Art 12

    async def _supplement(self, transfer_id: UUID, event_id: str) -> None:
        """Bring what was asked for (PSB20 Art 180), whoever asked, and in an earlier run too; once a request."""
        view = await self._ask(self._client.transfer, transfer_id)
        if view is None or view.status != _ASKED:
            return
        paper = supplement_paper(self.office.office.name, self._now())
        await self._ask(self._client.put_material, paper.content)
        await self._report(transfer_id, ReportKind.SUPPLEMENTED, event_id, [paper.as_material()])

    async def _report(
        self,
        transfer_id: UUID,
        kind: ReportKind,
        after: str = "",
        materials: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        report = report_of(
            self.office, str(transfer_id), kind, self._now, after=after, materials=materials
        )
        receipted = await self._ask(self._client.send_report, report)
        if receipted is not None:
            self.ledger.letters.append(receipted.raw)

    def _next_case(self) -> SandboxCase:
        self._number += 1
        packet_id = f"{self._run}-{self.office.code[-6:]}-{self._number}"
        case = make_case(self._random, self.office.office, packet_id, self._now())
        chance = self._random.random()
        if chance < _SHARE_INVALID:
            return invalid(case)
        return incomplete(case) if chance < _SHARE_INVALID + _SHARE_INCOMPLETE else case

    async def _ask(self, call: Callable[[_A], Awaitable[_R]], argument: _A) -> _R | None:
        """Call until there is an answer; None when it is a no."""
        try:
            return await until_answered(call, argument, self._note_silence)
        except ProblemError as error:
            self.ledger.refused.append(error.code)
        except UnprovenReceiptError as error:
            self.ledger.unproven.append(str(error))
        return None

    def _note_silence(self) -> None:
        self.ledger.unreached += 1
