"""The service as the pages' figures look at it: one process answers, another does everything else, on a filled database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.served import served

_VAULT_KEY = b"v" * 32
"""The key by which `filling` seals what it makes up."""


@dataclass(frozen=True)
class Platform:
    """A running platform, and what is in it."""

    url: str
    pid: int
    database_url: str

    def core_time(self) -> tuple[float, float]:
        """Milliseconds that the process which answers has had a core, and those that it waited for one."""
        text = Path(f"/proc/{self.pid}/schedstat").read_text("ascii")
        on_a_core, waited, _ = map(int, text.split())
        return on_a_core / 1e6, waited / 1e6


@contextmanager
def running(database_url: str, folder: Path) -> Iterator[Platform]:
    """Run the service on a database that `filling` filled: an `api` and a `worker`, as operators run them."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"log_level": "error", "demo_sign_in": "true"}
    with (
        served(database_url, folder, "worker", _VAULT_KEY, **settings),
        served(database_url, folder, "api", _VAULT_KEY, **settings) as (url, pid),
    ):
        yield Platform(url, pid, database_url)
