"""Whoever runs the platform, at the command line, and the exports that it imports."""

import asyncio
import json
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from adapters.keys import write_private_key
from tests.support.command_line import Called, call
from tests.support.offices import key_of, office
from tests.support.records import content, write_lines

REGISTRY = Path(__file__).parents[2] / "contracts" / "vectors" / "registry.yaml"
MARKET = office("market").code


@dataclass
class Operator:
    """Whoever runs the platform, with everything set that `serve` needs."""

    database: str
    folder: Path

    def call(self, *words: object, **more: object) -> Called:
        given = {
            "database_url": self.database,
            "platform_key_file": self.folder / "platform.jwk",
            "vault_key": b64encode(bytes(range(32))).decode(),
            "materials_dir": self.folder / "materials",
            "materials_reserve": 0,
        }
        return call(*words, **given | more)

    def take(self, path: Path, *words: object, code: int = 0) -> Any:
        """Import a file, and give the summary."""
        called = self.call("register", "import", path, "--agency", MARKET, "--json", *words)
        assert called.code == code, called.err
        return called.json

    def lines(self, *words: object) -> list[Any]:
        """What a command says, one object a line."""
        return [json.loads(line) for line in self.call(*words, "--json").out.splitlines()]

    def findings(self, **more: object) -> dict[str, list[str]]:
        """What the doctor finds, by severity."""
        found: dict[str, list[str]] = {"ok": [], "warning": [], "error": []}
        for finding in self.call("doctor", "--json", **more).json["findings"]:
            found[finding["severity"]].append(f"{finding['about']}: {finding['what']}")
        return found


def new_operator(database: str, folder: Path) -> Operator:
    write_private_key(folder / "platform.jwk", key_of("platform"))
    return Operator(database, folder)


def operator_of(database: str, folder: Path) -> Operator:
    """Give an operator who has loaded the registry."""
    found = new_operator(database, folder)
    assert found.call("registry", "load", REGISTRY).code == 0
    return found


def fetch(database: str, query: str, *values: object) -> list[asyncpg.Record]:
    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(database)
        try:
            return await connection.fetch(query, *values)
        finally:
            await connection.close()

    return asyncio.run(run())


def ours(folder: Path, count: int = 3) -> Path:
    return write_lines(folder / "cases.ndjson", map(content, range(1, count + 1)))


def rejected(path: Path) -> list[Any]:
    lines = path.with_name(f"{path.name}.rejected.ndjson").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]
