"""Which rule book the register is judged by."""

from datetime import datetime

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection
from service.register_ports import BookName

_SQL = load("rulebook_switch")
LOCK = int.from_bytes(b"rulebook")
"""The advisory lock between those who judge and who switches."""
CHANNEL = "linkage_rulebook"
"""The bell that a switch rings."""


class PostgresRuleBookSwitch:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def hold(self) -> str | None:
        await self._connection.execute(_SQL["hold"], LOCK)
        digest: str | None = await self._connection.fetchval(_SQL["in_force"])
        return digest

    async def take(self) -> BookName | None:
        await self._connection.execute(_SQL["take"], LOCK)
        return await self.in_force()

    async def in_force(self) -> BookName | None:
        row = await self._connection.fetchrow(_SQL["name_in_force"])
        return BookName(**row) if row else None

    async def judged_since(self) -> datetime | None:
        since: datetime | None = await self._connection.fetchval(_SQL["judged_since"])
        return since

    async def set(self, digest: str, now: datetime) -> None:
        await self._connection.execute(_SQL["set"], digest, now)
