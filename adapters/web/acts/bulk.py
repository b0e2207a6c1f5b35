"""Bulk actions at a page: what is in and what is out, with the reason; then the result, row by row."""

from dataclasses import dataclass
from typing import get_args
from uuid import UUID

from aiohttp import web

from adapters.web.acts.checking import read_id
from adapters.web.acts.forms import title_of
from adapters.web.acts.offering import claim_view, problem_words
from adapters.web.acts.words import EXCLUDED
from adapters.web.pages.page import Page
from adapters.web.pages.places import DECIDES, local_path
from adapters.web.pages.visit import Visit
from contracts.office import ADDRESSEES
from service.bulk import MOST, Group
from service.domain.acting import Act, BulkKind, TransferMatter
from service.domain.errors import Refusal
from service.domain.queue_filters import Filters


@dataclass(frozen=True, slots=True)
class RowView:
    """One transfer of a group, and how it ended or why it is out."""

    act: Act
    case: TransferMatter | None
    agency: str
    told: str

    @property
    def is_done(self) -> bool:
        return self.act.is_done

    @property
    def is_waiting(self) -> bool:
        return self.act.settled_at is None


class GroupView:
    """A group in the visitor's language."""

    def __init__(self, visit: Visit, group: Group, back: str) -> None:
        self._visit = visit
        self.group = group
        self.back = back
        self.title = title_of(visit, group.kind)

    @property
    def included(self) -> list[RowView]:
        return [self._row(act) for act in self.group.included]

    @property
    def excluded(self) -> list[RowView]:
        return [self._row(act) for act in self.group.excluded]

    @property
    def done(self) -> int:
        return sum(act.is_done for act in self.group.included)

    @property
    def refused(self) -> int:
        return sum(act.settled_at is not None and not act.is_done for act in self.group.included)

    def _row(self, act: Act) -> RowView:
        case = self.group.cases.get(act.subject_id)
        offices = self._visit.pages.registry_now().offices
        agency = offices.get(case.agency_code) if case else None
        return RowView(act, case, agency.name if agency else "", self._told(act))

    def _told(self, act: Act) -> str:
        code = act.outcome
        if code is None or act.is_done:
            return ""
        claim = self.group.claims.get(act.subject_id)
        if code == "claimed" and claim is not None and claim.is_held(self._visit.pages.now()):
            return claim_view(self._visit, claim).text
        if code in EXCLUDED:
            return self._visit.say(EXCLUDED[code])
        return problem_words(self._visit, code)[0]


async def post_bulk(visit: Visit) -> web.Response:
    """Put a group together out of what is chosen, or out of a whole list."""
    form = await visit.form()
    kind = form.get("kind", "")
    if kind not in get_args(BulkKind):
        raise Refusal("malformed_request", "choose what to do")
    ids = _chosen(form.getall("transfer", []))
    if "query" in form:
        filters = Filters.read_query(form["query"])
        ids = await visit.office.queue.ids(visit.seat, filters, MOST + 1)
    if not ids:
        return visit.go(local_path(form.get("next"), "/desk"))
    chosen: BulkKind = kind  # type: ignore[assignment] # one of its words, as was just asked
    group_id = await visit.office.bulk.gather(visit.seat, chosen, ids[:MOST])
    cut = {"cut": "1"} if len(ids) > MOST else {}
    return visit.go(f"/desk/bulk/{group_id}", next=local_path(form.get("next"), "/desk"), **cut)


def _chosen(texts: list[str]) -> list[UUID]:
    found = [read_id(text) for text in texts]
    return [one for one in found if one is not None]


async def get_bulk(visit: Visit) -> web.Response:
    """Show a group: before it is confirmed what would be done, afterwards what was."""
    group = await visit.office.bulk.group(visit.seat, _group_id(visit))
    back = local_path(visit.request.query.get("next"), "/desk")
    view = GroupView(visit, group, back)
    most = MOST if "cut" in visit.request.query else None
    template = "acts/bulk_result.html" if group.is_begun else "acts/bulk.html"
    return visit.render(template, view=view, most=most)


async def post_confirm(visit: Visit) -> web.Response:
    """Do what is not done yet, as far as time allows."""
    form, group_id = await visit.form(), _group_id(visit)
    await visit.office.bulk.confirm(visit.seat, group_id)
    return visit.go(f"/desk/bulk/{group_id}", next=local_path(form.get("next"), "/desk"))


def _group_id(visit: Visit) -> UUID:
    found = read_id(visit.argument["group"])
    if found is None:
        raise Refusal("not_found", "no such group of yours")
    return found


TABLE = (
    Page("bulk", "POST", "/desk/bulk", post_bulk, DECIDES, ADDRESSEES),
    Page("bulk_group", "GET", "/desk/bulk/{group}", get_bulk, DECIDES, ADDRESSEES),
    Page("confirm_bulk", "POST", "/desk/bulk/{group}/confirm", post_confirm, DECIDES, ADDRESSEES),
)
