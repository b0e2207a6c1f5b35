"""What a page of the queue is, and what it says of lists that are not counted to the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from service.domain.queue_filters import Facet, Filters
from service.domain.urgency import Remaining, Urgency
from service.queue_ports import COUNTED, Count, Glance, QueueRow


class Line(NamedTuple):
    """A row with what its due date means now."""

    row: QueueRow
    urgency: Urgency
    remaining: Remaining


class Group(NamedTuple):
    """Rows of one urgency that follow each other on a page; `mine` are those that who asks works on."""

    urgency: Urgency | None
    mine: bool
    size: Count | None
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue. `facets` has the counts of values; a facet's value that has none there was not counted."""

    filters: Filters
    total: Count
    groups: Sequence[Group]
    facets: Mapping[Facet, Mapping[str, Count]]
    values: Mapping[Facet, Sequence[str]]
    before: str | None
    after: str | None
    newest: int

    @property
    def lines(self) -> list[Line]:
        return [line for group in self.groups for line in group.lines]


def known(counts: Mapping[str, int], urgency: Urgency) -> Count | None:
    found = counts.get(urgency)
    return None if found is None else Count.up_to(found, COUNTED)


def facets_of(
    filters: Filters, glance: Glance, whole: Glance
) -> Mapping[Facet, Mapping[str, Count]]:
    """Give the counts of values: of the whole queue, or of the rows that were looked at."""
    if filters.is_plain:
        exact = {
            facet: {value: Count(number) for value, number in found.items()}
            for facet, found in whole.counts.items()
        }
        groups = glance.counts.get(Facet.URGENCY, {})
        return exact | {
            Facet.URGENCY: {value: Count.up_to(number, COUNTED) for value, number in groups.items()}
        }
    is_all = glance.total <= COUNTED
    return {
        facet: {value: Count(number, is_all) for value, number in found.items()}
        for facet, found in glance.counts.items()
    }
