"""Signing in and out, and the visitor's own preferences.

Whoever has proved who somebody is (the provider in `oidc`, or the door of a sandbox below) ends in `let_in`: a new
session with a new cookie, so that a cookie from before is worth nothing afterwards.
"""

import shlex
from collections.abc import Sequence

from aiohttp import web
from aiohttp_session import get_session, new_session

from adapters.web.edge import REQUEST_ID
from adapters.web.pages.page import Page
from adapters.web.pages.places import EVERYBODY, first_place, local_path
from adapters.web.pages.sessions import ASKED, OFFICE, PERSON
from adapters.web.pages.visit import CARE, LANGUAGE_COOKIE, LOOK_COOKIE, Visit
from adapters.web.problems import PROBLEM
from contracts.problem import catalogue
from service.domain.errors import Refusal
from service.domain.registry import Office
from service.domain.staff import Person, Post

DEMO_ISSUER = "demo"
"""The issuer of people of a sandbox, whom nobody has proved."""
_A_YEAR = 365 * 24 * 3600


async def get_sign_in(visit: Visit) -> web.Response:
    """Offer the ways in that there are."""
    if visit.found is not None:
        return visit.go(local_path(visit.request.query.get("next"), first_place(visit.found)))
    provider = visit.pages.provider
    said = _one_of(visit.request.query.get("said"), ("out", "everywhere"))
    return visit.render(
        "sign_in.html",
        offices=await _demo_people(visit) if visit.pages.has_demo_door else (),
        next=local_path(visit.request.query.get("next"), ""),
        said=said,
        sign_out_there=await provider.find_sign_out() if provider and said else None,
    )


async def _demo_people(visit: Visit) -> list[tuple[Office, list[tuple[Person, Post]]]]:
    """Give the people of a sandbox, each at every office of his, the offices in the order of their codes."""
    offices = visit.pages.registry_now().offices
    found: dict[str, list[tuple[Person, Post]]] = {}
    for person, posts in await visit.pages.staff.list_people():
        if person.issuer == DEMO_ISSUER and person.disabled_at is None:
            for post in posts:
                found.setdefault(post.office_code, []).append((person, post))
    return [(offices[code], found[code]) for code in sorted(found) if code in offices]


async def post_demo(visit: Visit) -> web.Response:
    """Let somebody of a sandbox in, by nothing but his name."""
    if not visit.pages.has_demo_door:
        raise Refusal("not_found")
    form = await visit.form()
    return await let_in(visit, DEMO_ISSUER, form.get("person", ""), form.get("next"))


async def let_in(
    visit: Visit, issuer: str, subject: str, path: str | None, name: str | None = None
) -> web.Response:
    """Begin the session of somebody who is proved; who has not been entered here is told by what to be entered."""
    try:
        person, posts = await visit.pages.staff.sign_in(issuer, subject)
    except Refusal as refusal:
        if refusal.code != "not_on_staff":
            raise
        return _unknown(visit, refusal, issuer, subject, name)
    before = await get_session(visit.request)
    if before.identity:
        await visit.pages.end_session(str(before.identity))
    session = await new_session(visit.request)
    session[PERSON] = str(person.id)
    session[OFFICE] = posts[0].office_code
    if asked := before.get(ASKED):  # another tab's sign-in may still be under way
        session[ASKED] = asked
    return visit.go(local_path(path, "/"))


def _unknown(
    visit: Visit, refusal: Refusal, issuer: str, subject: str, name: str | None
) -> web.Response:
    command = ["linkage", "staff", "add", "--issuer", issuer, "--subject", subject]
    response = visit.render(
        "unknown_account.html",
        status=catalogue()[refusal.code].status,
        issuer=issuer,
        subject=subject,
        name=name,
        command=[shlex.quote(one) for one in (*command, *(("--name", name) if name else ()))],
        request_id=visit.request.get(REQUEST_ID),
    )
    response[PROBLEM] = refusal.code
    return response


async def post_sign_out(visit: Visit) -> web.Response:
    """End this session."""
    (await get_session(visit.request)).invalidate()
    return visit.go("/sign-in", said="out")


async def post_sign_out_everywhere(visit: Visit) -> web.Response:
    """End every session of who asks, this one too."""
    await visit.pages.staff.sign_out_everywhere(visit.seat)
    (await get_session(visit.request)).invalidate()
    return visit.go("/sign-in", said="everywhere")


async def get_account(visit: Visit) -> web.Response:
    """Show who is signed in, and at which of his offices."""
    offices = visit.pages.registry_now().offices
    posts = await visit.pages.staff.posts(visit.seat.staff_id)
    return visit.render(
        "account.html",
        posts=[(offices[post.office_code], post) for post in posts if post.office_code in offices],
    )


async def post_seat(visit: Visit) -> web.Response:
    """Sit down at another office of one's own; raises Refusal `not_found`."""
    code = (await visit.form()).get("office", "")
    if await visit.pages.staff.seat(visit.seat.staff_id, code) is None:
        raise Refusal("not_found", "no such office of yours")
    (await get_session(visit.request))[OFFICE] = code
    return visit.go("/")


async def post_preferences(visit: Visit) -> web.Response:
    """Keep how somebody likes to read, in cookies that say nothing else."""
    form = await visit.form()
    response = visit.go(local_path(form.get("next"), "/"))
    chosen = {
        LANGUAGE_COOKIE: _one_of(form.get("language"), ("zh-CN", "en")),
        LOOK_COOKIE: _one_of(form.get("look"), (CARE, "normal")),
    }
    for name, value in chosen.items():
        if value:
            response.set_cookie(
                name,
                value,
                max_age=_A_YEAR,
                samesite="Lax",
                httponly=True,
                secure=visit.pages.limits.is_secure,
            )
    return response


def _one_of(text: str | None, known: Sequence[str]) -> str | None:
    return text if text in known else None


TABLE = (
    Page("sign_in", "GET", "/sign-in", get_sign_in, is_public=True),
    Page("sign_in_demo", "POST", "/sign-in/demo", post_demo, is_public=True),
    Page("sign_out", "POST", "/sign-out", post_sign_out, is_public=True),
    Page(
        "sign_out_everywhere", "POST", "/sign-out/everywhere", post_sign_out_everywhere, EVERYBODY
    ),
    Page("account", "GET", "/account", get_account, EVERYBODY),
    Page("seat", "POST", "/account/seat", post_seat, EVERYBODY),
    Page("preferences", "POST", "/preferences", post_preferences, is_public=True),
)
