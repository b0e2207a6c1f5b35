"""Log lines for operators: a fixed event name and fields from a short list, never anything of a case.

What a case says must not reach a log by accident, so a field passes only if it is on the list, an exception
is told by its class and place without its message (which may quote a row), and other libraries' lines are
kept without their values.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from types import TracebackType
from typing import Literal, TextIO
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars
from structlog.types import EventDict, Processor, WrappedLogger
from typing_extensions import override

__all__ = ["FIELDS", "ForbiddenFieldError", "bound_contextvars", "configure"]

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "json", "console"]

FIELDS = frozenset(
    {
        # the line
        *("event", "level", "at", "logger", "error", "places", "sqlstate"),
        # what it belongs to: ids of ours, codes of offices, names of keys
        *(
            "request_id",
            "transfer_id",
            "dispatch_id",
            "attempt",
            "office",
            "agency",
            "kid",
            "digest",
        ),
        # HTTP: the route's pattern, not the path
        *("method", "route", "http_status", "problem", "peer", "url", "host", "port"),
        # how much and how long
        *("count", "size", "seconds", "limit", "waiting", "version", "outcome", "code", "reason"),
        *("screened", "changed", "first_bucket", "last_bucket"),
        # the process
        *(
            "role",
            "signal",
            "task",
            "round",
            "setting",
            "database",
            "variable",
            "state",
            "retry_at",
        ),
    }
)
REDACTED = "[redacted]"
_LONGEST = 300
_MOST = 40


class ForbiddenFieldError(Exception):
    """A log line was to carry a field that is not on the list."""


def configure(
    level: Level = "info",
    output: Format = "auto",
    *,
    stream: TextIO | None = None,
    strict: bool = False,
    cache: bool = True,
) -> None:
    """Send all log lines of this process to `stream`, standard error if none is given.

    `strict` raises ForbiddenFieldError where a running service redacts; tests ask for it. A logger
    that is cached costs nothing below the level, and keeps its first configuration.
    """
    stream = stream or sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_processors(strict=strict), _renderer(output, stream)],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: _Lines(stream),
        cache_logger_on_first_use=cache,
    )
    logging.basicConfig(handlers=[_Foreign()], level=threshold, force=True)
    # The web adapter has its own line for a request, with the route instead of the path.
    logging.getLogger("aiohttp.access").setLevel(logging.CRITICAL)


def _processors(*, strict: bool) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _tell_exception,
        _refuse_others if strict else _redact_others,
        _make_plain,
    ]


def _renderer(output: Format, stream: TextIO) -> Processor:
    if output == "console" or (output == "auto" and stream.isatty()):
        return structlog.dev.ConsoleRenderer(colors=stream.isatty())
    return structlog.processors.JSONRenderer(ensure_ascii=False)


class _Lines:
    """Writes lines. A log that cannot be written must not stop a transfer, so that failure ends here."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):  # ValueError: the stream is closed
            self._stream.write(line + "\n")
            self._stream.flush()

    debug = info = warning = error = critical = msg


def _refuse_others(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if others := event.keys() - FIELDS:
        raise ForbiddenFieldError(f"not fields of a log line: {', '.join(sorted(others))}")
    return event


def _redact_others(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {name: value if name in FIELDS else REDACTED for name, value in event.items()}


def _make_plain(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {name: _plain(value) for name, value in event.items()}


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str | UUID | date | Path | IPv4Address | IPv6Address):
        return str(value)[:_LONGEST]
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in list(value)[:_MOST]]
    # Anything else would show itself by a repr that we do not know.
    return type(value).__name__


def _tell_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        chain = list(_chain(error))
        event["error"] = [_named(link) for link in chain]
        event["places"] = [place for link in chain for place in _places(link.__traceback__)]
    return event


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        if isinstance(error, BaseExceptionGroup):
            for part in error.exceptions:
                yield from _chain(part)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _named(error: BaseException) -> str:
    """Name an exception: its class, and the number that PostgreSQL or the system gave it, but no message."""
    number = getattr(error, "sqlstate", None) or getattr(error, "errno", None)
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{name} {number}" if number else name


def _places(traceback: TracebackType | None) -> list[str]:
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        file = "/".join(Path(code.co_filename).parts[-3:])
        places.append(f"{file}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places[-15:]


class _Foreign(logging.Handler):
    """Takes the lines of other libraries: the first line of the sentence, without what was filled into it."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        lines = str(record.msg).splitlines()
        structlog.get_logger().log(
            record.levelno,
            (lines or [""])[0],
            logger=record.name,
            exc_info=record.exc_info,
        )
