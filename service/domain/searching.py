"""Searching 检索: what a case can be found by, without any of it standing open in the database.

Texts are cut into pairs of characters, and single ones, so that one Chinese character is enough and no dictionary
is needed; numbers are kept whole as well, so that an exact one leads to its case at once. What is stored of each
is a keyed hash (`Vault.fingerprints`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from unicodedata import normalize

LONGEST = 100
"""Characters of a question that are looked at."""
_EXACT = "="
"""Begins the token of a whole number; no pair of characters can, for punctuation is dropped."""


def folded(text: str) -> str:
    """Give a text as it is compared: width, case, spaces and punctuation say nothing."""
    plain = normalize("NFKC", normalize("NFKC", text).casefold())
    return "".join(filter(str.isalnum, plain))


def tokens_of(texts: Iterable[str], numbers: Iterable[str]) -> frozenset[str]:
    """Give the tokens of a case: pairs and characters of `texts`, and the whole of each of `numbers`."""
    plain = [folded(text) for text in texts]
    found = {token for text in plain for token in (*_pairs(text), *text)}
    return frozenset(found | {_EXACT + number for number in map(folded, numbers) if number})


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody searches for: one number, or words whose pairs must all be there."""

    number: str
    pairs: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not self.pairs


def question(text: str) -> Question:
    """Read what was typed. Words are apart from each other: they may stand in different fields, in any order."""
    words = [folded(word) for word in text[:LONGEST].split()]
    pairs = {pair: None for word in words for pair in (_pairs(word) if len(word) > 1 else word)}
    return Question(_EXACT + "".join(words), tuple(pairs))


def _pairs(text: str) -> Iterator[str]:
    return (text[at : at + 2] for at in range(len(text) - 1))


def offence_token(code: str) -> str:
    """Give the token by which the cases of an offence are found."""
    return f"#offence:{code}"


def flag_token(code: str) -> str:
    """Give the token by which the cases with a flag are found."""
    return f"#flag:{code}"
