"""What every figure needs: the server, a folder, files of packets, the peers, and how long to measure."""

import asyncio
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contracts.jws import key_id
from tests.bench import copied_register
from tests.bench.database import Server
from tests.bench.load import Load, Seen, run_load
from tests.bench.packets import AGENCY, write_packets
from tests.bench.processes import ROOT, Peer, started
from tests.support.offices import key_of

CONNECTIONS = 64
AS4_CONNECTIONS = 2 * (os.cpu_count() or 1)
AS4_CONTENT_TYPE = (
    'multipart/related; type="application/soap+xml"; boundary="as4-bench-as4-bench-as4-bench-ab"'
)
_FASTEST = 12_000  # packets a second: more than any of the peers takes


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things are measured; the quick one is for trying the bench out, not for reporting."""

    turns: int = 7
    seconds: float = 6.0
    warmup: float = 1.0
    endurance_seconds: float = 300.0
    window_seconds: float = 60.0
    chain_packets: int = 2000
    stored_transfers: int = 1_000_000
    waiting: int = 4000
    material_bytes: int = 1024**3


QUICK = Pace(
    turns=3,
    seconds=2.0,
    warmup=0.5,
    endurance_seconds=30.0,
    window_seconds=6.0,
    chain_packets=300,
    stored_transfers=100_000,
    waiting=1000,
    material_bytes=256 * 1024**2,
)


@dataclass
class Bench:
    """One run of the bench."""

    server: Server
    folder: Path
    pace: Pace
    stack: ExitStack = field(default_factory=ExitStack)
    """What lasts as long as the run."""
    _registers: dict[int, str] = field(default_factory=dict)

    @contextmanager
    def register(self, cases: int) -> Iterator[str]:
        """Give a database with a register of so many cases, copied from one that is filled once a run."""
        if cases not in self._registers:
            url = self._registers[cases] = self.stack.enter_context(self.server.database())
            asyncio.run(copied_register.fill_database(url, cases))
        with self.server.database(like=self._registers[cases]) as url:
            yield url

    @cached_property
    def packets(self) -> Path:
        """Enough packets for all turns of one figure; every database sees them for the first time."""
        pace = self.pace
        return self.packets_for(pace.turns * (pace.seconds + pace.warmup))

    def packets_for(self, seconds: float) -> Path:
        path = self.folder / f"packets-{seconds:g}"
        write_packets(path, int(_FASTEST * seconds))
        return path

    def intake(self, url: str) -> "Intake":
        return Intake(
            self.server,
            Load(url, self.packets, CONNECTIONS, self.pace.seconds, self.pace.warmup),
        )

    @contextmanager
    def ceiling(self) -> Iterator[Peer]:
        key = key_of(AGENCY)
        pem = self.folder / "agency.pem"
        public = key.get_op_key("verify")
        pem.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        command = [sys.executable, "-m", "tests.bench.ceiling_peer", f"--key={pem}"]
        with (
            self.server.database(migrated=False) as url,
            started([*command, "--kid", key_id(key), "--database-url", url]) as peer,
        ):
            yield peer

    @cached_property
    def as4_folder(self) -> Path:
        folder = self.folder / "as4"
        folder.mkdir()
        subprocess.run([*as4_command("write"), folder], cwd=ROOT, check=True)
        return folder

    @contextmanager
    def as4(self, processes: int) -> Iterator["As4"]:
        with started([*as4_command("serve"), self.as4_folder, f"--processes={processes}"]) as peer:
            yield As4(peer.url, self.as4_folder, self.pace)


@dataclass
class Intake:
    """A load that goes on where the last turn ended, so that no packet is sent twice."""

    server: Server
    load: Load

    def turn(self) -> Seen:
        self.server.settle()
        seen = run_load(self.load)
        self.load = replace(self.load, first=self.load.first + seen.sent)
        _expect_acceptance(seen)
        return seen

    def rate(self) -> float:
        return self.turn().rate


@dataclass(frozen=True, slots=True)
class As4:
    """The peer under load; it stores nothing, so it may have the same messages again and again."""

    url: str
    folder: Path
    pace: Pace

    def rate(self) -> float:
        load = Load(
            self.url,
            self.folder / "bodies",
            AS4_CONNECTIONS,
            self.pace.seconds,
            self.pace.warmup,
            content_type=AS4_CONTENT_TYPE,
            again=True,
        )
        seen = run_load(load)
        _expect_acceptance(seen)
        return seen.rate

    def chain_rate(self) -> float:
        """Messages a second from post to the receipt that the sender has verified."""
        options = [f"--url={self.url}", f"--seconds={self.pace.seconds}"]
        command = [
            *as4_command("send"),
            str(self.folder),
            *options,
            f"--processes={AS4_CONNECTIONS}",
        ]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        return float(json.loads(done.stdout)["verified_per_second"])


def _expect_acceptance(seen: Seen) -> None:
    """A figure made of refusals would be a lie."""
    refused = {status: n for status, n in seen.statuses.items() if status not in {"200", "201"}}
    if refused or not seen.accepted:
        raise RuntimeError(
            f"not everything was accepted: {dict(seen.statuses)}, {seen.answers[:1]!r}"
        )


def batch_sizes(peer: Peer) -> dict[str, float]:
    """Say how many posts went into a commit at the ceiling since the last time somebody asked."""
    with urllib.request.urlopen(f"{peer.url}batches") as answer:
        sizes = {int(size): times for size, times in json.load(answer).items()}
    commits = sum(sizes.values())
    posts = sum(size * times for size, times in sizes.items())
    return {
        "commits": commits,
        "mean": round(posts / max(1, commits), 1),
        "most": max(sizes, default=0),
    }


def as4_command(name: str) -> list[str]:
    """Give a command of the AS4 peer, which wants another `cryptography` than we do."""
    subprocess.run([ROOT / "deploy" / "setup", "bench"], check=True)
    return [str(ROOT / ".venv-as4" / "bin" / "python"), "-m", "tests.bench.as4_peer", name]
