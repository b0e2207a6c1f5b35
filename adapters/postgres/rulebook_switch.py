"""Which rule book the register is judged by."""

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection

_SQL = load("rulebook_switch")
LOCK = int.from_bytes(b"rulebook")
"""The advisory lock between those who judge and who switches."""


class PostgresRuleBookSwitch:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def hold(self) -> str | None:
        await self._connection.execute(_SQL["hold"], LOCK)
        digest: str | None = await self._connection.fetchval(_SQL["in_force"])
        return digest
