"""What people type: what is wrong in it, by the codes that acts, corrections and claims have in common."""

import re
from unicodedata import category

from contracts.document import SIGNS_OF_TEXT

_SIGNS = re.compile(SIGNS_OF_TEXT)
_BLANK = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn"})
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by their category that show nothing all the same."""


def is_seen(text: str) -> bool:
    """Whether a text has a sign that shows: spaces, joiners and marks alone say nothing."""
    return any(category(sign) not in _BLANK and sign not in _FILLERS for sign in text)


def fault_of(text: str, longest: int) -> str | None:
    """Give the code of what is wrong in a text that must say something; None where nothing is."""
    if not is_seen(text):
        return "missing"
    if len(text) > longest:
        return "too_long"
    return None if _SIGNS.fullmatch(text) else "sign"
