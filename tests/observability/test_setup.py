"""`deploy/setup prometheus`: a Prometheus of the machine is enough, and none is no failure."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.observability.watched import ROOT

_NEEDED = ("sh", "cat", "cmp", "dirname", "mkdir", "rm")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a checkout of which only the script is there."""
    (tmp_path / "project" / "deploy").mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "setup", tmp_path / "project" / "deploy" / "setup")
    return tmp_path / "project"


def machine(folder: Path, installed: Sequence[str]) -> Path:
    """Give a PATH with the least that the script needs, and what is installed beside it."""
    folder.mkdir()
    for name in _NEEDED:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    for name in installed:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return folder


def set_up(project: Path, path: Path) -> subprocess.CompletedProcess[str]:
    command = [str(project / "deploy" / "setup"), "prometheus"]
    environment = os.environ | {"PATH": str(path)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_what_the_machine_has_is_taken(project: Path, tmp_path: Path):
    done = set_up(project, machine(tmp_path / "bin", ["prometheus", "promtool"]))

    assert (done.returncode, done.stderr) == (0, "")
    assert not (project / ".local").exists()


def test_without_any_the_tests_run_and_are_told(project: Path, tmp_path: Path):
    done = set_up(project, machine(tmp_path / "bin", ["promtool"]))

    assert done.returncode == 0
    assert "there is no Prometheus here: the tests that need one will be skipped" in done.stderr
    assert not (project / ".local" / "prometheus").exists()


def test_what_was_brought_is_not_fetched_again(project: Path, tmp_path: Path):
    brought = machine(project / "brought", ["prometheus", "promtool"])
    (project / ".local").mkdir()
    brought.rename(project / ".local" / "prometheus")

    done = set_up(project, machine(tmp_path / "bin", []))

    assert (done.returncode, done.stderr) == (0, "")
