"""What supervision needs of the world; promises, as in `ports`."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from service.domain.registry import Endpoint
from service.domain.supervision import SupervisionState
from service.register_ports import RegisterRecords

LetterDocument = Literal["supervision", "supervision-reply"]


class LetterKey(NamedTuple):
    """What names a letter for ever: whose it is, which document, and the number that its office gave it."""

    office_code: str
    document: LetterDocument
    letter_id: str


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A signed letter or reply, and the receipt that its sender got; both byte for byte.

    `supervision_id` is what it opens, ends or answers; a dismissal has none.
    """

    id: UUID
    key: LetterKey
    supervision_id: UUID | None
    digest: str
    received_at: datetime
    content: bytes
    receipt: bytes


@dataclass(frozen=True, slots=True)
class ClaimedLetter:
    """A letter under our lease: only who holds `claim` may settle it."""

    id: UUID
    agency_code: str
    attempts: int
    claim: UUID
    digest: str
    content: bytes
    endpoint: Endpoint

    @property
    def noun(self) -> str:
        return "Supervision"


class Supervisions(Protocol):
    """Letters to agencies, one row each, and every signed document about them."""

    async def hold_letter(self, key: LetterKey) -> StoredLetter | None:
        """Lock an office's own id until the transaction ends, taken or not, and give what is kept under it."""
        ...

    async def add_letter(self, letter: StoredLetter) -> None:
        """Keep a signed document and its receipt; the caller holds its id, and nothing of it ever changes."""
        ...

    async def letter_of(self, supervision_id: UUID) -> bytes | None:
        """Give the letter that opened a supervision, byte for byte."""
        ...

    async def add(self, state: SupervisionState) -> None: ...

    async def find(self, supervision_id: UUID) -> SupervisionState | None:
        """Find one without locking it: what names its case never changes."""
        ...

    async def hold(self, supervision_id: UUID) -> SupervisionState | None:
        """Find one and lock it until the transaction ends."""
        ...

    async def change(self, before: SupervisionState, after: SupervisionState) -> bool:
        """Store what became of one; False when it moved meanwhile, and then nothing is changed."""
        ...

    async def running(self, lead_ids: Sequence[UUID]) -> list[SupervisionState]:
        """Those about any of these leads that are not closed."""
        ...

    async def claim(self, now: datetime, lease_until: datetime, limit: int) -> list[ClaimedLetter]:
        """Lease letters to agencies that can be called, the oldest first; nobody else gets them meanwhile."""
        ...

    async def release(
        self, claimed: ClaimedLetter, retry_at: datetime, problem: str | None
    ) -> None:
        """Put a letter back whose delivery nobody knows; without effect when the claim is not ours any more."""
        ...

    async def hold_claimed(self, claimed: ClaimedLetter) -> SupervisionState | None:
        """Lock a letter that waits under this very claim; None when the claim is not ours any more."""
        ...

    async def out_of_time(self, now: datetime, limit: int) -> list[SupervisionState]:
        """Lock letters that nobody took in time and that are under nobody's lease."""
        ...

    async def requeue(self, supervision_id: UUID, retry_at: datetime) -> None:
        """Let a letter that was given up be claimed again."""
        ...

    async def claim_near(self, now: datetime, limit: int) -> list[SupervisionState]:
        """Mark replies that have become near and give them; each is given once, whoever asks."""
        ...

    async def claim_missed(self, now: datetime, limit: int) -> list[SupervisionState]:
        """Mark replies that did not come in time and give them; each is given once, whoever asks."""
        ...

    async def run_out(self, now: datetime, limit: int) -> list[SupervisionState]:
        """Lock those whose present period has ended without a reply; others skip them."""
        ...

    async def hold_followed(self) -> tuple[SupervisionState, datetime] | None:
        """Lock a letter whose case was transferred after it and that does not say so yet, with the moment."""
        ...

    async def provisional(self, limit: int, after: UUID | None) -> list[SupervisionState]:
        """Lock open ones whose date rests on a calendar that was not published yet, in pages."""
        ...


class SupervisionRecords(RegisterRecords, Protocol):
    """The stores of one open transaction, supervision among them."""

    @property
    def supervisions(self) -> Supervisions: ...


class SupervisionUnitOfWork(Protocol):
    """Transactions with the stores of supervision: all or nothing, durable when the block ends."""

    def begin(self) -> AbstractAsyncContextManager[SupervisionRecords]:
        """Open one; raises OutcomeUnknownError when its commit was cut off and may have happened."""
        ...
