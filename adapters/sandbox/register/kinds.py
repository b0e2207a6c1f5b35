"""Kinds of made-up cases: what an agency writes of them, and from where to where their numbers are drawn."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from random import Random
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts import causes, cumulation
from contracts.facts import PENALTIES, read_yaml
from contracts.office import Sector

Band = tuple[float, float]
Facts = dict[str, Any]

_TAME = (0.01, 0.03)
_ON_THE_LIMIT = 0.05


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Repeat(_Row):
    """The branch for who was penalised before: so many penalties, inside so many years, and the numbers it takes."""

    penalties: int
    years: int | None = None
    band: Band
    facts: Mapping[str, Any] = {}


class Found(_Row):
    """What is found where a kind without a number is met, and where it is not."""

    over: Mapping[str, Any]
    low: Mapping[str, Any]


class Kind(_Row):
    """One kind of case, as kinds.yaml has it."""

    name: str
    sectors: tuple[Sector, ...]
    cause: str
    title: str
    party: str | None = None
    number: str | None = None
    whole: bool = False
    facts: Mapping[str, Any] = {}
    incidental: frozenset[str] = frozenset()
    shares: Mapping[str, float] = {}
    draws: Mapping[str, tuple[int, int]] = {}
    since: date
    low: Band = (0, 0)
    near: Band | None = None
    over: Band = (0, 0)
    repeat: Repeat | None = None
    split: Mapping[int, Band] = {}
    excused: Mapping[str, Any] = {}
    found: Found | None = None
    tame: bool = True

    @property
    def family(self) -> str:
        cause = causes.load().find(self.cause)
        assert cause is not None  # a test holds that the table knows every kind
        return cause.family

    @property
    def adds_up_within(self) -> int | None:
        """Years inside which its untreated acts add up; None where they do for ever."""
        return cumulation.load()[self.family].within_years

    @property
    def needed(self) -> frozenset[str]:
        """The facts without which nobody may be able to say that it is met."""
        if self.found is not None:
            return frozenset(self.found.over)
        assert self.number is not None
        return frozenset({self.number, *self.facts, *self.draws}) - self.incidental

    @property
    def fact_names(self) -> frozenset[str]:
        """Every fact that a case of this kind may state."""
        if self.found is not None:
            return frozenset({*self.found.over, *self.found.low})
        assert self.number is not None
        return frozenset({self.number, *self.facts, *self.shares, *self.draws})

    def met(self, random: Random) -> Facts:
        """Facts that meet the threshold, now and then exactly."""
        if self.found is not None:
            return dict(self.found.over)
        exactly = random.random() < _ON_THE_LIMIT
        return self.of(self.over[0] if exactly else self._skewed(self.over, random), random)

    def unmet(self, random: Random) -> Facts:
        """Facts that stay far under every threshold."""
        if self.found is not None:
            return dict(self.found.low)
        return self.of(self._skewed(self.low, random), random)

    def small(self, random: Random) -> Facts:
        """Facts so small that several such cases of one party come to nothing."""
        if self.found is not None:
            return dict(self.found.low)
        least, most = _TAME
        return self.of(self.low[1] * (least + (most - least) * random.random()), random)

    def within(self, band: Band, random: Random) -> Facts:
        """Facts whose number lies somewhere in a band."""
        return self.of(band[0] + (band[1] - band[0]) * random.random(), random)

    def of(self, number: float, random: Random) -> Facts:
        """The facts around a number."""
        assert self.number is not None
        stated = max(1, int(number)) if self.whole else round(number, 2)
        facts: Facts = {**self.facts, self.number: stated}
        for name, share in self.shares.items():
            part = stated * share * random.random()
            facts[name] = int(part) if name in _WHOLE else round(part, 2)
        for name, (least, most) in self.draws.items():
            facts[name] = least + int((most - least + 1) * random.random())
        return facts

    def _skewed(self, band: Band, random: Random) -> float:
        # Most cases are small ones.
        return band[0] + (band[1] - band[0]) * random.random() ** 2


_WHOLE = frozenset({"books", "infringing_copies"})


class Kinds(_Row):
    """The whole table."""

    kinds: tuple[Kind, ...]
    plain: Mapping[Sector, tuple[str, ...]]
    names: tuple[str, ...]

    @property
    def fact_names(self) -> list[str]:
        """Every fact that a record may state."""
        named = {name for kind in self.kinds for name in kind.fact_names}
        return sorted(named | {PENALTIES})


@cache
def load() -> Kinds:
    """Read the table we ship."""
    text = (resources.files("adapters") / "sandbox" / "register" / "kinds.yaml").read_text("utf-8")
    return Kinds.model_validate(read_yaml(text))
