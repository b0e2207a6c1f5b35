"""What a desk notes beside a transfer: who has seen how much of it, and what lies over its fields."""

from datetime import datetime
from uuid import UUID

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection
from service.domain.docket import CorrectionRow
from service.domain.staff import Seat

_SQL = load("desk_notes")


class PostgresSeen:
    """What people have seen."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def note(self, seat: Seat, transfer_id: UUID, move: int, at: datetime) -> None:
        await self._connection.execute(
            _SQL["note_seen"], seat.staff_id, seat.office.code, transfer_id, move, at
        )


class PostgresCorrections:
    """What offices have laid over fields of packets."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def latest(
        self, transfer_id: UUID, office_code: str, pointer: str
    ) -> CorrectionRow | None:
        place = transfer_id, office_code, pointer
        await self._connection.execute(_SQL["correct_alone"], " ".join(map(str, place)))
        row = await self._connection.fetchrow(_SQL["latest_correction"], *place)
        return CorrectionRow(**row) if row else None

    async def add(self, transfer_id: UUID, office_code: str, row: CorrectionRow) -> None:
        await self._connection.execute(
            *(_SQL["add_correction"], row.id, office_code, transfer_id),
            *(row.pointer, row.staff_id, row.made_at, row.sealed),
        )
