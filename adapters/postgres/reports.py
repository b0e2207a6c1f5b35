"""What offices told of transfers."""

from uuid import UUID

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection
from service.stored import StoredReport

_SQL = load("reports")


class PostgresReports:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, report: StoredReport) -> bool:
        stored = await self._connection.fetchval(
            _SQL["add"],
            report.office_code,
            report.report_id,
            report.id,
            report.transfer_id,
            report.kind.value,
            report.happened_at,
            report.received_at,
            report.digest,
        )
        return stored is not None

    async def find_digest(self, office_code: str, report_id: str) -> tuple[UUID, UUID, str] | None:
        row = await self._connection.fetchrow(_SQL["find"], office_code, report_id)
        return (row["id"], row["transfer_id"], row["digest"]) if row else None
