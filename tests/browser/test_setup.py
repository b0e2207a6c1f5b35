"""`deploy/setup browser` and `deploy/setup node`: what the machine has is enough, and none is no failure."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.browser.support.chromium import ROOT

_NEEDED = ("sh", "cat", "cmp", "cp", "dirname", "mkdir", "rm")
_NOBODY = {"id": "echo 1000"}
_FONT = {"fc-list": "echo 'WenQuanYi Zen Hei'"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a checkout of which only the script and the lists of packages are there."""
    project = tmp_path / "project"
    for name in ("deploy/setup", "tests/browser/package.json", "tests/browser/package-lock.json"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, project / name)
    return project


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Give a PATH with the least that the script needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in _NEEDED:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


def set_up(
    word: str, project: Path, programs: Path, installed: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    for name, does in installed.items():
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    command = [str(project / "deploy" / "setup"), word]
    environment = os.environ | {"PATH": str(programs)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_browser_and_font_of_the_machine_are_taken(project: Path, programs: Path) -> None:
    done = set_up("browser", project, programs, {"google-chrome": ":"} | _FONT)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (project / ".local").exists()


def test_without_a_browser_the_tests_run_and_are_told(project: Path, programs: Path) -> None:
    done = set_up("browser", project, programs, _NOBODY)
    assert done.returncode == 0
    assert "there is no Chromium here: the tests that need one will be skipped" in done.stderr
    assert "there is no Chinese font here: pictures of pages will show boxes" in done.stderr


def test_browser_that_does_not_start_is_none(project: Path, programs: Path) -> None:
    stub = {"chromium-browser": "echo 'run snap install chromium' >&2; exit 1"}
    done = set_up("browser", project, programs, stub | _NOBODY | _FONT)
    assert done.stderr == (
        "setup: there is no Chromium here: the tests that need one will be skipped\n"
    )


def test_root_installs_what_is_missing(project: Path, programs: Path) -> None:
    """Each is asked for by name, and nothing else on the machine is touched."""
    log, browser = project / "log", programs / "chromium"
    apt = f'echo "$@" >>{log}; case "$*" in *chromium) echo >{browser}; chmod +x {browser} ;; esac'
    chmod = shutil.which("chmod")
    assert chmod
    (programs / "chmod").symlink_to(chmod)
    done = set_up("browser", project, programs, {"id": "echo 0", "apt-get": apt})
    assert done.returncode == 0
    assert "installing Debian's chromium, once" in done.stderr
    asked = [line.partition(" install ")[2] for line in log.read_text().splitlines()]
    assert [one for one in asked if one] == [
        "--yes --no-install-recommends chromium",
        "--yes --no-install-recommends fontconfig fonts-wqy-zenhei",
    ]


def test_npm_packages_are_fetched_once(project: Path, programs: Path) -> None:
    log = project / "log"
    npm = {"npm": f'echo "$@" >>{log}'}
    for _ in range(2):
        assert set_up("node", project, programs, npm).returncode == 0
    [asked] = log.read_text().splitlines()
    assert asked.endswith("ci --ignore-scripts")


def test_npm_packages_that_cannot_be_had_are_no_failure(project: Path, programs: Path) -> None:
    done = set_up("node", project, programs, {"npm": "exit 1"})
    assert done.returncode == 0
    assert "npm's packages could not be had: the tests that need them will be" in done.stderr
    assert not (project / ".local" / "browser-tests" / "stamp").exists()
