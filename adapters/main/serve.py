"""A process of the service: from the first log line to the last."""

import asyncio
import gc
import signal

import structlog
import uvloop

from adapters import logs
from adapters.main.build import Running, build
from adapters.metrics import installed_version
from adapters.settings import Settings

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_log = structlog.get_logger()


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; a second one ends at once."""
    logs.configure(settings.log_level, settings.log_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stop = _stop_on_signal()
    async with build(settings) as running:
        # What is built now lives as long as the process: no collection need look at it again.
        gc.freeze()
        _log.info(
            "service.started", role=settings.role, url=running.url, version=installed_version()
        )
        await _until_stopped(running, stop)
    _log.info("service.stopped")


def _stop_on_signal() -> asyncio.Event:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in _SIGNALS:
        loop.add_signal_handler(number, _stop, stop, number)
    return stop


async def _until_stopped(running: Running, stop: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(running.background.failed())]
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in pending:
        wait.cancel()
    for number in _SIGNALS:
        asyncio.get_running_loop().remove_signal_handler(number)
    if waits[1] in done:
        raise TaskEndedError(f"the task {waits[1].result()} ended by itself")


def _stop(stop: asyncio.Event, number: signal.Signals) -> None:
    _log.info("service.stopping", signal=number.name)
    stop.set()


class TaskEndedError(Exception):
    """A task that should run for ever did not: the process ends, and whoever watches it starts another."""
