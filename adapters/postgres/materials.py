"""Which materials are safely on disk."""

from collections.abc import Sequence
from datetime import datetime

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection

_SQL = load("materials")


class PostgresMaterials:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, agency_code: str, digest: str, size: int, at: datetime) -> None:
        await self._connection.execute(_SQL["add"], agency_code, digest, size, at)

    async def find(self, agency_code: str, digest: str) -> tuple[int, datetime] | None:
        row = await self._connection.fetchrow(_SQL["find"], agency_code, digest)
        return (row["size"], row["stored_at"]) if row else None

    async def missing(self, named: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        rows = await self._connection.fetch(
            _SQL["missing"], [agency for agency, _ in named], [digest for _, digest in named]
        )
        return {(row["agency_code"], row["digest"]) for row in rows}
