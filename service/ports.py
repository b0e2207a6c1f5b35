"""What the use cases need of the world. Each docstring is a promise that an adapter keeps and a test breaks."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from contracts.jws import Envelope, Typ
from service.domain.admission import Admission, NewDispatch, SignedDocument, StoredPacket
from service.domain.delivery import Answer, ClaimedDispatch, Parcel, Patience, Settlement
from service.domain.errors import Refusal
from service.domain.journal import JournalEntry
from service.domain.registry import Endpoint, OfficeKey, Registry
from service.domain.transfer import DispatchStatus, Status
from service.stored import DispatchState, Source, StoredDeadline, StoredReport, TransferState


class Clock(Protocol):
    """The present moment, aware and in UTC; tests hold it."""

    def now(self) -> datetime: ...


NewId = Callable[[], UUID]
"""Makes ids that sort by the time they were made (UUIDv7, RFC 9562)."""

Jitter = Callable[[], float]
"""Draws from [0, 1)."""

Verified = tuple[Envelope, OfficeKey] | Refusal
VerifyAll = Callable[[Sequence[bytes], Typ, Registry, datetime], Awaitable[list[Verified]]]
"""Verifies many documents at once, in order, off the event loop."""


class Signer(Protocol):
    """The platform's signature."""

    def sign(self, payload: bytes, typ: Typ, at: datetime) -> bytes:
        """Sign a document as the platform; the answer is the text to send and to keep."""
        ...

    async def sign_all(self, payloads: Sequence[bytes], typ: Typ, at: datetime) -> list[bytes]:
        """Sign many at once, in order, off the event loop."""
        ...


class Vault(Protocol):
    """Keeps what must not lie open in a database, a backup or a disk."""

    def seal(self, content: bytes, context: bytes) -> bytes:
        """Encrypt and authenticate; only the same context opens it again."""
        ...

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Give back what was sealed; raises ValueError when it was changed, moved or sealed by another key."""
        ...

    def fingerprint(self, identifier: str) -> bytes:
        """A keyed hash by which the same party is found again across agencies, and nothing else is learnt."""
        ...

    def fingerprints(self, texts: Collection[str], context: str) -> list[int]:
        """Keyed hashes of 63 bits by which texts are searched for; those of one context say nothing of another's."""
        ...


class Courier(Protocol):
    """Carries a signed document to an endpoint that can be called."""

    async def send(self, endpoint: Endpoint, parcel: Parcel, document: bytes) -> Answer:
        """Send once; safe to repeat. Network trouble is an Answer, never an exception."""
        ...


