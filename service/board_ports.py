"""What the board needs of the database: reads of one transaction, bounded whatever there is."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from service.domain.board import Amount, CasePlace, Course, Gaps, Series, Silence, Standing
from service.domain.board_rows import (
    CaseTransferRow,
    DeadlinesAsked,
    GapRow,
    LeadsAsked,
    LetterPlace,
    LettersAsked,
    Line,
    Reply,
    RunningClock,
    SilentRow,
    StageCase,
    UndeterminedCase,
)
from service.domain.case_files import CaseKey
from service.domain.journal import JournalEntry
from service.domain.register_glimpses import LeadPlace, LeadRow
from service.domain.supervision import SupervisionState
from service.register_ports import StoredCase


class BoardQueries(Protocol):
    """Reads of one transaction. `agencies` are the codes of those that a figure is of."""

    async def states(
        self, agencies: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, int]]:
        """How many cases of each agency each name is true of, by name and agency; nought is left out."""
        ...

    async def by_month(
        self, agencies: Sequence[str], asked: Series
    ) -> Mapping[tuple[date, str], int]:
        """How many cases each name is true of, by month and name; a month of none is left out."""
        ...

    async def standing(
        self,
        agencies: Sequence[str],
        now: datetime,
        horizon: datetime,
        names: Sequence[str],
        before: datetime,
    ) -> Standing:
        """All that the tiles say, in one question: the states of these names, and whose register has not come since `before`.

        No clock that ends after `horizon` is near yet.
        """
        ...

    async def course(
        self, agencies: Sequence[str], now: datetime, monthly: Series, daily: Series
    ) -> Course:
        """All that the charts say, in one question; `daily` are the figures by day."""
        ...

    async def silence(self, agencies: Sequence[str], before: datetime) -> Silence: ...

    async def gaps(self, agencies: Sequence[str]) -> Gaps: ...

    async def leads(
        self, which: LeadsAsked, now: datetime, after: LeadPlace | None, limit: int
    ) -> list[LeadRow]: ...

    async def count_leads(self, which: LeadsAsked, now: datetime) -> Amount: ...

    async def other_detectors(
        self, cases: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Sequence[str]]: ...

    async def leads_of_case(
        self, agency: str, case_number: str, now: datetime
    ) -> list[LeadRow]: ...

    async def letters_of_case(self, agency: str, case_number: str) -> list[SupervisionState]: ...

    async def transfer_of_case(self, agency: str, case_number: str) -> CaseTransferRow | None: ...

    async def history(self, subject_id: UUID) -> list[Line]: ...

    async def case(self, key: CaseKey) -> StoredCase | None:
        """Open a case of the register; whoever does it notes it."""
        ...

    async def note(self, line: JournalEntry) -> None: ...

    async def undetermined(
        self,
        agencies: Sequence[str],
        detectors: Sequence[str] | None,
        after: CasePlace | None,
        limit: int,
    ) -> list[UndeterminedCase]: ...

    async def stage(
        self,
        agencies: Sequence[str],
        contributions: Sequence[str],
        after: CasePlace | None,
        limit: int,
        *,
        is_transferred: bool,
    ) -> list[StageCase]: ...

    async def deadlines(
        self,
        which: DeadlinesAsked,
        now: datetime,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[RunningClock]: ...

    async def count_deadlines(self, which: DeadlinesAsked, now: datetime) -> Amount: ...

    async def letter_list(
        self, which: LettersAsked, now: datetime, after: LetterPlace | None, limit: int
    ) -> list[SupervisionState]: ...

    async def count_letters(self, which: LettersAsked, now: datetime) -> Amount: ...

    async def replies(self, supervision_id: UUID) -> list[Reply]: ...

    async def silent(
        self,
        agencies: Sequence[str],
        before: datetime,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[SilentRow]: ...

    async def months_reported(
        self, agencies: Sequence[str], after: tuple[date, str] | None, limit: int, *, missing: bool
    ) -> list[GapRow]: ...


class BoardReading(Protocol):
    """Transactions in which everything is of the same moment."""

    def board(self) -> AbstractAsyncContextManager[BoardQueries]: ...
