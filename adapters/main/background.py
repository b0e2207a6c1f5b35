"""What runs beside the web: delivery, the watch, figures, the registry's refreshing."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import Any

from adapters.main.ground import Ground, database_url
from adapters.main.use_cases import UseCases
from adapters.postgres import registry_admin
from adapters.postgres.bell import hang_up
from adapters.postgres.figures import Figures
from adapters.postgres.register_figures import RegisterFigures
from adapters.postgres.rulebook_switch import CHANNEL as SWITCHED
from adapters.postgres.staff import PostgresSessions
from adapters.workers.delivery import DeliveryWorker
from adapters.workers.rescreening import RescreeningWorker
from adapters.workers.rounds import Rounds

_CALENDARS_EVERY = timedelta(hours=1)
_SWEEP_EVERY = timedelta(days=1)
_SESSIONS_EVERY = timedelta(hours=1)
_JOURNAL_EVERY = timedelta(seconds=1)
_QUEUE_EVERY = timedelta(seconds=0.5)


class Background:
    """Tasks that run as long as the service does; one that ends has failed, and the service with it."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    async def failed(self) -> str:
        """Wait until a task ends; raises what ended it, or gives its name."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        task = done.pop()
        task.result()
        return task.get_name()

    async def stop(self) -> None:
        """Cancel them all, again and again: a library that swallows a cancellation must not keep us here."""
        pending = {task for task in self._tasks if not task.done()}
        while pending:
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=1)
        await asyncio.gather(*self._tasks, return_exceptions=True)


def keep_up(ground: Ground, background: Background) -> None:
    """Every role judges by the registry and the rule book in force."""
    seconds = ground.settings.registry_interval.total_seconds()
    background.start("registry", ground.registry.keep(seconds))
    background.start("rulebook", ground.rulebook.keep(seconds))
    bells = {registry_admin.CHANNEL: ground.registry.bell, SWITCHED: ground.rulebook.bell}
    background.start("bells", hang_up(database_url(ground.settings), bells, ground.log))


def start_rescreening(ground: Ground, use_cases: UseCases, background: Background) -> None:
    """Slices of the register wait for whoever comes; the bell of a switch says that there are some."""
    seconds = ground.settings.rescreening_poll.total_seconds()
    for number in range(ground.settings.rescreening_workers):
        worker = RescreeningWorker(
            use_cases.rescreening, ground.log, partial(ground.rulebook.bell.wait, seconds)
        )
        background.start(f"rescreening-{number}", worker.run())


def start_rounds(ground: Ground, use_cases: UseCases, background: Background) -> None:
    """What is done again and again; each is safe to be done by several processes at once."""
    settings = ground.settings
    figures = Figures(
        database_url(settings),
        ground.measure,
        ground.clock,
        settings.deliver_within,
        settings.endpoint_breaker_after,
        RegisterFigures(
            ground.measure, settings.register_expected_every, ground.rulebook.shipped.digest
        ),
    )
    for name, work, interval in (
        ("watch", use_cases.watch.look, settings.watch_interval),
        ("calendars", use_cases.watch.recompute, _CALENDARS_EVERY),
        ("give-up", use_cases.deliveries.give_up, settings.watch_interval),
        ("sweep", partial(_sweep, ground), _SWEEP_EVERY),
        ("sessions", partial(_sweep_sessions, ground), _SESSIONS_EVERY),
        ("detection", use_cases.detection.look, settings.watch_interval),
        ("journal", use_cases.detection.follow, _JOURNAL_EVERY),
        ("acts", use_cases.desk.acts.recover, settings.watch_interval),
        ("queue", use_cases.queue_keeping.follow, _QUEUE_EVERY),
        ("lead-calendars", use_cases.detection.recompute, _CALENDARS_EVERY),
        ("law", use_cases.rescreening.keep_up, _CALENDARS_EVERY),
        ("letters", use_cases.supervision.deliveries.deliver, settings.watch_interval),
        ("letters-give-up", use_cases.supervision.deliveries.give_up, settings.watch_interval),
        ("replies", use_cases.supervision.watch.look, settings.watch_interval),
        ("reply-calendars", use_cases.supervision.watch.recompute, _CALENDARS_EVERY),
    ):
        rounds = Rounds(name, work, interval.total_seconds(), ground.log)
        background.start(name, rounds.run())
    rounds = Rounds(
        "figures", figures.refresh, settings.figures_interval.total_seconds(), ground.log
    )
    background.start("figures", _run_and_close(rounds, figures))


async def _run_and_close(rounds: Rounds, figures: Figures) -> None:
    # Closed by the task that uses it: closed by another, it would be in the middle of a question.
    try:
        await rounds.run()
    finally:
        await figures.close()


async def _sweep(ground: Ground) -> None:
    # No upload that is alive pauses so long.
    swept = await asyncio.to_thread(ground.materials.sweep, _SWEEP_EVERY.total_seconds())
    if swept:
        ground.log.info("materials.swept", count=swept)


async def _sweep_sessions(ground: Ground) -> None:
    now = ground.clock.now()
    swept = await PostgresSessions(ground.pool).sweep(now, now - ground.settings.session_idle)
    if swept:
        ground.log.info("sessions.swept", count=swept)


def start_delivery(
    ground: Ground, use_cases: UseCases, background: Background, stack: AsyncExitStack
) -> None:
    """A stop lets the attempts under way finish: one that is cut off is sent again."""
    settings = ground.settings
    worker = DeliveryWorker(
        use_cases.deliveries,
        ground.log,
        slots=settings.delivery_slots,
        poll_seconds=settings.delivery_poll.total_seconds(),
    )
    background.start("delivery", worker.run())
    stack.push_async_callback(worker.stop, settings.shutdown_within.total_seconds())
