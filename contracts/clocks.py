"""The table of statutory clocks: what starts each, how long it runs, for whom, and under which article."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from importlib import resources
from itertools import combinations, pairwise
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator
from typing_extensions import override

ProvinceCode = Annotated[str, Field(pattern=r"^[1-9][0-9]$")]


class Actor(StrEnum):
    """Whose move a clock times."""

    AGENCY = "agency"
    CHIEF = "chief"  # 正职负责人或者主持工作的负责人 (D310 Art 5)
    PUBLIC_SECURITY = "public_security"
    PROCURATORATE = "procuratorate"


class Nature(StrEnum):
    """What it means when a clock runs out."""

    DUTY = "duty"  # silence is a breach
    RIGHT = "right"  # it lapses, and nobody is in breach
    CONDITIONAL = "conditional"  # nothing may be owed: only a late act is a breach


class Unit(StrEnum):
    """How a length is counted."""

    EXACT_HOURS = "exact_hours"  # from the minute of the event
    HOURS = "hours"  # the hour of the event is not counted (CPL Art 105)
    CALENDAR_DAYS = "calendar_days"  # a last day that is a day off moves to the next working day
    WORKING_DAYS = "working_days"
    CALENDAR_MONTHS = "calendar_months"  # to the day of the same number, or the month's last day

    @property
    def measure(self) -> str:
        """Hours, days or months: what a length is a number of."""
        return self.value.rpartition("_")[2]

    @property
    def is_hours(self) -> bool:
        return self in _HOURS


_HOURS = frozenset(
    {Unit.EXACT_HOURS, Unit.HOURS}
)  # spelled out in the property it cost thrice as much


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Entry):
    """A text in both languages."""

    zh: str
    en: str


class Event(Words):
    """Something that happens to a transfer.

    `implies` names what the other side learns by it, when the word reaches us. `same_as` names the
    event that this word is another name of.
    """

    implies: tuple[str, ...] = ()
    same_as: str | None = None


class Basis(_Entry):
    """A document of the table, and its article where that was verified."""

    document: str
    article: str | None = None

    @override
    def __str__(self) -> str:
        return f"{self.document} Art {self.article}" if self.article else self.document


class Extension(_Entry):
    """A longer length that somebody may approve; counted from the same start."""

    approval: str
    length: PositiveInt
    title: Words


class WarningLead(_Entry):
    """How long before its end a clock is near: one part in `divisor` of its length, whole days at least."""

    divisor: PositiveInt
    least_working_days: PositiveInt


class Clock(_Entry):
    """One row of the table. Rows of one family exclude each other: the most specific one runs."""

    id: str
    family: str
    title: Words
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    voided_by: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()  # does not start once one of these has happened
    once: bool = False  # a transfer has it once, so an end told for an earlier moment still ends it
    actor: Actor
    length: PositiveInt
    readings: Annotated[tuple[Unit, ...], Field(min_length=1, max_length=2)]
    extensions: tuple[Extension, ...] = ()
    as_set: bool = False  # the letter may set its own date, which then binds
    nature: Nature
    breach: Words
    basis: Annotated[tuple[Basis, ...], Field(min_length=1)]
    mark: Literal["V", "V2", "K", "U", "practice"]
    effective_from: date
    effective_until: date | None = None
    sectors: frozenset[str] = frozenset()
    provinces: frozenset[ProvinceCode] = frozenset()
    warning: WarningLead
    note: str | None = None

    @model_validator(mode="after")
    def _row_is_possible(self) -> Self:
        measures = sorted({unit.measure for unit in self.readings})
        if len(measures) > 1:
            raise ValueError(f"{self.id} is read both in {' and in '.join(measures)}")
        if self.effective_until is not None and self.effective_until < self.effective_from:
            raise ValueError(f"{self.id} ends before it takes effect")
        lengths = (self.length, *(extension.length for extension in self.extensions))
        if any(longer <= shorter for shorter, longer in pairwise(lengths)):
            raise ValueError(f"{self.id} has an extension that does not lengthen it")
        if set(self.starts) & {*self.ends, *self.voided_by}:
            raise ValueError(f"{self.id} starts and ends by one event")
        return self

    @property
    def specificity(self) -> tuple[bool, bool]:
        """Rank among the rows of a family: a province's rule before a sector's before the general one."""
        return bool(self.provinces), bool(self.sectors)

    def covers(self, sector: str | None, province: str | None, on: date) -> bool:
        """Tell whether the row is law for this field and place on this day."""
        return (
            (not self.sectors or sector in self.sectors)
            and (not self.provinces or province in self.provinces)
            and self.effective_from <= on
            and (self.effective_until is None or on <= self.effective_until)
        )

    def extended(self, approval: str) -> Self:
        """Give the row as lengthened by an approval; its id names it. Raises KeyError if none is provided for."""
        for extension in self.extensions:
            if extension.approval == approval:
                changes = {
                    "id": f"{self.id.partition('/')[0]}/{approval}",
                    "length": extension.length,
                }
                return self.model_copy(update=changes)
        raise KeyError(f"{self.id} knows no extension by {approval}")

    def _overlaps(self, other: Self) -> bool:
        return (
            self.family == other.family
            and self.specificity == other.specificity
            and (not self.sectors or bool(self.sectors & other.sectors))
            and (not self.provinces or bool(self.provinces & other.provinces))
            and self.effective_from <= (other.effective_until or date.max)
            and other.effective_from <= (self.effective_until or date.max)
        )


class ClockTable(_Entry):
    """All clocks, with the words that they use."""

    documents: Mapping[str, Words]
    events: Mapping[str, Event]
    sectors: Mapping[str, Words]
    final_events: tuple[str, ...]  # end every clock that still runs
    renewing_events: tuple[
        str, ...
    ]  # what was told before one of them ends no clock started after it
    strict_provinces: frozenset[ProvinceCode]  # count overdue from the earlier reading
    clocks: tuple[Clock, ...]

    @model_validator(mode="after")
    def _words_are_known(self) -> Self:
        events = {*self.final_events, *self.renewing_events}
        for event in self.events.values():
            events |= {*event.implies, *([event.same_as] if event.same_as else [])}
        for clock in self.clocks:
            events |= {*clock.starts, *clock.ends, *clock.voided_by, *clock.unless}
        _require("event", events, self.events)
        _require("sector", (name for clock in self.clocks for name in clock.sectors), self.sectors)
        cited = (basis.document for clock in self.clocks for basis in clock.basis)
        _require("document", cited, self.documents)
        return self

    @model_validator(mode="after")
    def _rows_exclude_each_other(self) -> Self:
        twice = [
            name for name, times in Counter(clock.id for clock in self.clocks).items() if times > 1
        ]
        if twice:
            raise ValueError(f"clock {twice[0]} stands twice")
        for one, other in combinations(self.clocks, 2):
            if one._overlaps(other):  # noqa: SLF001 (a question one row asks the next)
                raise ValueError(f"{one.id} and {other.id} would both run")
        return self

    def get(self, clock_id: str) -> Clock:
        """Give a row by its id, an extended one included; raises KeyError."""
        row_id, _, approval = clock_id.partition("/")
        for clock in self.clocks:
            if clock.id == row_id:
                return clock.extended(approval) if approval else clock
        raise KeyError(clock_id)

    def started_by(
        self, event: str, sector: str | None, province: str | None, on: date
    ) -> tuple[Clock, ...]:
        """Give the clocks that an event starts in this field and province on this day, one a family."""
        return self.starting_clocks(event, sector, province, on)

    @cached_property
    def starting_events(self) -> frozenset[str]:
        """Every event that starts a clock somewhere at some time."""
        return frozenset(event for clock in self.clocks for event in clock.starts)

    # Intake asks the same questions all day.
    @cached_property
    def starting_clocks(self) -> Callable[..., tuple[Clock, ...]]:
        """Remember the answers of `started_by`."""
        return lru_cache(maxsize=4096)(self._most_specific)

    def _most_specific(
        self, event: str, sector: str | None, province: str | None, on: date
    ) -> tuple[Clock, ...]:
        chosen: dict[str, Clock] = {}
        for clock in sorted(self.clocks, key=lambda clock: clock.specificity):
            if event in clock.starts and clock.covers(sector, province, on):
                chosen[clock.family] = clock
        return tuple(chosen.values())


def _require(what: str, used: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(used) - set(known))
    if unknown:
        raise ValueError(f"unknown {what}: {', '.join(unknown)}")


def parse(text: str) -> ClockTable:
    """Read a clock table; raises ValueError for a row that contradicts itself or another row."""
    data = yaml.safe_load(text)
    lead = data.pop("default_warning")
    data["clocks"] = [{"warning": lead, **row} for row in data["clocks"]]
    return ClockTable.model_validate(data)


def load() -> ClockTable:
    """Read the table we ship."""
    return parse((resources.files("contracts") / "clocks.yaml").read_text("utf-8"))
