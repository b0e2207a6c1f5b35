"""The bench's PostgreSQL: the local server with every durability setting on, its files on a disk."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

from adapters.postgres.local import serve
from adapters.postgres.migrate import migrate
from tests.bench.processes import ROOT


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; each database lasts as long as its block."""

    url: str

    @contextmanager
    def database(self, *, migrated: bool = True, like: str | None = None) -> Iterator[str]:
        """Make an empty database, or one that is as another is, to which nobody is connected."""
        name = f"bench_{uuid4().hex}"
        model = f" TEMPLATE {_name_in(like)} STRATEGY file_copy" if like else ""
        self.execute(f"CREATE DATABASE {name}{model}")
        url = self.url.replace("/linkage?", f"/{name}?")
        try:
            if migrated and not like:
                asyncio.run(migrate(url))
            yield url
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def settle(self) -> None:
        """Write out what is left of the last measurement, so that the next does not pay for it."""
        self.execute("CHECKPOINT")

    def execute(self, statement: str) -> None:
        asyncio.run(_execute(self.url, statement))

    def scalar(self, url: str, question: str) -> Any:
        """Ask one of the databases for one value."""
        return asyncio.run(_scalar(url, question))


@contextmanager
def running_server() -> Iterator[Server]:
    with serve(keep=ROOT / ".local" / "bench") as local:
        asyncio.run(_clear_away(local.url()))
        yield Server(local.url())


def _name_in(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


async def _clear_away(url: str) -> None:
    """Drop what a run that was killed has left behind."""
    connection = await asyncpg.connect(url)
    try:
        for row in await connection.fetch(
            "SELECT datname FROM pg_database WHERE datname LIKE 'bench\\_%'"
        ):
            await connection.execute(f"DROP DATABASE {row['datname']} WITH (FORCE)")
    finally:
        await connection.close()


async def _scalar(url: str, question: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
