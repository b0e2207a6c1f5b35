"""The registry of the test vectors, read from its file as an implementer reads it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import yaml

from contracts import jws
from contracts.jws import VerificationKey
from tests.support import vectors


@dataclass(frozen=True)
class Known:
    """A key as registry.yaml has it."""

    kid: str
    key: VerificationKey
    office: str
    valid_from: datetime
    valid_until: datetime | None
    revoked_at: datetime | None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@cache
def read_registry() -> dict[str, Any]:
    return yaml.safe_load((vectors.FOLDER / "registry.yaml").read_text("utf-8"))


@cache
def registered_keys() -> dict[str, Known]:
    known = [
        Known(
            one["jwk"]["kid"],
            jws.import_key(one["jwk"]),
            office["code"],
            datetime.fromisoformat(one["valid_from"]),
            _moment(one["valid_until"]),
            _moment(one["revoked_at"]),
        )
        for office in read_registry()["offices"]
        for one in office["keys"]
    ]
    return {one.kid: one for one in known}
