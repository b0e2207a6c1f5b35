"""What every list of the board shows beside its rows: what it is narrowed to, and where its next page begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from adapters.web.board.address import Asked
from adapters.web.board.telling import Teller
from contracts.office import Sector
from service.board import Listed


@dataclass(frozen=True, slots=True)
class Tag:
    """A chosen filter, and the address without it."""

    text: str
    href: str


def where_tags(asked: Asked, tell: Teller) -> Sequence[Tag]:
    """Give the chosen sector and agency as tags."""
    found = []
    if asked.sector:
        found.append(Tag(tell.word("sector", asked.sector), asked.address.having(sector=None)))
    if asked.agency:
        found.append(Tag(tell.office(asked.agency), asked.address.having(agency=None)))
    return found


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list; the next one begins behind `place`, if there is one."""

    asked: Asked
    tell: Teller
    found: Listed[Any, Any]
    tags: Sequence[Tag]
    place: str | None

    def show(self, template: str, **told: Any) -> web.Response:  # noqa: ANN401 (a template takes what it is told)
        """Answer with the page, by its template."""
        visit, asked = self.tell.visit, self.asked
        return visit.render(
            template,
            asked=asked,
            tell=self.tell,
            found=self.found,
            tags=self.tags,
            next=self.place and asked.address.going_on(self.place),
            agencies=visit.office.board.agencies(visit.seat.reader),
            sectors=[*Sector],
            **told,
        )
