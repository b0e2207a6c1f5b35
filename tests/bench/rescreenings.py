"""`rescreen_1m_minutes`: another rule book over a whole register, by worker processes as operators run them."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

from adapters.keys import generate_key, write_private_key
from contracts.rulebook import RuleBook, load_rulebook
from tests.bench.bench import Bench
from tests.bench.comparison import Figure
from tests.bench.processes import ROOT

_MILLION, _MINUTE = 1_000_000, 60
_BAR = 10.0
_PROCESSES = 2
_LINKAGE = str(Path(sys.executable).parent / "linkage")
_READY_WITHIN, _STOPS_WITHIN = 60, 60
_FINISHED = "SELECT extract(epoch FROM finished_at - started_at)::float8 FROM rescreenings"


def rescreen(bench: Bench) -> Iterator[Figure]:
    """From the switch to the end of the last slice, by two workers with all that they do besides.

    One number of the new book is lower: the few cases that it changes are written, and no others are. Where
    the register is smaller than a million, the minutes are those that a million would take at this pace.
    """
    cases = bench.pace.stored_transfers
    with bench.register(cases) as url:
        home = _Home(bench.folder / "rescreening", url).prepare()
        with home.workers():
            bench.server.settle()
            home.linkage("rules", "switch", str(home.new_book), "--yes", "--json")
            while (seconds := bench.server.scalar(url, _FINISHED)) is None:
                time.sleep(1)
            told = json.loads(home.linkage("rules", "progress", "--json"))["rescreening"]
    if told["screened"] != cases:
        raise RuntimeError(f"{told['screened']} of {cases} cases were judged")
    detail = {name: told[name] for name in ("cases", "slices", "changed", "differences")}
    pace = {"seconds": round(seconds, 1), "per_second": round(cases / seconds)}
    minutes = seconds / _MINUTE * _MILLION / cases
    detail |= pace | {"processes": _PROCESSES, "scaled_by": _MILLION / cases}
    yield Figure("rescreen_1m_minutes", minutes, _BAR, detail, passes_when="at_most")


@dataclass(frozen=True)
class _Home:
    """What workers and commands need to work on a database of the bench, with the vault of those who filled it."""

    folder: Path
    database_url: str

    @property
    def new_book(self) -> Path:
        return self.folder / "new.json"

    def prepare(self) -> "_Home":
        self.folder.mkdir()
        write_private_key(self.folder / "platform.jwk", generate_key("ES256"))
        content = json.loads(load_rulebook().to_json())
        [goods] = [one for one in content["offences"] if one["row"] == "M01"]
        goods["branches"][0]["when"]["at_least"] = "40000"
        book = RuleBook.from_json(json.dumps(content | {"version": "bench"}))
        self.new_book.write_text(book.to_json(), "utf-8")
        return self

    def environment(self, **more: str) -> dict[str, str]:
        inherited = {name: at for name, at in os.environ.items() if not name.startswith("LINKAGE_")}
        return inherited | {
            "LINKAGE_DATABASE_URL": self.database_url,
            "LINKAGE_PLATFORM_KEY_FILE": str(self.folder / "platform.jwk"),
            "LINKAGE_VAULT_KEY": b64encode(b"v" * 32).decode(),
            "LINKAGE_MATERIALS_DIR": str(self.folder / "materials"),
            "LINKAGE_LOG_LEVEL": "warning",
            **more,
        }

    def linkage(self, *words: str) -> str:
        """Run a command, and give what it says; raises CalledProcessError."""
        command = [_LINKAGE, *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment(), check=True, stdout=subprocess.PIPE
        )
        return done.stdout.decode()

    @contextmanager
    def workers(self) -> Iterator[None]:
        with ExitStack() as stack:
            for port in _free_ports(_PROCESSES):
                stack.enter_context(self._worker(port))
            yield

    @contextmanager
    def _worker(self, port: int) -> Iterator[None]:
        settings: dict[str, Any] = {"LINKAGE_ROLE": "worker", "LINKAGE_PORT": str(port)}
        with subprocess.Popen(
            [_LINKAGE, "serve"], cwd=ROOT, env=self.environment(**settings)
        ) as process:
            try:
                _await_life(f"http://127.0.0.1:{port}/livez", process)
                yield
            finally:
                process.terminate()
                process.wait(_STOPS_WITHIN)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _await_life(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _READY_WITHIN
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"a worker does not answer: {process.poll()}")
