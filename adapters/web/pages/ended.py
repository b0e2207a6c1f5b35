"""The answer to a post whose session has ended: nothing was done, and nothing that was typed is lost."""

from collections import defaultdict
from http import HTTPStatus

from aiohttp import web

from adapters.web.acts.words import FIELD
from adapters.web.edge import REQUEST_ID
from adapters.web.pages.visit import Visit
from adapters.web.problems import PROBLEM
from service.domain.errors import Refusal

_OF_FORM = frozenset(
    {"kind", "seen_move", "next", "query", "pointer", "from", "material", "page", "person"}
)
"""What forms carry by themselves, and nobody has typed."""


async def ended(visit: Visit) -> web.Response:
    """Give back what was typed, to be copied, and the way to sign in; a form that cannot be read gives the way only."""
    response = visit.render(
        "ended.html",
        status=HTTPStatus.UNAUTHORIZED,
        typed=await _typed(visit),
        request_id=visit.request.get(REQUEST_ID),
    )
    response[PROBLEM] = "unauthenticated"
    return response


async def _typed(visit: Visit) -> list[tuple[str, str]]:
    """Give the fields that are not empty by their labels, each once: a long list is still one text to copy."""
    try:
        form = await visit.form()
    except Refusal:
        return []
    found = defaultdict(list)
    for name, text in form.items():
        if name not in _OF_FORM and text.strip():
            found[name].append(text)
    kind = form.get("kind", "")
    return [(_label(visit, kind, name), "\n".join(texts)) for name, texts in found.items()]


def _label(visit: Visit, kind: str, name: str) -> str:
    word = FIELD.get(f"{kind}.{name}", FIELD.get(name))
    return visit.say(word) if word else name
