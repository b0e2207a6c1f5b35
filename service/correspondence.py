"""Taking a signed letter: what acknowledgements, reports and supervision have in common, up to our receipt.

The letter, what follows from it and our receipt are one transaction. A crash leaves all of it or nothing;
the repeat of the same bytes gets the same receipt.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeVar
from uuid import UUID

from contracts.acknowledgement import Acknowledgement
from contracts.document import SchemaError, parse, write
from contracts.jws import Envelope, Typ, digest_of
from contracts.receipt import Receipt, Subject
from contracts.report import Report
from contracts.supervision import Supervision, SupervisionReply
from service.domain.admission import SignedDocument
from service.domain.errors import Refusal
from service.domain.journal import Action, JournalEntry
from service.domain.registry import OfficeKey, Registry
from service.domain.transfer import Status
from service.domain.verification import check_key_unchanged
from service.ports import (
    Clock,
    NewId,
    Records,
    Signer,
    VerifyAll,
)

Content = TypeVar("Content", Acknowledgement, Report, Supervision, SupervisionReply)
OfTransfer = TypeVar("OfTransfer", Acknowledgement, Report)
Reply = TypeVar("Reply")
R = TypeVar("R", bound=Records)
R_co = TypeVar("R_co", bound=Records, covariant=True)


class Transactions(Protocol[R_co]):
    """A unit of work, by the stores that its transactions have."""

    def begin(self) -> AbstractAsyncContextManager[R_co]:
        """Open one; raises OutcomeUnknownError when its commit was cut off and may have happened."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """Our signed receipt; `repeated` when these very bytes were answered before."""

    receipt: bytes
    transfer_id: UUID
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Letter(Generic[Content]):
    """A letter whose signature held and whose signer is the office that it names."""

    envelope: Envelope
    key: OfficeKey
    content: Content
    at: datetime

    @property
    def office(self) -> str:
        return self.key.office_code


@dataclass(frozen=True, slots=True)
class About:
    """What a receipt speaks of: the letter by its own id, and where the transfer stands after it."""

    letter_id: str
    transfer_id: UUID
    subject: UUID
    status: Status


@dataclass(frozen=True, slots=True)
class Correspondence(Generic[R]):
    """Takes letters; safe to run in several tasks and several processes at once."""

    uow: Transactions[R]
    registry: Callable[[], Registry]
    verify_all: VerifyAll
    signer: Signer
    clock: Clock
    new_id: NewId

    async def take(
        self,
        raw: bytes,
        typ: Typ,
        model: type[Content],
        act: Callable[[R, Letter[Content]], Awaitable[Reply]],
    ) -> Reply:
        """Verify and read a letter, and act on it in one transaction; a Refusal leaves a journal line only."""
        now = self.clock.now()
        signer: str | None = None
        try:
            letter = await self._read(raw, typ, model, now)
            signer = letter.office
            async with self.uow.begin() as records:
                await self._check_key_still_holds(records, letter.key, now)
                return await act(records, letter)
        except Refusal as refusal:
            await self._note_refusal(raw, typ, refusal, signer, now)
            raise

    async def _read(
        self, raw: bytes, typ: Typ, model: type[Content], now: datetime
    ) -> Letter[Content]:
        [verified] = await self.verify_all([raw], typ, self.registry(), now)
        if isinstance(verified, Refusal):
            raise verified
        envelope, key = verified
        try:
            content = parse(model, envelope.payload)
        except SchemaError as error:
            raise Refusal("schema", faults=error.faults) from None
        if content.office != key.office_code:
            detail = f"signed by {key.office_code}, written for {content.office}"
            raise Refusal("signer_mismatch", detail)
        return Letter(envelope, key, content, now)

    async def _check_key_still_holds(self, records: Records, key: OfficeKey, now: datetime) -> None:
        """Judge by the registry of this very transaction: a key revoked a moment ago signs nothing."""
        if await records.registries.version() != self.registry().version:
            check_key_unchanged(key, await records.registries.load(), now)

    async def answer(self, records: Records, letter: Letter[OfTransfer], about: About) -> Answered:
        """Sign the receipt of a letter about a transfer and keep it with the rest of the transaction."""
        document: Literal["acknowledgement", "report"] = letter.content.document
        receipt = Receipt(
            document="receipt",
            version="1",
            receipt_id=str(self.new_id()),
            of=Subject(document=document, id=about.letter_id, digest=letter.envelope.digest),
            office=letter.office,
            transfer_id=str(about.transfer_id),
            received_at=letter.at,
            status=about.status.value,
        )
        signed = self.signer.sign(write(receipt), Typ.RECEIPT, letter.at)
        await records.documents.add(
            [
                SignedDocument(
                    about.transfer_id,
                    "receipt",
                    about.subject,
                    digest_of(signed),
                    signed,
                    letter.at,
                )
            ]
        )
        return Answered(signed, about.transfer_id)

    async def _note_refusal(
        self, raw: bytes, typ: Typ, refusal: Refusal, signer: str | None, now: datetime
    ) -> None:
        entry = JournalEntry(
            id=self.new_id(),
            at=now,
            action=Action.DOCUMENT_REFUSED,
            actor=signer or "unknown",
            data={
                "document": typ.value.removesuffix("+jws"),
                "digest": digest_of(raw),
                "code": refusal.code,
                "pointers": [fault.pointer for fault in refusal.faults[:20]],
            },
        )
        async with self.uow.begin() as records:
            await records.journal.append([entry])
