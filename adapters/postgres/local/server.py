import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from adapters.postgres.local.account import Account, LocalPostgresError
from adapters.postgres.local.folders import (
    kept_folder,
    memory_root,
    opened_here,
    socket_root,
    temporary_folder,
)
from adapters.postgres.local.programs import Programs, find_programs

DATABASE = USER = "linkage"

DURABLE: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "4GB",
    "wal_compression": "on",
    "checkpoint_timeout": "15min",
}
FORGETFUL: Mapping[str, str] = {
    **DURABLE,
    "shared_buffers": "128MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "256MB",  # its data is in memory where there is room
}
_READY_WITHIN = 300.0  # seconds: recovery after a power cut may read all of max_wal_size
_PATIENCE = {signal.SIGINT: 30.0, signal.SIGQUIT: 10.0, signal.SIGKILL: None}  # seconds


@dataclass(frozen=True, slots=True)
class LocalServer:
    sockets: Path
    process: subprocess.Popen[bytes]

    def url(self, database: str = DATABASE) -> str:
        where = {"host": self.sockets, "port": 5432, "user": USER}
        return f"postgresql:///{database}?{urlencode(where, safe='/')}"


@contextmanager
def database_url(
    given: str | None, *, keep: Path | None = None, fast: bool = False
) -> Iterator[str]:
    """Give back the database that the settings name, or else one on a local server of our own."""
    if given:
        yield given
        return
    with serve(keep=keep, fast=fast) as server:
        yield server.url()


@contextmanager
def serve(*, keep: Path | None = None, fast: bool = False) -> Iterator[LocalServer]:
    """Run a server until the block ends, on the data in `keep`, or on data that ends with it.

    `fast` gives durability away. Starting blocks for about a second: enter before serving anyone.
    """
    if threading.current_thread() is not threading.main_thread():
        # The kernel would take the end of this thread for the end of the starter.
        raise LocalPostgresError("a local PostgreSQL is started from the main thread only")
    account = Account.choose()
    with ExitStack() as stack:
        here, lock = stack.enter_context(temporary_folder(socket_root(account), account))
        home, *locks = stack.enter_context(_home(here, keep, account, fast=fast))
        programs = find_programs(account, here)
        data = _prepared_data(home, programs, account, lasting=keep is not None and not fast)
        settings = {**(FORGETFUL if fast else DURABLE), "unix_socket_directories": str(here)}
        command: list[str | Path] = [programs.postgres, "-D", data, *_as_options(settings)]
        with _log(home) as log:
            process = account.start(command, writes=log, holding=[lock, *locks])
        stack.callback(_stop, process)
        _await_ready(process, data / "postmaster.pid", home / "log")
        yield LocalServer(here, process)


def _home(
    here: Path, keep: Path | None, account: Account, *, fast: bool
) -> AbstractContextManager[tuple[Path, int] | tuple[Path]]:
    if keep is not None:
        return kept_folder(keep.absolute(), account)
    if fast and (memory := memory_root()):
        return temporary_folder(memory, account)
    return nullcontext((here,))


@contextmanager
def _log(home: Path) -> Iterator[int]:
    log = opened_here(home / "log", os.O_WRONLY | os.O_TRUNC)
    try:
        yield log
    finally:
        os.close(log)


def _as_options(settings: Mapping[str, str]) -> list[str]:
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _prepared_data(home: Path, programs: Programs, account: Account, *, lasting: bool) -> Path:
    # One major version cannot read another's files: after an upgrade the demo begins anew.
    data = home / f"data-{programs.major}"
    if data.exists():
        # We hold the lock, so nothing of that server lives, and the number may be somebody else's
        # by now: PostgreSQL would then refuse to start.
        (data / "postmaster.pid").unlink(missing_ok=True)
        return data
    making = home / "making"
    shutil.rmtree(making, ignore_errors=True)
    _initialise(making, programs, account, lasting=lasting)
    return making.rename(data)


def _initialise(folder: Path, programs: Programs, account: Account, *, lasting: bool) -> None:
    # Trust is for whoever may enter the folder of the socket: the account, and root.
    access = ("--auth-local=trust", "--auth-host=reject", f"--username={USER}")
    text = ("--locale=C.UTF-8", "--encoding=UTF8", "--no-instructions")
    haste = () if lasting else ("--no-sync",)
    account.run(programs.initdb, "-D", folder, *access, *text, *haste)
    # Single-user mode, because the wheel has no client that could ask a running server.
    alone = (programs.postgres, "--single", "-D", folder, "-c", "exit_on_error=on")
    account.run(*alone, "template1", given=f"CREATE DATABASE {DATABASE}\n".encode())


def _await_ready(process: subprocess.Popen[bytes], status: Path, log: Path) -> None:
    until = time.monotonic() + _READY_WITHIN
    while not _says_ready(status):
        if process.poll() is not None or time.monotonic() > until:
            raise LocalPostgresError(f"PostgreSQL does not start: {_tail(log)}")
        time.sleep(0.01)


def _says_ready(status: Path) -> bool:
    with suppress(FileNotFoundError):
        return status.read_text("utf-8").rstrip().endswith("\nready")
    return False


def _tail(log: Path) -> str:
    return log.read_text("utf-8", "replace").strip()[-2000:]


def _stop(process: subprocess.Popen[bytes]) -> None:
    for request, patience in _PATIENCE.items():
        process.send_signal(request)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return
