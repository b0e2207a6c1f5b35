"""Filters of a queue: read from the address of a page and written back into it, so that the address is the state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from contracts.office import Role, Sector
from service.domain.searching import LONGEST, Question, question
from service.domain.transfer import Status
from service.domain.urgency import Urgency
from service.domain.working_days import ONE_DAY, SHANGHAI

TODAY = "today"
"""A day of arrival that moves on with the days, for a view that is kept."""
_MOST_VALUES = 50
_LONGEST_VALUE = 64
LONGEST_QUERY = 2000
"""Characters of a query that a view keeps."""


class Facet(StrEnum):
    """What a list is narrowed by; of several values one is enough."""

    URGENCY = "urgency"
    STATUS = "status"
    CONCLUSION = "conclusion"
    OFFENCE = "offence"
    AGENCY = "agency"
    SECTOR = "sector"
    ROLE = "role"
    FLAG = "flag"


class Claimed(StrEnum):
    """Who works on it."""

    MINE = "mine"
    NOBODY = "nobody"
    OTHERS = "others"


class Order(StrEnum):
    """What a list is ordered by."""

    DUE = "due"  # what runs out first comes first
    ARRIVED = "arrived"  # the latest first


_KNOWN: Mapping[Facet, frozenset[str]] = {
    Facet.URGENCY: frozenset(Urgency),
    Facet.STATUS: frozenset(Status),
    Facet.CONCLUSION: frozenset({"meets", "near", "below", "undetermined", "unjudged"}),
    Facet.SECTOR: frozenset(Sector),
    Facet.ROLE: frozenset(Role),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What somebody wants of a queue. What an address says and nobody knows is left out, never an error."""

    chosen: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)
    text: str = ""
    claimed: Claimed | None = None
    arrived_from: str = ""
    arrived_to: str = ""
    everything: bool = False
    """Whether what is closed is shown too."""
    order: Order | None = None

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]]) -> "Filters":
        """Read the parameters of an address."""
        given: dict[str, list[str]] = {}
        for name, value in pairs:
            given.setdefault(name, []).append(value)
        chosen = {facet: _values(facet, given.get(facet, [])) for facet in Facet}
        return cls(
            chosen={facet: values for facet, values in chosen.items() if values},
            text=" ".join(_first(given, "q")[:LONGEST].split()),
            claimed=_one_of(Claimed, _first(given, "claimed")),
            arrived_from=_day(_first(given, "from")),
            arrived_to=_day(_first(given, "to")),
            everything=_first(given, "scope") == "all",
            order=_one_of(Order, _first(given, "order")),
        )

    @classmethod
    def read_query(cls, query: str) -> "Filters":
        """Read what `query` wrote, all of it: a list without one of its filters would be a longer one."""
        return cls.read(parse_qsl(query, keep_blank_values=True))

    def pairs(self) -> list[tuple[str, str]]:
        """Write them as parameters, one way for one state."""
        singles = [
            ("q", self.text),
            ("claimed", self.claimed or ""),
            ("from", self.arrived_from),
            ("to", self.arrived_to),
            ("scope", "all" if self.everything else ""),
            ("order", self.order or ""),
        ]
        return [
            *((facet.value, value) for facet in Facet for value in self.chosen.get(facet, ())),
            *((name, str(value)) for name, value in singles if value),
        ]

    @property
    def query(self) -> str:
        return urlencode(self.pairs())

    @property
    def question(self) -> Question:
        return question(self.text)

    @property
    def finds_nothing(self) -> bool:
        """Whether what was typed has no letter and no digit, so that no case can be found by it."""
        return bool(self.text) and self.question.is_empty

    @property
    def ordered_by(self) -> Order:
        """The order asked for; a search shows the latest first, all else what runs out first."""
        return self.order or (Order.DUE if self.question.is_empty else Order.ARRIVED)

    @property
    def is_plain(self) -> bool:
        """Whether nothing narrows the list, so that what is counted already tells how long it is."""
        return replace(self, everything=False, order=None) == Filters()

    @property
    def names(self) -> list[str]:
        """Which filters are chosen, without what they say."""
        return sorted({name for name, _ in self.pairs()})

    def values(self, facet: Facet) -> tuple[str, ...]:
        return self.chosen.get(facet, ())

    def toggled(self, facet: Facet, value: str) -> "Filters":
        """Choose a value of a facet, or give it up."""
        before = self.values(facet)
        after = tuple(one for one in before if one != value)
        if after == before:
            after = (*before, value)
        rest = {one: values for one, values in self.chosen.items() if one is not facet}
        return replace(self, chosen=rest | ({facet: after} if after else {}))

    def arrived(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """Give the moments between which it arrived: from the first of one day to the end of another, in Shanghai."""
        first, last = _on(self.arrived_from, now), _on(self.arrived_to, now)
        return (
            _begin(first) if first else None,
            _begin(last + ONE_DAY) if last else None,
        )


def _values(facet: Facet, given: Sequence[str]) -> tuple[str, ...]:
    known = _KNOWN.get(facet)
    kept = (value for value in given[:_MOST_VALUES] if 0 < len(value) <= _LONGEST_VALUE)
    return tuple(sorted({value for value in kept if known is None or value in known}))


def _first(given: Mapping[str, Sequence[str]], name: str) -> str:
    values = given.get(name, ())
    return values[0].strip() if values else ""


T = TypeVar("T", bound=StrEnum)


def _one_of(kind: type[T], text: str) -> T | None:
    return kind(text) if text in {*kind} else None


def _day(text: str) -> str:
    if text == TODAY:
        return text
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return ""
    return on.isoformat() if _EARLIEST <= on <= _LATEST else ""


_EARLIEST, _LATEST = date(1990, 1, 1), date(2200, 1, 1)


def _on(text: str, now: datetime) -> date | None:
    if not text:
        return None
    return now.astimezone(SHANGHAI).date() if text == TODAY else date.fromisoformat(text)


def _begin(on: date) -> datetime:
    return datetime.combine(on, time(), SHANGHAI)
