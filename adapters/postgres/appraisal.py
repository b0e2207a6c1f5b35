"""What the indexes of appraisal are computed from, per group and month."""

from collections.abc import Sequence
from datetime import date

from adapters.postgres.named_queries import filled, load
from adapters.postgres.pool import AnyConnection, Row
from contracts import detectors
from contracts.appraisal import COUNTS
from contracts.appraisal_views import OffenceCount
from service.appraisal import Group, Grouping, MonthCount
from service.domain.scope import Scope

_SQL = filled(load("appraisal"))


class PostgresAppraisal:
    """Asks one connection; whoever wants all figures of one moment opens a snapshot around it."""

    def __init__(self, connection: AnyConnection) -> None:
        self._connection = connection

    async def groups(
        self, scope: Scope, grouping: Grouping, after: str, limit: int | None
    ) -> list[Group]:
        rows = await self._connection.fetch(
            _SQL["groups"], *scope, grouping.by, grouping.digits, after, limit
        )
        return [Group(**row) for row in rows]

    async def counts(
        self, scope: Scope, grouping: Grouping, keys: Sequence[str], months: Sequence[date]
    ) -> list[MonthCount]:
        rows = await self._connection.fetch(
            _SQL["counts"], *scope, grouping.by, grouping.digits, keys, months, COUNTS
        )
        return [MonthCount(**row) for row in rows]

    async def by_sector(self, months: Sequence[date]) -> list[Row]:
        """Every count of some months by its name and sector, of all agencies."""
        return await self._connection.fetch(_SQL["by_sector"], months, COUNTS)

    async def top_offences(self, scope: Scope, limit: int) -> list[OffenceCount]:
        wanted = [one.value for one in detectors.load().never_transferred]
        rows = await self._connection.fetch(_SQL["top_offences"], *scope, wanted, limit)
        return [OffenceCount(**row) for row in rows]
