"""What the register and its detection need of the world; promises, as in `ports`."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from contracts.case_record import CaseRecord, MonthlyCount
from service.domain.case_files import CaseKey, CaseOpinion, CaseTransfer
from service.domain.leads import Lead
from service.domain.slices import Buckets, Place
from service.ports import Records


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case as it is stored; `record` is None for one that is known by its transfer alone (`version` 0)."""

    id: UUID
    key: CaseKey
    bucket: int
    version: int
    digest: str | None
    content: bytes | None
    record: CaseRecord | None
    source: str | None
    recorded_at: datetime | None
    first_received_at: datetime | None
    received_at: datetime | None
    entered_at: datetime | None
    division: str
    sector: str
    family: str | None
    party_hash: bytes | None
    month: date
    decided_on: date | None
    conclusion: str
    offence_code: str | None
    missing: tuple[str, ...]
    undetermined: tuple[Mapping[str, Any], ...]
    rulebook_digest: str
    counted: tuple[str, ...]
    look_at: datetime | None
    look_is_provisional: bool


@dataclass(frozen=True, slots=True)
class EarlierRecord:
    """A version of a record that another one has replaced, or that came too late to replace one."""

    case_id: UUID
    version: int
    digest: str
    content: bytes
    source: str
    recorded_at: datetime | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A signed batch, and the receipt that its sender got."""

    id: UUID
    agency_code: str
    batch_id: str
    digest: str
    received_at: datetime
    content: bytes
    receipt: bytes


@dataclass(frozen=True, slots=True)
class BookName:
    """A rule book as it is called."""

    digest: str
    version: str


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice of a rescreening that is leased; `claim` is new with every lease, and settles nothing after it."""

    rescreening_id: UUID
    buckets: Buckets
    claim: UUID


@dataclass(frozen=True, slots=True)
class Screened:
    """What screening a slice came to; `differences` has what came out otherwise, as `below>meets` or `raised:X1`."""

    screened: int
    changed: int
    differences: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RescreeningProgress:
    """How far a rescreening is. One that is finished with slices left was ended by the next one."""

    id: UUID
    book: BookName
    started_at: datetime
    finished_at: datetime | None
    cases: int
    slices: int
    slices_left: int
    found: Screened

    def estimated_end(self, now: datetime) -> datetime | None:
        """When it will be finished at its pace so far; None for one that is, or of which nothing is done."""
        done = self.slices - self.slices_left
        if self.finished_at is not None or not done:
            return None
        return now + (now - self.started_at) * (self.slices_left / done)


class Cases(Protocol):
    """The register: one row a case."""

    async def hold_buckets(self, buckets: Sequence[int]) -> None:
        """Lock buckets until the transaction ends: who judges their cases is alone. In order, so nobody waits in a ring."""
        ...

    async def find(self, keys: Sequence[CaseKey]) -> dict[CaseKey, StoredCase]: ...

    async def of_parties(self, hashes: Sequence[bytes]) -> list[StoredCase]:
        """Every case of these parties, of any agency; the latest thousand of each party."""
        ...

    async def count_by_bucket(self) -> dict[int, int]:
        """How many cases each bucket has; those without any are left out."""
        ...

    async def places(self, buckets: Buckets) -> list[Place]:
        """Every case of a range of buckets, by its id and its party alone."""
        ...

    async def with_ids(self, ids: Sequence[UUID]) -> list[StoredCase]: ...

    async def transfers_of(self, keys: Sequence[CaseKey]) -> dict[CaseKey, CaseTransfer]:
        """The current transfer of each case that has one, withdrawn ones left out."""
        ...

    async def opinions_of(self, keys: Sequence[CaseKey]) -> dict[CaseKey, CaseOpinion]:
        """The penalty opinion of each case that was delivered and waits for its reply, the first due of several."""
        ...

    async def save(self, cases: Sequence[StoredCase]) -> None:
        """Store cases, new or changed; the caller holds their buckets."""
        ...

    async def keep_earlier(self, records: Sequence[EarlierRecord]) -> None: ...

    async def earlier_digests(self, case_ids: Sequence[UUID]) -> set[tuple[UUID, str]]:
        """The versions of these cases that were replaced, or came too late: (case, digest)."""
        ...

    async def due(self, now: datetime, limit: int) -> list[CaseKey]:
        """Cases that must be looked at by now, the longest due first."""
        ...

    async def provisional(self, limit: int, after: UUID | None) -> list[tuple[UUID, CaseKey]]:
        """Cases whose next look rests on a calendar that was not published yet, in pages."""
        ...

    async def connect(self, agency_code: str, now: datetime) -> datetime:
        """Note that an agency fed its register; give when it first did."""
        ...

    async def report_counts(
        self, agency_code: str, counts: Sequence[MonthlyCount], now: datetime
    ) -> None:
        """Keep what an agency's own register counts; a later word replaces an earlier one."""
        ...

    async def connected(self, agency_codes: Sequence[str]) -> dict[str, datetime]:
        """Since when each of these agencies feeds its register; those that never did are left out."""
        ...

    async def follow_journal(self, limit: int) -> tuple[list[CaseKey], bool] | None:
        """Read on in the journal and give the cases whose transfers or letters moved, and whether there is more.

        None when another process reads. The place is kept in the same transaction: what a crash cuts off
        is read again.
        """
        ...


