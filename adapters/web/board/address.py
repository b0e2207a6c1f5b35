"""What an address of the board asks for: the address is the state, and every link and tag is made from it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from adapters.web.pages.visit import Visit
from contracts import detectors
from contracts.document import Fault
from contracts.office import Sector
from service.domain.appraisal import month_of
from service.domain.board import MOST_MONTHS, Months, this_year
from service.domain.errors import Refusal
from service.domain.registry import Office
from service.domain.urgency import NEVER

PAGE = 50
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_LONGEST_VALUE = 200
_MOST_VALUES = 60


def malformed(name: str, detail: str) -> Refusal:
    """Refuse a value of the address, naming it and not repeating it."""
    return Refusal(
        "malformed_request", faults=[Fault(pointer=f"/{name}", code="parameter", detail=detail)]
    )


@dataclass(frozen=True, slots=True)
class Address:
    """A page with what it is asked for; empty values are none."""

    path: str
    query: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, visit: Visit) -> "Address":
        return cls._checked(visit.request.path, [*visit.request.query.items()])

    @classmethod
    def read(cls, path: str, query: str) -> "Address":
        """Read the query of a page that a form was on; raises Refusal `malformed_request`."""
        try:
            return cls._checked(path, parse_qsl(query, max_num_fields=_MOST_VALUES))
        except ValueError:
            raise malformed("query", "it cannot be read") from None

    @classmethod
    def _checked(cls, path: str, query: Sequence[tuple[str, str]]) -> "Address":
        if len(query) > _MOST_VALUES or any(len(value) > _LONGEST_VALUE for _, value in query):
            raise malformed("query", "a value is too long, or there are too many")
        return cls(path, tuple((name, value) for name, value in query if value))

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.query if key == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]

    def one_of(self, name: str, known: Iterable[str]) -> str | None:
        """Give a value that must be one of a list; raises Refusal `malformed_request`."""
        value = self.get(name)
        if value is not None and value not in {*known}:
            raise malformed(name, "this value is not known")
        return value

    def some_of(self, name: str, known: Iterable[str]) -> tuple[str, ...]:
        """Give values that must be of a list, each once, in its order; raises Refusal `malformed_request`."""
        listed, values = [*known], {*self.all(name)}
        if values - {*listed}:
            raise malformed(name, "this value is not known")
        return tuple(one for one in listed if one in values)

    def is_set(self, name: str) -> bool:
        return self.one_of(name, ("1",)) is not None

    def whole(self, name: str, least: int, most: int) -> int | None:
        value = self.get(name)
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,6}", value) or not least <= int(value) <= most:
            raise malformed(name, f"it is a whole number from {least} to {most}")
        return int(value)

    def having(self, **changes: str | None) -> str:
        """Give the address with other values, from its first page on; None takes one away."""
        kept = [(name, value) for name, value in self.query if name not in {*changes, "after"}]
        added = [(name, value) for name, value in changes.items() if value]
        return _written(self.path, [*kept, *added])

    def without(self, name: str, value: str) -> str:
        """Give the address without one value of several, from its first page on."""
        return _written(
            self.path, [pair for pair in self.query if pair != (name, value) and pair[0] != "after"]
        )

    def going_on(self, after: str) -> str:
        kept = [(name, value) for name, value in self.query if name != "after"]
        return _written(self.path, [*kept, ("after", after)])

    def at(self, path: str, *names: str, **more: str | None) -> str:
        """Give another page, asked for the same as far as `names` go, and for `more`."""
        kept = [(name, value) for name, value in self.query if name in names and name not in more]
        added = [(name, value) for name, value in more.items() if value]
        return _written(path, [*kept, *added])

    @property
    def way(self) -> str:
        """The end of the address of what is listed here, by which it leads back to this very page (`Visit.way_back`)."""
        return f"?{urlencode({'from': _written(self.path, self.query)})}"

    @property
    def text(self) -> str:
        """The query without the page, for a form that asks for the same again."""
        return urlencode([pair for pair in self.query if pair[0] != "after"])


def _written(path: str, query: Sequence[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose figures: the agencies of the jurisdiction, or those of a sector, or one of them; and the months."""

    address: Address
    offices: Sequence[Office]
    sector: str | None
    agency: str | None
    months: Months

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(office.code for office in self.offices)

    def to(self, path: str, **more: str | None) -> str:
        """Lead to a list that is of the same agencies."""
        return self.address.at(path, "sector", "agency", **more)

    def aged(self, path: str, since: int) -> str:
        """Lead to what a bar of the ages counts: leads of cases kept back, or duties that ran out."""
        kept = [pair for pair in self.address.query if pair[0] in ("sector", "agency")]
        if path == "/deadlines":
            return _written(path, [*kept, ("state", "overdue"), ("age", str(since))])
        names = sorted(one.value for one in detectors.load().never_transferred)
        chosen = [("detector", name) for name in names]
        return _written(path, [*kept, ("own", "1"), ("age", str(since)), *chosen])

    def with_months(self, path: str, **more: str | None) -> str:
        first, last = self.months
        return self.to(path, **{"from": f"{first:%Y-%m}", "to": f"{last:%Y-%m}", **more})


