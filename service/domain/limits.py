"""What is measured, and the limit it is held against.

A limit may depend on the party or the province; while that is open it has two ends.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from contracts.rulebook import ProvincialNumber
from service.domain.case_facts import CaseFacts, Number


class Limit(ABC):
    """A number that may depend on the party or the province; two ends while that is open."""

    __slots__ = ()

    @abstractmethod
    def ends(self, case: CaseFacts) -> tuple[Number, Number]:
        """The lowest and the highest number it may be in this case."""

    @abstractmethod
    def missing(self, case: CaseFacts) -> tuple[str, ...]:
        """What would make the two ends one; nothing where they are."""


class FixedLimit(Limit):
    __slots__ = ("_ends",)

    def __init__(self, number: Number) -> None:
        self._ends = (number, number)

    @override
    def ends(self, case: CaseFacts) -> tuple[Number, Number]:
        return self._ends

    @override
    def missing(self, case: CaseFacts) -> tuple[str, ...]:
        return ()


class PartyLimit(Limit):
    """Persons and units have their own numbers; for an unknown party both stay possible."""

    __slots__ = ("_both", "_ends")

    def __init__(self, person: Number, unit: Number) -> None:
        self._ends = {"person": (person, person), "unit": (unit, unit)}
        self._both = (min(person, unit), max(person, unit))

    @override
    def ends(self, case: CaseFacts) -> tuple[Number, Number]:
        return self._both if case.party is None else self._ends.get(case.party, self._both)

    @override
    def missing(self, case: CaseFacts) -> tuple[str, ...]:
        return () if case.party in self._ends else ("party_type",)


class ProvinceLimit(Limit):
    """A range within which provinces choose; the whole range where the choice is not known (G12)."""

    __slots__ = ("_numbers", "_range", "_row")

    def __init__(
        self, row: str, low: Number, high: Number, numbers: Mapping[str, list[ProvincialNumber]]
    ) -> None:
        self._row = row
        self._range = (low, high)
        self._numbers = numbers

    @override
    def ends(self, case: CaseFacts) -> tuple[Number, Number]:
        for number in self._numbers.get(case.province or "", ()):
            if number.is_in_force_on(case.day):
                return number.value, number.value
        return self._range

    @override
    def missing(self, case: CaseFacts) -> tuple[str, ...]:
        if case.province is None:
            return ("province",)
        low, high = self.ends(case)
        return () if low == high else (f"threshold:{self._row}:{case.province}",)


class Measure(ABC):
    """What is compared with a limit."""

    __slots__ = ("facts", "scale")

    def __init__(self, facts: tuple[str, ...], scale: int = 1) -> None:
        self.facts: Final = facts
        self.scale: Final = scale

    @abstractmethod
    def of(self, numbers: Mapping[str, Number]) -> Number | None:
        """The measure by these numbers; None while none of its facts is given."""


class Single(Measure):
    __slots__ = ("_fact",)

    def __init__(self, fact: str) -> None:
        super().__init__((fact,))
        self._fact = fact

    @override
    def of(self, numbers: Mapping[str, Number]) -> Number | None:
        return numbers.get(self._fact)


class Weighted(Measure):
    """A weighted sum of the summands that are given; `scale` keeps conversions in whole weights."""

    __slots__ = ("weights",)

    def __init__(self, weights: Mapping[str, Number], scale: int = 1) -> None:
        super().__init__(tuple(weights), scale)
        self.weights: Final = tuple(weights.items())

    @override
    def of(self, numbers: Mapping[str, Number]) -> Number | None:
        parts = [numbers[fact] * weight for fact, weight in self.weights if fact in numbers]
        return sum(parts) if parts else None
