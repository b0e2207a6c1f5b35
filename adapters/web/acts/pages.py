"""Deciding at a page: form, check, signature, banner. At most three screens, and nothing typed is ever lost.

| what is in the way | what the person sees |
|---|---|
| something is missing or wrong in the form | the form again, filled, each fault beside its field (422) |
| another works on the case | who, since when, and the way to take over; what was typed comes along (409) |
| the case has moved | the difference, what was typed, and the way to go on with it (412) |
| the office has no key in force | the check again, which says so; the draft waits |
| nobody knows whether it took effect | the case, with a banner that says it is on its way |
| the same confirmed twice, Back, a lost answer | the same banner |
"""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from aiohttp import web

from adapters.web.acts.checking import CheckView, read_id
from adapters.web.acts.forms import PATHS, form_of, title_of, typed_of
from adapters.web.acts.offering import claim_view, problem_words
from adapters.web.pages.page import Handler, Page
from adapters.web.pages.places import DECIDES, SUPERVISES
from adapters.web.pages.visit import Visit
from contracts.office import ADDRESSEES, SUPERVISORS
from service.acts import Drafting
from service.domain.act_forms import FormFaults, kept
from service.domain.acting import Act
from service.domain.claims import ClaimedError, Subject
from service.domain.errors import OutcomeUnknownError, Refusal

_OF_FORM = frozenset({"kind", "seen_move", "over", "next"})
_ARGUMENT = {
    Subject.TRANSFER: "transfer_id",
    Subject.LEAD: "lead_id",
    Subject.SUPERVISION: "supervision_id",
}


def drafting(subject: Subject) -> Handler:
    """Make the handler that drafts acts on one sort of matter."""

    async def post_act(visit: Visit) -> web.Response:
        form = await visit.form()
        subject_id = subject_id_of(visit, subject)
        given = [(name, value) for name, value in form.items() if name not in _OF_FORM]
        asked = Drafting(
            subject=subject,
            subject_id=subject_id,
            kind=form.get("kind", ""),
            given=given,
            seen_move=_number(form.get("seen_move", "")),
            over=form.get("over"),
        )
        return await _draft(visit, asked)

    return post_act


async def _draft(visit: Visit, asked: Drafting) -> web.Response:
    try:
        act = await visit.pages.acting.acts.draft(visit.seat, asked)
    except FormFaults as told:
        return await _form(visit, asked, told.faults, HTTPStatus.UNPROCESSABLE_ENTITY)
    except ClaimedError as claimed:
        return await _claimed(visit, asked, claimed)
    except Refusal as refusal:
        if asked.over is None or refusal.code != "schema":
            raise
        found = await visit.office.acts.offered(visit.seat, asked.subject, asked.subject_id)
        if found.claim is None:
            raise
        return await _claimed(visit, asked, ClaimedError(found.claim), refusal.faults[0].code)
    return visit.go(f"/desk/acts/{act.id}", **visit.origin)


async def _form(
    visit: Visit, asked: Drafting, faults: Mapping[str, str], status: int = HTTPStatus.OK
) -> web.Response:
    reading = visit.office.acts
    found = await reading.offered(visit.seat, asked.subject, asked.subject_id)
    offer = reading.offer(visit.seat, found.matter, asked.kind)
    return visit.render(
        "acts/form.html",
        status=status,
        form=form_of(visit, offer, kept(asked.given, offer.fields), faults),
        matter=found.matter,
        path=_path(asked.subject, asked.subject_id),
        seen_move=asked.seen_move,
    )


async def _claimed(
    visit: Visit, asked: Drafting, claimed: ClaimedError, fault: str = ""
) -> web.Response:
    reading = visit.office.acts
    found = await reading.offered(visit.seat, asked.subject, asked.subject_id)
    offer = reading.offer(visit.seat, found.matter, asked.kind)
    filled = kept(asked.given, offer.fields)
    return visit.render(
        "acts/claimed.html",
        status=HTTPStatus.CONFLICT,
        title=title_of(visit, asked.kind),
        claim=claim_view(visit, claimed.claim),
        asked=asked,
        path=_path(asked.subject, asked.subject_id),
        typed=typed_of(visit, form_of(visit, offer, filled), filled),
        fault=fault,
    )


async def get_act(visit: Visit) -> web.Response:
    """Show an act where it stands: to be checked, overtaken by events, refused, or done."""
    check = await visit.office.acts.check(visit.seat, _act_id(visit))
    act, view = check.act, CheckView(visit, check)
    if act.is_done or (act.signed is not None and act.settled_at is None):
        return _to_matter(visit, act)
    if act.outcome == "stale" or not check.is_fresh:
        return visit.render("acts/stale.html", status=HTTPStatus.PRECONDITION_FAILED, view=view)
    if act.outcome is not None:
        title, advice = problem_words(visit, act.outcome)
        return visit.render("acts/refused.html", view=view, problem=title, advice=advice)
    return visit.render(
        "acts/check.html",
        view=view,
        claim=claim_view(visit, check.claim) if check.claim else None,
        now=visit.pages.now(),
        refused=visit.request.query.get("refused") == "no_desk_key",
    )


