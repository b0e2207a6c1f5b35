"""Board 监督总览: what a supervising office sees of its jurisdiction, figures and the lists behind them.

Every figure comes from what is kept as things happen or from a bounded look at an index, and every list asks with the
conditions of its figure. Nothing here opens a case: whoever reads one does it through the use case that notes it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from contracts.case_record import CaseRecord
from contracts.detectors import Detector
from contracts.document import parse
from contracts.jws import open_envelope
from contracts.supervision import SupervisionReply
from contracts.supervision_views import LeadView, SupervisionView
from service.board_ports import BoardQueries, BoardReading
from service.domain.access import Reader
from service.domain.admission import Standards
from service.domain.appraisal import NEVER_TRANSFERRED, UNDETERMINED, months_until
from service.domain.board import (
    DAY_NAMES,
    MOST_MONTHS,
    OF_TRANSFERS,
    TRENDS,
    Amount,
    CasePlace,
    Charts,
    Gaps,
    KeptBack,
    Month,
    Months,
    Series,
    Tiles,
    agencies_of,
    calendar_days,
    days_of,
    today,
)
from service.domain.board_rows import (
    CaseTransferRow,
    DeadlinesAsked,
    GapRow,
    LeadsAsked,
    LetterPlace,
    LettersAsked,
    Line,
    ListedLead,
    RunningClock,
    SilentRow,
    StageCase,
    UndeterminedCase,
)
from service.domain.case_files import CaseKey
from service.domain.computation import Computation, explain
from service.domain.deadlines import Context, Deadline
from service.domain.journal import Action, JournalEntry
from service.domain.jurisdiction import prefix_of
from service.domain.lead_clocks import computations_of
from service.domain.leads import LeadClock
from service.domain.register_glimpses import LeadPlace, LeadRow
from service.domain.registry import Office, Registry
from service.domain.supervision import SupervisionState
from service.domain.urgency import NEVER
from service.ports import Clock, NewId

T = TypeVar("T")
P = TypeVar("P")
_LONGEST_WARNING = timedelta(days=31)
"""No clock is near for longer; a test holds the table of clocks against it."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[T, P]):
    """One page of a list, at a moment; `next` is the place after which the next page begins."""

    as_of: datetime
    rows: Sequence[T]
    total: Amount | None
    next: P | None


