"""Claims of people at desks as rows: one a matter and office, and of two at once one wins."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.postgres.named_queries import filled, load
from adapters.postgres.pool import Connection, Row
from service.domain.claims import Claim, Subject
from service.ports import Vault

_SQL = filled(load("desk_claims"))


class PostgresClaims:
    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def find(self, office_code: str, subject_id: UUID) -> Claim | None:
        return (await self.find_many(office_code, [subject_id])).get(subject_id)

    async def find_many(self, office_code: str, subject_ids: Sequence[UUID]) -> dict[UUID, Claim]:
        rows = await self._connection.fetch(_SQL["find"], office_code, subject_ids)
        return {row["subject_id"]: _claim(row) for row in rows}

    async def hold(self, office_code: str, subject_id: UUID) -> Claim | None:
        row = await self._connection.fetchrow(_SQL["hold"], office_code, [subject_id])
        return _claim(row) if row else None

    async def take(self, claim: Claim, now: datetime) -> bool:
        done = await self._connection.execute(_SQL["take"], *_columns(claim), now)
        return done == "INSERT 0 1"

    async def take_over(self, claim: Claim, reason: str, taken_from: UUID | None) -> None:
        context = f"desk-claim/{claim.office_code}/{claim.subject_id}".encode()
        sealed = self._vault.seal(reason.encode(), context)
        await self._connection.execute(_SQL["take_over"], *_columns(claim), taken_from, sealed)

    async def release(self, office_code: str, subject_id: UUID, staff_id: UUID) -> bool:
        done = await self._connection.execute(_SQL["release"], office_code, subject_id, staff_id)
        return done == "DELETE 1"


def _columns(claim: Claim) -> tuple[Any, ...]:
    return (
        claim.office_code,
        claim.subject.value,
        claim.subject_id,
        claim.staff_id,
        claim.claimed_at,
        claim.lease_until,
    )


def _claim(row: Row) -> Claim:
    return Claim(**{**row, "subject": Subject(row["subject"])})
