"""The rule book in force, in memory and ready to judge: another one when the stored word says so."""

import asyncio
from datetime import datetime

import asyncpg
from structlog.stdlib import BoundLogger

from adapters.postgres.bell import Bell
from adapters.postgres.named_queries import load
from contracts.facts import load_vocabulary
from contracts.rulebook import RuleBook
from service.domain.rulebook import CompiledRuleBook, compile_rulebook

_SWITCH = load("rulebook_switch")
_BOOKS = load("rulebooks")


class RuleBookCache:
    """What cases are judged by. It may be behind for a moment: what must not be is checked in the commit."""

    def __init__(self, pool: asyncpg.Pool, shipped: CompiledRuleBook, log: BoundLogger) -> None:
        self.shipped = shipped
        self.bell = Bell()
        self._pool = pool
        self._log = log
        self._book = shipped
        self._turns = asyncio.Lock()

    def now(self) -> CompiledRuleBook:
        return self._book

    async def begin(self, document: str, at: datetime) -> None:
        """Keep the book that this version ships, and take it for the one in force where there is none."""
        book = self.shipped
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_BOOKS["add"], book.digest, book.version, document, at)
            await connection.execute(_SWITCH["begin"], book.digest, at)
        await self.refresh()

    async def refresh(self) -> None:
        """Fetch the book in force, if it is another one; who asks at the same time waits, and compiles none twice."""
        async with self._turns:
            digest = await self._pool.fetchval(_SWITCH["in_force"])
            if digest is not None and digest != self._book.digest:
                self._book = await self._fetch(digest)
                self._log.info("rulebook.loaded", version=self._book.version)

    async def _fetch(self, digest: str) -> CompiledRuleBook:
        if digest == self.shipped.digest:
            return self.shipped
        text = await self._pool.fetchval(_BOOKS["find"], digest)
        return await asyncio.to_thread(_compiled, text)

    async def keep(self, seconds: float) -> None:
        """Refresh for ever: when the bell has rung, and every so many seconds all the same."""
        while True:
            await self.bell.wait(seconds)
            try:
                await self.refresh()
            except Exception:  # noqa: BLE001 (the database may be gone for a while; the book is not)
                self._log.exception("rulebook.refresh_failed")


def _compiled(text: str) -> CompiledRuleBook:
    return compile_rulebook(RuleBook.from_json(text), load_vocabulary())
