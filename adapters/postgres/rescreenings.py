"""The work of judging the register anew, as rows that workers lease."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic_core import to_json

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection
from service.domain.slices import Buckets
from service.register_ports import BookName, RescreeningProgress, Screened, Slice

_SQL = load("rescreenings")


class PostgresRescreenings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def begin(
        self,
        rescreening_id: UUID,
        digest: str,
        slices: Sequence[Buckets],
        cases: int,
        now: datetime,
    ) -> UUID | None:
        ended: UUID | None = await self._connection.fetchval(_SQL["end_unfinished"], now)
        await self._connection.execute(_SQL["begin"], rescreening_id, digest, now, cases)
        columns = [one.first for one in slices], [one.last for one in slices]
        await self._connection.execute(_SQL["add_slices"], rescreening_id, *columns)
        return ended

    async def claim(self, claim: UUID, now: datetime, until: datetime) -> Slice | None:
        row = await self._connection.fetchrow(_SQL["claim"], claim, now, until)
        if row is None:
            return None
        buckets = Buckets(row["first_bucket"], row["last_bucket"])
        return Slice(row["rescreening_id"], buckets, row["claim"])

    async def renew(self, part: Slice, until: datetime) -> bool:
        return await self._connection.fetchval(_SQL["renew"], *_held(part), until) is not None

    async def settle(self, part: Slice, found: Screened, now: datetime) -> bool:
        differences = to_json(found.differences).decode()
        row = await self._connection.fetchrow(
            _SQL["settle"], *_held(part), now, found.screened, found.changed, differences
        )
        return row is not None

    async def finish(self, now: datetime) -> RescreeningProgress | None:
        if await self._connection.fetchval(_SQL["finish"], now) is None:
            return None
        return await self.latest()

    async def latest(self) -> RescreeningProgress | None:
        row = await self._connection.fetchrow(_SQL["latest"])
        if row is None:
            return None
        differences = await self._connection.fetch(_SQL["differences"], row["id"])
        return RescreeningProgress(
            id=row["id"],
            book=BookName(row["digest"], row["version"]),
            started_at=row["started_at"],
            finished_at=row["finished_at"],
            cases=row["cases"],
            slices=row["slices"],
            slices_left=row["slices_left"],
            found=Screened(row["screened"], row["changed"], dict(map(tuple, differences))),
        )


def _held(part: Slice) -> tuple[UUID, int, UUID]:
    """What a slice is known by, and that it is its holder's."""
    return part.rescreening_id, part.buckets.first, part.claim
