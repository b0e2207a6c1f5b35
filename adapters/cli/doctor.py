"""`linkage doctor`."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import asyncpg
import typer

from adapters.cli import checks
from adapters.cli.checks import Finding, Severity
from adapters.cli.output import FAILED, Json, say, say_json, wait_for
from adapters.main import database_url
from adapters.postgres import pool as postgres
from adapters.postgres.inspection import Inspection
from adapters.postgres.migrate import MigrationError, pending
from adapters.postgres.registry import PostgresRegistries
from adapters.settings import Settings, SettingsError, read_settings

_MARKS = {Severity.OK: "ok", Severity.WARNING: "warning", Severity.ERROR: "ERROR"}


def doctor(*, as_json: Json = False) -> None:
    """Check everything that the service stands on, and say what to do.

    Nothing is changed. The exit code is 1 if there is an error; warnings leave it at 0.
    """
    findings = wait_for(_examine(datetime.now(UTC)))
    failed = any(finding.severity is Severity.ERROR for finding in findings)
    if as_json:
        say_json({"healthy": not failed, "findings": [asdict(finding) for finding in findings]})
    else:
        _tell(findings)
    raise typer.Exit(FAILED if failed else 0)


def _tell(findings: Sequence[Finding]) -> None:
    for finding in findings:
        say(f"{_MARKS[finding.severity]:>7}  {finding.about}: {finding.what}")
        if finding.advice:
            say(f"         {finding.advice}")


async def _examine(now: datetime) -> list[Finding]:
    try:
        settings = read_settings()
    except SettingsError as error:
        return [checks.error("settings", fault, "correct the variable") for fault in error.faults]
    return [finding async for finding in _findings(settings, now)]


async def _findings(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    for found in (
        checks.check_settings(settings),
        checks.check_keys(settings),
        checks.check_standards(settings, now),
        checks.check_materials(settings),
    ):
        for finding in found:
            yield finding
    if settings.database_url is not None:
        async for finding in _database_findings(settings, now):
            yield finding


async def _database_findings(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    url = database_url(settings)
    try:
        waiting = await pending(url)
    except MigrationError as error:
        yield checks.error("database", str(error), "run the version that the database belongs to")
        return
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        yield checks.error("database", f"cannot be reached: {error}", "check LINKAGE_DATABASE_URL")
        return
    if waiting:
        yield checks.error("database", f"lacks {', '.join(waiting)}", "`linkage migrate up`")
        return
    async for finding in _inside(url, settings, now):
        yield finding


async def _inside(url: str, settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    pool = await postgres.connect(url, most=1)
    try:
        async with pool.acquire() as connection:
            inspection = Inspection(connection)
            for finding in checks.check_server(await inspection.server(), now):
                yield finding
            for finding in checks.check_rulebook(await inspection.rulebook_in_force(), settings):
                yield finding
            registry = await PostgresRegistries(connection).load()
            for finding in checks.check_registry(registry, now):
                yield finding
            async for finding in checks.check_deliveries(inspection, settings, now):
                yield finding
            async for finding in checks.check_letters(inspection):
                yield finding
            async for finding in checks.check_vault(inspection, settings):
                yield finding
    finally:
        await pool.close()
