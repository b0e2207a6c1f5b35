"""Rule books by digest."""

from datetime import datetime

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection

_SQL = load("rulebooks")


class PostgresRuleBooks:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, digest: str, version: str, document: str, at: datetime) -> None:
        await self._connection.execute(_SQL["add"], digest, version, document, at)

    async def find(self, digest: str) -> str | None:
        found: str | None = await self._connection.fetchval(_SQL["find"], digest)
        return found
