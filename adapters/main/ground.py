"""What every use case stands on: database, keys, registry, rule book, metrics."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import asyncpg
import structlog
from structlog.stdlib import BoundLogger

from adapters.keys import (
    AesVault,
    PlatformSigner,
    ThreadedVerifier,
    read_private_key,
    read_public_keys,
    read_vault,
)
from adapters.materials.disk import DiskMaterials
from adapters.metrics import PrometheusMeasure
from adapters.postgres import pool as postgres
from adapters.postgres.migrate import pending
from adapters.postgres.registry_cache import RegistryCache
from adapters.postgres.rulebook_cache import RuleBookCache
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.postgres.views import PostgresReading
from adapters.settings import Settings, SettingsError, unmet
from contracts import calendar, clocks, jws
from contracts.facts import load_vocabulary
from contracts.jws import VerificationKey
from contracts.rulebook_files import rulebook_with
from service.domain.admission import Standards
from service.domain.proofreading import faults_of_provinces
from service.domain.rulebook import CompiledRuleBook, compile_rulebook
from service.domain.signatures import PlatformKeys
from service.ports import Clock

POSTGRES_VERSIONS = range(15, 19)
_CLOSES_WITHIN = 10.0


class NotReadyError(Exception):
    """The service cannot run on what it found; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What every use case stands on."""

    settings: Settings
    clock: Clock
    log: BoundLogger
    measure: PrometheusMeasure
    pool: asyncpg.Pool
    uow: PostgresUnitOfWork
    reading: PostgresReading
    verify_all: ThreadedVerifier
    signer: PlatformSigner
    former_keys: Sequence[VerificationKey]
    vault: AesVault
    registry: RegistryCache
    rulebook: RuleBookCache
    yardsticks: Standards
    materials: DiskMaterials

    @property
    def platform_keys(self) -> PlatformKeys:
        """Every key that the platform signs and has signed with, by its name."""
        return {jws.key_id(key): key for key in (*self.former_keys, self.signer.key)}

    @property
    def standards(self) -> Standards:
        """What is judged by at this moment: a rule book may be switched on while the service runs."""
        return replace(self.yardsticks, book=self.rulebook.now())


async def lay_ground(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Ground:
    """Open everything; raises SettingsError, KeyFileError or NotReadyError with what to do."""
    if faults := unmet(settings):
        raise SettingsError(faults)
    vault, signer, standards = vault_of(settings), _signer(settings), standards_of(settings)
    folder = settings.platform_former_keys_dir
    former_keys = read_public_keys(folder) if folder else ()
    pool = await _open_pool(settings, stack)
    log: BoundLogger = structlog.get_logger()
    measure = PrometheusMeasure()
    verify_all = ThreadedVerifier(settings.verifiers)
    stack.callback(verify_all.close)
    ground = Ground(
        settings=settings,
        clock=clock,
        log=log,
        measure=measure,
        pool=pool,
        uow=PostgresUnitOfWork(pool, vault, standards.clocks),
        reading=PostgresReading(pool, vault, standards.clocks),
        verify_all=verify_all,
        signer=signer,
        former_keys=former_keys,
        vault=vault,
        registry=RegistryCache(pool, measure, log),
        rulebook=RuleBookCache(pool, standards.book, log),
        yardsticks=standards,
        materials=DiskMaterials(settings.materials_dir, settings.materials_reserve),
    )
    await ground.registry.refresh()
    await ground.rulebook.begin(rulebook_with(settings.provinces_dir).to_json(), clock.now())
    return ground


def database_url(settings: Settings) -> str:
    """Give the database's address; raises SettingsError when there is none."""
    if settings.database_url is None:
        raise SettingsError([fault for fault in unmet(settings) if "DATABASE_URL" in fault])
    return settings.database_url.get_secret_value()


def vault_of(settings: Settings) -> AesVault:
    assert settings.vault_key is not None
    fingerprint = settings.fingerprint_key
    return read_vault(
        settings.vault_key.get_secret_value(),
        fingerprint.get_secret_value() if fingerprint else None,
    )


def standards_of(settings: Settings) -> Standards:
    folders = [settings.calendars_dir] if settings.calendars_dir else []
    return Standards(
        book=_book_of(settings),
        clocks=clocks.load(),
        calendars=calendar.load(*folders),
        deliver_within=settings.deliver_within,
        give_up_after=settings.give_up_after,
    )


def _book_of(settings: Settings) -> CompiledRuleBook:
    """A number outside its range would judge every case of a province: better not to start."""
    vocabulary, folder = load_vocabulary(), settings.provinces_dir
    try:
        book = rulebook_with(folder)
    except (ValueError, OSError) as error:
        raise NotReadyError(f"LINKAGE_PROVINCES_DIR {folder}: {error}") from error
    for fault in faults_of_provinces(book, vocabulary):
        raise NotReadyError(f"LINKAGE_PROVINCES_DIR {folder}: {fault.where}: {fault.detail}")
    return compile_rulebook(book, vocabulary)


def _signer(settings: Settings) -> PlatformSigner:
    assert settings.platform_key_file is not None
    return PlatformSigner(read_private_key(settings.platform_key_file))


async def _open_pool(settings: Settings, stack: AsyncExitStack) -> asyncpg.Pool:
    url = database_url(settings)
    pool = await postgres.connect(
        url,
        least=settings.database_pool_min,
        most=settings.database_pool_max,
        timeout=settings.database_timeout.total_seconds(),
    )
    stack.push_async_callback(_close, pool)
    async with pool.acquire() as connection:
        version = connection.get_server_version().major
    if version not in POSTGRES_VERSIONS:
        raise NotReadyError(f"PostgreSQL is {version}: use 15 to 18")
    if waiting := await pending(url):
        raise NotReadyError(f"the database lacks {', '.join(waiting)}: run `linkage migrate up`")
    return pool


async def _close(pool: asyncpg.Pool) -> None:
    try:
        async with asyncio.timeout(_CLOSES_WITHIN):
            await pool.close()
    except TimeoutError:
        pool.terminate()
