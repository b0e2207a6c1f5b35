"""Figures that are kept as things happen."""

from collections.abc import Mapping
from datetime import date

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection

_SQL = load("tallies")


class PostgresTallies:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def apply(self, changes: Mapping[tuple[str, date, str], int]) -> None:
        rows = [(*key, by) for key, by in sorted(changes.items()) if by]
        if rows:
            await self._connection.execute(_SQL["apply"], *map(list, zip(*rows, strict=True)))