async def post_confirm(visit: Visit) -> web.Response:
    """Sign and let it take effect; whatever is in the way is shown by the act's own page."""
    act_id = _act_id(visit)
    try:
        act = await visit.pages.acting.acts.confirm(visit.seat, act_id)
    except (ClaimedError, FormFaults):
        return visit.go(f"/desk/acts/{act_id}", **visit.origin)
    except OutcomeUnknownError:
        return await _unknown(visit, act_id)
    except Refusal as refusal:
        if refusal.code == "no_desk_key":
            return visit.go(f"/desk/acts/{act_id}", refused=refusal.code, **visit.origin)
        if refusal.code in ("stale", "illegal_move"):
            return visit.go(f"/desk/acts/{act_id}", **visit.origin)
        raise
    return (
        _to_matter(visit, act) if act.is_done else visit.go(f"/desk/acts/{act.id}", **visit.origin)
    )


async def _unknown(visit: Visit, act_id: UUID) -> web.Response:
    """Signed, and nobody knows the rest: a round will; not even signed: the person confirms again."""
    act = await visit.office.acts.done(visit.seat, act_id)
    if act is None:
        raise OutcomeUnknownError
    return _to_matter(visit, act)


async def post_redraft(visit: Visit) -> web.Response:
    """Go on with what was typed, on the state that was just shown."""
    form, act_id = await visit.form(), _act_id(visit)
    try:
        acts = visit.pages.acting.acts
        act = await acts.redraft(visit.seat, act_id, _number(form.get("seen_move", "")))
    except FormFaults:
        return visit.go(f"/desk/acts/{act_id}/edit", **visit.origin)
    except ClaimedError:
        return visit.go(f"/desk/acts/{act_id}", **visit.origin)
    return visit.go(f"/desk/acts/{act.id}", **visit.origin)


async def get_edit(visit: Visit) -> web.Response:
    """Give the form again, as it was filled."""
    check = await visit.office.acts.check(visit.seat, _act_id(visit))
    act = check.act
    given = [(name, value) for name, values in act.form.items() for value in values]
    seen_move = check.matter.move if act.settled_at is not None else act.seen_move
    asked = Drafting(act.subject, act.subject_id, act.kind, given, seen_move)
    return await _form(visit, asked, check.faults)


def _to_matter(visit: Visit, act: Act) -> web.Response:
    return visit.go(_path(act.subject, act.subject_id), done=str(act.id), **visit.origin)


def _path(subject: Subject, subject_id: UUID) -> str:
    return f"{PATHS[subject]}/{subject_id}"


def subject_id_of(visit: Visit, subject: Subject) -> UUID:
    """Read which matter the address is of; raises Refusal `not_found`."""
    found = read_id(visit.argument[_ARGUMENT[subject]])
    if found is None:
        raise Refusal("not_found", f"no such {subject.value} of your office")
    return found


def _act_id(visit: Visit) -> UUID:
    found = read_id(visit.argument["act"])
    if found is None:
        raise Refusal("not_found", "no such act of yours")
    return found


_DIGITS = 9


def _number(text: str) -> int:
    """Read the move that a page was made at; raises Refusal `malformed_request`."""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise Refusal("malformed_request", "a form says which state it was made on")
    return int(text)


_ACTS = DECIDES | SUPERVISES
_KINDS = ADDRESSEES | SUPERVISORS
TABLE = (
    Page(
        "act_on_transfer",
        "POST",
        "/desk/transfers/{transfer_id}/acts",
        drafting(Subject.TRANSFER),
        DECIDES,
        ADDRESSEES,
    ),
    Page(
        "act_on_lead",
        "POST",
        "/leads/{lead_id}/acts",
        drafting(Subject.LEAD),
        SUPERVISES,
        SUPERVISORS,
    ),
    Page(
        "act_on_letter",
        "POST",
        "/letters/{supervision_id}/acts",
        drafting(Subject.SUPERVISION),
        SUPERVISES,
        SUPERVISORS,
    ),
    Page("act", "GET", "/desk/acts/{act}", get_act, _ACTS, _KINDS),
    Page("edit_act", "GET", "/desk/acts/{act}/edit", get_edit, _ACTS, _KINDS),
    Page("confirm_act", "POST", "/desk/acts/{act}/confirm", post_confirm, _ACTS, _KINDS),
    Page("redraft_act", "POST", "/desk/acts/{act}/redraft", post_redraft, _ACTS, _KINDS),
)
