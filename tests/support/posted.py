"""Vectors of what is posted to a path, and what must come back: letters, replies, registers."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Posted:
    """One request; `code` None means that it is taken, with a receipt, in which `results` stand where it has some."""

    name: str
    what: str
    body: bytes
    path: str
    code: str | None = None
    pointer: str | None = None
    after: tuple[str, ...] = ()
    results: tuple[dict[str, Any], ...] | None = None

    @property
    def described(self) -> dict[str, Any]:
        """The vector as a file tells it."""
        expected: dict[str, Any] = {"code": self.code} if self.code else {"status": 201}
        if self.pointer is not None:
            expected["pointer"] = self.pointer
        if self.results is not None:
            expected["results"] = list(self.results)
        return {
            "name": self.name,
            "what": self.what,
            "request": {"path": self.path, "body": self.body.decode()},
            "given": {"after": list(self.after)},
            "expected": expected,
        }


def files_of(folder: str, vectors: Iterable[Posted]) -> dict[str, bytes]:
    """Give the files of vectors by their path."""
    return {
        f"{folder}/{one.name}.json": (
            json.dumps(one.described, ensure_ascii=False, indent=2) + "\n"
        ).encode()
        for one in vectors
    }
