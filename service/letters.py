"""Letters of supervision and the replies to them: kept once for ever, each with our signed receipt."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from contracts.document import Fault, write
from contracts.jws import CLOCK_SKEW, Typ
from contracts.supervision import LetterReceipt, LetterSubject, Supervision, SupervisionReply
from service.correspondence import Correspondence, Letter
from service.domain.errors import Refusal
from service.ports import NewId
from service.supervision_ports import LetterDocument, LetterKey, StoredLetter, SupervisionRecords

AnyLetter = Letter[Supervision] | Letter[SupervisionReply]


@dataclass(frozen=True, slots=True)
class LetterAnswered:
    """Our signed receipt for a letter; `repeated` when these very bytes were answered before."""

    receipt: bytes
    supervision_id: UUID | None
    repeated: bool = False


class Done(NamedTuple):
    """What a letter came to, for its receipt."""

    status: str
    supervision_id: UUID | None = None
    lead_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Letters:
    """Answers letters; part of the transaction in which one is taken."""

    correspondence: Correspondence[SupervisionRecords]
    new_id: NewId

    async def find_answer(
        self, records: SupervisionRecords, letter: AnyLetter
    ) -> LetterAnswered | None:
        """Give the receipt that these very bytes got before, and keep others from taking their id meanwhile.

        Raises Refusal `letter_id_reused` when other bytes have the id.
        """
        key = _key_of(letter)
        before = await records.supervisions.hold_letter(key)
        if before is None:
            return None
        if before.digest != letter.envelope.digest:
            raise Refusal("letter_id_reused", f"{key.document} {key.letter_id}")
        return LetterAnswered(before.receipt, before.supervision_id, repeated=True)

    async def answer(
        self, records: SupervisionRecords, letter: AnyLetter, done: Done
    ) -> LetterAnswered:
        """Sign the receipt, and keep it and the letter with the rest of the transaction."""
        key = _key_of(letter)
        digest = letter.envelope.digest
        receipt = LetterReceipt(
            document="letter-receipt",
            version="1",
            receipt_id=str(self.new_id()),
            of=LetterSubject(document=key.document, id=key.letter_id, digest=digest),
            office=letter.office,
            supervision_id=str(done.supervision_id) if done.supervision_id else None,
            lead_id=str(done.lead_id) if done.lead_id else None,
            received_at=letter.at,
            status=done.status,
        )
        signed = self.correspondence.signer.sign(write(receipt), Typ.RECEIPT, letter.at)
        await records.supervisions.add_letter(
            StoredLetter(
                *(self.new_id(), key, done.supervision_id, digest, letter.at),
                content=letter.envelope.raw,
                receipt=signed,
            )
        )
        return LetterAnswered(signed, done.supervision_id)


def check_has_happened(letter: AnyLetter) -> None:
    """Refuse a letter of tomorrow; raises Refusal `schema`."""
    content = letter.content
    if isinstance(content, SupervisionReply):
        pointer, at = "/replied_at", content.replied_at
    else:
        pointer, at = "/issued_at", content.issued_at
    if at > letter.at + CLOCK_SKEW:
        fault = Fault(pointer=pointer, code="in_the_future", detail="it has not happened yet")
        raise Refusal("schema", faults=[fault])


def read_id(text: str | None) -> UUID | None:
    """Read an id of ours that somebody wrote; None for one that we cannot have given."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _key_of(letter: AnyLetter) -> LetterKey:
    content = letter.content
    letter_id = content.reply_id if isinstance(content, SupervisionReply) else content.letter_id
    document: LetterDocument = content.document
    return LetterKey(letter.office, document, letter_id)