class MaterialStore(Protocol):
    """Files of cases by digest, scoped to the agency that brought them."""

    async def store(
        self, agency_code: str, digest: str, chunks: AsyncIterator[bytes], limit: int
    ) -> int:
        """Store a stream durably and give its size; memory does not grow with it. Idempotent.

        Raises Refusal `digest_mismatch`, `too_large`, `storage_full`; then nothing is left behind.
        """
        ...

    async def holds(self, agency_code: str, digest: str) -> bool:
        """Tell whether the file is in its place; its content is not looked at."""
        ...

    async def size(self, agency_code: str, digest: str) -> int | None:
        """Give how many bytes the file has; None where it is not in its place."""
        ...

    def read(
        self, agency_code: str, digest: str, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        """Give the content in pieces, or `length` bytes of it from `start`; raises FileNotFoundError."""
        ...


class Transfers(Protocol):
    """Transfers and what belongs to them from the first moment."""

    async def add(
        self, admissions: Sequence[Admission], lines: Sequence[JournalEntry]
    ) -> set[UUID]:
        """Store admissions with all that belongs to them and their journal lines; give the ids stored.

        One whose packet_id or case is taken is left out whole: nothing of it is stored, its line neither.
        """
        ...

    async def hold(self, transfer_ids: Sequence[UUID]) -> None:
        """Lock transfers before anything of theirs is locked or changed, until the transaction ends."""
        ...

    async def find_packet(self, agency_code: str, packet_id: str) -> StoredPacket | None: ...

    async def find_current(self, agency_code: str, case_number: str) -> StoredPacket | None: ...

    async def supersede(self, transfer_id: UUID, move: int) -> bool:
        """Make room for the successor: False when the transfer moved meanwhile."""
        ...

    async def sources(self, transfer_ids: Sequence[UUID]) -> list[Source]: ...

    async def lock(self, transfer_ids: Sequence[UUID]) -> list[TransferState]:
        """Lock transfers in the order of their ids, until the transaction ends."""
        ...

    async def peek(self, transfer_ids: Sequence[UUID]) -> list[TransferState]:
        """Give transfers as `lock` would, without locking them: to foretell, not to move."""
        ...

    async def move(self, moves: Sequence[tuple[UUID, int, Status, datetime]]) -> int:
        """Set new statuses where the move number is still the expected one; give how many were."""
        ...


class Dispatches(Protocol):
    """The delivery queue, which is the legal record of delivery too."""

    async def claim(
        self, now: datetime, lease_until: datetime, limit: int, breaker_after: int
    ) -> list[ClaimedDispatch]:
        """Lease the most urgent due dispatches, at most as many per endpoint as its room and pace allow."""
        ...

    async def compose(self, digests: Sequence[tuple[UUID, UUID, str]]) -> None:
        """Note the digest of the document about to be sent: (dispatch, claim, digest)."""
        ...

    async def settle(
        self, settlements: Sequence[Settlement], patience: Patience, jitter: Jitter
    ) -> set[UUID]:
        """Record outcomes where the claim is still ours; give the dispatches that it was for."""
        ...

    async def out_of_time(self, now: datetime, limit: int) -> list[UUID]:
        """The transfers of what is out of time and under nobody's lease."""
        ...

    async def give_up(self, now: datetime, transfer_ids: Sequence[UUID]) -> list[DispatchState]:
        """Make undeliverable what of these transfers is out of time and under nobody's lease."""
        ...

    async def transfer_of(self, dispatch_id: UUID) -> UUID | None: ...

    async def add(
        self, transfer_id: UUID, agency_code: str, dispatches: Sequence[NewDispatch], at: datetime
    ) -> None:
        """Add an addressee to a transfer that is stored already."""
        ...

    async def get(self, dispatch_id: UUID) -> DispatchState | None:
        """Find a dispatch and lock it until the transaction ends."""
        ...

    async def acknowledge(
        self, dispatch_id: UUID, status: DispatchStatus, at: datetime, digest: str
    ) -> bool:
        """Record a posted acknowledgement; False when the dispatch is answered already."""
        ...

    async def recall(self, transfer_ids: Sequence[UUID]) -> list[DispatchState]:
        """Take back what was not delivered yet."""
        ...

    async def take_back(self, dispatch_id: UUID, now: datetime) -> datetime | None:
        """Take one dispatch back and give when it was due; None when it is taken, answered, or being sent at this moment."""
        ...

    async def release(
        self, transfer_id: UUID, now: datetime, due_at: datetime, give_up_at: datetime
    ) -> int:
        """Let held dispatches of a transfer go; give how many."""
        ...

    async def take_out(self, dispatch_id: UUID, now: datetime) -> ClaimedDispatch:
        """Claim a dispatch that was never composed, for this transaction only."""
        ...

    async def of_office(self, transfer_id: UUID, office_code: str) -> DispatchState | None:
        """Find an office's dispatch without locking it."""
        ...

    async def hand_over(self, dispatch_id: UUID, at: datetime) -> bool:
        """Mark delivered what was written and not yet delivered; False when there is nothing to mark."""
        ...

    async def resend(self, dispatch_id: UUID, now: datetime, give_up_at: datetime) -> bool:
        """Put a stuck dispatch back into the queue; False when it is not stuck."""
        ...


class Documents(Protocol):
    """Signed documents, byte for byte, sealed at rest."""

    async def add(self, documents: Sequence[SignedDocument]) -> None: ...

    async def find(self, transfer_id: UUID, kind: str, subject: UUID) -> bytes | None: ...

    async def find_many(
        self, kind: str, keys: Sequence[tuple[UUID, UUID]]
    ) -> dict[tuple[UUID, UUID], bytes]: ...


class Reports(Protocol):
    """What offices told of a transfer."""

    async def add(self, report: StoredReport) -> bool:
        """Store a report; False when the office has used the report_id before."""
        ...

    async def find_digest(self, office_code: str, report_id: str) -> tuple[UUID, UUID, str] | None:
        """What is stored under a report_id: (row, transfer, digest)."""
        ...


class Deadlines(Protocol):
    """Statutory clocks."""

    async def of_transfers(self, transfer_ids: Sequence[UUID]) -> list[StoredDeadline]: ...

    async def add(self, rows: Sequence[StoredDeadline]) -> None: ...

    async def update(self, rows: Sequence[StoredDeadline]) -> None:
        """Store what became of clocks: met, void, or computed anew."""
        ...

    async def void(self, transfer_id: UUID, at: datetime) -> None:
        """End every running clock of a transfer that was set aside."""
        ...

    async def claim_near(self, now: datetime, limit: int) -> list[StoredDeadline]:
        """Mark clocks that have become near and give them; each is given once, whoever asks."""
        ...

    async def claim_missed(self, now: datetime, limit: int) -> list[StoredDeadline]:
        """Mark clocks that ran out and give them; each is given once, whoever asks."""
        ...

    async def provisional(self, limit: int, after: UUID | None) -> list[StoredDeadline]:
        """Open clocks whose date rests on a calendar that was not published yet."""
        ...


class Journal(Protocol):
    """The append-only record; the database refuses to change a line."""

    async def append(self, entries: Sequence[JournalEntry]) -> None: ...


class Materials(Protocol):
    """Which materials we hold."""

    async def add(self, agency_code: str, digest: str, size: int, at: datetime) -> None: ...

    async def find(self, agency_code: str, digest: str) -> tuple[int, datetime] | None: ...

    async def missing(self, named: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Of (agency, digest) pairs, those we do not hold."""
        ...


class Registries(Protocol):
    """The registry as it is stored."""

    async def version(self) -> int: ...

    async def load(self) -> Registry: ...


class RuleBooks(Protocol):
    """Rule books by digest, so that any verdict can be computed again."""

    async def add(self, digest: str, version: str, document: str, at: datetime) -> None: ...

    async def find(self, digest: str) -> str | None: ...


class Records(Protocol):
    """The stores of one open transaction."""

    @property
    def transfers(self) -> Transfers: ...
    @property
    def dispatches(self) -> Dispatches: ...
    @property
    def documents(self) -> Documents: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def deadlines(self) -> Deadlines: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def materials(self) -> Materials: ...
    @property
    def registries(self) -> Registries: ...
    @property
    def rulebooks(self) -> RuleBooks: ...


class UnitOfWork(Protocol):
    """Transactions: all or nothing, durable when the block ends."""

    def begin(self) -> AbstractAsyncContextManager[Records]:
        """Open one; raises OutcomeUnknownError when its commit was cut off and may have happened."""
        ...


class Measure(Protocol):
    """Counts and times; labels are codes of ours, never anything of a case."""

    def count(self, name: str, by: int = 1, **labels: str) -> None: ...

    def observe(self, name: str, seconds: float, **labels: str) -> None: ...


JsonObject = Mapping[str, Any]
