"""Keeping the queue 案件队列: what an office's queue shows of each transfer, made anew when something happened to it.

The queue is never the record: each row can be made again from the tables of record, and a database that has none makes
them all, for the journal is then followed from its beginning. A crash leaves the cursor where it was, and the same
lines are followed again.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID

from pydantic_core import to_json

from contracts.document import SchemaError, parse
from contracts.jws import SignatureError, open_envelope
from contracts.packet import TransferPacket
from service.domain.searching import flag_token, offence_token, tokens_of
from service.ports import Clock, Records

_NAMES_SHOWN = 3


class NewItem(NamedTuple):
    """A transfer that an office's queue does not have yet, with what it can be found by beside its packet."""

    office_code: str
    transfer_id: UUID
    case_number: str
    document_number: str
    packet_id: str
    offences: Sequence[str]
    flags: Sequence[str]


class ItemText(NamedTuple):
    """What is shown of an item and lies sealed in its row, and by what it is found."""

    office_code: str
    transfer_id: UUID
    text: bytes
    tokens: Collection[str]


class QueueRows(Protocol):
    """The rows of all queues."""

    async def follow_journal(self, limit: int) -> tuple[list[UUID], bool] | None:
        """Move on along the journal: the transfers of the next lines, and whether there are more lines.

        It never passes a line that a running transaction may still add. None while another follows it.
        """
        ...

    async def hold(self) -> None:
        """Write alone until the transaction ends: what is read from now on is as new as anything written before."""
        ...

    async def refresh(self, transfer_ids: Sequence[UUID]) -> list[NewItem]:
        """Change the rows that differ from the record, take away those that should not be, give those that lack."""
        ...

    async def add(self, transfer_ids: Sequence[UUID], texts: Sequence[ItemText]) -> None:
        """Add the rows that lack, with their texts."""
        ...

    async def lag(self, now: datetime) -> timedelta:
        """Age of the oldest line of the journal that the queue has not seen."""
        ...


class QueueRecords(Records, Protocol):
    """The stores of one open transaction."""

    @property
    def queue_rows(self) -> QueueRows: ...


class QueueUnitOfWork(Protocol):
    def begin(self) -> AbstractAsyncContextManager[QueueRecords]: ...


Aside = Callable[[Callable[[], list[ItemText]]], Awaitable[list[ItemText]]]
"""Runs work that takes a while where it keeps nobody waiting."""


@dataclass(frozen=True, slots=True)
class QueueKeeping:
    """Keeps every office's queue; safe to run in several processes at once, of which one follows at a time."""

    uow: QueueUnitOfWork
    clock: Clock
    aside: Aside

    async def follow(self, limit: int = 400) -> int:
        """Follow the journal to its end; give how many transfers were looked at."""
        done, more = 0, True
        while more:
            found, more = await self._follow_once(limit)
            done += found
        return done

    async def bring_up(self, transfer_ids: Sequence[UUID]) -> None:
        """Make the rows of transfers anew at once, so that who changed something sees it."""
        async with self.uow.begin() as records:
            await records.queue_rows.hold()
            await self._make(records, transfer_ids)

    async def lag(self) -> timedelta:
        """Give how far the queue is behind the journal."""
        async with self.uow.begin() as records:
            return await records.queue_rows.lag(self.clock.now())

    async def _follow_once(self, limit: int) -> tuple[int, bool]:
        async with self.uow.begin() as records:
            found = await records.queue_rows.follow_journal(limit)
            if found is None:
                return 0, False
            transfer_ids, more = found
            if transfer_ids:
                await records.queue_rows.hold()
                await self._make(records, transfer_ids)
        return len(transfer_ids), more

    async def _make(self, records: QueueRecords, transfer_ids: Sequence[UUID]) -> None:
        lacking = await records.queue_rows.refresh(transfer_ids)
        if not lacking:
            return
        packets = await _find_packets(records, {item.transfer_id for item in lacking})
        texts = await self.aside(lambda: _texts(lacking, packets))
        await records.queue_rows.add(transfer_ids, texts)


async def _find_packets(records: Records, transfer_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """Open packets; one that cannot be opened any more is left out, and keeps nobody else's out of the queue."""
    keys = [(one, one) for one in sorted(transfer_ids)]
    try:
        found = await records.documents.find_many("packet", keys)
    except ValueError:
        found = {}
        for key in keys:
            with suppress(ValueError):
                found |= await records.documents.find_many("packet", [key])
    return {transfer_id: raw for (transfer_id, _), raw in found.items()}


def _texts(lacking: Sequence[NewItem], packets: Mapping[UUID, bytes]) -> list[ItemText]:
    read = {transfer_id: _read(raw) for transfer_id, raw in packets.items()}
    return [_text(item, read.get(item.transfer_id)) for item in lacking]


def _read(raw: bytes) -> TransferPacket | None:
    with suppress(SignatureError, SchemaError):
        return parse(TransferPacket, open_envelope(raw).payload)
    return None


def _text(item: NewItem, packet: TransferPacket | None) -> ItemText:
    """Write what is shown and found; of a packet that cannot be read there are the numbers."""
    title, cause = (packet.case.title, packet.case.cause) if packet else ("", "")
    suspects = packet.suspects if packet else []
    names = [suspect.name for suspect in suspects]
    shown = {
        "title": title,
        "cause": cause,
        "suspects": names[:_NAMES_SHOWN],
        "others": max(0, len(names) - _NAMES_SHOWN),
    }
    identifiers = [one.identifier.value for one in suspects if one.identifier]
    numbers = [item.case_number, item.document_number]
    words = tokens_of(
        [title, cause, *names, *numbers],
        [*numbers, item.packet_id, str(item.transfer_id), *identifiers],
    )
    chosen = {*map(offence_token, item.offences), *map(flag_token, item.flags)}
    return ItemText(item.office_code, item.transfer_id, to_json(shown), words | chosen)
