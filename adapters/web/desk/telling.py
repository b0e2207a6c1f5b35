"""How a queue is told: due dates with words, counts that may be "at least", names of what a filter chooses."""

from dataclasses import dataclass

from adapters.web.pages import words
from adapters.web.pages.languages import Language
from adapters.web.pages.visit import Visit
from contracts.clocks import Words
from service.domain.queue_filters import Facet
from service.domain.transfer import Status
from service.domain.urgency import NEVER, Remaining, Wording, due_day
from service.domain.whose_move import WHOSE_MOVE
from service.domain.working_days import SHANGHAI
from service.queue_pages import Line
from service.queue_ports import Count


@dataclass(frozen=True, slots=True)
class Telling:
    """Says what a queue shows, in the visitor's language."""

    visit: Visit

    def remaining(self, remaining: Remaining) -> str:
        """Say how long there is until a due date."""
        say, days = self.visit.say, remaining.days
        match remaining.wording:
            case Wording.NONE:
                return say("无在途期限")
            case Wording.TODAY:
                return say("今日 %(time)s 到期", time=remaining.clock)
            case Wording.PAST_TODAY:
                return say("今日 %(time)s 已超期", time=remaining.clock)
            case Wording.OVER:
                return say("超期 %(n)s 个工作日", n=days) if days else say("超期不足 1 个工作日")
            case Wording.LEFT:
                return say("剩余 %(n)s 个工作日", n=days) if days else say("剩余不足 1 个工作日")

    def due(self, line: Line) -> str:
        """Write the day on which it ends, with the time where it does not end with the day."""
        due_at = line.row.due_at
        if due_at == NEVER:
            return ""
        local = due_at.astimezone(SHANGHAI)
        is_midnight = (local.hour, local.minute, local.second) == (0, 0, 0)
        return due_day(due_at).isoformat() if is_midnight else f"{local:%Y-%m-%d %H:%M}"

    def clock(self, line: Line) -> str:
        """Name the clock that runs out first."""
        return self._in(self.visit.pages.clocks.get(line.row.clock).title) if line.row.clock else ""

    def is_provisional(self, line: Line) -> bool:
        return line.row.provisional or line.remaining.provisional

    def move(self, status: Status) -> str:
        """Say whose move it is."""
        return self._in(WHOSE_MOVE[status])

    def offence(self, code: str) -> str:
        named = self.visit.pages.offence_names().get(code)
        return self._in(named) if named else code

    def agency(self, code: str) -> str:
        office = self.visit.pages.registry_now().offices.get(code)
        return office.name if office else code

    def names(self, line: Line) -> str:
        """Name the first suspects, and how many others there are."""
        listed = ("、" if self._is_chinese else ", ").join(line.row.suspects)
        others = line.row.others
        return (
            self.visit.say("%(names)s 等 %(n)s 人", names=listed, n=others + len(line.row.suspects))
            if others
            else listed
        )

    def value(self, facet: Facet, value: str) -> str:
        """Name a value of a facet."""
        if facet is Facet.AGENCY:
            return self.agency(value)
        if facet is Facet.OFFENCE:
            return self.offence(value)
        return self.visit.say(words.word(facet.value, value))

    def count(self, count: Count | None) -> str:
        """Write a number; one that was not counted to the end says so."""
        if count is None:
            return ""
        return f"{count.number:,}" if count.exact else f"{count.number:,}+"

    @property
    def _is_chinese(self) -> bool:
        return self.visit.language is Language.CHINESE

    def _in(self, text: Words) -> str:
        return text.zh if self._is_chinese else text.en
