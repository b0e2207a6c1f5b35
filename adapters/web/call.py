"""What a handler is given: one call, and the use cases and limits that the whole application stands on."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from contracts.answers import MaterialView, ValidationAnswer
from service.appraisal import Appraisal
from service.correspondence import Answered
from service.domain.access import Reader
from service.domain.articles import Articles
from service.domain.registry import Registry
from service.letters import LetterAnswered
from service.overview import Overview
from service.ports import Measure
from service.register import BatchAnswered
from service.review import Review
from service.supervision_review import SupervisionReview

Check = Callable[[], Awaitable[None]]
"""Raises what is wrong, or returns."""


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, as `main` wired them. `submit` is given whom a packet is likely to be from, unproved."""

    submit: Callable[[str, bytes], Awaitable[Answered | Exception]]
    validate: Callable[[bytes], Awaitable[ValidationAnswer]]
    store_material: Callable[[str, str, AsyncIterator[bytes]], Awaitable[MaterialView]]
    find_material: Callable[[str, str], Awaitable[MaterialView]]
    acknowledge: Callable[[bytes], Awaitable[Answered]]
    report: Callable[[bytes], Awaitable[Answered]]
    receive_records: Callable[[bytes], Awaitable[BatchAnswered]]
    supervise: Callable[[bytes], Awaitable[LetterAnswered]]
    reply: Callable[[bytes], Awaitable[LetterAnswered]]
    supervision: SupervisionReview
    review: Review
    articles: Callable[[], Articles]
    overview: Overview
    appraisal: Appraisal
    registry_now: Callable[[], Registry]
    now: Callable[[], datetime]
    measure: Measure
    checks: Mapping[str, Check] = field(default_factory=dict)
    metrics: Callable[[], bytes] | None = None


@dataclass(frozen=True, slots=True)
class WebLimits:
    """How much we take, and how long we wait for it."""

    packet: int = 1024**2
    report: int = 256 * 1024
    records: int = 32 * 1024**2
    material: int = 2 * 1024**3
    body_within: timedelta = timedelta(seconds=60)
    """A signed document arrives whole within this."""
    upload_idle: timedelta = timedelta(seconds=60)
    """An upload may pause this long."""
    check_within: timedelta = timedelta(seconds=5)
    audience: str = "linkage"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed what its operation demands: checked parameters, a proved reader, a bounded body."""

    request: web.Request
    services: Services
    limits: WebLimits
    arguments: Mapping[str, Any]
    body: bytes = b""
    _reader: Reader | None = None

    @property
    def reader(self) -> Reader:
        assert self._reader is not None, "the operation is not one for bearers"
        return self._reader


Handler = Callable[[Call], Awaitable[web.StreamResponse]]

SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
LIMITS: web.AppKey[WebLimits] = web.AppKey("limits", WebLimits)
