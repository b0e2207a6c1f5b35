"""Speaking to the platform as an office: the options that such commands share."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.output import StopError
from adapters.client import LinkageClient, Retries
from adapters.keys import read_private_key, read_public_key
from adapters.registry_file import read_registry
from adapters.settings import Settings, read_settings
from adapters.supervision_client import SupervisionClient
from contracts.jws import SigningKey, VerificationKey

Url = Annotated[str | None, typer.Option(help="The platform, instead of LINKAGE_PUBLIC_URL.")]
Office = Annotated[
    str | None, typer.Option(help="Your office's code, instead of LINKAGE_OFFICE_CODE.")
]
KeyFile = Annotated[
    Path | None, typer.Option("--key", help="Your private key, instead of LINKAGE_OFFICE_KEY_FILE.")
]
PlatformKey = Annotated[
    Path | None,
    typer.Option(help="The platform's public key, a JWK: its receipts are verified with it."),
]

TRIES = 4


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks, and to whom."""

    url: str
    code: str
    key: SigningKey
    audience: str

    def client(self, platform_key: VerificationKey | None = None) -> LinkageClient:
        return LinkageClient(
            self.url, self.code, self.key, platform_key, self.audience, Retries(TRIES), now=now
        )

    def supervising(self) -> SupervisionClient:
        """Speak of leads and letters."""
        return SupervisionClient(
            self.url, self.code, self.key, None, self.audience, Retries(TRIES), now=now
        )


def now() -> datetime:
    return datetime.now(UTC)


def sender(url: str | None, office: str | None, key_file: Path | None) -> Sender:
    """Put the options and the settings together; raises StopError for what is in neither."""
    settings = read_settings()
    code = office or settings.office_code
    if code is None:
        raise StopError("which office is speaking?", "give --office, or set LINKAGE_OFFICE_CODE")
    return Sender(
        url or settings.public_url, code, signing_key(key_file, settings), settings.audience
    )


def signing_key(key_file: Path | None, settings: Settings | None = None) -> SigningKey:
    """Read the office's key; raises StopError when nobody says where it is."""
    path = key_file or (settings or read_settings()).office_key_file
    if path is None:
        raise StopError(
            "with which key?",
            "give --key, or set LINKAGE_OFFICE_KEY_FILE; `linkage keygen` makes one",
        )
    return read_private_key(path)


def platform_key_of(file: Path | None, registry: Path | None = None) -> VerificationKey | None:
    """Find the key that proves receipts: in a file of its own, or in a registry file."""
    if file is not None:
        return read_public_key(file)
    platform = read_registry(registry).platform if registry else None
    return platform.keys[-1].of(platform.code).key if platform and platform.keys else None
