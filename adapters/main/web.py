"""The web in front: the application of the role, on its port."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from time import perf_counter

from aiohttp import web

from adapters.main.ground import Ground, NotReadyError
from adapters.main.pages import page_services
from adapters.main.use_cases import UseCases
from adapters.postgres.migrate import lacking
from adapters.settings import Settings
from adapters.web.app import build_app
from adapters.web.call import Check, Services, WebLimits
from adapters.web.operations import OPERATIONS
from adapters.web.server import Runner
from adapters.workers.drain import Drain
from service.domain.articles import Articles
from service.intake import Result
from service.ports import Measure
from service.register import BatchAnswered

_HEALTH = frozenset({"livez", "readyz"})
_METRICS = frozenset({"metrics"})
_BACKLOG = 1024

_Receive = Callable[[Sequence[bytes]], Awaitable[Sequence[Result]]]


async def start_web(ground: Ground, use_cases: UseCases, stack: AsyncExitStack) -> str:
    """Listen, and give the address; a worker answers about its health only."""
    settings = ground.settings
    services = _services(ground, use_cases, await _start_drain(ground, use_cases, stack))
    limits = limits_of(settings)
    if settings.metrics_port is not None:
        await _listen(_part(services, limits, _METRICS), settings, settings.metrics_port, stack)
        services = replace(services, metrics=None)
    if settings.role == "worker":
        app = _part(services, limits, _HEALTH | _METRICS)
    else:
        app = build_app(services, limits, pages=page_services(ground, use_cases))
    return await _listen(app, settings, settings.port, stack)


async def _start_drain(
    ground: Ground, use_cases: UseCases, stack: AsyncExitStack
) -> Drain[bytes, Result]:
    settings = ground.settings
    drain: Drain[bytes, Result] = Drain(
        _measured(use_cases.intake.receive, ground.measure),
        length=settings.intake_queue,
        per_owner=settings.intake_per_office,
        batch=settings.intake_batch,
        flushers=settings.flushers,
    )
    drain.start()
    stack.push_async_callback(_close_drain, drain, settings.shutdown_within)
    return drain


def _measured(receive: _Receive, measure: Measure) -> _Receive:
    async def measured(raws: Sequence[bytes]) -> Sequence[Result]:
        started = perf_counter()
        results = await receive(raws)
        measure.observe("intake_seconds", perf_counter() - started)
        measure.observe("intake_batch", len(raws))
        return results

    return measured


def _timed_register(
    use_cases: UseCases, measure: Measure
) -> Callable[[bytes], Awaitable[BatchAnswered]]:
    async def receive(raw: bytes) -> BatchAnswered:
        started = perf_counter()
        answered = await use_cases.register.receive(raw)
        measure.observe("register_seconds", perf_counter() - started)
        return answered

    return receive


async def _close_drain(drain: Drain[bytes, Result], within: timedelta) -> None:
    # Who waits in it has no receipt and will ask again, so a limit loses nothing.
    with suppress(TimeoutError):
        async with asyncio.timeout(within.total_seconds()):
            await drain.close()


def _services(ground: Ground, use_cases: UseCases, drain: Drain[bytes, Result]) -> Services:
    def metrics() -> bytes:
        return _exposition(ground, drain)

    return Services(
        submit=drain.submit,
        validate=use_cases.validation.validate,
        store_material=use_cases.materials.add,
        find_material=use_cases.materials.find,
        acknowledge=use_cases.acknowledgements.acknowledge,
        report=use_cases.reports.report,
        receive_records=_timed_register(use_cases, ground.measure),
        supervise=use_cases.supervision.acts.supervise,
        reply=use_cases.supervision.replies.reply,
        supervision=use_cases.supervision.review,
        review=use_cases.review,
        articles=_articles(ground),
        overview=use_cases.overview,
        appraisal=use_cases.appraisal,
        registry_now=ground.registry.now,
        now=ground.clock.now,
        measure=ground.measure,
        checks=_checks(ground),
        metrics=metrics if ground.settings.metrics else None,
    )


def _articles(ground: Ground) -> Callable[[], Articles]:
    """Tell the book in force, made ready once for each."""
    tell = lru_cache(maxsize=1)(Articles)
    return lambda: tell(ground.rulebook.now())


def _exposition(ground: Ground, drain: Drain[bytes, Result]) -> bytes:
    pool, measure = ground.pool, ground.measure
    idle = pool.get_idle_size()
    measure.set("database_connections", idle, state="idle")
    measure.set("database_connections", pool.get_size() - idle, state="used")
    measure.set("intake_waiting", drain.waiting)
    return measure.exposition()


def _checks(ground: Ground) -> Mapping[str, Check]:
    async def database() -> None:
        await ground.pool.execute("SELECT 1")

    async def migrations() -> None:
        async with ground.pool.acquire() as connection:
            if names := await lacking(connection):
                raise NotReadyError(f"the database lacks {', '.join(names)}")

    async def registry() -> None:
        if not ground.registry.now().offices:
            raise NotReadyError("there is no office: run `linkage registry load FILE`")

    checks = {"database": database, "migrations": migrations, "registry": registry}
    # A worker sends no material: the addressee fetches them from those that answer requests.
    is_worker = ground.settings.role == "worker"
    return checks if is_worker else checks | {"materials": ground.materials.check}


def limits_of(settings: Settings) -> WebLimits:
    return WebLimits(
        packet=settings.packet_limit,
        report=settings.report_limit,
        records=settings.records_limit,
        material=settings.material_limit,
        body_within=settings.request_timeout,
        upload_idle=settings.upload_idle_timeout,
        audience=settings.audience,
    )


def _part(services: Services, limits: WebLimits, names: frozenset[str]) -> web.Application:
    """Build an application of a few operations of the table."""
    chosen = tuple(operation for operation in OPERATIONS if operation.name in names)
    return build_app(services, limits, chosen)


async def _listen(
    app: web.Application, settings: Settings, port: int, stack: AsyncExitStack
) -> str:
    runner = Runner(app, shutdown_timeout=settings.shutdown_within.total_seconds())
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, settings.host, port, backlog=_BACKLOG).start()
    host, bound = runner.addresses[0][:2]
    return f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}"
