"""The truth about planted cases, and the gaps that are torn into what is stated of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from adapters.sandbox.register.kinds import Facts


class Truth(NamedTuple):
    """Which detectors hold of a case on the day of the register, at any hour.

    `facts_complete` is false where a fact is left out without which that may be lost.
    """

    agency: str
    case_number: str
    detectors: tuple[str, ...]
    facts_complete: bool


class Made(NamedTuple):
    """A record of an agency; `truth` where something is planted in it, `is_earlier` where a later version follows."""

    agency: str
    record: dict[str, Any]
    truth: Truth | None = None
    is_earlier: bool = False


@dataclass(slots=True)
class Draft:
    """A record on its way: what holds of it, and the facts of it and of others without which that may be lost."""

    agency: str
    record: dict[str, Any]
    detectors: tuple[str, ...] = ()
    needed: frozenset[str] = frozenset()
    others: "tuple[Draft, ...]" = ()
    lost: set[str] = field(default_factory=set)

    @property
    def is_complete(self) -> bool:
        return not any(one.lost & self.needed for one in (self, *self.others))

    def made(self) -> Made:
        """Hand it out, with the truth about it."""
        truth = None
        if self.detectors:
            number = self.record["case_number"]
            truth = Truth(self.agency, number, self.detectors, self.is_complete)
        return Made(self.agency, self.record, truth)


def tear_gaps(drafts: Iterable[Draft], share: float, random: Random) -> None:
    """Leave facts out, each with the same probability."""
    for draft in drafts:
        facts: Facts = draft.record.get("facts", {})
        draft.lost.update(name for name in facts if random.random() < share)
        for name in draft.lost:
            del facts[name]


def truths(made: Iterable[Made]) -> Iterator[Truth]:
    """Give the truth about every planted case, once."""
    return (one.truth for one in made if one.truth is not None)
