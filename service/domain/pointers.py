"""One value of a document by its JSON pointer (RFC 6901)."""

from collections.abc import Mapping, Sequence

Leaf = str | int | float | bool | None
_DIGITS = 9
"""Of a place in a list; Python reads no number of any length."""


def find_leaf(document: object, pointer: str) -> Leaf:
    """Give the text, number or truth that a pointer names; raises LookupError where it names none."""
    if not pointer.startswith("/"):
        raise LookupError(pointer)
    found = document
    for token in pointer[1:].split("/"):
        found = _step(found, token.replace("~1", "/").replace("~0", "~"))
    if found is not None and not isinstance(found, str | int | float | bool):
        raise LookupError(pointer)
    return found


def _step(found: object, token: str) -> object:
    match found:
        case Mapping():
            return found[token]
        case str():
            raise LookupError(token)
        case Sequence() if token.isascii() and token.isdigit() and len(token) <= _DIGITS:
            return found[int(token)]
        case _:
            raise LookupError(token)
