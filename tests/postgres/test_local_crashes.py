"""The local server: what is left after something died."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from adapters.postgres.local import serve
from adapters.postgres.local.account import Account
from tests.support.starter import answer, copied_program, living_in, started

NOBODY = 65534


@pytest.fixture
def shelf() -> Iterator[Path]:
    """Give a folder for everybody, short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="shelf-", dir="/tmp"))
    folder.chmod(0o1777)
    yield folder
    shutil.rmtree(folder)


def eventually(condition: Callable[[], object], within: float = 20.0) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_gone(pid: object) -> bool:
    return not psutil.pid_exists(int(str(pid)))


async def ask(url: object, question: str) -> object:
    connection = await asyncpg.connect(str(url))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_server_ends_with_its_starter(shelf, blow):
    with started(environment={"TMPDIR": str(shelf)}) as starter:
        local = answer(starter)
        assert living_in(shelf)
        os.killpg(starter.pid, blow)
        starter.wait(20)
        assert eventually(lambda: is_gone(local["pid"]) and not living_in(shelf))


@pytest.mark.parametrize("after", [0.1, 0.4, 0.7])
def test_starter_killed_on_the_way_leaves_nothing_running(shelf, after):
    with started(shelf / "kept", environment={"TMPDIR": str(shelf)}) as starter:
        time.sleep(after)
        starter.kill()
        starter.wait()
        assert eventually(lambda: not living_in(shelf))
    with serve(keep=shelf / "kept", fast=True) as local:
        assert local.process.poll() is None


async def test_committed_rows_outlive_a_killed_starter(shelf):
    with started(shelf / "kept", environment={"TMPDIR": str(shelf)}) as starter:
        await ask(answer(starter)["url"], "CREATE TABLE kept AS SELECT 7 AS seven")
        starter.kill()
        with serve(keep=shelf / "kept", fast=True) as local:
            assert await ask(local.url(), "SELECT seven FROM kept") == 7


async def test_pid_file_that_names_a_living_stranger_heals(shelf):
    with serve(keep=shelf / "kept") as local:
        await ask(local.url(), "CREATE TABLE kept AS SELECT 7 AS seven")
        pid_file = Path(psutil.Process(local.process.pid).cwd()) / "postmaster.pid"
        local.process.kill()
        local.process.wait()
    with Account.choose().start(["/usr/bin/sleep", "10"]) as stranger:
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        with serve(keep=shelf / "kept") as local:
            stranger.kill()
            assert await ask(local.url(), "SELECT seven FROM kept") == 7


def test_initialisation_that_was_cut_short_begins_again(shelf):
    with serve(keep=shelf / "kept", fast=True) as local:
        data = Path(psutil.Process(local.process.pid).cwd())
    data.rename(data.with_name("making"))
    (data.with_name("making") / "PG_VERSION").unlink()
    with serve(keep=shelf / "kept", fast=True) as local:
        assert Path(psutil.Process(local.process.pid).cwd()) == data


def test_leftovers_are_swept_and_the_living_are_not(shelf, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(shelf))
    long_ago = time.time() - 3600
    with started(environment={"TMPDIR": str(shelf)}) as starter:
        killed = answer(starter)
        (left,) = shelf.glob("linkage-*")
        starter.kill()
        assert eventually(lambda: is_gone(killed["pid"]))
    with serve(fast=True) as living:
        for folder in shelf.glob("linkage-*"):
            os.utime(folder, (long_ago, long_ago))
        with serve(fast=True):
            assert not left.exists()
            assert living.sockets.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_ordinary_user_needs_no_power(shelf):
    become = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    python = open_python(**become)
    where = {"PYTHONPATH": str(copied_program(shelf)), "TMPDIR": str(shelf), "HOME": "/nonexistent"}
    with started(shelf / "kept", environment=where, python=python, **become) as starter:
        local = answer(starter)
        assert psutil.Process(int(str(local["pid"]))).uids().effective == NOBODY
        starter.kill()
        assert eventually(lambda: not living_in(shelf))


def open_python(**become) -> str:
    for python in (sys.executable, "/usr/bin/python3"):
        probe = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        with contextlib.suppress(PermissionError, FileNotFoundError):
            if (
                subprocess.run(
                    probe, check=False, capture_output=True, cwd="/", **become
                ).returncode
                == 0
            ):
                return python
    pytest.skip("no Python 3.11 that an ordinary user may run")
