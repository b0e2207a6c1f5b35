"""Reads of the register and its leads: filtered by who asks, in pages, without opening a sealed record."""

from datetime import datetime
from uuid import UUID

from adapters.postgres.named_queries import fill, filled, load
from adapters.postgres.pool import Connection, Row
from service.domain.register_glimpses import (
    ACTIVE,
    CaseGlimpse,
    ClockGlimpse,
    FeedRow,
    LeadFilter,
    LeadPlace,
    LeadRow,
    OpenCaseRow,
    SuspicionPlace,
    SuspicionRow,
    VersionRow,
)

_TEXTS = load("register_views")
_NIL = UUID(int=0)  # the least there is
_CLOCK = ("clock_id", "starts_at", "due_at", "strict_due_at", "overdue", "provisional")


_SQL = filled(_TEXTS)
_ACTIVE_LEADS = fill(_TEXTS["leads"], {"which": _TEXTS["active"], **_TEXTS})
_LEADS = fill(_TEXTS["leads"], {"which": _TEXTS["whichever"], **_TEXTS})


class PostgresRegisterViews:
    """Reads on one connection; pages go on behind the place of their last row."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def leads(
        self, which: LeadFilter, now: datetime, after: LeadPlace | None, limit: int
    ) -> list[LeadRow]:
        """Leads after a place, the highest score first."""
        statuses = which.statuses
        is_active = statuses is not None and {*statuses} <= {*ACTIVE}
        score, lead_id = after or (None, _NIL)
        rows = await self._connection.fetch(
            _ACTIVE_LEADS if is_active else _LEADS,
            *(now, which.detectors, which.agency_code, which.division, statuses),
            *(score, lead_id, limit),
        )
        return [read_lead(row) for row in rows]

    async def find_lead(self, lead_id: UUID, now: datetime) -> LeadRow | None:
        row = await self._connection.fetchrow(_SQL["find_lead"], now, lead_id)
        return read_lead(row) if row else None

    async def leads_of_case(
        self, agency_code: str, case_number: str, now: datetime
    ) -> list[LeadRow]:
        rows = await self._connection.fetch(_SQL["leads_of_case"], now, agency_code, case_number)
        return [read_lead(row) for row in rows]

    async def suspicions(
        self, which: LeadFilter, after: SuspicionPlace | None, limit: int
    ) -> list[SuspicionRow]:
        """Suspicions after a place, by agency and case."""
        rows = await self._connection.fetch(
            _SQL["suspicions"],
            *(which.detectors, which.agency_code, which.division),
            *(after or ("", _NIL, "")),
            limit,
        )
        return [SuspicionRow(**row) for row in rows]

    async def open_cases(
        self, agency_code: str | None, after: UUID | None, limit: int
    ) -> list[OpenCaseRow]:
        """Cases of which something cannot be said yet, after one of them."""
        place = after or _NIL
        rows = await self._connection.fetch(_SQL["open_cases"], agency_code, place, limit)
        return [OpenCaseRow(**row) for row in rows]

    async def find_case(self, agency_code: str, case_number: str) -> CaseGlimpse | None:
        row = await self._connection.fetchrow(_SQL["find_case"], agency_code, case_number)
        return CaseGlimpse(**row) if row else None

    async def versions(self, case_id: UUID) -> list[VersionRow]:
        rows = await self._connection.fetch(_SQL["versions"], case_id)
        return [VersionRow(**row) for row in rows]

    async def feeds(self, before: datetime) -> list[FeedRow]:
        """Who feeds its register; whoever has brought nothing since `before` is silent."""
        rows = await self._connection.fetch(_SQL["feeds"], before)
        return [FeedRow(**row) for row in rows]

    async def raised_since(self, agency_code: str, at: datetime) -> dict[str, int]:
        """How many leads of an agency's cases were raised since, by detector."""
        rows = await self._connection.fetch(_SQL["raised_since"], agency_code, at)
        return {row["detector"]: row["count"] for row in rows}


def read_lead(row: Row) -> LeadRow:
    """Read a row of the columns of a lead."""
    told = dict(row)
    parts = [told.pop(name) for name in _CLOCK]
    return LeadRow(**told, clock=ClockGlimpse(*parts) if parts[0] is not None else None)
