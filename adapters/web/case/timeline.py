"""The timeline of a case: who did what, when, in words for whatever can occur."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.web.case.fields import Say, Word, label_of
from adapters.web.pages.templates import moment
from contracts.clocks import ClockTable
from service.domain.docket import Docket, HistoryLine
from service.domain.journal import PLATFORM, Action
from service.domain.transfer import Status


@dataclass(frozen=True, slots=True)
class Entry:
    """One line in words; `person` is somebody of the reader's own office."""

    at: datetime
    action: str
    what: str
    who: str
    person: str
    details: tuple[str, ...]
    is_alarm: bool


_ALARMS = frozenset(
    {
        *(Action.DEADLINE_MISSED, Action.DELIVERY_GIVEN_UP, Action.DELIVERY_REFUSED),
        Action.SUPERVISION_MISSED,
    }
)


class Timeline:
    """Tells journal lines of one docket in the reader's language."""

    def __init__(
        self,
        docket: Docket,
        say: Say,
        word: Word,
        office: Callable[[str | None], str],
        clocks: ClockTable,
        *,
        is_chinese: bool,
    ) -> None:
        self._docket = docket
        self._say = say
        self._word = word
        self._office = office
        self._clocks = clocks
        self._is_chinese = is_chinese

    def entries(self, lines: Sequence[HistoryLine]) -> list[Entry]:
        return [self._entry(line) for line in lines]

    def _entry(self, line: HistoryLine) -> Entry:
        return Entry(
            at=line.at,
            action=line.action,
            what=self._word("action", line.action),
            who=self._say("平台") if line.actor == PLATFORM else self._office(line.actor),
            person=self._person(line),
            details=tuple(self._details(line.data)),
            is_alarm=line.action in _ALARMS,
        )

    def _person(self, line: HistoryLine) -> str:
        if line.staff_id is None:
            return ""
        return self._docket.people.get(line.staff_id, "")

    def _details(self, data: Mapping[str, Any]) -> Iterator[str]:
        """Give what a line says in the order in which one would tell it; ids and digests stay in the record."""
        if "from" in data and "to" in data:
            yield f"{self._place(data['from'])} → {self._place(data['to'])}"
        elif "to" in data:
            yield self._place(data["to"])
        if office := data.get("office"):
            yield self._office(str(office))
        if attempt := data.get("attempt"):
            yield self._say("第 %(number)s 次", number=attempt)
        yield from self._told_by_offices(data)
        if clock := data.get("clock"):
            yield from self._clock(str(clock), data)
        if flags := data.get("flags"):
            yield self._say("提示 %(number)s 项", number=len(flags))
        if problem := data.get("problem"):
            yield str(problem)[:300]
        if pointer := data.get("pointer"):
            yield label_of(str(pointer), self._docket.packet, self._say, self._word)
        if digest := data.get("digest"):
            yield from self._material(str(digest))

    def _place(self, code: object) -> str:
        """Name what a line goes from or to: a status, or where a dispatch was sent anew an office."""
        if code is None:
            return self._office(None)
        return self._word("status", str(code)) if code in {*Status} else self._office(str(code))

    def _told_by_offices(self, data: Mapping[str, Any]) -> Iterator[str]:
        if kind := data.get("kind"):
            # What a person decided is an act, and what came of it a report.
            yield self._word("act" if "act" in data else "report", str(kind))
        if document := data.get("document"):
            yield self._word("document", str(document))
        if result := data.get("result"):
            yield self._word("ack_result", str(result))
        if happened_at := data.get("happened_at"):
            at = moment(datetime.fromisoformat(str(happened_at)))
            yield self._say("办理时间 %(at)s", at=at)

    def _clock(self, clock_id: str, data: Mapping[str, Any]) -> Iterator[str]:
        try:
            title = self._clocks.get(clock_id).title
        except KeyError:
            yield clock_id
        else:
            yield title.zh if self._is_chinese else title.en
        for name, text in (("due_at", "原定 %(at)s"), ("moved_to", "改为 %(at)s")):
            if name in data and "moved_to" in data:
                yield self._say(text, at=moment(datetime.fromisoformat(str(data[name]))))

    def _material(self, digest: str) -> Iterator[str]:
        for one in self._docket.materials:
            if one.material.digest == digest:
                yield one.material.title


DETAILS = ("原定 %(at)s", "改为 %(at)s")
"""Texts that stand above as plain ones, for the test that each is translated."""
