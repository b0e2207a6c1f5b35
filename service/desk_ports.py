"""What desks need of the world beside what every use case does; each docstring is a promise of an adapter."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from contracts.answers import HistoryEntry
from contracts.jws import Typ
from service.domain.acting import Act, LetterMatter, TransferMatter
from service.domain.claims import Claim, Subject
from service.domain.staff import Person
from service.supervision_ports import SupervisionRecords


class DeskSigner(Protocol):
    """Signs for an office with the key that the platform keeps for its desk."""

    async def sign(self, office_code: str, payload: bytes, typ: Typ, at: datetime) -> bytes:
        """Sign as the office; raises Refusal `no_desk_key` where it has none that is in force."""
        ...

    def can_sign(self, office_code: str) -> bool:
        """Tell whether an office has a key in force, by the registry as it is known here."""
        ...


class DeskClaims(Protocol):
    """Who works on what, one row a matter and office."""

    async def find(self, office_code: str, subject_id: UUID) -> Claim | None:
        """Give the claim as it is stored, ended or not."""
        ...

    async def find_many(
        self, office_code: str, subject_ids: Sequence[UUID]
    ) -> dict[UUID, Claim]: ...

    async def hold(self, office_code: str, subject_id: UUID) -> Claim | None:
        """Give it and lock it until the transaction ends: whoever comes second sees what the first has done."""
        ...

    async def take(self, claim: Claim, now: datetime) -> bool:
        """Claim, or renew one's own; False where another's still runs. Of two at once, one wins."""
        ...

    async def take_over(self, claim: Claim, reason: str, taken_from: UUID | None) -> None:
        """Claim whoever holds it; the reason is sealed."""
        ...

    async def release(self, office_code: str, subject_id: UUID, staff_id: UUID) -> bool:
        """Give up one's own; False where it is not one's own any more."""
        ...


class JournalPart(NamedTuple):
    """A line of the journal with the move that it was."""

    entry: HistoryEntry
    move: int | None


class DeskActs(Protocol):
    """Decisions on their way, and what they are about."""

    async def add(self, acts: Sequence[Act]) -> None: ...

    async def find(self, act_id: UUID) -> Act | None: ...

    async def hold(self, act_id: UUID) -> Act | None:
        """Find one and lock it until the transaction ends: whoever comes second sees what the first has done."""
        ...

    async def of_group(self, group_id: UUID) -> list[Act]:
        """Those of one bulk action, in the order in which they were put together."""
        ...

    async def sign(self, act: Act) -> None:
        """Keep the signed document; it is never replaced."""
        ...

    async def settle(self, act_id: UUID, outcome: str, receipt: str | None, at: datetime) -> bool:
        """Write down how it ended; False where that is written already, and then nothing is changed."""
        ...

    async def receipt_of(self, act: Act) -> str | None:
        """Give the digest of the receipt of what an act signed; None where that was never taken in."""
        ...

    async def unsettled(self, signed_before: datetime, limit: int) -> list[UUID]:
        """Some of those that were signed and whose end nobody has written down, any of them."""
        ...

    async def transfers(
        self, office_code: str, transfer_ids: Sequence[UUID]
    ) -> list[TransferMatter]:
        """Of these transfers, those that were dispatched to the office."""
        ...

    async def letter(self, office_code: str, supervision_id: UUID) -> LetterMatter | None:
        """A letter of the office's own."""
        ...

    async def history(self, subject: Subject, subject_id: UUID) -> list[JournalPart]:
        """What happened but readings, in the order of commits; the latest five hundred lines."""
        ...


class DeskStaff(Protocol):
    """People, by their ids."""

    async def find(self, staff_id: UUID) -> Person | None: ...


class DeskRecords(SupervisionRecords, Protocol):
    """The stores of one open transaction, those of desks among them."""

    @property
    def claims(self) -> DeskClaims: ...
    @property
    def acts(self) -> DeskActs: ...
    @property
    def staff(self) -> DeskStaff: ...


class DeskUnitOfWork(Protocol):
    def begin(self) -> AbstractAsyncContextManager[DeskRecords]:
        """Open one; raises OutcomeUnknownError when its commit was cut off and may have happened."""
        ...


class DeskReading(Protocol):
    """Transactions for pages, under the guard of an office."""

    def begin(self) -> AbstractAsyncContextManager[DeskRecords]: ...
