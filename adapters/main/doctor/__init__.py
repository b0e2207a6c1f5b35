"""The doctor: everything that can be wrong with an installation, asked in one place.

The command line and the operator's page both ask `examine`, so that the list on the page is the doctor's.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import datetime

import asyncpg

from adapters.findings import About, Both, Finding, error
from adapters.main.doctor.database import check_registry, check_server, check_vault
from adapters.main.doctor.installation import (
    check_keys,
    check_materials,
    check_rulebook,
    check_settings,
    check_standards,
    settings_fault,
)
from adapters.main.doctor.people import check_people
from adapters.main.doctor.traffic import check_acts, check_deliveries, check_lags, check_letters
from adapters.main.ground import database_url
from adapters.postgres import pool as postgres
from adapters.postgres.inspection import Inspection
from adapters.postgres.migrate import MigrationError, pending
from adapters.postgres.registry import PostgresRegistries
from adapters.settings import Settings

__all__ = ["examine", "settings_fault"]

_WITHIN = 20.0
_MIGRATE = Both("`linkage migrate up`", "运行 `linkage migrate up`")
_OTHER_VERSION = Both("run the version that the database belongs to", "请运行与该数据库相应的版本")
_ADDRESS = Both("check LINKAGE_DATABASE_URL", "检查 LINKAGE_DATABASE_URL")
_UNREACHABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


async def examine(settings: Settings, now: datetime) -> list[Finding]:
    """Check everything; nothing is changed, and what cannot be asked is a finding itself."""
    # Proofreading the rule book takes a quarter of a second of this process, the first time.
    found = await asyncio.to_thread(lambda: list(_of_this_machine(settings, now)))
    if settings.database_url is None:
        return found
    # What was found before the database fell silent is told all the same.
    with suppress(TimeoutError):
        async with asyncio.timeout(_WITHIN) as limit:
            async for finding in _of_the_database(settings, now):
                found.append(finding)
    if limit.expired():
        found.append(_away("it does not answer", "没有答复"))
    return found


def _of_this_machine(settings: Settings, now: datetime) -> Iterator[Finding]:
    yield from check_settings(settings)
    yield from check_keys(settings)
    yield from check_standards(settings, now)
    yield from check_materials(settings)


async def _of_the_database(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    url = database_url(settings)
    try:
        waiting = await pending(url)
    except MigrationError as fault:
        yield error(About.DATABASE, Both(str(fault), f"数据库版本不符：{fault}"), _OTHER_VERSION)
        return
    except _UNREACHABLE as fault:
        yield _away(str(fault), str(fault))
        return
    if waiting:
        names = ", ".join(waiting)
        yield error(About.DATABASE, Both(f"lacks {names}", f"缺少迁移：{names}"), _MIGRATE)
        return
    try:
        async for finding in _inside(url, settings, now):
            yield finding
    except _UNREACHABLE as fault:
        yield _away(str(fault), str(fault))


def _away(why: str, why_zh: str) -> Finding:
    return error(About.DATABASE, Both(f"cannot be reached: {why}", f"无法访问：{why_zh}"), _ADDRESS)


async def _inside(url: str, settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    pool = await postgres.connect(url, most=1)
    try:
        async with pool.acquire() as connection:
            inspection = Inspection(connection)
            for finding in check_server(await inspection.server(), now):
                yield finding
            for finding in check_rulebook(await inspection.rulebook_in_force(), settings):
                yield finding
            registry = await PostgresRegistries(connection).load()
            for finding in check_registry(registry, now):
                yield finding
            for checked in (
                check_deliveries(inspection, settings, now),
                check_letters(inspection),
                check_lags(inspection, now),
                check_acts(inspection, now),
                check_people(inspection, settings, now),
                check_vault(inspection, settings),
            ):
                async for finding in checked:
                    yield finding
    finally:
        await pool.close()
