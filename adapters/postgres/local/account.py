import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self


class LocalPostgresError(RuntimeError):
    """No PostgreSQL, no folder for it, or a server that does not start; the text says which."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs PostgreSQL: ourselves, or somebody without power where we are root."""

    uid: int
    gid: int

    @classmethod
    def choose(cls) -> Self:
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid)
        raise LocalPostgresError("PostgreSQL refuses root, and this machine has no account nobody")

    def start(
        self,
        command: Sequence[str | Path],
        *,
        reads: int = subprocess.DEVNULL,
        writes: int = subprocess.PIPE,
        holding: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        tether: list[str | Path] = [sys.executable, "-IS", Path(__file__).with_name("tethered.py")]
        who = map(str, (self.uid, self.gid, os.getpid()))
        return subprocess.Popen(  # noqa: S603 - the command is ours
            [*tether, *who, *command],
            cwd="/",  # the account may not be allowed into our own
            env=_environment(),
            stdin=reads,
            stdout=writes,
            stderr=subprocess.STDOUT,
            pass_fds=holding,
            start_new_session=True,  # or Ctrl-C would stop it while the service still drains
        )

    def run(self, *command: str | Path, given: bytes = b"") -> str:
        """Return what the command prints; LocalPostgresError if it fails."""
        with self.start(command, reads=subprocess.PIPE) as process:
            output, _ = process.communicate(given)
        text = output.decode("utf-8", "replace").strip()
        if process.returncode != 0:
            raise LocalPostgresError(f"{command[0]} failed: {text}")
        return text

    def can(self, *command: str | Path) -> bool:
        with suppress(LocalPostgresError):
            self.run(*command)
            return True
        return False

    def own(self, folder: Path) -> None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def _environment() -> dict[str, str]:
    """Keep from the server what would steer it, and what only the service should know."""
    hidden = ("PG", "LC_", "LANG", "LINKAGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
