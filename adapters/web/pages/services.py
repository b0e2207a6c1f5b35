"""What the pages stand on: the use cases, and for each seat those that read under the guard of its office."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from aiohttp import web

from adapters.oidc.provider import Provider
from adapters.postgres.staff import PostgresSessions
from adapters.web.board.snapshots import Snapshots
from adapters.web.desk.arrivals import Arrivals
from adapters.web.pages.places import DESK
from adapters.web.pages.platform import PlatformServices
from adapters.web.pages.streams import Streams
from contracts import calendar
from contracts.calendar import Calendars
from contracts.clocks import ClockTable, Words
from contracts.office import ADDRESSEES
from service.act_reading import ActReading
from service.acts import Acts
from service.appraisal import Appraisal
from service.board import Board
from service.bulk import Bulk
from service.case_reading import CaseReading
from service.claims import Claims
from service.corrections import Corrections
from service.desk_views import DeskViews
from service.domain.board import Charts, Tiles
from service.domain.registry import Registry
from service.domain.staff import Seat
from service.overview import Overview
from service.queue import Queue
from service.review import Review
from service.staff import Staff
from service.supervision_review import SupervisionReview
from service.taking import Taking


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
    board: Board
    case_reading: CaseReading
    corrections: Corrections
    acts: ActReading
    bulk: Bulk
    queue: Queue
    views: DeskViews


@dataclass(frozen=True, slots=True)
class DeskCases:
    """What people at desks do: each is a use case that acts, so it reads under no guard and judges by itself."""

    taking: Taking
    claims: Claims
    acts: Acts


@dataclass(frozen=True, slots=True)
class PageLimits:
    """How long a session lives, and how the platform is called."""

    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)
    public_url: str = "http://127.0.0.1:8080"
    platform_name: str = "行刑衔接平台"
    sandbox: bool = False
    form: int = 1024**2
    """Bytes of a form at most. A Chinese character is posted as nine bytes: a text several times longer than its
    field takes must still arrive, for what is refused unread cannot be given back with its fault beside it."""
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
    platform: PlatformServices | None = None
    """What the operator's page stands on."""
    desk: DeskCases | None = None
    """What people at desks do."""
    provider: Provider | None = None
    """Where staff prove who they are; without one, nobody but people of a sandbox can come in."""
    offence_names: Callable[[], Mapping[str, Words]] = dict
    """The names of offences by their codes, by the rule book in force."""
    calendars: Callable[[], Calendars] = calendar.load
    arrivals: Arrivals = field(default_factory=Arrivals)
    tiles: Snapshots[Tiles] = field(
        default_factory=lambda: Snapshots(timedelta(seconds=5), timedelta(seconds=30))
    )
    charts: Snapshots[Charts] = field(
        default_factory=lambda: Snapshots(timedelta(minutes=1), timedelta(minutes=5))
    )
    streams: Streams = field(default_factory=Streams)

    def __post_init__(self) -> None:
        if self.has_demo_door and not self.limits.sandbox:
            raise ValueError("a door without a lock is for a sandbox only")

    @property
    def acting(self) -> DeskCases:
        assert self.desk is not None, "wired by main"
        return self.desk

    @property
    def taking(self) -> Taking:
        """Takes what waits for an office when its case is opened: to be asked before the case is read."""
        return self.acting.taking

    async def badges(self, seat: Seat) -> Mapping[str, str]:
        """Give what stands beside entries of the navigation: how much of the queue somebody has not read."""
        if seat.office.kind not in ADDRESSEES or not seat.has(*DESK):
            return {}
        unread = await self.of_office(seat).queue.unread(seat)
        return {"/desk": f"{unread.number}{'' if unread.exact else '+'}"} if unread.number else {}

    async def end_session(self, cookie: str) -> None:
        """End the session of a cookie that is given up."""
        await self.sessions.end(digest_of_cookie(cookie))

    async def close(self) -> None:
        """End what would go on by itself: streams, and figures that are being made."""
        self.streams.close()
        await self.tiles.close()
        await self.charts.close()


PAGES: web.AppKey[PageServices] = web.AppKey("pages", PageServices)
