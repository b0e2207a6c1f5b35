"""What the doctor asks of the database; nothing is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from adapters.postgres.documents import context
from adapters.postgres.named_queries import load
from adapters.postgres.overview import PostgresOverview
from adapters.postgres.pool import Connection, Row
from adapters.postgres.queue_keeping import queue_lag
from adapters.postgres.rulebook_switch import PostgresRuleBookSwitch
from contracts.office import ADDRESSEES
from service.ports import Vault
from service.register_ports import BookName

_SQL = load("inspection")
_ADDRESSEES = sorted(kind.value for kind in ADDRESSEES)


@dataclass(frozen=True, slots=True)
class Server:
    version: int
    now: datetime
    fsync: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class Stuck:
    id: UUID
    office_code: str | None
    kind: str
    status: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    id: UUID
    office_code: str
    kind: str
    delivered_at: datetime


@dataclass(frozen=True, slots=True)
class People:
    """How many may sign in, may operate, and have a session that is alive."""

    active: int
    operators: int
    signed_in: int


class Inspection:
    """Looks at a database that is migrated."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def server(self) -> Server:
        row = await self._connection.fetchrow(_SQL["server"])
        assert row is not None
        return Server(**row)

    async def rulebook_in_force(self) -> BookName | None:
        return await PostgresRuleBookSwitch(self._connection).in_force()

    async def failing_endpoints(self, breaker_after: int) -> Sequence[Row]:
        return await self._connection.fetch(_SQL["failing_endpoints"], breaker_after)

    async def stuck(self, limit: int) -> list[Stuck]:
        return [Stuck(**row) for row in await self._connection.fetch(_SQL["stuck"], limit)]

    async def unacknowledged(self, before: datetime, limit: int) -> list[Unacknowledged]:
        rows = await self._connection.fetch(_SQL["unacknowledged"], before, limit)
        return [Unacknowledged(**row) for row in rows]

    async def late(self, now: datetime) -> tuple[int, datetime | None]:
        row = await self._connection.fetchrow(_SQL["late"], now)
        assert row is not None
        return row["count"], row["due_at"]

    async def stuck_letters(self, limit: int) -> Sequence[Row]:
        return await self._connection.fetch(_SQL["stuck_letters"], limit)

    async def silent_letters(self, limit: int) -> Sequence[Row]:
        return await self._connection.fetch(_SQL["silent_letters"], limit)

    async def detection_lag(self, now: datetime) -> timedelta:
        return await PostgresOverview(self._connection).lag(now)

    async def desk_lag(self, now: datetime) -> timedelta:
        return await queue_lag(self._connection, now)

    async def people(self, now: datetime, seen_after: datetime) -> People:
        row = await self._connection.fetchrow(_SQL["people"], now, seen_after)
        assert row is not None
        return People(**row)

    async def unsettled_acts(self, signed_before: datetime, limit: int) -> list[Row]:
        """Decisions of desks that were signed so long ago, and of which nobody knows how they ended."""
        return await self._connection.fetch(_SQL["unsettled_acts"], signed_before, limit)

    async def desks_without_key(self, limit: int) -> list[str]:
        """Offices at which somebody may decide and nothing can be signed."""
        rows = await self._connection.fetch(_SQL["desks_without_key"], _ADDRESSEES, limit)
        return [row["office_code"] for row in rows]

    async def vault_opens(self, vault: Vault) -> bool:
        """Tell whether the vault opens the newest document; yes when there is none."""
        row = await self._connection.fetchrow(_SQL["newest_sealed"])
        if row is None:
            return True
        try:
            vault.open(row["sealed"], context(row["transfer_id"], row["kind"], row["subject"]))
        except ValueError:
            return False
        return True
