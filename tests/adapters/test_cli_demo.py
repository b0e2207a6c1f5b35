"""The demonstration as it is started: once through for a count, and on and on for people to look at."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from adapters.cli.demo import is_complete
from adapters.cli.demo_home import DemoHome, free_or_any
from adapters.sandbox.offices import demo_offices
from adapters.sandbox.vectors import Counts
from contracts import jws

ROOT = Path(__file__).parents[2]
LINKAGE = [sys.executable, "-c", "from adapters.cli import app; app()"]


def environment() -> dict[str, str]:
    # A real database in the settings is what the demonstration must keep away from.
    return {**os.environ, "LINKAGE_DATABASE_URL": "postgresql:///x?host=/nowhere"}


def test_once_counts_every_vector_through_the_whole_chain():
    ran = subprocess.run(
        [*LINKAGE, "demo", "--once", "--json"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip

    counts = json.loads(ran.stdout.splitlines()[-1])
    assert ran.returncode == 0, ran.stderr
    assert list(counts) == [
        *("packets", "receipts", "deliveries", "acknowledged", "lost", "duplicated", "seconds"),
        "dispatches",
    ]
    assert counts["dispatches"] > counts["packets"]
    assert counts["packets"] >= 12
    assert {counts[name] for name in ("packets", "receipts", "deliveries", "acknowledged")} == {
        counts["packets"]
    }
    assert (counts["lost"], counts["duplicated"]) == (0, 0)


@pytest.mark.parametrize(
    "wrong",
    [{"lost": 1}, {"duplicated": 1}, {"receipts": 1}, {"deliveries": 1}, {"acknowledged": 1}],
)
def test_count_that_is_not_whole_is_a_failure(wrong):
    whole = {"packets": 2, "receipts": 2, "deliveries": 2, "acknowledged": 2}

    assert is_complete(Counts(**whole))
    assert not is_complete(Counts(**whole | wrong))


@contextmanager
def running(home: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    command = [
        *LINKAGE,
        "demo",
        "--json",
        "--pace",
        "0.2",
        "--past",
        "8",
        "--port",
        "0",
        "--home",
        str(home),
        *words,
    ]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
        if process.poll() is None:
            process.send_signal(signal.SIGINT)


def page(places: dict[str, str]) -> str:
    with urllib.request.urlopen(places["page"], timeout=10) as answer:
        return answer.read().decode()


def registry_of(places: dict[str, str]) -> str:
    """Look at the registry as the operator that the demonstration speaks to."""
    shown = subprocess.run(
        [*LINKAGE, "registry", "show"],
        env=environment() | {"LINKAGE_DATABASE_URL": places["database"]},
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return shown.stdout


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that the account of the database may enter, which pytest's own is not to it."""
    with TemporaryDirectory(prefix="linkage-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_demonstration_runs_twice_in_a_row_and_leaves_nothing_running(open_folder):
    home = open_folder / "home"
    for _ in range(2):
        with running(home) as (process, places):
            assert process.stdout is not None
            state = json.loads(process.stdout.readline())
            family = psutil.Process(process.pid).children(recursive=True)
            shown = page(places)
            registry = registry_of(places)
        assert process.returncode == 0
        assert state["receipts"] > 0
        assert state["taken"] > 0
        assert "<!DOCTYPE html>" in shown.replace("doctype", "DOCTYPE")
        assert "林检察官" in shown
        assert "公安局" in registry
        assert family
        _, alive = psutil.wait_procs(family, timeout=10)
        assert not alive
    assert (home / "keys").stat().st_mode & 0o077 == 0
    assert (home / "database").is_dir()


def test_kept_keys_are_the_same_at_the_next_start(tmp_path):
    first, second = DemoHome(tmp_path), DemoHome(tmp_path)
    offices = first.with_kept_keys(demo_offices())

    assert [jws.key_id(one.key) for one in second.with_kept_keys(demo_offices())] == [
        jws.key_id(one.key) for one in offices
    ]
    assert (
        first.settings("postgresql:///x").vault_key == second.settings("postgresql:///x").vault_key
    )


def test_demonstration_is_a_sandbox_on_this_machine_whatever_is_set(tmp_path, monkeypatch):
    monkeypatch.setenv("LINKAGE_HOST", "0.0.0.0")
    monkeypatch.setenv("LINKAGE_SANDBOX", "false")
    monkeypatch.setenv("LINKAGE_ROLE", "api")
    monkeypatch.setenv("LINKAGE_DATABASE_URL", "postgresql:///real")

    settings = DemoHome(tmp_path).settings("postgresql:///own")

    assert (settings.host, settings.sandbox, settings.role) == ("127.0.0.1", True, "all")
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql:///own"


def test_port_that_is_taken_is_left_alone():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        assert free_or_any(taken.getsockname()[1]) == 0


def test_port_that_is_free_is_used():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    assert free_or_any(port) == port
