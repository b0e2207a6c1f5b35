"""The append-only journal."""

from collections.abc import Sequence

from pydantic_core import to_json

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection
from service.domain.journal import JournalEntry

_SQL = load("journal")


class PostgresJournal:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def append(self, entries: Sequence[JournalEntry]) -> None:
        if not entries:
            return
        rows = [
            (
                entry.id,
                entry.agency_code,
                entry.transfer_id,
                entry.subject_id,
                entry.action.value,
                entry.actor,
                entry.at,
                entry.move,
                to_json(entry.data).decode(),
            )
            for entry in entries
        ]
        await self._connection.execute(_SQL["append"], *map(list, zip(*rows, strict=True)))
