"""Causes of administrative cases 案由: what the words of an agency say of the kind of act, and what a record must state."""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from importlib import resources

from pydantic import BaseModel, ConfigDict, TypeAdapter

from contracts.facts import read_yaml


class Cause(BaseModel):
    """One row: words that stand in a cause, and what follows from them.

    `asks` are the facts without which nobody may say that the threshold is not met; of a group one is enough.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: str
    words: tuple[str, ...]
    offences: tuple[str, ...]
    charge: str | None = None
    asks: tuple[str | tuple[str, ...], ...] = ()

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The facts asked for, each as a group of which one is enough."""
        return tuple((one,) if isinstance(one, str) else one for one in self.asks)

    def lacks(self, facts: Mapping[str, object]) -> tuple[str, ...]:
        """Name what is asked for and not given; of a group none of which is given, all."""
        return tuple(
            name
            for group in self.groups
            if all(facts.get(one) is None for one in group)
            for name in group
        )


class Causes:
    """The table, searched by the words that stand in a cause."""

    def __init__(self, rows: tuple[Cause, ...]) -> None:
        self.rows = rows
        self._words = sorted(_words(rows), key=lambda pair: len(pair[0]), reverse=True)
        self._known: dict[str, Cause | None] = {}

    def find(self, cause: str) -> Cause | None:
        """The row whose longest word stands in the cause; None for a cause that the table does not know."""
        try:
            return self._known[cause]
        except KeyError:
            row = next((row for word, row in self._words if word in cause), None)
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()  # what agencies write has no bound
        self._known[cause] = row
        return row  # and not what is kept: another thread may have forgotten it meanwhile


_MOST_KNOWN = 10_000


def _words(rows: tuple[Cause, ...]) -> Iterator[tuple[str, Cause]]:
    return ((word, row) for row in rows for word in row.words)


@cache
def load() -> Causes:
    """Read the table we ship."""
    text = (resources.files("contracts") / "causes.yaml").read_text("utf-8")
    return Causes(TypeAdapter(tuple[Cause, ...]).validate_python(read_yaml(text)))
