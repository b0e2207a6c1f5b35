"""What a page's handler is given: who is there, how he likes to read, and what he sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from aiohttp import hdrs, web
from multidict import MultiDict, MultiDictProxy

from adapters.web.bodies import receive
from adapters.web.pages.languages import Language, translations
from adapters.web.pages.places import local_path, places
from adapters.web.pages.services import OfficeServices, PageServices
from adapters.web.pages.templates import environment
from service.domain.errors import Refusal
from service.domain.staff import Seat, StaffRole

LANGUAGE_COOKIE = "linkage-language"
LOOK_COOKIE = "linkage-look"
CARE = "care"
"""关怀版: large type, high contrast, one column (GB/T 37668)."""
_LONGEST_ORIGIN = 2000
_FORM = "application/x-www-form-urlencoded"
_FORM_FIELDS = 2000


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page, by somebody whom its row lets in."""

    request: web.Request
    pages: PageServices
    language: Language
    look: str
    address: str
    """Where forms come back to: the page's own address or, of an answer to a post, one that can be got."""
    found: Seat | None = None
    badges: Mapping[str, str] = field(default_factory=dict)
    """What stands beside entries of the navigation, by their paths."""

    @property
    def seat(self) -> Seat:
        """Who is there; a page that is not public has let nobody else in."""
        assert self.found is not None, "the page is public"
        return self.found

    @property
    def office(self) -> OfficeServices:
        """The readings of the seat's office, each under its guard."""
        return self.pages.of_office(self.seat)

    @property
    def argument(self) -> Mapping[str, str]:
        """What stands in the path."""
        return self.request.match_info

    def say(self, text: str, **values: object) -> str:
        """Give a text of the pages in the visitor's language."""
        said = translations(self.language).gettext(text)
        return said % values if values else said

    async def form(self) -> MultiDictProxy[str]:
        """Read what was posted, bounded; raises Refusal `unsupported_media_type`, `too_large`, `malformed_request`."""
        if self.request.content_type != _FORM:
            raise Refusal("unsupported_media_type", f"a form is posted as {_FORM}")
        limits = self.pages.limits
        raw = await receive(self.request, limits.form, limits.form_within)
        return MultiDictProxy(_fields(raw))

    def render(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] = {}, **told: object
    ) -> web.Response:
        """Answer with a page."""
        text = self.to_text(template, **told)
        return web.Response(
            text=text, status=status, content_type="text/html", charset="utf-8", headers=headers
        )

    def to_text(self, template: str, **told: object) -> str:
        """Write a template for this visitor."""
        shared = {"visit": self, "places": places(self.found, self.request.path, self.badges)}
        return environment(self.language).get_template(template).render(**shared, **told)

    def go(self, path: str, **query: str) -> web.Response:
        """Answer a post with the page to look at next (303), always one of ours."""
        assert path.startswith("/"), "a redirect leads nowhere else"
        where = f"{path}?{urlencode(query)}" if query else path
        return web.Response(status=303, headers={hdrs.LOCATION: where})

    def may(self, *roles: str) -> bool:
        """Tell templates whether somebody with one of these roles is there."""
        return self.found is not None and self.found.has(*map(StaffRole, roles))

    @property
    def is_boosted(self) -> bool:
        """Whether htmx asks, which takes a part of the page if there is one."""
        return self.request.headers.get("HX-Request") == "true"

    @property
    def is_read(self) -> bool:
        """Whether somebody looks at the answer: not where only its head is asked for, or a browser fetches ahead."""
        is_ahead = "prefetch" in self.request.headers.get("Sec-Purpose", "")
        return self.request.method == hdrs.METH_GET and not is_ahead

    @property
    def origin(self) -> Mapping[str, str]:
        """Where somebody came from (`?from=`): it goes with him through every screen of a decision."""
        origin = self.request.query.get("from", "")
        return {"from": origin} if 0 < len(origin) <= _LONGEST_ORIGIN else {}

    @property
    def way(self) -> str:
        """The origin as the end of an address; nothing where there is none."""
        return f"?{urlencode(self.origin)}" if self.origin else ""

    def way_back(self, home: str) -> str:
        """Give where somebody came from, a page of ours; `home` where that is not told."""
        return local_path(self.origin.get("from"), home)


def _fields(raw: bytes) -> MultiDict[str]:
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(raw),
            errors="strict",
            max_num_fields=_FORM_FIELDS,
        )
    except ValueError:
        raise Refusal("malformed_request", "the form cannot be read") from None
    check_text(*(text for pair in pairs for text in pair))
    return MultiDict(pairs)


def check_text(*texts: str) -> None:
    """Refuse a NUL, which is in no text and which the database cannot hold; raises Refusal `malformed_request`."""
    if any("\x00" in text for text in texts):
        raise Refusal("malformed_request", "a text has no NUL")
