"""Registers to measure with: made up by the sandbox, screened, imported, and grown to a million."""

import json
import os
import subprocess
import sys
import time
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median

from adapters.keys import generate_key, write_private_key
from adapters.sandbox.offices import agencies_of
from adapters.sandbox.register.generator import generate
from adapters.sandbox.register.places import register_offices
from adapters.sandbox.register.writing import write_registry
from contracts import calendar, causes, clocks, cumulation
from contracts.case_record import faults_of, read_record
from contracts.facts import load_vocabulary
from contracts.office import Sector
from contracts.rulebook import load_rulebook
from service.domain.case_files import CaseKey, Provenance, open_file, start_of
from service.domain.inspecting import Yardsticks, inspect
from service.domain.registry import Office
from service.domain.rulebook import compile_rulebook
from tests.bench.processes import ROOT

TODAY = date(2026, 11, 25)
_SEED = 7
_TURN = 2_000


def agencies() -> list[Office]:
    """The agencies of the made-up counties."""
    return [one.office for one in agencies_of(register_offices())]


@dataclass
class Screen:
    """Records a second that one core reads, screens over the whole rule book and holds against every detector."""

    turns: int
    seconds: float
    lines: list[tuple[str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        book = compile_rulebook(load_rulebook(), load_vocabulary())
        self.by = Yardsticks(book, clocks.load(), calendar.load(), cumulation.load())
        self.offices = {office.code: office for office in agencies()}
        self.lines = [
            (code, json.dumps(record).encode())
            for code, record in generate(_SEED, _TURN, TODAY, list(self.offices.values()))
        ]

    def rate(self) -> float:
        return median(self._turn() for _ in range(self.turns))

    def _turn(self) -> float:
        done, began = 0, time.process_time()
        while (taken := time.process_time() - began) < self.seconds:
            for code, line in self.lines:
                self._screen(code, line)
            done += len(self.lines)
        return done / taken

    def _screen(self, code: str, line: bytes) -> None:
        record = read_record(line)
        if faults_of(record):
            raise RuntimeError("the made-up record is no record")
        office, now = self.offices[code], start_of(TODAY)
        known = Provenance(
            key=CaseKey(code, record.case_number),
            agency_name=office.name,
            division=office.division,
            sector=(record.sector or office.sector or Sector.OTHER).value,
            party_hash=None,
            arrived_at=now,
            entered_at=record.entered_at,
        )
        inspect([open_file(record, known, causes.load())], self.by, now)


@dataclass(frozen=True)
class Home:
    """What the command line needs to work on a database of the bench."""

    folder: Path
    database_url: str

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "LINKAGE_DATABASE_URL": self.database_url,
            "LINKAGE_PLATFORM_KEY_FILE": str(self.folder / "platform.jwk"),
            "LINKAGE_VAULT_KEY": b64encode(bytes(range(32))).decode(),
            "LINKAGE_MATERIALS_DIR": str(self.folder / "materials"),
        }

    def prepare(self) -> "Home":
        self.folder.mkdir(parents=True, exist_ok=True)
        write_private_key(self.folder / "platform.jwk", generate_key("ES256"))
        write_registry(register_offices(), self.folder)
        self.linkage("registry", "load", str(self.folder / "registry.yaml"))
        return self

    def linkage(self, *arguments: str) -> str:
        """Run a command, and give what it says; raises CalledProcessError."""
        command = [str(Path(sys.executable).parent / "linkage"), *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE
        )
        return done.stdout.decode()


def write_export(path: Path, office: Office, count: int, seed: int = _SEED) -> Path:
    """Write the register of one agency as an export of so many lines."""
    with path.open("w", encoding="utf-8") as file:
        for _, record in generate(seed, count, TODAY, [office]):
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path
