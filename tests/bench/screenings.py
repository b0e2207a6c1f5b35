"""How many cases a second one core screens: the published cases in turn, so that the mean of them is typical.

A second is one of the core's own: what other work the machine has at the time is not in it.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

from contracts.facts import PartialDate, PriorPenalty, load_vocabulary
from contracts.rulebook import load_rulebook
from service.domain.explanation import Explainer
from service.domain.rulebook import compile_rulebook
from service.domain.screening import ScreeningCase, screen

_FILE = Path(__file__).parents[1] / "contracts" / "data" / "cases-open.jsonl"
_TODAY = date(2026, 11, 23)
_LOOK_AT_THE_CLOCK = 4  # times the cases, between two looks
_BRIEFLY = 0.05

Screen = Callable[[ScreeningCase], object]


def published_cases() -> dict[str, ScreeningCase]:
    """The cases by their id, each with the offence that its agency named."""
    lines = _FILE.read_text("utf-8").splitlines()
    told = [json.loads(line, parse_float=Decimal) for line in lines if line]
    return {one["id"]: _case(one) for one in told}


def _case(told: dict[str, Any]) -> ScreeningCase:
    penalties, conduct_on = told["prior_penalties"], told["conduct_on"]
    return ScreeningCase(
        facts=told["facts"],
        bounds=told["bounds"],
        party_type=told["party_type"],
        prior_penalties=None
        if penalties is None
        else tuple(map(PriorPenalty.model_validate, penalties)),
        conduct_on=None if conduct_on is None else PartialDate.parse(conduct_on),
        offence_codes=(told["offence_code"],),
    )


@dataclass
class Screenings:
    """Our rule book over the published cases; every offence that a case touches is judged."""

    turns: int
    seconds: float

    def __post_init__(self) -> None:
        self.book = compile_rulebook(load_rulebook(), load_vocabulary())
        self.explainer = Explainer(self.book)
        self.cases = published_cases()

    def explained(self, case: ScreeningCase) -> object:
        """Judge, and tell every clause of every branch as data."""
        return self.explainer.as_json(screen(case, self.book, on=_TODAY))

    def judged(self, case: ScreeningCase) -> object:
        """The verdicts alone."""
        return screen(case, self.book, on=_TODAY, explain=False)

    def rate(self, work: Screen) -> float:
        """Screenings a second: the median of the turns."""
        cases = list(self.cases.values())
        return median(_rate(work, cases, self.seconds) for _ in range(self.turns))

    @cached_property
    def heavy(self) -> ScreeningCase:
        """The facts of all published cases in one, with no offence named: it touches as many as a case can."""
        first = next(iter(self.cases.values()))
        facts = {name: value for case in self.cases.values() for name, value in case.facts.items()}
        return replace(first, facts=facts, bounds={}, offence_codes=())

    def detail(self, work: Screen) -> dict[str, Any]:
        """What the slowest of the cases gives, and what the heavy one does."""
        each = {name: _alone(work, case) for name, case in self.cases.items()}
        slowest = min(each, key=lambda name: each[name])
        found = screen(self.heavy, self.book, on=_TODAY, explain=False).findings
        return {
            "cases": len(self.cases),
            "slowest_case": {"id": slowest, "per_second": round(each[slowest])},
            "heavy_case": {
                "facts": len(self.heavy.facts),
                "offences": len(found),
                "per_second": round(_alone(work, self.heavy)),
            },
        }


def _rate(work: Screen, cases: Sequence[ScreeningCase], seconds: float) -> float:
    for case in cases:
        work(case)  # what is made once per rule is made
    done, began = 0, time.process_time()
    while (taken := time.process_time() - began) < seconds:
        for _ in range(_LOOK_AT_THE_CLOCK):
            for case in cases:
                work(case)
        done += _LOOK_AT_THE_CLOCK * len(cases)
    return done / taken


def _alone(work: Screen, case: ScreeningCase) -> float:
    return median(_rate(work, [case], _BRIEFLY) for _ in range(3))
