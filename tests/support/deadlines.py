"""Moments, contexts and lives of transfers for the tests of clocks."""

from datetime import UTC, datetime, timedelta

from contracts import calendar, clocks
from contracts.clocks import ClockTable
from service.domain.deadlines import Context, Deadline, DeadlineChanges, Happened, react
from service.domain.working_days import SHANGHAI

TABLE, CALENDARS = clocks.load(), calendar.load()


def at(text: str) -> datetime:
    day, _, clock = text.partition(" ")
    start = datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)
    hours, minutes = map(int, clock.split(":"))
    return (start + timedelta(hours=hours, minutes=minutes)).astimezone(UTC)


START = at("2026-09-29 09:20")  # a Tuesday, two days before the National Day holiday


def context(
    sector: str | None = None, province: str | None = None, table: ClockTable = TABLE
) -> Context:
    return Context(table, CALENDARS, sector, province)


class Life:
    """What a store would keep of one transfer: its deadlines and what has been told of it."""

    def __init__(self, sector: str | None = None, province: str | None = None) -> None:
        self._sector, self._province = sector, province
        self._history: tuple[Happened, ...] = ()
        self.deadlines: dict[tuple[str, datetime], Deadline] = {}

    def tell(
        self, event: str, moment: datetime, received_at: datetime | None = None
    ) -> DeadlineChanges:
        now = Context(TABLE, CALENDARS, self._sector, self._province, self._history)
        changes = react(event, moment, self.deadlines.values(), now, received_at)
        for deadline in (*changes.started, *changes.met, *changes.voided):
            self.deadlines[deadline.key] = deadline
        self._history += (Happened(event, moment, received_at),)
        return changes

    def of(self, clock_id: str) -> list[Deadline]:
        return [deadline for deadline in self.deadlines.values() if deadline.clock.id == clock_id]

    def ends(self) -> set[tuple[object, ...]]:
        return {(*d.key, d.met_at, d.voided_at) for d in self.deadlines.values()}
