"""The filters beside a queue: what may be chosen with how many each would give, and what is chosen as tags."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import urlencode

from adapters.web.desk.telling import Telling
from adapters.web.desk.words import CLAIMED, FACET, ORDER
from service.domain.queue_filters import Claimed, Facet, Filters, Order
from service.domain.urgency import Urgency
from service.queue_pages import QueuePage
from service.queue_ports import Count

FEW = 6
"""Values that are shown of a facet; the others are folded away."""


class Option(NamedTuple):
    """One value that may be chosen."""

    id: str
    value: str
    title: str
    size: str
    is_chosen: bool


class Choice(NamedTuple):
    """One facet with its values; `more` are folded away."""

    name: str
    title: str
    first: Sequence[Option]
    more: Sequence[Option]

    @property
    def is_unfolded(self) -> bool:
        return any(option.is_chosen for option in self.more)


class Tag(NamedTuple):
    """One chosen filter, and the address without it."""

    title: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Panel:
    """What stands left of a page of the queue, and above its list."""

    page: QueuePage
    telling: Telling
    after: str = ""
    before: str = ""

    @property
    def filters(self) -> Filters:
        return self.page.filters

    @property
    def choices(self) -> list[Choice]:
        return [choice for facet in Facet if (choice := self._choice(facet)).first]

    @property
    def claims(self) -> list[Option]:
        say = self.telling.visit.say
        return [
            Option(
                f"f-claimed-{one}", one.value, say(CLAIMED[one]), "", self.filters.claimed is one
            )
            for one in Claimed
        ]

    @property
    def orders(self) -> list[Option]:
        say = self.telling.visit.say
        return [
            Option(f"f-order-{one}", one.value, say(ORDER[one]), "", self.filters.order is one)
            for one in Order
        ]

    @property
    def tags(self) -> list[Tag]:
        return list(self._tags())

    @property
    def query(self) -> str:
        """The query string that leads to this very page."""
        step = [("after", self.after), ("before", self.before)]
        return urlencode([*self.filters.pairs(), *((name, at) for name, at in step if at)])

    @property
    def whole(self) -> str:
        """What a bulk action over the whole list posts; never empty, so that it can be told from none."""
        return self.filters.query or "scope=open"

    @property
    def here(self) -> str:
        return address(self.query)

    @property
    def next(self) -> str:
        return self._step("after", self.page.after)

    @property
    def previous(self) -> str:
        return self._step("before", self.page.before)

    @property
    def first(self) -> str:
        return address(self.filters.query)

    def _step(self, name: str, place: str | None) -> str:
        return address(urlencode([*self.filters.pairs(), (name, place)])) if place else ""

    def _choice(self, facet: Facet) -> Choice:
        counts = self.page.facets.get(facet, {})
        values = [*Urgency] if facet is Facet.URGENCY else list(self.page.values.get(facet, ()))
        values += [one for one in self.filters.values(facet) if one not in values]
        options = [self._option(facet, str(value), counts) for value in values]
        few = len(options) if facet is Facet.URGENCY or len(options) <= FEW + 1 else FEW
        title = self.telling.visit.say(FACET[facet])
        return Choice(facet.value, title, options[:few], options[few:])

    def _option(self, facet: Facet, value: str, counts: Mapping[str, Count]) -> Option:
        return Option(
            id=f"f-{facet.value}-{value}",
            value=value,
            title=self.telling.value(facet, value),
            size=self.telling.count(counts.get(value)),
            is_chosen=value in self.filters.values(facet),
        )

    def _tags(self) -> Iterator[Tag]:
        filters, say = self.filters, self.telling.visit.say
        if filters.text:
            yield Tag(say("检索"), filters.text, self._without(text=""))
        for facet in Facet:
            for value in filters.values(facet):
                without = address(filters.toggled(facet, value).query)
                yield Tag(say(FACET[facet]), self.telling.value(facet, value), without)
        if filters.claimed:
            yield Tag(say("承办"), say(CLAIMED[filters.claimed]), self._without(claimed=None))
        for name, title in (("arrived_from", "收到不早于"), ("arrived_to", "收到不晚于")):
            if on := getattr(filters, name):
                yield Tag(
                    say(title), say("今日") if on == "today" else on, self._without(**{name: ""})
                )
        if filters.everything:
            yield Tag(say("范围"), say("含已办结和已撤回"), self._without(everything=False))

    def _without(self, **changes: object) -> str:
        return address(replace(self.filters, **changes).query)  # type: ignore[arg-type] # fields of its own


def address(query: str) -> str:
    return f"/desk?{query}" if query else "/desk"
