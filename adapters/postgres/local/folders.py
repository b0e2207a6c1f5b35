"""Folders for a server, each with a lock that its owner and every process of its server hold."""

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from adapters.postgres.local.account import Account, LocalPostgresError

_PREFIX = "linkage-"
_TEST = "/usr/bin/test"  # asked as the account, it knows of access lists and capabilities too
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET = 107  # bytes, what the kernel has room for
_MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp
_ROOM = 2 << 30  # bytes; a container has 64 MB unless it asks for more
_FREE_WITHIN = 15.0  # seconds: the server of a killed starter needs a moment to shut down
_YOUNG = 60.0  # seconds: the maker of so young a folder may not have locked it yet


@contextmanager
def temporary_folder(root: Path, account: Account) -> Iterator[tuple[Path, int]]:
    """Give a folder that ends with the block, and its lock."""
    _sweep(root, account)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
    with _locked(folder) as lock:
        account.own(folder)
        try:
            yield folder, lock
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kept_folder(wanted: Path, account: Account) -> Iterator[tuple[Path, int]]:
    """Give a folder that stays, and its lock: the one wanted, if the account can work there.

    It cannot in root's home, or in a folder of somebody else. The modes of folders that were there
    before are not ours to change, so the data goes to /var/tmp then, under a name of its own.
    """
    mark = hashlib.sha256(bytes(wanted)).hexdigest()[:8]
    instead = Path("/var/tmp", f"{_PREFIX}kept-{account.uid}-{mark}")  # noqa: S108 - owner checked
    for folder in (wanted, instead):
        if _is_usable(folder, account):
            with _locked(folder, _FREE_WITHIN) as lock:
                yield folder, lock
            return
    raise LocalPostgresError(f"no place for the data: neither {wanted} nor {instead} can be used")


def opened_here(path: Path, flags: int) -> int:
    """Open or make a file in a folder of the account's: root must not follow a link planted there."""
    return os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def socket_root(account: Account) -> Path:
    """Return a place for temporary folders whose path leaves room for the name of a socket."""
    for root in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108 - mkdtemp
        socket = root / f"{_PREFIX}........" / _SOCKET
        if len(bytes(socket)) <= _LONGEST_SOCKET and account.can(_TEST, "-x", root):
            return root
    raise LocalPostgresError("no temporary folder has a path that is short enough for a socket")


def memory_root() -> Path | None:
    """Return a file system in memory with room for a server, if this machine has one.

    Cloning a small database takes 12 ms there, and 200 ms or more on a disk.
    """
    with suppress(OSError):
        if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
            return _MEMORY
    return None


def _sweep(root: Path, account: Account) -> None:
    """Remove the folders of starters that were killed and whose servers have ended too."""
    for folder in root.glob(f"{_PREFIX}????????"):
        with suppress(OSError, LocalPostgresError):
            if _belongs(folder, account) and time.time() - folder.stat().st_mtime > _YOUNG:
                with _locked(folder):
                    shutil.rmtree(folder)


def _is_usable(folder: Path, account: Account) -> bool:
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            account.own(folder)
            folder.chmod(0o700)
        return _belongs(folder, account) and account.can(_TEST, "-w", folder, "-a", "-x", folder)
    except OSError:
        return False


def _belongs(folder: Path, account: Account) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid


@contextmanager
def _locked(folder: Path, within: float = 0.0) -> Iterator[int]:
    lock = opened_here(folder / "lock", os.O_RDWR)
    try:
        _take(lock, folder, time.monotonic() + within)
        yield lock
    finally:
        os.close(lock)


def _take(lock: int, folder: Path, until: float) -> None:
    while True:
        with suppress(BlockingIOError):
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if time.monotonic() >= until:
            raise LocalPostgresError(
                f"another run is using the database in {folder}: stop it first"
            )
        time.sleep(0.1)
