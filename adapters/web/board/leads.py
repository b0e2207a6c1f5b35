"""Leads: the list with its filters, one lead with everything that it rests on, and what cannot be said yet."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aiohttp import web

from adapters.web.acts.offering import offering
from adapters.web.board.address import (
    PAGE,
    Asked,
    asked_of,
    malformed,
    read_id,
    read_place,
)
from adapters.web.board.listing import Listing, Tag, where_tags
from adapters.web.board.telling import Teller
from adapters.web.pages.templates import moment
from adapters.web.pages.visit import Visit
from contracts import detectors
from contracts.case_record import CaseRecord, plain
from contracts.detectors import Detector
from service.domain.board import AGES, CasePlace, Span
from service.domain.board_rows import LeadsAsked
from service.domain.case_files import CaseKey
from service.domain.claims import Subject
from service.domain.errors import Refusal
from service.domain.leads import LeadStatus
from service.domain.register_glimpses import ACTIVE, LeadPlace

_STATUSES = [status.value for status in LeadStatus]
_DETECTORS = [detector.value for detector in Detector]
_AGES = {f"{age.since}": age for age in AGES}


async def get_leads(visit: Visit) -> web.Response:
    """List leads, the highest score first; each case once where the board counts cases."""
    asked = asked_of(visit)
    which = which_leads(visit, asked)
    place = read_place(asked.address, "number", "id")
    after = LeadPlace(int(place[0]), read_id(place[1])) if place else None
    found = await visit.office.board.leads(which, after, PAGE)
    tell = Teller(visit, found.as_of)
    behind = found.next and f"{found.next.score}.{found.next.lead_id}"
    return Listing(asked, tell, found, [*_tags(asked, which, tell)], behind).show(
        "board/leads.html",
        which=which,
        offences=tell.offences,
        detectors=_DETECTORS,
        statuses=_STATUSES,
        ages=_AGES,
    )


def which_leads(visit: Visit, asked: Asked) -> LeadsAsked:
    """Read what a list of leads is narrowed to; raises Refusal `malformed_request`."""
    address, now = asked.address, visit.pages.now()
    by_case = address.one_of("list", ("never",)) is not None
    is_own = by_case or address.is_set("own") or asked.sector or asked.agency
    age = _AGES.get(address.one_of("age", _AGES) or "")
    began = age.moments(now) if age else (None, None)
    return LeadsAsked(
        agencies=asked.codes if is_own else None,
        detectors=address.some_of("detector", _DETECTORS) or None,
        statuses=address.some_of("status", _STATUSES) or ACTIVE,
        division=_division(address.get("division")),
        offence=address.get("offence"),
        overdue=address.is_set("overdue"),
        least_score=address.whole("score", 0, 100) or 0,
        began_after=began[0],
        began_until=began[1],
        by_case=by_case,
    )


def _division(text: str | None) -> str:
    if text is not None and not (text.isdecimal() and text.isascii() and len(text) <= 6):  # noqa: PLR2004 (GB/T 2260)
        raise malformed("division", "a division is written in up to six digits")
    return text or ""


def _tags(asked: Asked, which: LeadsAsked, tell: Teller) -> Iterator[Tag]:
    yield from _tags_of_switches(asked, which, tell)
    yield from where_tags(asked, tell)
    for one in which.detectors or ():
        yield Tag(tell.detector(one), asked.address.without("detector", one))
    for one in asked.address.some_of("status", _STATUSES):
        yield Tag(tell.word("lead_status", one), asked.address.without("status", one))
    yield from _tags_of_values(asked, which, tell)


def _tags_of_switches(asked: Asked, which: LeadsAsked, tell: Teller) -> Iterator[Tag]:
    say, address = tell.visit.say, asked.address
    if which.by_case:
        yield Tag(say("应移送未移送（每案一行）"), address.having(list=None))
    if address.is_set("own"):
        yield Tag(say("辖区内单位办理"), address.having(own=None))
    if which.overdue:
        yield Tag(say("已超期"), address.having(overdue=None))


def _tags_of_values(asked: Asked, which: LeadsAsked, tell: Teller) -> Iterator[Tag]:
    say, address = tell.visit.say, asked.address
    if which.offence:
        yield Tag(tell.offence(which.offence), address.having(offence=None))
    if which.division:
        yield Tag(say("地区 %(code)s", code=which.division), address.having(division=None))
    if which.least_score:
        yield Tag(say("%(score)s 分以上", score=which.least_score), address.having(score=None))
    if age := _AGES.get(address.get("age") or ""):
        yield Tag(tell.span(age), address.having(age=None))


async def get_lead(visit: Visit) -> web.Response:
    """Show a lead with its evidence, its clock, its case and what was done; the record only when it is asked for."""
    lead_id = id_in(visit, "lead_id")
    is_record_open = visit.request.query.get("record") == "1"
    board = visit.office.board
    acts: Mapping[str, Any] = await offering(visit, Subject.LEAD, lead_id)
    lead = await visit.office.supervision.lead(visit.seat.reader, lead_id)
    around = await board.around(lead_id, (lead.agency, lead.case_number))
    record = None
    if is_record_open:
        record = await board.record(visit.seat.reader, CaseKey(lead.agency, lead.case_number))
    tell = Teller(visit, visit.pages.now())
    return visit.render(
        "board/lead.html",
        lead=lead,
        around=around,
        tell=tell,
        signals=detectors.load().score,
        computations=board.computations(lead),
        is_record_open=is_record_open,
        record=record and [*record_lines(record, tell)],
        **acts,
    )


def record_lines(record: CaseRecord, tell: Teller) -> Iterator[tuple[str, str]]:
    """Write a register's record as names and values, its facts in the words of the vocabulary."""
    for name, value in plain(record).items():
        if name == "facts":
            for fact, stated in value.items():
                yield tell.phrases.fact(fact), tell.fact(fact, stated)
        else:
            yield from _flat(tell, name, value)


