"""The detectors X1-X11 as data: their basis, their clocks, and how their leads are ranked."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache, cached_property
from importlib import resources

from pydantic import BaseModel, ConfigDict, PositiveInt

from contracts.facts import read_yaml


class Detector(StrEnum):
    """What is looked for; the words and articles stand in detectors.yaml."""

    X1 = "X1"
    X2 = "X2"
    X3 = "X3"
    X4 = "X4"
    X5 = "X5"
    X6 = "X6"
    X7 = "X7"
    X8 = "X8"
    X9 = "X9"
    X10 = "X10"
    X11 = "X11"


class Signal(StrEnum):
    """What makes a suspicion stronger."""

    COLLECTIVE_DISCUSSION = "collective_discussion"
    REVIEW_SAID_TRANSFER = "review_said_transfer"
    FINE_BELOW_FLOOR = "fine_below_floor"
    PENALISED_BEFORE = "penalised_before"
    SEVERAL_AGENCIES = "several_agencies"
    NO_REASON = "no_reason"
    CURRENT_LAW_TOO = "current_law_too"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DetectorRow(_Row):
    """One detector, as detectors.yaml has it."""

    zh: str
    en: str
    basis: str
    mark: str
    base: int
    clocks: tuple[str, ...] = ()
    never_transferred: bool


class SignalRow(_Row):
    """What a signal adds to a score, and its words."""

    points: PositiveInt
    zh: str
    en: str


class Over(_Row):
    """What the reach beyond a limit adds at the most."""

    most: int


class Scoring(_Row):
    """The numbers of the score; the formula stands in detectors.yaml."""

    over: Over
    doubt: int
    signals: Mapping[Signal, SignalRow]


class Detectors(_Row):
    """The whole table."""

    score: Scoring
    detectors: Mapping[Detector, DetectorRow]

    @cached_property
    def never_transferred(self) -> frozenset[Detector]:
        """The detectors whose leads say: it should have been transferred and was not."""
        return frozenset(one for one, row in self.detectors.items() if row.never_transferred)


@cache
def load() -> Detectors:
    """Read the table we ship; every detector and every signal has its row."""
    text = (resources.files("contracts") / "detectors.yaml").read_text("utf-8")
    table = Detectors.model_validate(read_yaml(text))
    if {*table.detectors} != {*Detector} or {*table.score.signals} != {*Signal}:
        raise ValueError("detectors.yaml and the enumerations of detectors and signals differ")
    return table
