"""Transactions of pages: under the role linkage_desk, which sees what one office may see and not a row more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal, NamedTuple

import asyncpg

from adapters.postgres.pool import Connection
from contracts.office import SUPERVISORS
from service.domain.jurisdiction import prefix_of
from service.domain.registry import Office

# One question for all of them, and over with the transaction: a connection goes back to the pool as it came.
_GUARD = """SELECT set_config('role', 'linkage_desk', true), set_config('linkage.office', $1, true),
                   set_config('linkage.jurisdiction', $2, true)"""
# Plans that are kept are made for lists of no known length, and of values that may be rare or common.
_PLAN_ANEW = f"{_GUARD}, set_config('plan_cache_mode', 'force_custom_plan', true)"

Isolation = Literal["repeatable_read", "read_committed"]


class Guard(NamedTuple):
    """Whose rows a transaction sees: an office's own, and those of its jurisdiction if it supervises."""

    office_code: str
    jurisdiction: str

    @classmethod
    def of(cls, office: Office) -> "Guard":
        """Guard for an office. '=' stands before the digits, so that a central office's none is not the setting unset."""
        supervises = office.kind in SUPERVISORS
        return cls(office.code, f"={prefix_of(office)}" if supervises else "")


@asynccontextmanager
async def transaction(
    pool: asyncpg.Pool,
    guard: Guard | None = None,
    isolation: Isolation = "read_committed",
    *,
    plans_anew: bool = False,
) -> AsyncIterator[Connection]:
    """Open a transaction of a reader; with a guard, row-level security holds it to an office.

    `plans_anew` is for queries over lists: each is planned for the values that it is given.
    """
    async with pool.acquire() as connection, connection.transaction(isolation=isolation):
        if guard is not None:
            await connection.execute(_PLAN_ANEW if plans_anew else _GUARD, *guard)
        yield connection
