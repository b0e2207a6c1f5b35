"""People, their posts and their sessions in PostgreSQL."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from pydantic_core import to_json

from adapters.postgres.named_queries import load
from adapters.postgres.pool import Connection, Row
from service.domain.staff import LiveSession, Person, Post, StaffRole

_SQL = load("staff")
_PERSON = ("id", "issuer", "subject", "name", "disabled_at", "last_signed_in_at")


class PostgresStaff:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, staff_id: UUID) -> Person | None:
        return _person(await self._connection.fetchrow(_SQL["find"], staff_id))

    async def find_by_subject(self, issuer: str, subject: str) -> Person | None:
        row = await self._connection.fetchrow(_SQL["find_by_subject"], issuer, subject)
        return _person(row)

    async def posts(self, staff_id: UUID) -> Sequence[Post]:
        return [_post(row) for row in await self._connection.fetch(_SQL["posts"], [staff_id])]

    async def find_with_posts(self, staff_id: UUID) -> tuple[Person, Sequence[Post]] | None:
        rows = await self._connection.fetch(_SQL["find_with_posts"], staff_id)
        if not rows:
            return None
        person = Person(**{name: rows[0][name] for name in _PERSON})
        return person, [_post(row) for row in rows if row["office_code"] is not None]

    async def list_people(self) -> Sequence[tuple[Person, Sequence[Post]]]:
        posts = defaultdict(list)
        for row in await self._connection.fetch(_SQL["posts"], None):
            posts[row["staff_id"]].append(_post(row))
        people = [Person(**row) for row in await self._connection.fetch(_SQL["people"])]
        return [(one, posts[one.id]) for one in people]

    async def save(self, person: Person, at: datetime) -> Person:
        row = await self._connection.fetchrow(
            _SQL["save"], person.id, person.issuer, person.subject, person.name, at
        )
        assert row is not None
        return Person(**row)

    async def grant(self, staff_id: UUID, post: Post, at: datetime) -> None:
        roles = sorted(post.roles)
        await self._connection.execute(_SQL["revoke"], staff_id, post.office_code, roles)
        await self._connection.execute(_SQL["grant"], staff_id, post.office_code, roles, at)

    async def disable(self, staff_id: UUID, at: datetime | None) -> None:
        await self._connection.execute(_SQL["disable"], staff_id, at)

    async def signed_in(self, staff_id: UUID, at: datetime) -> None:
        await self._connection.execute(_SQL["signed_in"], staff_id, at)

    async def sessions(
        self, staff_id: UUID | None, now: datetime, seen_after: datetime
    ) -> Sequence[LiveSession]:
        rows = await self._connection.fetch(_SQL["live_sessions"], staff_id, now, seen_after)
        return [LiveSession(**row) for row in rows]

    async def end_sessions(self, staff_id: UUID) -> int:
        return _count(await self._connection.execute(_SQL["end_sessions"], staff_id))


class SessionRow(NamedTuple):
    """A session that is alive."""

    data: dict[str, Any]
    staff_id: UUID | None
    began_at: datetime
    seen_at: datetime
    ends_at: datetime


class PostgresSessions:
    """Sessions by the digest of their cookie; each statement is a transaction of its own."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def load(self, digest: bytes, now: datetime, seen_after: datetime) -> SessionRow | None:
        row = await self._pool.fetchrow(_SQL["load_session"], digest, now, seen_after)
        return SessionRow(**row) if row else None

    async def begin(
        self,
        digest: bytes,
        staff_id: UUID | None,
        data: dict[str, Any],
        now: datetime,
        ends_at: datetime,
    ) -> None:
        text = to_json(data).decode()
        await self._pool.execute(_SQL["begin_session"], digest, staff_id, text, now, ends_at)

    async def update(
        self, digest: bytes, staff_id: UUID | None, data: dict[str, Any], now: datetime
    ) -> None:
        """Store what is in a session; one that was ended meanwhile stays ended."""
        text = to_json(data).decode()
        await self._pool.execute(_SQL["update_session"], digest, staff_id, text, now)

    async def touch(self, digest: bytes, now: datetime) -> None:
        await self._pool.execute(_SQL["touch_session"], digest, now)

    async def end(self, digest: bytes) -> None:
        await self._pool.execute(_SQL["end_session"], digest)

    async def sweep(self, now: datetime, seen_before: datetime) -> int:
        return _count(await self._pool.execute(_SQL["sweep_sessions"], now, seen_before))


def _person(row: Row | None) -> Person | None:
    return Person(**row) if row else None


def _post(row: Row) -> Post:
    return Post(row["office_code"], frozenset(map(StaffRole, row["roles"])))


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])
