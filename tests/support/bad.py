"""What a bad vector is made of: a request with one fault, and the problem that must come back."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contracts import jws
from contracts.packet import MaterialKind
from tests.support.offices import key_of
from tests.support.packets import digest_of, material_bytes, packet, payload_of, signed

GOOD_TYPE = jws.MEDIA_TYPE


@dataclass(frozen=True)
class Bad:
    """A request that is refused; `body` None means `times` repetitions of one letter."""

    name: str
    what: str
    code: str
    body: bytes | None
    pointer: str | None = None
    content_type: str = GOOD_TYPE
    missing: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    times: int = 0

    @property
    def described(self) -> dict[str, Any]:
        """The vector as a file tells it."""
        return {
            "name": self.name,
            "what": self.what,
            "request": {"content_type": self.content_type, **self._body()},
            "given": {"uploaded": self._uploaded(), "after": list(self.after)},
            "expected": {"code": self.code}
            | ({"pointer": self.pointer} if self.pointer is not None else {}),
        }

    def _body(self) -> dict[str, Any]:
        if self.body is None:
            return {"body_repeat": {"text": "A", "times": self.times}}
        try:
            return {"body": self.body.decode()}
        except UnicodeDecodeError:
            return {"body_base64": b64encode(self.body).decode()}

    def _uploaded(self) -> str | list[str]:
        if not self.missing:
            return "all"
        named = [digest_of(material_bytes(kind)) for kind in MaterialKind]
        return [digest for digest in named if digest not in self.missing]


def document(**changes: Any) -> dict[str, Any]:
    """A valid packet that no good vector is in the way of."""
    return packet(900, packet_id="bad-0900") | changes


def body(**changes: Any) -> bytes:
    """The valid packet, signed by the market office."""
    return signed(document(**changes), key_of("market"))


def members(**changes: Any) -> dict[str, Any]:
    """The three members of the valid packet's JWS, changed; None takes one away."""
    changed = json.loads(body()) | changes
    return {name: value for name, value in changed.items() if value is not None}


def envelope(**changes: Any) -> bytes:
    return json.dumps(members(**changes), separators=(",", ":")).encode()


def header(**changes: Any) -> bytes:
    """The valid packet under a protected header that is changed before it is signed."""
    return signed(document(), key_of("market"), **changes)


def at(pointer: str, value: Any, **changes: Any) -> bytes:
    """The valid packet with another value at a JSON pointer, properly signed."""
    changed = json.loads(payload_of(document(**changes)))
    *way, last = [int(part) if part.isdigit() else part for part in pointer.split("/")[1:]]
    place = changed
    for part in way:
        place = place[part]
    place[last] = value
    return signed(changed, key_of("market"))


def payload(change: Callable[[bytes], bytes]) -> bytes:
    """The valid packet with its text changed before it is signed."""
    return signed(change(payload_of(document())), key_of("market"))


def flipped(segment: str, place: int) -> str:
    """Change one character of a segment for another of the alphabet that spells other bytes."""
    other = "B" if segment[place] == "A" else "A"
    return segment[:place] + other + segment[place + 1 :]
