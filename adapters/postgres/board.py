"""The board's figures and lists: bounded looks at indexes, and what is kept, under the guard of an office."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from adapters.postgres import moments
from adapters.postgres.cases import PostgresCases
from adapters.postgres.guarded import Guard, transaction
from adapters.postgres.journal import PostgresJournal
from adapters.postgres.named_queries import fill, filled, load
from adapters.postgres.pool import Connection, Row
from adapters.postgres.register_views import PostgresRegisterViews, read_lead
from adapters.postgres.supervisions import PostgresSupervisions, read_state
from contracts.clocks import ClockTable
from service.domain.appraisal import month_of
from service.domain.board import (
    AGES,
    CAP,
    Age,
    Amount,
    CasePlace,
    Clocks,
    Course,
    Gaps,
    Letters,
    Series,
    Silence,
    Standing,
)
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
from service.domain.journal import Action, JournalEntry
from service.domain.register_glimpses import LeadPlace, LeadRow
from service.domain.supervision import SupervisionState
from service.ports import Vault
from service.register_ports import StoredCase

_TEXTS = load("board") | {"columns": load("supervisions")["columns"]}
_SQL = filled(_TEXTS, names="$2", first="$3", last="$4", before="$2")
_TILES = fill(_TEXTS["tiles"], filled(_TEXTS, names="$5", before="$6"))
_SERIES = {
    "monthly": filled(_TEXTS, names="$6", first="$7", last="$8")["by_month"],
    "daily": filled(_TEXTS, names="$9", first="$10", last="$11")["by_month"],
}
_COURSE = fill(_TEXTS["course"], _SERIES | _SQL)
_NIL = UUID(int=0)  # the least there is
_EVER = datetime(1, 1, 1, tzinfo=UTC)
_READINGS = [Action.LEAD_READ.value, Action.SUPERVISION_READ.value]
_PAST = frozenset({"overdue", "lapsed"})


def _which(query: str, *names: str) -> dict[str, str]:
    return {name: fill(_TEXTS[query], {"which": _TEXTS[name], **_TEXTS}) for name in names}


def _chosen(query: str) -> dict[str, str]:
    narrowed, narrowed_others = (fill(_TEXTS["narrowed"], {"lead": name}) for name in "lo")
    chosen = fill(_TEXTS["chosen"], {"narrowed": narrowed})
    found = {}
    for which in ("active", "whichever", "foremost"):
        holes = {"chosen": chosen, "which": _TEXTS[which], "narrowed_others": narrowed_others}
        found[which] = fill(fill(_TEXTS[query], holes), _TEXTS)
    return found


_LEADS, _COUNT_LEADS = _chosen("leads"), _chosen("count_leads")
_STAGE = _which("stage", "transferred", "whichever")
_DEADLINES = _which("deadlines", "past", "ahead")
_COUNT_DEADLINES = _which("count_deadlines", "past", "ahead")


class PostgresBoard:
    """Asks one connection."""

    def __init__(self, connection: Connection, vault: Vault, clocks: ClockTable) -> None:
        self._connection = connection
        self._vault = vault
        self._clocks = clocks

    async def states(
        self, agencies: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, int]]:
        return _states(await self._connection.fetch(_SQL["states"], agencies, names))

    async def by_month(
        self, agencies: Sequence[str], asked: Series
    ) -> Mapping[tuple[date, str], int]:
        rows = await self._connection.fetch(_SQL["by_month"], agencies, asked.names, *asked.months)
        return {(row["month"], row["name"]): row["count"] for row in rows}

    async def standing(
        self,
        agencies: Sequence[str],
        now: datetime,
        horizon: datetime,
        names: Sequence[str],
        before: datetime,
    ) -> Standing:
        asked = (agencies, now, CAP, horizon, names, before)
        row = await self._connection.fetchrow(_TILES, *asked)
        assert row is not None
        return Standing(
            states=_states(row["states"] or ()),
            first_kept_back=row["first_kept_back"],
            clocks=_clocks(row["overdue"], row["first_overdue"], row["near"]),
            silence=Silence(**_with_moments(row["silence"], "longest")),
            gaps=Gaps(**row["gaps"]),
            letters=_letters_told(row["letters"] or ()),
        )

    async def course(
        self, agencies: Sequence[str], now: datetime, monthly: Series, daily: Series
    ) -> Course:
        ends = [list(moments) for moments in zip(*(age.moments(now) for age in AGES), strict=True)]
        asked = (agencies, now, CAP, *ends)
        series = (monthly.names, *monthly.months, daily.names, *daily.months)
        row = await self._connection.fetchrow(_COURSE, *asked, *series)
        assert row is not None
        keys = zip(row["months"] or (), row["names"] or (), strict=True)
        return Course(
            by_month=dict(zip(keys, row["counts"] or (), strict=True)),
            lead_ages=_ages(row["lead_ages"]),
            clock_ages=_ages(row["clock_ages"]),
        )

    async def silence(self, agencies: Sequence[str], before: datetime) -> Silence:
        row = await self._connection.fetchrow(_SQL["silence"], agencies, before)
        assert row is not None
        return Silence(**row)

    async def gaps(self, agencies: Sequence[str]) -> Gaps:
        row = await self._connection.fetchrow(_SQL["gaps"], agencies)
        assert row is not None
        return Gaps(**row)

    async def leads(
        self, which: LeadsAsked, now: datetime, after: LeadPlace | None, limit: int
    ) -> list[LeadRow]:
        score, lead_id = after or (None, _NIL)
        async with self._in_their_order():
            rows = await self._connection.fetch(
                _LEADS[_index_of(which)], *_narrowed(which, now), score, lead_id, limit
            )
        return [read_lead(row) for row in rows]

    async def count_leads(self, which: LeadsAsked, now: datetime) -> Amount:
        found = await self._connection.fetchval(
            _COUNT_LEADS[_index_of(which)], *_narrowed(which, now), CAP
        )
        return Amount.up_to(found)

    async def other_detectors(
        self, cases: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Sequence[str]]:
        columns = [list(column) for column in zip(*cases, strict=True)] or [[], []]
        rows = await self._connection.fetch(_SQL["other_detectors"], *columns)
        return {(row["agency_code"], row["case_number"]): row["detectors"] for row in rows}

    async def leads_of_case(self, agency: str, case_number: str, now: datetime) -> list[LeadRow]:
        views = PostgresRegisterViews(self._connection)
        return await views.leads_of_case(agency, case_number, now)

    async def letters_of_case(self, agency: str, case_number: str) -> list[SupervisionState]:
        rows = await self._connection.fetch(_SQL["letters_of_case"], agency, case_number)
        return [read_state(row, self._clocks) for row in rows]

    async def transfer_of_case(self, agency: str, case_number: str) -> CaseTransferRow | None:
        row = await self._connection.fetchrow(_SQL["transfer_of_case"], agency, case_number)
        return CaseTransferRow(*row) if row else None

    async def history(self, subject_id: UUID) -> list[Line]:
        rows = await self._connection.fetch(_SQL["history"], subject_id, _READINGS)
        return [Line(**row) for row in rows]

    async def case(self, key: CaseKey) -> StoredCase | None:
        cases = PostgresCases(self._connection, self._vault, self._clocks)
        return (await cases.find([key])).get(key)

    async def note(self, line: JournalEntry) -> None:
        await PostgresJournal(self._connection).append([line])

    async def undetermined(
        self,
        agencies: Sequence[str],
        detectors: Sequence[str] | None,
        after: CasePlace | None,
        limit: int,
    ) -> list[UndeterminedCase]:
        place = after or ("", _NIL)
        rows = await self._connection.fetch(
            _SQL["undetermined"], agencies, *place, detectors, limit
        )
        return [UndeterminedCase(**row) for row in rows]

    async def stage(
        self,
        agencies: Sequence[str],
        contributions: Sequence[str],
        after: CasePlace | None,
        limit: int,
        *,
        is_transferred: bool,
    ) -> list[StageCase]:
        query = _STAGE["transferred" if is_transferred else "whichever"]
        agency, case_id = after or ("", _NIL)
        found: list[Row] = []
        async with self._in_their_order():
            for code in await self._agencies_of(contributions, agencies, agency):
                begin = case_id if code == agency else _NIL
                left = limit - len(found)
                found += await self._connection.fetch(query, code, contributions, begin, left)
                if len(found) == limit:
                    break
        return [StageCase(**row) for row in found]

    @asynccontextmanager
    async def _in_their_order(self) -> AsyncIterator[None]:
        await self._connection.execute(_SQL["in_their_order"], "off")
        yield
        await self._connection.execute(_SQL["in_their_order"], "on")

    async def _agencies_of(
        self, contributions: Sequence[str], agencies: Sequence[str], first: str
    ) -> list[str]:
        """Give those that have a case of a stage: where none is, none would be found but by reading all."""
        months = [month_of(text.partition("/")[0]) for text in contributions]
        name = contributions[0].partition("/")[2]
        rows = await self._connection.fetch(
            _SQL["agencies_of_stage"], agencies, name, min(months), max(months), first
        )
        return [row["agency_code"] for row in rows]

    async def deadlines(
        self,
        which: DeadlinesAsked,
        now: datetime,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[RunningClock]:
        rows = await self._connection.fetch(
            _DEADLINES["past" if which.state in _PAST else "ahead"],
            *(which.agencies, now, which.state, *(after or (_EVER, _NIL))),
            *(which.ended_after, which.ended_until, limit),
        )
        return [RunningClock(**row) for row in rows]

    async def count_deadlines(self, which: DeadlinesAsked, now: datetime) -> Amount:
        found = await self._connection.fetchval(
            _COUNT_DEADLINES["past" if which.state in _PAST else "ahead"],
            *(which.agencies, now, which.state, which.ended_after, which.ended_until, CAP),
        )
        return Amount.up_to(found)

    async def letter_list(
        self, which: LettersAsked, now: datetime, after: LetterPlace | None, limit: int
    ) -> list[SupervisionState]:
        rows = await self._connection.fetch(
            _SQL["letter_list"], *_letters(which, now), *(after or (_EVER, _NIL)), limit
        )
        return [read_state(row, self._clocks) for row in rows]

    async def count_letters(self, which: LettersAsked, now: datetime) -> Amount:
        found = await self._connection.fetchval(_SQL["count_letters"], *_letters(which, now), CAP)
        return Amount.up_to(found)

    async def replies(self, supervision_id: UUID) -> list[Reply]:
        rows = await self._connection.fetch(_SQL["replies"], supervision_id)
        store = PostgresSupervisions(self._connection, self._vault, self._clocks)
        return [
            Reply(row["received_at"], store.open_letter(row["id"], row["sealed"])) for row in rows
        ]

    async def silent(
        self,
        agencies: Sequence[str],
        before: datetime,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> list[SilentRow]:
        rows = await self._connection.fetch(
            _SQL["silent"], agencies, before, *(after or (_EVER, "")), limit
        )
        return [SilentRow(**{**row, "place": moments.read(row["place"])}) for row in rows]

    async def months_reported(
        self, agencies: Sequence[str], after: tuple[date, str] | None, limit: int, *, missing: bool
    ) -> list[GapRow]:
        rows = await self._connection.fetch(
            _SQL["months_reported"], agencies, missing, *(after or (date.max, "")), limit
        )
        return [GapRow(**row) for row in rows]


class PostgresBoardReading:
    """Snapshots for the pages of an office, in which everything is of the same moment."""

    def __init__(
        self, pool: asyncpg.Pool, vault: Vault, clocks: ClockTable, guard: Guard | None = None
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._clocks = clocks
        self._guard = guard

    @asynccontextmanager
    async def board(self) -> AsyncIterator[PostgresBoard]:
        async with transaction(
            self._pool, self._guard, "repeatable_read", plans_anew=True
        ) as connection:
            yield PostgresBoard(connection, self._vault, self._clocks)


def _ages(counts: Sequence[int]) -> list[Age]:
    return [Age(span, Amount.up_to(count)) for span, count in zip(AGES, counts, strict=True)]


def _states(rows: Iterable[Row | Mapping[str, Any]]) -> Mapping[str, Mapping[str, int]]:
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["name"]][row["agency_code"]] = row["count"]
    return found


def _clocks(overdue: int, first: Mapping[str, Any], near: Mapping[str, Any]) -> Clocks:
    return Clocks(
        overdue=Amount.up_to(overdue),
        overdue_agencies=first["agencies"],
        earliest=_moment(first["earliest"]),
        near=Amount.up_to(near["near"]),
        next=_moment(near["next"]),
    )


def _letters_told(rows: Iterable[Mapping[str, Any]]) -> Letters:
    told = {row["standing"]: row for row in rows}
    first = {standing: _moment(row["first"]) for standing, row in told.items()}
    return Letters(
        **{standing: row["count"] for standing, row in told.items()},
        escalated=told["overdue"]["escalated"] if "overdue" in told else 0,
        next=first.get("open"),
        earliest=first.get("overdue"),
    )


def _with_moments(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {**row, **{name: _moment(row[name]) for name in names}}


def _moment(text: str | None) -> datetime | None:
    """Read a moment that came within JSON."""
    return None if text is None else datetime.fromisoformat(text)


def _index_of(which: LeadsAsked) -> str:
    if which.by_case:
        return "foremost"
    return "active" if which.is_active else "whichever"


def _narrowed(which: LeadsAsked, now: datetime) -> tuple[object, ...]:
    return (
        *(now, which.agencies, which.detectors, which.statuses, which.division, which.offence),
        *(which.overdue, which.least_score, which.began_after, which.began_until),
    )


def _letters(which: LettersAsked, now: datetime) -> tuple[object, ...]:
    return (
        *(which.agencies, now, which.standings, which.kinds),
        *(which.office_code, which.escalated),
    )
