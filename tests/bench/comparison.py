"""Measuring two things by turns in one run, because this machine is not the same machine a minute later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the bench: a number, the bar it is held against, and how it came about."""

    figure: str
    value: float
    bar: float
    detail: dict[str, Any]
    passes_when: Literal["at_least", "at_most"] = "at_least"

    @property
    def passes(self) -> bool:
        return self.value >= self.bar if self.passes_when == "at_least" else self.value <= self.bar

    def line(self) -> dict[str, Any]:
        return {
            "figure": self.figure,
            "value": round(self.value, 3),
            "bar": self.bar,
            "passes": self.passes,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the turns gave; the ratio is the median of the ratios of neighbouring turns."""

    ours: Sequence[float]
    theirs: Sequence[float]

    @property
    def ratios(self) -> list[float]:
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    def detail(self) -> dict[str, Any]:
        return {
            "ours_per_second": round(median(self.ours), 1),
            "theirs_per_second": round(median(self.theirs), 1),
            "ratio_spread": [round(min(self.ratios), 3), round(max(self.ratios), 3)],
            "turns": len(self.ours),
        }


def by_turns(
    turns: int, ours: Callable[[], float], *others: Callable[[], float]
) -> list[Comparison]:
    """Measure A B C A B C …, and compare the first with each of the others."""
    runs = [[measure() for measure in (ours, *others)] for _ in range(turns)]
    mine, *rest = zip(*runs, strict=True)
    return [Comparison(mine, theirs) for theirs in rest]
