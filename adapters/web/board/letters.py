"""Letters of supervision: the list by whose move it is, one letter with its answer and its clock, and the document itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from aiohttp import web

from adapters.web.acts.offering import offering
from adapters.web.board.address import (
    PAGE,
    Asked,
    asked_of,
    moment_text,
    read_id,
    read_moment,
    read_place,
)
from adapters.web.board.leads import id_in
from adapters.web.board.listing import Listing, Tag, where_tags
from adapters.web.board.telling import Teller
from adapters.web.pages.visit import Visit
from contracts.document import parse
from contracts.jws import MEDIA_TYPE, open_envelope
from contracts.supervision import Supervision, SupervisionKind
from service.domain.board_rows import LetterPlace, LettersAsked
from service.domain.claims import Subject

STANDINGS = ("waiting", "undeliverable", "open", "overdue", "replied", "closed")
_RUNNING = STANDINGS[:-1]
_KINDS = [kind.value for kind in SupervisionKind if kind.is_letter]


async def get_letters(visit: Visit) -> web.Response:
    """List letters, the earliest date to reply first; closed ones only when they are asked for."""
    asked = asked_of(visit)
    which = _which(visit, asked)
    place = read_place(asked.address, "moment", "id")
    after = LetterPlace(read_moment(place[0]), read_id(place[1])) if place else None
    found = await visit.office.board.letters(which, after, PAGE)
    tell = Teller(visit, found.as_of)
    behind = found.next and f"{moment_text(found.next.due_at)}.{found.next.supervision_id}"
    return Listing(asked, tell, found, [*_tags(asked, which, tell)], behind).show(
        "board/letters.html",
        which=which,
        standings=STANDINGS,
        chosen=asked.address.some_of("state", STANDINGS),
        kinds=_KINDS,
    )


def _which(visit: Visit, asked: Asked) -> LettersAsked:
    address = asked.address
    is_own = address.is_set("own") or asked.sector or asked.agency
    return LettersAsked(
        standings=address.some_of("state", STANDINGS) or _RUNNING,
        agencies=asked.codes if is_own else None,
        kinds=address.some_of("kind", _KINDS) or None,
        office_code=visit.seat.office.code if address.is_set("mine") else None,
        escalated=address.is_set("escalated"),
    )


def _tags(asked: Asked, which: LettersAsked, tell: Teller) -> Iterator[Tag]:
    say, address = tell.visit.say, asked.address
    for one in address.some_of("state", STANDINGS):
        yield Tag(tell.word("letter_standing", one), address.without("state", one))
    if which.escalated:
        yield Tag(say("已报上级"), address.having(escalated=None))
    if which.office_code:
        yield Tag(say("本单位发出"), address.having(mine=None))
    if address.is_set("own"):
        yield Tag(say("辖区内单位办理"), address.having(own=None))
    for one in which.kinds or ():
        yield Tag(tell.word("letter", one), address.without("kind", one))
    yield from where_tags(asked, tell)


async def get_letter(visit: Visit) -> web.Response:
    """Show a letter: its text, its clock, what the agency answered, what happened, and what may be done."""
    supervision_id = id_in(visit, "supervision_id")
    acts: Mapping[str, Any] = await offering(visit, Subject.SUPERVISION, supervision_id)
    reader, office = visit.seat.reader, visit.office
    letter = await office.supervision.supervision(reader, supervision_id)
    document = await office.supervision.document(reader, supervision_id)
    replies, history = await office.board.answers(supervision_id)
    tell = Teller(visit, visit.pages.now())
    return visit.render(
        "board/letter.html",
        letter=letter,
        text=parse(Supervision, open_envelope(document).payload).text,
        replies=replies,
        history=history,
        computations=office.board.reply_computation(letter),
        tell=tell,
        **acts,
    )


async def get_document(visit: Visit) -> web.Response:
    """Give the signed letter, byte for byte."""
    supervision_id = id_in(visit, "supervision_id")
    raw = await visit.office.supervision.document(visit.seat.reader, supervision_id)
    name = f'attachment; filename="{supervision_id}.jws"'
    return web.Response(body=raw, content_type=MEDIA_TYPE, headers={"Content-Disposition": name})
