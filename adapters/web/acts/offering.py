"""What a page of a matter shows of acts: to be asked by its handler, and given to its template.

    context = await offering(visit, Subject.TRANSFER, transfer_id)   # before the matter is read
    return visit.render("case/case.html", ..., **context)

The template then includes `acts/_done.html` (the banner of `?done=`) under the head line, `acts/_offered.html` where
decisions belong, and `acts.css` among its styles. Both partials show nothing where there is nothing to show. To ask
renews the claim of somebody who reads his own case.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from adapters.web.acts.forms import PATHS, FormView, form_of, title_of
from adapters.web.pages.templates import SHANGHAI, moment
from adapters.web.pages.visit import Visit
from contracts.clocks import Words
from contracts.problem import problem
from contracts.supervision import SupervisionKind
from service.domain.acting import Act, Offered, TransferMatter
from service.domain.claims import Claim, Subject
from service.domain.errors import Refusal
from service.domain.supervision import WHOSE_MOVE as LETTER_S_MOVE
from service.domain.supervision import SupervisionStatus
from service.domain.whose_move import WHOSE_MOVE


@dataclass(frozen=True, slots=True)
class ClaimView:
    """Who works on it, in words."""

    text: str
    is_mine: bool
    taken_from: str


@dataclass(frozen=True, slots=True)
class OfferedView:
    """What somebody may do now."""

    subject: str
    path: str
    move: int
    forms: tuple[FormView, ...]
    may_claim: bool
    is_mine: bool
    is_others: bool
    can_sign: bool


@dataclass(frozen=True, slots=True)
class DoneView:
    """How an act ended; `problem` is None for one that took effect or is still on its way."""

    act: Act
    title: str
    next: Words | None
    problem_title: str
    problem_advice: str

    @property
    def is_pending(self) -> bool:
        return self.act.settled_at is None


class Offering(TypedDict):
    """What the partials of acts are given; None where there is nothing to show."""

    offered: OfferedView | None
    claim: ClaimView | None
    done: DoneView | None


async def offering(visit: Visit, subject: Subject, subject_id: UUID) -> Offering:
    """Give `offered`, `claim` and `done` for the templates; each None where there is nothing."""
    reading = visit.office.acts
    try:
        offered = await reading.offered(visit.seat, subject, subject_id)
    except Refusal:
        offered = None  # others may read it, and decide nothing
    if offered is not None and offered.claim is not None and offered.is_mine and offered.may_claim:
        await visit.pages.acting.claims.renew(visit.seat, offered.claim)
    return {
        "offered": _offered(visit, offered) if offered else None,
        "claim": claim_view(visit, offered.claim) if offered and offered.claim else None,
        "done": await done_view(visit, offered),
    }


def _offered(visit: Visit, offered: Offered) -> OfferedView:
    reading, matter = visit.office.acts, offered.matter
    forms = [
        form_of(visit, reading.offer(visit.seat, matter, kind))
        for kind in offered.kinds
        if offered.can_sign and not offered.is_others
    ]
    return OfferedView(
        subject=matter.subject.value,
        path=f"{PATHS[matter.subject]}/{matter.id}",
        move=offered.move,
        forms=tuple(forms),
        may_claim=offered.may_claim,
        is_mine=offered.is_mine,
        is_others=offered.is_others,
        can_sign=offered.can_sign,
    )


def claim_view(visit: Visit, claim: Claim) -> ClaimView:
    """Say who works on it, since when and until when; the day only where it is another."""
    now = visit.pages.now()
    text = visit.say(
        "%(name)s 自 %(since)s 起办理，领取有效至 %(until)s",
        name=claim.staff_name,
        since=_short(claim.claimed_at, now),
        until=_short(claim.lease_until, now),
    )
    return ClaimView(text, claim.is_of(visit.seat.staff_id), claim.taken_from or "")


def _short(at: datetime, now: datetime) -> str:
    is_today = at.astimezone(SHANGHAI).date() == now.astimezone(SHANGHAI).date()
    return moment(at)[11:] if is_today else moment(at)


async def done_view(visit: Visit, offered: Offered | None) -> DoneView | None:
    """Give the banner that the address asks for; None for an act that is not there for the office."""
    try:
        act_id = UUID(visit.request.query.get("done", ""))
    except ValueError:
        return None
    act = await visit.office.acts.done(visit.seat, act_id)
    if act is None or (offered is not None and act.subject_id != offered.matter.id):
        return None
    title, advice = _told(visit, act)
    following = _next(act, offered) if offered else None
    return DoneView(act, title_of(visit, act.kind), following, title, advice)


def _next(act: Act, offered: Offered) -> Words:
    """Say whose move it is now, after what was done."""
    matter = offered.matter
    if isinstance(matter, TransferMatter):
        return WHOSE_MOVE[matter.status]
    is_letter = SupervisionKind(act.kind).is_letter
    return LETTER_S_MOVE[SupervisionStatus.ISSUED if is_letter else SupervisionStatus.CLOSED]


def _told(visit: Visit, act: Act) -> tuple[str, str]:
    if act.settled_at is None or act.is_done:
        return "", ""
    return problem_words(visit, act.outcome or "internal")


def problem_words(visit: Visit, code: str) -> tuple[str, str]:
    """Give the title and the advice of a problem in the visitor's language."""
    found = problem(code)
    if visit.language == "zh-CN":
        return found.title_zh, found.advice_zh
    return found.title, found.advice
