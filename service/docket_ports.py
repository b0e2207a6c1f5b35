"""What reading and correcting a docket need of the world; each docstring is a promise of an adapter."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from contracts.answers import DispatchView
from service.domain.docket import (
    CorrectionRow,
    HistoryLine,
    LetterAbout,
    TransferRow,
    VersionRow,
)
from service.domain.signatures import KeptDocument
from service.domain.staff import Seat
from service.ports import Records

R = TypeVar("R")
Aside = Callable[[Callable[[], R]], Awaitable[R]]
"""Runs what takes long off the event loop."""


class Dockets(Protocol):
    """What a docket is made of; row-level security stands under each of these."""

    async def find(self, transfer_id: UUID, seat: Seat) -> TransferRow | None: ...

    async def documents(
        self, transfer_id: UUID, kinds: Sequence[str] | None = None
    ) -> list[KeptDocument]:
        """Signed documents in the order in which they came; of all kinds that are named."""
        ...

    async def dispatches(self, transfer_id: UUID) -> list[DispatchView]: ...

    async def history(self, transfer_id: UUID) -> list[HistoryLine]:
        """Everything that happened but readings, in the order of commits."""
        ...

    async def readings(self, transfer_id: UUID) -> list[HistoryLine]:
        """The latest readings, the newest first."""
        ...

    async def corrections(self, transfer_id: UUID) -> list[CorrectionRow]: ...

    async def letters(self, agency_code: str, case_number: str) -> list[LetterAbout]: ...

    async def versions(self, transfer: TransferRow) -> list[VersionRow]: ...

    async def people(self, staff_ids: Iterable[UUID]) -> Mapping[UUID, str]: ...

    async def was_opened(
        self, transfer_id: UUID, digest: str, kid: str, since: datetime, *, alone: bool = False
    ) -> bool:
        """Whether a line says that somebody opened the file; `alone` lets nobody else ask until the transaction ends."""
        ...


class DocketReads(Records, Protocol):
    """The stores of one open transaction, and the dockets beside them."""

    @property
    def dockets(self) -> Dockets: ...


class DocketReading(Protocol):
    """Guarded transactions for readers of one office."""

    def begin(self, *, snapshot: bool = False) -> AbstractAsyncContextManager[DocketReads]:
        """Open one; with `snapshot` all its queries see the same moment."""
        ...


class SeenStore(Protocol):
    """What people have seen, for the badge of what is new."""

    async def note(self, seat: Seat, transfer_id: UUID, move: int, at: datetime) -> None: ...


class SeenRecords(Records, Protocol):
    @property
    def seen(self) -> SeenStore: ...


class SeenUnitOfWork(Protocol):
    def begin(self) -> AbstractAsyncContextManager[SeenRecords]: ...


class CorrectionStore(Protocol):
    """What offices have laid over fields of packets; rows are only ever added."""

    async def latest(
        self, transfer_id: UUID, office_code: str, pointer: str
    ) -> CorrectionRow | None:
        """The office's last one over a field, which nobody else corrects until the transaction ends."""
        ...

    async def add(self, transfer_id: UUID, office_code: str, row: CorrectionRow) -> None: ...


class CorrectionRecords(Records, Protocol):
    @property
    def corrections(self) -> CorrectionStore: ...


class CorrectionUnitOfWork(Protocol):
    def begin(self) -> AbstractAsyncContextManager[CorrectionRecords]: ...
