"""The days of a made-up register, counted back from today, so that it never grows old."""

from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import NamedTuple

from contracts import calendar, clocks
from contracts.clocks import Unit
from service.domain.working_days import SHANGHAI, count

_MOST = 4_000
_ENTRY = "T18"


class Times(NamedTuple):
    """The course of a case before its decision, each in days before today; the later, the smaller."""

    started: int
    ended: int
    filed: int
    established: int


class Days:
    """Dates as a register writes them; what is `ago` is so many days before today."""

    def __init__(self, today: date) -> None:
        self.today = today
        self._texts = [(today - timedelta(days=ago)).isoformat() for ago in range(_MOST)]
        self._last_to_enter: dict[int, int] = {}

    def on(self, ago: int) -> str:
        return self._texts[ago]

    def at(self, ago: int, hour: int, minute: int = 0) -> str:
        return f"{self._texts[ago]}T{hour:02d}:{minute:02d}:00+08:00"

    def since(self, first: date) -> int:
        """How long ago a day was; less than nothing for one to come."""
        return (self.today - first).days

    def since_text(self, day: str) -> int:
        return self.since(date.fromisoformat(day))

    def last_to_enter(self, decided: int) -> int:
        """The last day on which a decision may still be entered, rolled over days off (T18, CPL Art 105)."""
        if decided not in self._last_to_enter:
            start = datetime.combine(self.today - timedelta(days=decided), time(), SHANGHAI)
            found = count(start, self._entry_length, Unit.CALENDAR_DAYS, self._calendars)
            self._last_to_enter[decided] = self.since(found.days[-1].on)
        return self._last_to_enter[decided]

    @cached_property
    def _entry_length(self) -> int:
        return next(one.length for one in clocks.load().clocks if one.id == _ENTRY)

    @cached_property
    def _calendars(self) -> calendar.Calendars:
        return calendar.load()


def course(random: Random, established: int) -> Times:
    """Draw what came before the day on which the facts were established."""
    filed = established + 5 + int(random.random() * 15)
    ended = filed + 1 + int(random.random() * 14)
    return Times(ended + 1 + int(random.random() * 25), ended, filed, established)


LONGEST_COURSE = 60
"""No act that `course` draws began longer before its facts were established."""