def _flat(tell: Teller, name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for inner, one in value.items():
            yield from _flat(tell, f"{name}.{inner}", one)
    elif isinstance(value, list):
        yield tell.word("record", name), "、".join(map(_named, value))
    else:
        yield tell.word("record", name), _stated(tell, name, value)


def _stated(tell: Teller, name: str, value: object) -> str:
    if name in _CODED:
        return tell.word(_CODED[name], str(value))
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return moment(datetime.fromisoformat(value))
    return tell.fact("", value)


def _named(value: object) -> str:
    return str(value.get("name") or value.get("code")) if isinstance(value, dict) else str(value)


_MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T.+")
_CODED = {
    "sector": "sector",
    "party.kind": "party",
    "party.identifier.type": "identifier",
    "transfer.addressee": "office_kind",
    "transfer.decision": "approval",
    "penalty.status": "force",
    "legal_review.opinion": "opinion",
    "collective_discussion.opinion": "opinion",
}


async def get_undetermined(visit: Visit) -> web.Response:
    """List the cases of which detectors cannot speak yet, each with the facts that would settle it."""
    asked = asked_of(visit)
    chosen = asked.address.some_of("detector", _DETECTORS) or None
    place = read_place(asked.address, "code", "id")
    after = CasePlace(place[0], read_id(place[1])) if place else None
    found = await visit.office.board.undetermined(asked.codes, chosen, after, PAGE)
    tell = Teller(visit, found.as_of)
    named = [
        Tag(tell.detector(one), asked.address.without("detector", one)) for one in chosen or ()
    ]
    behind = found.next and f"{found.next.agency}.{found.next.case_id}"
    return Listing(asked, tell, found, [*where_tags(asked, tell), *named], behind).show(
        "board/undetermined.html", chosen=chosen or (), detectors=_DETECTORS
    )


def id_in(visit: Visit, name: str) -> UUID:
    try:
        return UUID(visit.argument[name])
    except ValueError:
        raise Refusal("not_found", "no such address") from None


def span_of(name: str | None) -> Span | None:
    return _AGES.get(name or "")
