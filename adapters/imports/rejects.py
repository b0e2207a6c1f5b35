"""The file of what was not taken: one JSON object a line, beside the export, with the reasons.

It is there under its name when it is whole, and only when there is something in it.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic_core import to_json

from adapters.imports.records import Reject

_SUFFIX = ".rejected.ndjson"


def rejects_path(path: Path) -> Path:
    """Where the rejects of an export are written."""
    return path.with_name(path.name + _SUFFIX)


class RejectsFile:
    """Takes rejects in their order."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.count = 0

    def add(self, rejects: Iterable[Reject]) -> None:
        for reject in rejects:
            self.count += 1
            self._file.write(to_json(_content(reject)) + b"\n")


@contextmanager
def rejects_file(path: Path) -> Iterator[RejectsFile]:
    """Write the rejects of an export, for its reader alone; those of an earlier run are replaced at the end.

    A run that is cut off leaves them beside, in a file that ends in `.part`.
    """
    final = rejects_path(path)
    part = final.with_name(final.name + ".part")
    # It holds names and numbers of people, as the export does.
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        rejects = RejectsFile(file)
        yield rejects
    _finish(part, final, is_empty=rejects.count == 0)


def _finish(part: Path, final: Path, *, is_empty: bool) -> None:
    if is_empty:
        part.unlink()
        final.unlink(missing_ok=True)
    else:
        part.replace(final)


def _content(reject: Reject) -> dict[str, object]:
    return {
        "line": reject.line,
        "case_number": reject.case_number,
        "errors": [fault.model_dump() for fault in reject.errors],
        "row" if not isinstance(reject.row, str) else "text": reject.row,
    }
