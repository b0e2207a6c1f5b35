"""Review: what offices may read of their transfers, each reading of a case journaled in its own transaction.

An agency sees the transfers it sent, an addressee those that were dispatched to it; what does not
concern an office is to it as if it were not there. All parties of a transfer see the same file.
Lists (events, deadlines, mailbox) show no case and are not journaled; neither is a version that the
caller has already.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from pydantic_core import to_json

from contracts.answers import (
    DeadlinesPage,
    DeadlineState,
    DeadlineView,
    DispatchView,
    Event,
    EventsPage,
    HistoryEntry,
    MailboxItem,
    MailboxPage,
    MaterialView,
    TransferView,
)
from contracts.clocks import ClockTable
from contracts.document import parse
from contracts.jws import digest_of, open_envelope
from contracts.packet import TransferPacket
from service.composition import Composer
from service.domain.access import Reader
from service.domain.cursors import START, Place, read_cursor, read_moment_cursor, write_cursor
from service.domain.errors import Refusal
from service.domain.glimpses import (
    CaseRow,
    ClockRow,
    EventRow,
    EventScan,
    Unchanged,
)
from service.domain.journal import Action, JournalEntry
from service.domain.whose_move import WHOSE_MOVE
from service.ports import Clock, MaterialStore, NewId, Records


class Views(Protocol):
    """Reads for offices; who may see what is part of every query."""

    async def find_case(self, office_code: str, transfer_id: UUID) -> CaseRow | None: ...

    async def dispatches(self, transfer_id: UUID) -> list[DispatchView]: ...

    async def clocks(self, transfer_id: UUID, now: datetime) -> list[ClockRow]: ...

    async def history(self, transfer_id: UUID) -> list[HistoryEntry]:
        """Everything that happened but readings, in the order of commits."""
        ...

    async def events(self, reader: Reader, after: Place, limit: int) -> EventScan:
        """Lines after a place that no running transaction can still add to; looks at a bounded number."""
        ...

    async def deadlines(
        self,
        reader: Reader,
        now: datetime,
        state: DeadlineState | None,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[ClockRow]: ...

    async def mailbox(self, office_code: str, limit: int) -> list[MailboxItem]: ...


class Reads(Records, Protocol):
    """The stores of one open transaction, and the views beside them."""

    @property
    def views(self) -> Views: ...


class Reading(Protocol):
    """Transactions for readers."""

    def begin(self, *, snapshot: bool = False) -> AbstractAsyncContextManager[Reads]:
        """Open one; with `snapshot` all its queries see the same moment."""
        ...


@dataclass(frozen=True, slots=True)
class Review:
    """Answers offices that ask. What an office may not see is `not_found`."""

    reading: Reading
    composer: Composer
    materials: MaterialStore
    clocks: ClockTable
    clock: Clock
    new_id: NewId

    async def transfer(
        self, reader: Reader, transfer_id: UUID, known: Collection[str] = ()
    ) -> TransferView | Unchanged:
        """Give a transfer, unless its version is one of those `known`; raises Refusal `not_found`."""
        now = self.clock.now()
        async with self.reading.begin(snapshot=True) as reads:
            case = await _case(reads, reader, transfer_id)
            view = await self._view(reads, case, now)
            if view.version in known:
                return Unchanged(view.version)
            await self._note(reads, reader, Action.TRANSFER_READ, case)
        return view

    async def document(self, reader: Reader, transfer_id: UUID, kind: str, subject: UUID) -> bytes:
        """Give a signed document of a transfer, byte for byte; raises Refusal `not_found`."""
        action = Action.DISPATCH_READ if kind == "dispatch" else Action.TRANSFER_READ
        async with self.reading.begin() as reads:
            case = await _case(reads, reader, transfer_id)
            found = await reads.documents.find(transfer_id, kind, subject)
            if found is None:
                raise Refusal("not_found", f"no {kind} under this id")
            told = {"document": kind, "subject": str(subject), "digest": digest_of(found)}
            await self._note(reads, reader, action, case, **told)
        return found

    async def material(
        self, reader: Reader, transfer_id: UUID, digest: str
    ) -> tuple[MaterialView, str, AsyncIterator[bytes]]:
        """Give a file of a transfer and its media type; raises Refusal `not_found`."""
        async with self.reading.begin() as reads:
            case = await _case(reads, reader, transfer_id)
            media_type = await _media_type(reads, case, digest)
            held = await reads.materials.find(case.agency, digest)
            if media_type is None or held is None:
                raise Refusal("not_found", "the transfer has no such material")
            await self._note(reads, reader, Action.MATERIAL_READ, case, digest=digest)
        size, stored_at = held
        view = MaterialView(digest=digest, size=size, stored_at=stored_at)
        return view, media_type, self.materials.read(case.agency, digest)

    async def events(self, reader: Reader, after: str | None, limit: int) -> EventsPage:
        """Give what happened to the reader's transfers after a cursor; raises Refusal `malformed_request`.

        No event is ever passed by: a page ends before the oldest transaction that is still running.
        """
        place = START if after is None else read_cursor(after)
        async with self.reading.begin() as reads:
            scan = await reads.views.events(reader, place, limit)
        return EventsPage(
            events=[_event(row) for row in scan.events],
            next=write_cursor(scan.reached),
            more=scan.more,
        )

    async def deadlines(
        self, reader: Reader, state: DeadlineState | None, after: str | None, limit: int
    ) -> DeadlinesPage:
        """Give the clocks of the reader's transfers, the earliest first; raises Refusal `malformed_request`."""
        place = None if after is None else read_moment_cursor(after)
        async with self.reading.begin() as reads:
            rows = await reads.views.deadlines(reader, self.clock.now(), state, place, limit + 1)
        shown = rows[:limit]
        more = len(rows) > limit
        return DeadlinesPage(
            deadlines=[self._deadline(row) for row in shown],
            next=write_cursor(Place.at(shown[-1].due_at, shown[-1].deadline_id)) if more else None,
        )

    async def mailbox(self, reader: Reader, limit: int) -> MailboxPage:
        """List what waits for an addressee, the most urgent first; late ones stay until they are answered."""
        async with self.reading.begin() as reads:
            items = await reads.views.mailbox(reader.office_code, limit)
        return MailboxPage(items=items)

    async def mailbox_dispatch(self, reader: Reader, dispatch_id: UUID) -> bytes:
        """Give a dispatch to its addressee: the same bytes whenever it asks; raises Refusal `not_found`.

        To have read it is not yet delivery: the addressee's acknowledgement is.
        """
        now = self.clock.now()
        async with self.reading.begin() as reads:
            dispatch = await reads.dispatches.get(dispatch_id)
            if dispatch is None or dispatch.office_code != reader.office_code:
                raise Refusal("not_found", "no such dispatch for your office")
            case = await _case(reads, reader, dispatch.transfer_id)
            if dispatch.digest is None:
                claimed = await reads.dispatches.take_out(dispatch_id, now)
                text = await self.composer.compose_one(reads, claimed, now)
            else:
                text = await _kept(reads, dispatch.transfer_id, dispatch_id)
            told = {"dispatch": str(dispatch_id), "digest": digest_of(text)}
            await self._note(reads, reader, Action.DISPATCH_READ, case, **told)
        return text

    async def _view(self, reads: Reads, case: CaseRow, now: datetime) -> TransferView:
        deadlines = [self._deadline(row) for row in await reads.views.clocks(case.transfer_id, now)]
        running = [one for one in deadlines if one.state in ("open", "near")]
        view = TransferView(
            transfer_id=case.transfer_id,
            version="",
            agency=case.agency,
            packet_id=case.packet_id,
            packet_digest=case.packet_digest,
            case_number=case.case_number,
            document_number=case.document_number,
            status=case.status.value,
            move=case.move,
            whose_move=WHOSE_MOVE[case.status].en,
            whose_move_zh=WHOSE_MOVE[case.status].zh,
            received_at=case.received_at,
            changed_at=case.changed_at,
            supersedes=case.supersedes,
            is_current=case.is_current,
            flags=list(case.flags),
            screening=dict(case.screening),
            dispatches=await reads.views.dispatches(case.transfer_id),
            deadlines=deadlines,
            next_deadline=min(running, key=lambda one: one.due_at, default=None),
            history=await reads.views.history(case.transfer_id),
        )
        return view.model_copy(update={"version": _version(view)})

    def _deadline(self, row: ClockRow) -> DeadlineView:
        clock = self.clocks.get(row.clock)
        return DeadlineView(
            deadline_id=row.deadline_id,
            transfer_id=row.transfer_id,
            clock=row.clock,
            title=clock.title.en,
            title_zh=clock.title.zh,
            basis="; ".join(map(str, clock.basis)),
            actor=row.actor,
            nature=row.nature,
            state=row.state,
            starts_at=row.starts_at,
            due_at=row.due_at,
            strict_due_at=row.strict_due_at,
            provisional=row.provisional,
            met_at=row.met_at,
        )

    async def _note(
        self, reads: Reads, reader: Reader, action: Action, case: CaseRow, **told: str
    ) -> None:
        entry = JournalEntry(
            id=self.new_id(),
            at=self.clock.now(),
            action=action,
            actor=reader.office_code,
            agency_code=case.agency,
            transfer_id=case.transfer_id,
            data={"kid": reader.kid, **told},
        )
        await reads.journal.append([entry])


