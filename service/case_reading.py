"""Case reading: the whole docket of a transfer for somebody at a desk, and the files that belong to it.

What an office may see is decided below every query, by row-level security: its own cases, and those of its
jurisdiction if it supervises. Reading leaves its line in the transaction that read.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, TypeVar
from uuid import UUID

from pydantic_core import from_json

from contracts.acknowledgement import Acknowledgement
from contracts.answers import DispatchView
from contracts.document import Document, SchemaError, parse
from contracts.jws import SignatureError, open_envelope
from contracts.packet import TransferPacket
from contracts.receipt import Receipt
from contracts.report import Report
from service.composition import Shelf
from service.docket_ports import Aside, DocketReading, DocketReads, SeenUnitOfWork
from service.domain.admission import Standards
from service.domain.assessment import assess
from service.domain.computation import explain
from service.domain.docket import (
    Answer,
    CaseMaterial,
    Correction,
    CorrectionRow,
    DeadlineTold,
    Docket,
    HistoryLine,
    LetterAbout,
    TransferRow,
    VersionRow,
    correction_context,
)
from service.domain.errors import Refusal
from service.domain.journal import Action, JournalEntry
from service.domain.registry import Registry
from service.domain.rulebook import CompiledRuleBook
from service.domain.screening import Screening
from service.domain.signatures import TYPS, KeptDocument, PlatformKeys, Signature, signature_of
from service.domain.staff import Seat
from service.domain.working_days import SHANGHAI
from service.ports import Clock, MaterialStore, NewId, Vault
from service.stored import StoredDeadline

READ_AGAIN_AFTER = timedelta(hours=1)
"""A file that somebody looks at leaves one line in this time, in however many pieces it is fetched."""


class _Fetched(NamedTuple):
    """The rows of a docket before anything is opened."""

    transfer: TransferRow
    documents: list[KeptDocument]
    dispatches: list[DispatchView]
    deadlines: list[StoredDeadline]
    history: list[HistoryLine]
    readings: list[HistoryLine]
    corrections: Mapping[str, Sequence[Correction]]
    letters: list[LetterAbout]
    versions: list[VersionRow]
    people: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class CaseReading:
    """Answers somebody at a desk. What his office may not see is `not_found`."""

    reading: DocketReading
    uow: SeenUnitOfWork
    shelf: Shelf
    materials: MaterialStore
    vault: Vault
    registry: Callable[[], Registry]
    standards: Callable[[], Standards]
    platform_keys: PlatformKeys
    aside: Aside[list[Signature]]
    clock: Clock
    new_id: NewId

    async def docket(self, seat: Seat, transfer_id: UUID) -> Docket:
        """Give the whole case file, every signature verified anew; raises Refusal `not_found`."""
        now = self.clock.now()
        async with self.reading.begin(snapshot=True) as reads:
            fetched = await self._fetch(reads, seat, transfer_id)
            packet = _packet_in(fetched.documents)
            book = await self.shelf.find(reads, fetched.transfer.rulebook_digest)
            await self._note(reads, seat, Action.TRANSFER_READ, fetched.transfer)
        if fetched.transfer.is_party and fetched.transfer.seen_move != fetched.transfer.move:
            async with self.uow.begin() as records:
                await records.seen.note(seat, transfer_id, fetched.transfer.move, now)
        return await self._docket(fetched, packet, book, now)

    async def material(
        self, seat: Seat, transfer_id: UUID, digest: str
    ) -> tuple[CaseMaterial, int]:
        """Open a file of the case: what it is and how many bytes it has; raises Refusal `not_found`."""
        now = self.clock.now()
        async with self.reading.begin() as reads:
            transfer = await _found(reads, seat, transfer_id)
            documents = await reads.dockets.documents(transfer_id, ("packet", "report"))
            named = {one.material.digest: one for one in _materials(transfer, documents)}
            if digest not in named:
                raise Refusal("not_found", "the case has no such material")
            size = await self.materials.size(named[digest].office_code, digest)
            if size is None:
                raise Refusal("not_found", "the file is not in its place")
            await self._note_once(reads, seat, transfer, digest, now)
        return named[digest], size

    async def sample(self, material: CaseMaterial, length: int) -> bytes | None:
        """Give the first bytes of a file, to see what it is; None where it is not in its place."""
        try:
            pieces = self.content(material, 0, length)
            return b"".join([piece async for piece in pieces])
        except FileNotFoundError:
            return None

    def content(
        self, material: CaseMaterial, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        """Give a file, or a part of it, in pieces; who opened it has its line already."""
        return self.materials.read(material.office_code, material.material.digest, start, length)

    async def _fetch(self, reads: DocketReads, seat: Seat, transfer_id: UUID) -> _Fetched:
        transfer, dockets = await _found(reads, seat, transfer_id), reads.dockets
        history = await dockets.history(transfer_id)
        readings = await dockets.readings(transfer_id)
        rows = await dockets.corrections(transfer_id)
        people = await dockets.people(
            {line.staff_id for line in (*history, *readings) if line.staff_id}
            | {row.staff_id for row in rows}
        )
        return _Fetched(
            transfer,
            await dockets.documents(transfer_id),
            await dockets.dispatches(transfer_id),
            list(await reads.deadlines.of_transfers([transfer_id])),
            history,
            readings,
            self._corrections(transfer_id, rows, people),
            await dockets.letters(transfer.agency_code, transfer.case_number),
            await dockets.versions(transfer),
            people,
        )

    async def _docket(
        self,
        fetched: _Fetched,
        packet: TransferPacket,
        book: CompiledRuleBook | None,
        now: datetime,
    ) -> Docket:
        signatures = await self.aside(partial(self._verified, fetched.documents, now))
        receipts = [one for one in signatures if one.of.subject == fetched.transfer.id]
        return Docket(
            transfer=fetched.transfer,
            packet=packet,
            materials=_materials(fetched.transfer, fetched.documents),
            screening=_screening(fetched.transfer, packet, book) if book else None,
            book=book,
            receipt=next(
                (_read(Receipt, one.of) for one in receipts if one.of.kind == "receipt"), None
            ),
            dispatches=fetched.dispatches,
            acknowledgements=_acknowledgements(signatures, fetched.dispatches),
            reports=[_report(one) for one in signatures if one.of.kind == "report"],
            deadlines=self._told(fetched.deadlines),
            history=fetched.history,
            readings=fetched.readings,
            people=fetched.people,
            corrections=fetched.corrections,
            signatures=signatures,
            letters=fetched.letters,
            versions=fetched.versions,
            calendars=self.standards().calendars,
            read_at=now,
        )

    def _corrections(
        self, transfer_id: UUID, rows: Iterable[CorrectionRow], people: Mapping[UUID, str]
    ) -> Mapping[str, Sequence[Correction]]:
        """Open corrections and sort them by the field that they lie over, the latest last."""
        found: dict[str, list[Correction]] = defaultdict(list)
        for row in rows:
            text = self.vault.open(row.sealed, correction_context(transfer_id, row.id))
            told, person = from_json(text), people.get(row.staff_id)
            found[row.pointer].append(
                Correction(row.pointer, told["value"], told["reason"], person, row.made_at)
            )
        return found

    def _verified(self, documents: Sequence[KeptDocument], now: datetime) -> list[Signature]:
        registry = self.registry()
        ordered = sorted(documents, key=lambda one: (one.stored_at, _ORDER.index(one.kind)))
        return [signature_of(one, registry, self.platform_keys, now) for one in ordered]

    def _told(self, stored: Iterable[StoredDeadline]) -> list[DeadlineTold]:
        calendars = self.standards().calendars
        told = [
            DeadlineTold(one.id, one.deadline, explain(one.deadline, calendars)) for one in stored
        ]
        return sorted(told, key=lambda one: (not one.deadline.is_open, one.deadline.due_at, one.id))

    async def _note_once(
        self, reads: DocketReads, seat: Seat, transfer: TransferRow, digest: str, now: datetime
    ) -> None:
        """Leave the line of an opened file, once in a while: a viewer fetches it in many pieces at once."""
        asked = (transfer.id, digest, seat.reader.kid, now - READ_AGAIN_AFTER)
        if await reads.dockets.was_opened(*asked):
            return
        if not await reads.dockets.was_opened(*asked, alone=True):
            await self._note(reads, seat, Action.MATERIAL_READ, transfer, digest=digest)

    async def _note(
        self, reads: DocketReads, seat: Seat, action: Action, transfer: TransferRow, **told: str
    ) -> None:
        reader = seat.reader
        entry = JournalEntry(
            id=self.new_id(),
            at=self.clock.now(),
            action=action,
            actor=reader.office_code,
            agency_code=transfer.agency_code,
            transfer_id=transfer.id,
            data={"kid": reader.kid, **told},
        )
        await reads.journal.append([entry])


# In which order documents come that were stored at one moment.
_ORDER = tuple(TYPS)


async def _found(reads: DocketReads, seat: Seat, transfer_id: UUID) -> TransferRow:
    transfer = await reads.dockets.find(transfer_id, seat)
    if transfer is None:
        raise Refusal("not_found", "no such transfer of your office")
    return transfer


def _screening(transfer: TransferRow, packet: TransferPacket, book: CompiledRuleBook) -> Screening:
    """Judge the packet again by the book and on the day of its arrival: the very screening that was signed."""
    received_on = transfer.received_at.astimezone(SHANGHAI).date()
    return assess(packet, book, received_on, explain=True)


def _packet_in(documents: Iterable[KeptDocument]) -> TransferPacket:
    packet = next((_read(TransferPacket, one) for one in documents if one.kind == "packet"), None)
    if packet is None:
        raise ValueError("the packet of a stored transfer cannot be read any more")
    return packet


_D = TypeVar("_D", bound=Document)


def _read(model: type[_D], kept: KeptDocument) -> _D | None:
    """Read a kept document; None where its bytes are not what they were, which its signature tells."""
    try:
        return parse(model, open_envelope(kept.content or b"").payload)
    except (SignatureError, SchemaError):
        return None


def _materials(transfer: TransferRow, documents: Sequence[KeptDocument]) -> Sequence[CaseMaterial]:
    """List the packet's materials, then those that came with reports."""
    found: dict[str, CaseMaterial] = {}
    for one in documents:
        if one.kind == "packet":
            packet = _read(TransferPacket, one)
            named = packet.materials if packet else []
            brought = [CaseMaterial(each, transfer.agency_code, one.stored_at) for each in named]
        elif one.kind == "report" and (report := _read(Report, one)):
            brought = [
                CaseMaterial(each, report.office, one.stored_at) for each in report.materials
            ]
        else:
            continue
        for material in brought:
            found.setdefault(material.material.digest, material)
    return tuple(found.values())


def _acknowledgements(
    signatures: Iterable[Signature], dispatches: Iterable[DispatchView]
) -> list[Answer]:
    offices = {one.dispatch_id: one.office for one in dispatches}
    return [
        Answer(
            office_code=offices.get(one.of.subject),
            stored_at=one.of.stored_at,
            signature=one,
            acknowledgement=_read(Acknowledgement, one.of),
        )
        for one in signatures
        if one.of.kind == "acknowledgement"
    ]


def _report(signature: Signature) -> Answer:
    report = _read(Report, signature.of)
    office = report.office if report else signature.office_code
    return Answer(office, signature.of.stored_at, signature, report=report)
