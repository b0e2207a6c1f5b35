"""The indexes of appraisal 考核指标 as data: which two counts make a rate, on what basis, and with what caution."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, PositiveInt, model_validator

from contracts.clocks import Words
from contracts.facts import read_yaml

TALLIES = (
    "decided",
    "filed_cases",
    "entered",
    "entered_in_time",
    "penalised",
    "suspected",
    "transferred",
    "transferred_in_time",
    "accepted",
    "decided_in_time",
    "filed",
    "prosecuted",
    "convicted",
    "opinions_issued",
    "opinions_replied",
    "opinions_adopted",
    "penalties_after_opinion",
    "reconsiderations_requested",
    "reconsiderations_changed",
)
"""What is kept as cases move, by the names under which it is kept."""
DECIDED_OF_REPORTED = "decided_of_reported"
REPORTED_DECIDED = "reported_decided"
DERIVED = (DECIDED_OF_REPORTED, REPORTED_DECIDED)
"""What is read beside the tallies: it comes from the counts that agencies report."""
COUNTS = (*TALLIES, *DERIVED)
OF_LEADS = frozenset({"suspected"})
"""Counts that leads go into: no agency is told them, for it could tell from them that it is suspected."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CountRow(_Row):
    """What a count is called, and the month in which it counts a case."""

    zh: str
    en: str
    month: Literal["case", "filing", "transfer", "letter", "report"]


class Index(_Row):
    """One rate: numerator / denominator, never shown without the two."""

    id: str
    zh: str
    en: str
    numerator: str
    denominator: str
    basis: str
    mark: Literal["V", "V2", "K", "U", "practice"]
    note: Words | None = None


class Caution(Words):
    """What must stand beside every rate."""

    basis: str


class Appraised(_Row):
    """The whole table."""

    small: PositiveInt
    top: PositiveInt
    caution: Caution
    counts: Mapping[str, CountRow]
    indexes: tuple[Index, ...]

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        used = {name for one in self.indexes for name in (one.numerator, one.denominator)}
        if unknown := sorted(used - {*self.counts}):
            raise ValueError(f"unknown count: {', '.join(unknown)}")
        if len({one.id for one in self.indexes}) < len(self.indexes):
            raise ValueError("an index stands twice")
        return self


@cache
def load() -> Appraised:
    """Read the table we ship; every count has its row, and no other."""
    text = (resources.files("contracts") / "appraisal.yaml").read_text("utf-8")
    return read(text)


def read(text: str) -> Appraised:
    """Read a table; raises ValueError where it and the vocabulary of counts differ."""
    table = Appraised.model_validate(read_yaml(text))
    if {*table.counts} != {*COUNTS}:
        raise ValueError("appraisal.yaml and the vocabulary of counts differ")
    return table
