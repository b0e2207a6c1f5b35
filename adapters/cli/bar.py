"""A bar that shows how far a long command is."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn


@contextmanager
def bar(label: str, total: int | None = None) -> Iterator[Callable[[int, int | None], None]]:
    """Show how far something is, on a terminal only; it is told how much is done, and of how much."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not sys.stderr.isatty()
    ) as shown:
        task = shown.add_task(label, total=total)
        yield lambda done, of: shown.update(task, completed=done, total=of)
