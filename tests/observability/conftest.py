import shutil
from pathlib import Path

import pytest

from tests.observability.watched import ROOT

_BROUGHT = ROOT / ".local" / "prometheus"


@pytest.fixture(scope="session")
def promtool() -> Path:
    return found("promtool")


@pytest.fixture(scope="session")
def prometheus() -> Path:
    return found("prometheus")


def found(program: str) -> Path:
    """Give the machine's own program, else the one that `deploy/setup prometheus` brought."""
    path = shutil.which(program) or shutil.which(program, path=_BROUGHT)
    if path is None:
        pytest.skip(
            f"no {program} here: install Debian's package prometheus, or run `deploy/setup prometheus`"
        )
    return Path(path)
