"""Calling the command line in the test's own process."""

import json
from dataclasses import dataclass
from typing import Any

import structlog
from typer.testing import CliRunner

from adapters.cli import app


@dataclass(frozen=True)
class Called:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The last line, which is the answer."""
        return json.loads(self.out.splitlines()[-1])

    @property
    def error(self) -> Any:
        return json.loads(self.err.splitlines()[-1])


def call(*words: object, **environment: object) -> Called:
    """Call `linkage` with these words and LINKAGE_ variables; a traceback is raised here."""
    variables = {f"LINKAGE_{name.upper()}": str(value) for name, value in environment.items()}
    result = CliRunner().invoke(app, [str(word) for word in words], env=variables)
    structlog.reset_defaults()  # or later tests would log by this command's settings
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Called(result.exit_code, result.stdout, result.stderr)
