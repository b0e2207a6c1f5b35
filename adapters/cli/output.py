"""How commands speak: text for people, one JSON object for programs, and errors that say what to do."""

import asyncio
import functools
import json
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, NoReturn, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import typer

from adapters.logs import configure

P = ParamSpec("P")
R = TypeVar("R")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

FAILED = 1
_SHANGHAI = ZoneInfo(
    "Asia/Shanghai"
)  # ours would bring the service along, and --help is to be quick


def say(text: str = "") -> None:
    """Print for people."""
    typer.echo(text)


def say_json(answer: object) -> None:
    """Print one JSON value on one line."""
    typer.echo(json.dumps(answer, ensure_ascii=False, default=str))


def local(at: datetime | None, *, seconds: bool = False) -> str | None:
    """A moment as people in China read it."""
    if at is None:
        return None
    return at.astimezone(_SHANGHAI).strftime(f"%Y-%m-%d %H:%M{':%S' if seconds else ''}")


def with_moments(told: Mapping[str, object]) -> dict[str, object]:
    """Write moments the way JSON has them."""
    return {
        name: one.isoformat() if isinstance(one, datetime) else one for name, one in told.items()
    }


def say_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns as wide as what stands in them; nothing for no rows."""
    texts = [[str(cell) if cell is not None else "-" for cell in row] for row in rows]
    if not texts:
        return
    widths = [max(map(_width, cells)) for cells in zip(columns, *texts, strict=True)]
    for line in (columns, *texts):
        cells = (
            cell + " " * (room - _width(cell)) for cell, room in zip(line, widths, strict=True)
        )
        typer.echo("  ".join(cells).rstrip())


def _width(text: str) -> int:
    # A Chinese character takes two columns of a terminal.
    return sum(1 + ("\u1100" <= char <= "\uffdc") for char in text)


class StopError(Exception):
    """A command cannot go on; `advice` says what to do about it."""

    def __init__(self, message: str, advice: str = "", **more: Any) -> None:  # noqa: ANN401 (it becomes JSON)
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.more: Mapping[str, Any] = more


def guarded(run: Callable[P, R]) -> Callable[P, R]:
    """Turn what goes wrong into a message and exit code 1; what nobody foresaw keeps its traceback."""

    @functools.wraps(run)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return run(*args, **kwargs)
        except (typer.Exit, typer.Abort):
            raise
        except BrokenPipeError:
            _end_quietly()
        except Exception as error:
            from adapters.cli.failures import explain  # noqa: PLC0415 (it knows every error, so it imports much)

            stop = explain(error)
            if stop is None:
                raise
            _tell(stop, as_json=bool(kwargs.get("as_json")))
            raise typer.Exit(FAILED) from None

    return told


def _tell(stop: StopError, *, as_json: bool) -> None:
    if as_json:
        told = {"error": stop.message, "advice": stop.advice or None, **stop.more}
        text = json.dumps(
            {name: value for name, value in told.items() if value}, ensure_ascii=False, default=str
        )
        typer.echo(text, err=True)
        return
    typer.secho(stop.message, err=True, fg=typer.colors.RED)
    if stop.advice:
        typer.echo(stop.advice, err=True)


def _end_quietly() -> NoReturn:
    # Whoever read us has read enough (`| head`); the interpreter would complain once more at its end.
    sys.stdout = None
    raise typer.Exit(FAILED)


def wait_for(work: Coroutine[Any, Any, R]) -> R:
    """Run what is asynchronous to its end; warnings go to standard error."""
    configure("warning", cache=False)
    return asyncio.run(work)
