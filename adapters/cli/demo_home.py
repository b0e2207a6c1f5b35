"""Where the demonstration lives: its keys and its settings. It never touches the database of the settings."""

import os
import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from adapters.keys import (
    generate_key,
    generate_vault_key,
    read_private_key,
    write_private_key,
    write_secret,
)
from adapters.sandbox.offices import SandboxOffice
from adapters.settings import PREFIX, Settings, read_settings
from contracts.jws import SigningKey


class DemoHome:
    """A folder with keys that stay from run to run, so that what an earlier run left can still be read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        # Open to others as far as the account of the database must pass; keys and files are not.
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.keys.mkdir(mode=0o700, exist_ok=True)
        self.materials.mkdir(mode=0o700, exist_ok=True)

    @property
    def database(self) -> Path:
        return self.folder / "database"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def materials(self) -> Path:
        return self.folder / "materials"

    def platform_key(self) -> SigningKey:
        return self._key("platform", generate_key("ES256", "platform"))

    def with_kept_keys(self, offices: Sequence[SandboxOffice]) -> list[SandboxOffice]:
        """Give the offices the keys that they had before: a dispatch of an earlier run must still prove itself."""
        return [replace(office, key=self._key(office.code, office.key)) for office in offices]

    def settings(self, database_url: str, **given: object) -> Settings:
        """Read the environment, but for the database, the keys and whatever else makes a demonstration safe."""
        self.platform_key()
        quiet = {} if f"{PREFIX}LOG_LEVEL" in os.environ else {"log_level": "error"}
        safe = {
            "role": "all",
            "host": "127.0.0.1",
            "sandbox": True,
            "demo_sign_in": True,
            "database_url": database_url,
            "platform_key_file": self.keys / "platform.jwk",
            "vault_key": self._vault_key(),
            "materials_dir": self.materials,
            "materials_reserve": 0,
        }
        return read_settings(**safe | quiet | given)

    def _key(self, name: str, new: SigningKey) -> SigningKey:
        path = self.keys / f"{name}.jwk"
        if not path.exists():
            write_private_key(path, new)
        return read_private_key(path)

    def _vault_key(self) -> str:
        path = self.keys / "vault.key"
        if not path.exists():
            write_secret(path, generate_vault_key())
        return path.read_text("utf-8").strip()


def free_or_any(port: int) -> int:
    """Give the port if nobody listens on it, else 0, which is whatever is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port
