"""The queue's rows in PostgreSQL."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from adapters.postgres.named_queries import filled, load
from adapters.postgres.pool import AnyConnection, Connection
from service.domain.journal import Action
from service.ports import Vault
from service.queue_keeping import ItemText, NewItem

_SQL = filled(load("queue_keeping"))
_LOCK = int.from_bytes(b"queue")
# By these nothing changes that a queue shows. Of an action that is not named here it is followed in vain at worst.
_IDLE = [
    action.value
    for action in (
        Action.TRANSFER_READ,
        Action.DISPATCH_READ,
        Action.MATERIAL_READ,
        Action.DELIVERY_ATTEMPTED,
        Action.DELIVERY_UNKNOWN,
        Action.DEADLINE_NEAR,
        Action.DEADLINE_MISSED,
        Action.DEADLINE_LAPSED,
        Action.DESK_CLAIMED,
        Action.DESK_RELEASED,
        Action.DESK_TAKEN_OVER,
        Action.DESK_CORRECTED,
    )
]
_STRONGEST_FIRST = ["meets", "undetermined", "near", "below"]


class PostgresQueueRows:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def follow_journal(self, limit: int) -> tuple[list[UUID], bool] | None:
        place = await self._connection.fetchrow(_SQL["cursor"])
        if place is None:
            return None
        rows = await self._connection.fetch(_SQL["moved_on"], *place, limit, _IDLE)
        if rows:
            last = rows[-1]
            await self._connection.execute(_SQL["move_cursor"], last["recorded_in"], last["id"])
        moved = [row["transfer_id"] for row in rows if row["transfer_id"] is not None]
        return list(dict.fromkeys(moved)), len(rows) == limit

    async def hold(self) -> None:
        await self._connection.execute(_SQL["hold"], _LOCK)

    async def refresh(self, transfer_ids: Sequence[UUID]) -> list[NewItem]:
        given = (transfer_ids, _STRONGEST_FIRST)
        await self._connection.execute(_SQL["refresh"], *given)
        await self._connection.execute(_SQL["forget"], *given)
        rows = await self._connection.fetch(_SQL["lacking"], *given)
        return [NewItem(**row) for row in rows]

    async def add(self, transfer_ids: Sequence[UUID], texts: Sequence[ItemText]) -> None:
        rows = to_json([self._row(one) for one in texts]).decode()
        await self._connection.execute(_SQL["add"], transfer_ids, _STRONGEST_FIRST, rows)

    async def lag(self, now: datetime) -> timedelta:
        return await queue_lag(self._connection, now)

    def _row(self, one: ItemText) -> dict[str, Any]:
        sealed = self._vault.seal(one.text, item_context(one.office_code, one.transfer_id))
        return {
            "office_code": one.office_code,
            "transfer_id": one.transfer_id,
            "sealed": b64encode(sealed).decode(),
            "tokens": sorted(self._vault.fingerprints(one.tokens, one.office_code)),
        }


async def queue_lag(connection: AnyConnection, now: datetime) -> timedelta:
    """Give the age of the oldest line of the journal that the queue has not seen."""
    at = await connection.fetchval(_SQL["oldest_unseen"])
    return max(now - at, timedelta()) if at else timedelta()


def item_context(office_code: str, transfer_id: UUID) -> bytes:
    """Name the place an item's text is sealed for, so that a sealed row cannot be moved to another."""
    return f"desk/{office_code}/{transfer_id}".encode()