class Leads(Protocol):
    """Leads, one a case and detector."""

    async def of_cases(self, keys: Sequence[CaseKey]) -> list[Lead]: ...

    async def get(self, lead_id: UUID) -> Lead | None:
        """Find a lead without locking it; its case's bucket is the lock."""
        ...

    async def save(self, leads: Sequence[Lead]) -> None:
        """Store leads, new or changed."""
        ...


class Tallies(Protocol):
    """Figures kept as things happen."""

    async def apply(self, changes: Mapping[tuple[str, date, str], int]) -> None:
        """Add to counts: (agency, first of the month, name) -> difference."""
        ...


class Batches(Protocol):
    """Signed batches and their receipts, byte for byte, sealed at rest."""

    async def find(self, agency_code: str, batch_id: str) -> StoredBatch | None: ...

    async def add(self, batch: StoredBatch) -> bool:
        """Store one; False when its id is taken."""
        ...


class RuleBookSwitch(Protocol):
    """Which book the register is judged by."""

    async def hold(self) -> str | None:
        """Keep the book from being switched until the transaction ends, and give its digest; None when none is."""
        ...

    async def take(self) -> BookName | None:
        """Wait until nobody judges, keep everybody from it until the transaction ends, and give the book in force."""
        ...

    async def judged_since(self) -> datetime | None:
        """When the register was last begun to be judged whole by the book in force; None when none is."""
        ...

    async def set(self, digest: str, now: datetime) -> None:
        """Put a book in force that is kept, and wake the running processes when the transaction has ended."""
        ...


class Rescreenings(Protocol):
    """The work of judging the register anew, in slices that are leased; one rescreening at a time."""

    async def begin(
        self,
        rescreening_id: UUID,
        digest: str,
        slices: Sequence[Buckets],
        cases: int,
        now: datetime,
    ) -> UUID | None:
        """Begin one; gives the unfinished one that it ends, whose slices are nobody's any more."""
        ...

    async def claim(self, claim: UUID, now: datetime, until: datetime) -> Slice | None:
        """Lease a slice that nobody has, or whose lease has ended; None when there is none."""
        ...

    async def renew(self, part: Slice, until: datetime) -> bool:
        """Lengthen a lease; False when the slice is no longer its holder's."""
        ...

    async def settle(self, part: Slice, found: Screened, now: datetime) -> bool:
        """Note that a slice is done; False, and nothing noted, when it is no longer its holder's."""
        ...

    async def finish(self, now: datetime) -> RescreeningProgress | None:
        """End the one under way when all its slices are done, and give its sums; None when there is nothing to end."""
        ...

    async def latest(self) -> RescreeningProgress | None:
        """How far the latest one is; None when there was none."""
        ...


class RegisterRecords(Records, Protocol):
    """The stores of one open transaction, those of the register among them."""

    @property
    def cases(self) -> Cases: ...
    @property
    def leads(self) -> Leads: ...
    @property
    def tallies(self) -> Tallies: ...
    @property
    def batches(self) -> Batches: ...
    @property
    def switch(self) -> RuleBookSwitch: ...
    @property
    def rescreenings(self) -> Rescreenings: ...


class RegisterUnitOfWork(Protocol):
    """Transactions with the register's stores: all or nothing, durable when the block ends."""

    def begin(self) -> AbstractAsyncContextManager[RegisterRecords]:
        """Open one; raises OutcomeUnknownError when its commit was cut off and may have happened."""
        ...


class RegisterSnapshots(Protocol):
    """Transactions that only read, and read all of one moment however long they last."""

    def snapshot(self) -> AbstractAsyncContextManager[RegisterRecords]: ...