async def _case(reads: Reads, reader: Reader, transfer_id: UUID) -> CaseRow:
    case = await reads.views.find_case(reader.office_code, transfer_id)
    if case is None:
        raise Refusal("not_found", "no such transfer of your office")
    return case


async def _media_type(reads: Reads, case: CaseRow, digest: str) -> str | None:
    """Look a material up in the packet itself: what the agency did not name is no part of the transfer."""
    raw = await reads.documents.find(case.transfer_id, "packet", case.transfer_id)
    assert raw is not None  # stored in the transaction that stored the transfer
    packet = parse(TransferPacket, open_envelope(raw).payload)
    named = {material.digest: material.media_type for material in packet.materials}
    return named.get(digest)


async def _kept(reads: Reads, transfer_id: UUID, dispatch_id: UUID) -> bytes:
    found = await reads.documents.find(transfer_id, "dispatch", dispatch_id)
    assert found is not None  # stored in the transaction that set the digest
    return found


def _event(row: EventRow) -> Event:
    return Event(
        cursor=write_cursor(row.place),
        transfer_id=row.transfer_id,
        subject_id=row.subject_id,
        action=row.action,
        actor=row.actor,
        at=row.at,
        data=row.data,
    )


def _version(view: TransferView) -> str:
    """Name a state of the answer: the move that it is after, and a digest of all the rest."""
    return f"{view.move}-{sha256(to_json(view)).hexdigest()[:16]}"