class AroundLead(NamedTuple):
    """What else is known of the case of a lead."""

    others: Sequence[LeadRow]
    letters: Sequence[SupervisionState]
    transfer: CaseTransferRow | None
    history: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Board:
    """Tells a supervising office how its jurisdiction stands. `expected_every` is how often a register should come."""

    reading: BoardReading
    registry: Callable[[], Registry]
    standards: Callable[[], Standards]
    clock: Clock
    new_id: NewId
    expected_every: timedelta

    def agencies(
        self, reader: Reader, sector: str | None = None, agency: str | None = None
    ) -> list[Office]:
        """Give the agencies of the reader's jurisdiction, all or those asked for."""
        registry = self.registry()
        return agencies_of(
            registry, prefix_of(registry.offices[reader.office_code]), sector, agency
        )

    async def tiles(self, agencies: Sequence[str]) -> Tiles:
        """Say how agencies stand; it costs the same however many cases and transfers there are."""
        now = self.clock.now()
        async with self.reading.board() as queries:
            found = await queries.standing(
                *(agencies, now, now + _LONGEST_WARNING),
                names=(NEVER_TRANSFERRED, UNDETERMINED),
                before=now - self.expected_every,
            )
        kept, undetermined = (
            found.states.get(name, {}) for name in (NEVER_TRANSFERRED, UNDETERMINED)
        )
        return Tiles(
            as_of=now,
            kept_back=KeptBack(sum(kept.values()), len(kept), found.first_kept_back),
            clocks=found.clocks,
            undetermined=sum(undetermined.values()),
            undetermined_agencies=len(undetermined),
            silence=found.silence,
            gaps=found.gaps,
            letters=found.letters,
        )

    async def charts(self, agencies: Sequence[str], last: date) -> Charts:
        """Count what agencies did until a month, and how old is what waits; it costs the same likewise."""
        now = self.clock.now()
        span = Months(months_until(last, MOST_MONTHS)[0], last)
        year = Months(months_until(last, 12)[0], last)
        async with self.reading.board() as queries:
            found = await queries.course(
                agencies, now, monthly=Series(TRENDS, span), daily=Series(DAY_NAMES, year)
            )
        return Charts(
            as_of=now,
            lead_ages=found.lead_ages,
            clock_ages=found.clock_ages,
            months=[
                Month(month, {name: found.by_month.get((month, name), 0) for name in TRENDS})
                for month in span.all
            ],
            days=days_of(found.by_month, calendar_days(last, today(now))),
        )

    async def leads(
        self, which: LeadsAsked, after: LeadPlace | None, limit: int
    ) -> Listed[ListedLead, LeadPlace]:
        """List leads, the highest score first; by case, each with the other detectors that name it."""
        now = self.clock.now()
        also: Mapping[tuple[str, str], Sequence[str]] = {}
        async with self.reading.board() as queries:
            found = await queries.leads(which, now, after, limit + 1)
            total = await _count_leads(queries, which, now)
            shown = found[:limit]
            if which.by_case:
                also = await queries.other_detectors(
                    [(one.agency, one.case_number) for one in shown]
                )
        rows = [
            ListedLead(
                row,
                [
                    name
                    for name in also.get((row.agency, row.case_number), ())
                    if name != row.detector
                ],
            )
            for row in shown
        ]
        return Listed(now, rows, total, shown[-1].place if len(found) > limit else None)

    async def around(self, lead_id: UUID, key: tuple[str, str]) -> AroundLead:
        """Give what else is known of the case of a lead that the reader may see."""
        now = self.clock.now()
        async with self.reading.board() as queries:
            return AroundLead(
                [one for one in await queries.leads_of_case(*key, now) if one.lead_id != lead_id],
                await queries.letters_of_case(*key),
                await queries.transfer_of_case(*key),
                await queries.history(lead_id),
            )

    async def note_export(self, reader: Reader, what: str, rows: int, *, external: bool) -> None:
        """Write down that a list was taken out of the platform, how long it was, and whether for outside."""
        line = JournalEntry(
            id=self.new_id(),
            at=self.clock.now(),
            action=Action.DESK_EXPORTED,
            actor=reader.office_code,
            data={"kid": reader.kid, "list": what, "rows": rows, "external": external},
        )
        async with self.reading.board() as queries:
            await queries.note(line)

    async def record(self, reader: Reader, key: CaseKey) -> CaseRecord | None:
        """Open what the register says of a case that the reader may see; a line notes who read it."""
        now = self.clock.now()
        async with self.reading.board() as queries:
            case = await queries.case(key)
            if case is None or case.record is None:
                return None
            line = JournalEntry(
                id=self.new_id(),
                at=now,
                action=Action.RECORD_READ,
                actor=reader.office_code,
                subject_id=case.id,
                data={"kid": reader.kid, "case_number": key.case_number, "version": case.version},
            )
            await queries.note(line)
        return case.record

    def computations(self, lead: LeadView) -> Sequence[Computation]:
        """Count the clock of a lead again, step by step."""
        if lead.clock is None:
            return ()
        told, standards = lead.clock, self.standards()
        clock = LeadClock(
            told.id, told.starts_at, told.due_at, told.strict_due_at, told.provisional
        )
        context = Context(standards.clocks, standards.calendars, lead.sector, lead.division)
        return computations_of(clock, Detector(lead.detector), context)

    def reply_computation(self, letter: SupervisionView) -> Sequence[Computation]:
        """Count the time to reply to a letter again, step by step; one that sets its own date is not counted."""
        if letter.clock is None:
            return ()
        told, standards = letter.clock, self.standards()
        row = standards.clocks.get(told.clock)
        if row.as_set and letter.reply_by == told.due_at:
            return ()
        deadline = Deadline(row, told.starts_at, told.due_at, told.strict_due_at, told.provisional)
        return (explain(deadline, standards.calendars),)

    async def undetermined(
        self,
        agencies: Sequence[str],
        detectors: Sequence[str] | None,
        after: CasePlace | None,
        limit: int,
    ) -> Listed[UndeterminedCase, CasePlace]:
        """List cases of which detectors cannot speak yet; the total is the kept figure."""
        now = self.clock.now()
        async with self.reading.board() as queries:
            found = await queries.undetermined(agencies, detectors, after, limit + 1)
            states = await queries.states(agencies, (UNDETERMINED,))
        total = None if detectors else Amount(sum(states.get(UNDETERMINED, {}).values()))
        shown = found[:limit]
        more = len(found) > limit
        return Listed(now, shown, total, _case_place(shown[-1]) if more else None)

    async def stage(
        self,
        agencies: Sequence[str],
        stage: str,
        months: Months,
        after: CasePlace | None,
        limit: int,
    ) -> Listed[StageCase, CasePlace]:
        """List the cases that a stage of the funnel counts in some months; the total is the kept figure."""
        now = self.clock.now()
        contributions = [f"{month:%Y-%m}/{stage}" for month in months.all]
        async with self.reading.board() as queries:
            found = await queries.stage(
                *(agencies, contributions, after, limit + 1), is_transferred=stage in OF_TRANSFERS
            )
            counted = await queries.by_month(agencies, Series((stage,), months))
        shown = found[:limit]
        more = len(found) > limit
        total = Amount(sum(counted.values()))
        return Listed(now, shown, total, _case_place(shown[-1]) if more else None)

    async def deadlines(
        self, which: DeadlinesAsked, after: tuple[datetime, UUID] | None, limit: int
    ) -> Listed[RunningClock, tuple[datetime, UUID]]:
        """List clocks that nothing has ended, the earliest first."""
        now = self.clock.now()
        async with self.reading.board() as queries:
            found = await queries.deadlines(which, now, after, limit + 1)
            total = await queries.count_deadlines(which, now)
        shown = found[:limit]
        more = len(found) > limit
        return Listed(
            now, shown, total, (shown[-1].due_at, shown[-1].deadline_id) if more else None
        )

    def computation(self, row: RunningClock) -> Computation:
        """Count a listed clock again, step by step."""
        standards = self.standards()
        deadline = Deadline(
            standards.clocks.get(row.clock),
            row.starts_at,
            row.due_at,
            row.strict_due_at,
            row.provisional,
            row.is_strict,
        )
        return explain(deadline, standards.calendars)

    async def letters(
        self, which: LettersAsked, after: LetterPlace | None, limit: int
    ) -> Listed[SupervisionState, LetterPlace]:
        """List letters, the earliest date to reply first."""
        now = self.clock.now()
        async with self.reading.board() as queries:
            found = await queries.letter_list(which, now, after, limit + 1)
            total = await queries.count_letters(which, now)
        shown = found[:limit]
        more = len(found) > limit
        return Listed(now, shown, total, letter_place(shown[-1]) if more else None)

    async def answers(self, supervision_id: UUID) -> tuple[list[SupervisionReply], list[Line]]:
        """Give what the agency answered to a letter, and its timeline, to somebody who may see the letter."""
        async with self.reading.board() as queries:
            found = await queries.replies(supervision_id)
            history = await queries.history(supervision_id)
        return [
            parse(SupervisionReply, open_envelope(one.content).payload) for one in found
        ], history

    async def silent(
        self, agencies: Sequence[str], after: tuple[datetime, str] | None, limit: int
    ) -> Listed[SilentRow, tuple[datetime, str]]:
        """List the silent, the longest silent first, those that never fed their register last."""
        now = self.clock.now()
        before = now - self.expected_every
        async with self.reading.board() as queries:
            found = await queries.silent(agencies, before, after, limit + 1)
            silence = await queries.silence(agencies, before)
        shown = found[:limit]
        more = len(found) > limit
        place = (shown[-1].place, shown[-1].agency) if more else None
        return Listed(now, shown, Amount(silence.agencies), place)

    async def reconciliation(
        self, agencies: Sequence[str], after: tuple[date, str] | None, limit: int, *, missing: bool
    ) -> tuple[Listed[GapRow, tuple[date, str]], Gaps]:
        """List the months that agencies reported, the latest first, and how much is missing in all."""
        now = self.clock.now()
        async with self.reading.board() as queries:
            found = await queries.months_reported(agencies, after, limit + 1, missing=missing)
            gaps = await queries.gaps(agencies)
        shown = found[:limit]
        more = len(found) > limit
        place = (shown[-1].month, shown[-1].agency) if more else None
        return Listed(now, shown, None, place), gaps


async def _count_leads(queries: BoardQueries, which: LeadsAsked, now: datetime) -> Amount:
    """Count leads; cases kept back, narrowed by their agencies alone, are the kept figure itself."""
    if which == LeadsAsked(agencies=which.agencies, by_case=True) and which.agencies is not None:
        states = await queries.states(which.agencies, (NEVER_TRANSFERRED,))
        return Amount(sum(states.get(NEVER_TRANSFERRED, {}).values()))
    return await queries.count_leads(which, now)


def letter_place(state: SupervisionState) -> LetterPlace:
    """Give the place of a letter in its list; one whose time does not run yet stands behind the others."""
    due_at = state.deadline.due_at if state.deadline else NEVER
    return LetterPlace(due_at, state.id)


def _case_place(row: UndeterminedCase | StageCase) -> CasePlace:
    return CasePlace(row.agency, row.case_id)
