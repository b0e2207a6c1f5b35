"""The facts of one case, prepared so that conditions can read them fast and exactly."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from contracts.facts import (
    PENALTIES,
    PUNISHMENTS,
    Bound,
    PartialDate,
    PriorPenalty,
    PriorPunishment,
    exact,
)

Number = int | Decimal

# A number "about" a limit proves nothing; one further away than this proves what it says.
ABOUT_TOLERANCE: Final = Decimal("0.05")
UNBOUNDED: Final = Decimal("Infinity")


class Evidence(NamedTuple):
    """Where a fact is proved: the digest of a material and a page in it."""

    material: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class ScreeningCase:
    """What screening is told of a case; None and absent mean unknown, never no and never zero.

    `offence_codes` are the offences that the agency named, `charges` their names as written (they
    tell rows of one article apart).
    """

    facts: Mapping[str, object]
    bounds: Mapping[str, str] = field(default_factory=dict)
    party_type: str | None = None
    prior_penalties: tuple[PriorPenalty, ...] | None = None
    prior_punishments: tuple[PriorPunishment, ...] | None = None
    conduct_on: PartialDate | None = None
    province: str | None = None
    offence_codes: tuple[str, ...] = ()
    charges: tuple[str, ...] = ()
    agency_kind: str | None = None
    evidence: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)


class CaseFacts:
    """A case as conditions see it: numbers as ranges, findings as they are, and the record.

    `low` and `high` are the ends of what a number may be; they are the same mapping where nothing
    is bounded. `day` is the day whose provincial numbers apply, and moves with the version judged.
    """

    __slots__ = (
        "acted",
        "conduct_on",
        "day",
        "evidence",
        "findings",
        "given",
        "high",
        "low",
        "party",
        "penalties",
        "province",
        "punishments",
        "stated",
    )

    def __init__(self, case: ScreeningCase, day: date) -> None:
        self.day = day
        self.evidence = case.evidence
        self.given: set[str] = set()
        self.stated: dict[str, Number] = {}
        self.findings: dict[str, object] = {}
        self._sort(case.facts)
        self.low, self.high = _ranges(self.stated, case.bounds)
        self.party = case.party_type or self._text("party_type")
        self.province = case.province or self._text("province")
        self.penalties = self._penalties(case)
        self.punishments = self._punishments(case)
        self._read_days(case)

    def _sort(self, facts: Mapping[str, object]) -> None:
        for name, value in facts.items():
            if value is None:
                continue
            self.given.add(name)
            if isinstance(value, bool | str):
                self.findings[name] = value
            elif isinstance(value, int | Decimal):
                self.stated[name] = value
            elif isinstance(value, float):
                self.stated[name] = exact(value)
            else:
                self.findings[name] = value

    def _text(self, name: str) -> str | None:
        value = self.findings.get(name)
        return value if isinstance(value, str) else None

    def _penalties(self, case: ScreeningCase) -> tuple[PriorPenalty, ...] | None:
        penalties = case.prior_penalties
        listed = self.findings.get(PENALTIES)
        if penalties is None and isinstance(listed, list | tuple):
            penalties = tuple(PriorPenalty.model_validate(record) for record in listed)
        if penalties is not None:
            self.given.add(PENALTIES)
        return penalties

    def _punishments(self, case: ScreeningCase) -> tuple[PriorPunishment, ...] | None:
        punishments = case.prior_punishments
        listed = self.findings.get(PUNISHMENTS)
        if punishments is None and isinstance(listed, list | tuple):
            punishments = tuple(PriorPunishment.model_validate(record) for record in listed)
        if punishments is not None:
            self.given.add(PUNISHMENTS)
        return punishments

    def _read_days(self, case: ScreeningCase) -> None:
        started, ended = self._text("conduct_started_on"), self._text("conduct_ended_on")
        self.conduct_on = case.conduct_on or _partial(ended) or _partial(started)
        self.acted = _partial(started) or self.conduct_on


def _partial(text: str | None) -> PartialDate | None:
    return None if text is None else PartialDate.parse(text)


def _ranges(
    stated: dict[str, Number], bounds: Mapping[str, str]
) -> tuple[dict[str, Number], dict[str, Number]]:
    if not bounds:
        return stated, stated
    low, high = dict(stated), dict(stated)
    for name, bound in bounds.items():
        if name in stated:
            low[name], high[name] = range_of(stated[name], bound)
    return low, high


def range_of(number: Number, bound: str) -> tuple[Number, Number]:
    """Between which two numbers lies what is bounded so."""
    match bound:
        case Bound.AT_LEAST:
            return number, UNBOUNDED
        case Bound.AT_MOST:
            return 0, number
        case _:
            return number * (1 - ABOUT_TOLERANCE), number * (1 + ABOUT_TOLERANCE)
