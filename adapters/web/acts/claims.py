"""Claiming at a page: three buttons, each of which comes back to where it was pressed."""

from http import HTTPStatus
from typing import Literal

from aiohttp import web

from adapters.web.acts.forms import PATHS
from adapters.web.acts.offering import claim_view
from adapters.web.acts.pages import subject_id_of
from adapters.web.pages.page import Handler, Page
from adapters.web.pages.places import DECIDES, SUPERVISES, local_path
from adapters.web.pages.visit import Visit
from contracts.office import ADDRESSEES, SUPERVISORS
from service.domain.claims import ClaimedError, Subject
from service.domain.errors import Refusal

Deed = Literal["claim", "release", "take-over"]


def claiming(subject: Subject, deed: Deed) -> Handler:
    """Make the handler of one button."""

    async def post_claim(visit: Visit) -> web.Response:
        form, subject_id = await visit.form(), subject_id_of(visit, subject)
        claims, reason = visit.pages.acting.claims, form.get("reason", "")
        back = local_path(form.get("next"), f"{PATHS[subject]}/{subject_id}")
        try:
            match deed:
                case "claim":
                    await claims.claim(visit.seat, subject, subject_id)
                case "release":
                    await claims.release(visit.seat, subject, subject_id)
                case "take-over":
                    await claims.take_over(visit.seat, subject, subject_id, reason)
        except ClaimedError as claimed:
            return _held(visit, claimed, subject, back)
        except Refusal as refusal:
            if refusal.code != "schema":
                raise
            found = await visit.office.acts.offered(visit.seat, subject, subject_id)
            if found.claim is None:
                raise
            typed = reason, refusal.faults[0].code
            return _held(visit, ClaimedError(found.claim), subject, back, typed)
        return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": back})

    return post_claim


def _held(
    visit: Visit,
    claimed: ClaimedError,
    subject: Subject,
    back: str,
    typed: tuple[str, str] = ("", ""),
) -> web.Response:
    """Say who has it, and offer to take over; a reason that was no reason comes back with its fault."""
    reason, fault = typed
    return visit.render(
        "acts/held.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.CONFLICT,
        claim=claim_view(visit, claimed.claim),
        path=f"{PATHS[subject]}/{claimed.claim.subject_id}",
        back=back,
        reason=reason,
        fault=fault,
    )


_DEEDS: tuple[Deed, ...] = ("claim", "release", "take-over")
TABLE = tuple(
    Page(
        f"{deed.replace('-', '_')}_{subject.value}",
        "POST",
        f"{PATHS[subject]}/{{{argument}}}/{deed}",
        claiming(subject, deed),
        DECIDES if subject is Subject.TRANSFER else SUPERVISES,
        ADDRESSEES if subject is Subject.TRANSFER else SUPERVISORS,
    )
    for subject, argument in (
        (Subject.TRANSFER, "transfer_id"),
        (Subject.LEAD, "lead_id"),
        (Subject.SUPERVISION, "supervision_id"),
    )
    for deed in _DEEDS
)
