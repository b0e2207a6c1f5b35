"""What the pages stand on: the use cases, and for each seat those that read under the guard of its office."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from aiohttp import web

from adapters.oidc.provider import Provider
from adapters.postgres.staff import PostgresSessions
from contracts.clocks import ClockTable
from service.appraisal import Appraisal
from service.case_reading import CaseReading
from service.corrections import Corrections
from service.domain.registry import Registry
from service.domain.staff import Seat
from service.overview import Overview
from service.review import Review
from service.staff import Staff
from service.supervision_review import SupervisionReview


def digest_of_cookie(cookie: str) -> bytes:
    """Give by what the database knows a session."""
    return sha256(cookie.encode("utf-8", "surrogateescape")).digest()


@dataclass(frozen=True, slots=True)
class OfficeServices:
    """Readings of one office: row-level security holds every query of theirs to what it may see."""

    review: Review
    supervision: SupervisionReview
    overview: Overview
    appraisal: Appraisal
    case_reading: CaseReading
    corrections: Corrections


@dataclass(frozen=True, slots=True)
class PageLimits:
    """How long a session lives, and how the platform is called."""

    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)
    public_url: str = "http://127.0.0.1:8080"
    platform_name: str = "行刑衔接平台"
    sandbox: bool = False
    form: int = 256 * 1024
    """Bytes of a form at most."""
    form_within: timedelta = timedelta(seconds=60)

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach us over TLS, so that a cookie may insist on it."""
        return self.public_url.startswith("https://")


@dataclass(frozen=True, slots=True)
class PageServices:
    """The use cases of the pages, as `main` wired them."""

    staff: Staff
    sessions: PostgresSessions
    of_office: Callable[[Seat], OfficeServices]
    registry_now: Callable[[], Registry]
    clocks: ClockTable
    now: Callable[[], datetime]
    limits: PageLimits = PageLimits()
    has_demo_door: bool = False
    """Whether people of the sandbox may come in by their name alone."""
    provider: Provider | None = None
    """Where staff prove who they are; without one, nobody but people of a sandbox can come in."""

    def __post_init__(self) -> None:
        if self.has_demo_door and not self.limits.sandbox:
            raise ValueError("a door without a lock is for a sandbox only")

    async def end_session(self, cookie: str) -> None:
        """End the session of a cookie that is given up."""
        await self.sessions.end(digest_of_cookie(cookie))


PAGES: web.AppKey[PageServices] = web.AppKey("pages", PageServices)
