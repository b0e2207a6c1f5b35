"""Rows of the queue as they are shown: every text is made here once, for a page has fifty of them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote
from uuid import UUID

from adapters.web.desk.telling import Telling
from adapters.web.pages import words
from adapters.web.pages.templates import moment
from service.domain.urgency import Urgency
from service.queue_pages import Line

_LATE = (Urgency.SEVERE, Urgency.OVERDUE)
_FLAGS_SHOWN = 2


class ShownOffence(NamedTuple):
    """An offence with what screening says of it."""

    name: str
    conclusion: str
    mark: str


class ShownLine(NamedTuple):
    """One row; `mark` is how its remaining time is set, `next` where its buttons come back to."""

    id: UUID
    href: str
    next: str
    number: str
    role: str
    title: str
    names: str
    origin: str
    offences: list[ShownOffence]
    conclusion: str
    flags: str
    status: str
    move: str
    due: str
    due_iso: str
    deadline: str
    remaining: str
    mark: str
    clock: str
    holder: str
    held: str
    is_mine: bool
    is_open: bool
    is_unread: bool


@dataclass(slots=True)
class Lines:
    """Tells rows of one page; what is the same in many rows is said once."""

    tell: Telling
    here: str
    query: str
    _said: dict[tuple[str, str], str] = field(default_factory=dict)
    _moves: dict[str, str] = field(default_factory=dict)

    def shown(self, line: Line) -> ShownLine:
        """Tell one row."""
        row, tell = line.row, self.tell
        href = case_address(row.transfer_id, self.query)
        status = row.status.value
        return ShownLine(
            id=row.transfer_id,
            href=href,
            next=f"{self.here}#t-{row.transfer_id}",
            number=row.case_number,
            role=self._word("role", row.role) if row.role == "copy" else "",
            title=row.title,
            names=tell.names(line),
            origin=self._origin(tell.agency(row.agency_code), row.arrived_at),
            offences=[self._offence(*one) for one in row.offences],
            conclusion=self._word("conclusion", row.conclusion),
            flags=self._flags(line),
            status=self._word("status", status),
            move=self._moves.setdefault(status, tell.move(row.status)),
            due=tell.due(line),
            due_iso=row.due_at.isoformat(),
            deadline=f"{href}#deadline-{row.deadline_id}" if row.deadline_id else "",
            remaining=tell.remaining(line.remaining),
            mark=_mark(line.urgency),
            clock=self._clock(line),
            holder=self._holder(line),
            held=self._held(row.claimed_at),
            is_mine=row.claimed_by == tell.visit.seat.staff_id,
            is_open=row.is_open,
            is_unread=row.is_unread,
        )

    def _word(self, kind: str, code: str) -> str:
        known = self._said.get((kind, code))
        if known is None:
            known = self._said[kind, code] = self.tell.visit.say(words.word(kind, code))
        return known

    def _offence(self, code: str, conclusion: str) -> ShownOffence:
        mark = "strong" if conclusion == "meets" else "faint"
        return ShownOffence(self.tell.offence(code), self._word("conclusion", conclusion), mark)

    def _origin(self, agency: str, at: datetime) -> str:
        say = self.tell.visit.say
        return f"{agency}{say('，')}{say('%(at)s 收到', at=moment(at))}"

    def _flags(self, line: Line) -> str:
        flags, say = line.row.flags, self.tell.visit.say
        if not flags:
            return ""
        listed = say("、").join(self._word("flag", flag) for flag in flags[:_FLAGS_SHOWN])
        if len(flags) > _FLAGS_SHOWN:
            listed = say("%(listed)s等 %(n)s 项", listed=listed, n=len(flags))
        return f"{say('提示')}{say('：')}{listed}"

    def _clock(self, line: Line) -> str:
        named = self.tell.clock(line)
        is_provisional = named and self.tell.is_provisional(line)
        return f"{named}{self.tell.visit.say('（按暂定日历）')}" if is_provisional else named

    def _holder(self, line: Line) -> str:
        row, say = line.row, self.tell.visit.say
        if row.claimed_by is None:
            return ""
        is_mine = row.claimed_by == self.tell.visit.seat.staff_id
        return say("我") if is_mine else row.claimed_name or say("他人")

    def _held(self, at: datetime | None) -> str:
        return self.tell.visit.say("领取于 %(at)s", at=moment(at)) if at else ""


def case_address(transfer_id: UUID, query: str) -> str:
    """Lead to a case, and from there back to the very row."""
    return f"/desk/transfers/{transfer_id}?from={quote(f'{query}#t-{transfer_id}', safe='')}"


def _mark(urgency: Urgency) -> str:
    if urgency in _LATE:
        return "alarm"
    return "strong" if urgency is Urgency.TODAY else ""
