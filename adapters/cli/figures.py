"""Figures for the commands of operators, read from the database itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.main import database_url
from adapters.postgres import pool as postgres
from adapters.postgres.overview import PostgresFigureReading
from adapters.settings import Settings, read_settings


@asynccontextmanager
async def reading(settings: Settings | None = None) -> AsyncIterator[PostgresFigureReading]:
    """Connect for one question; raises SettingsError where no database is set."""
    pool = await postgres.connect(database_url(settings or read_settings()), most=1)
    try:
        yield PostgresFigureReading(pool)
    finally:
        await pool.close()