def asked_of(visit: Visit) -> Asked:
    """Read the agencies and months of an address; raises Refusal `malformed_request`."""
    return asked_in(visit, Address.of(visit))


def asked_in(visit: Visit, address: Address) -> Asked:
    """Read the agencies and months of any address."""
    sector = address.one_of("sector", Sector)
    agency = address.get("agency")
    offices = visit.office.board.agencies(visit.seat.reader, sector, agency)
    if agency is not None and not offices:
        raise malformed("agency", "no such agency in your jurisdiction")
    return Asked(address, offices, sector, agency, _months(visit, address))


def _months(visit: Visit, address: Address) -> Months:
    usual = this_year(visit.pages.now())
    last = _month(address, "to") or usual.last
    first = _month(address, "from") or (usual.first if last == usual.last else last)
    months = Months(first, last)
    if not 1 <= len(months.all) <= MOST_MONTHS or first > last:
        raise malformed("from", f"at most {MOST_MONTHS} months, the first one first")
    return months


def _month(address: Address, name: str) -> date | None:
    value = address.get(name)
    if value is None:
        return None
    if not _MONTH.fullmatch(value):
        raise malformed(name, "a month is written 2026-10")
    return month_of(value)


_MOMENT = r"(-?[0-9]{1,18})"
_ID = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_CODE = r"([0-9A-Z]{18})"


def read_place(address: Address, *parts: str) -> tuple[str, ...] | None:
    """Read `after`, the place behind which a page begins; raises Refusal `malformed_request`."""
    value = address.get("after")
    if value is None:
        return None
    patterns = {"moment": _MOMENT, "id": _ID, "code": _CODE, "number": r"([0-9]{1,9})"}
    patterns["month"] = f"({_MONTH.pattern.replace('(', '(?:')})"
    found = re.fullmatch(r"\.".join(patterns[part] for part in parts), value)
    if found is None:
        raise malformed("after", "it is not the next page of this list")
    return found.groups()


def moment_text(at: datetime) -> str:
    """Write a moment exactly, in microseconds; what the database calls infinity has no number."""
    return _FOREVER if at == NEVER else str((at - _EPOCH) // timedelta(microseconds=1))


def read_moment(text: str) -> datetime:
    """Read a moment; raises Refusal `malformed_request` for one that no calendar has."""
    try:
        return NEVER if text == _FOREVER else _EPOCH + timedelta(microseconds=int(text))
    except OverflowError:
        raise malformed("after", "it is not the next page of this list") from None


def read_id(text: str) -> UUID:
    return UUID(text)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FOREVER = "9" * 18
