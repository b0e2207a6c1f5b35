"""The pages, each office's readings under the guard of row-level security."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from adapters.clock import new_id
from adapters.main.desk import act_reading, bulk_of
from adapters.main.ground import Ground
from adapters.main.operations import platform_services
from adapters.main.provider import provider_of
from adapters.main.use_cases import UseCases
from adapters.postgres.board import PostgresBoardReading
from adapters.postgres.case_reading import PostgresDocketReading
from adapters.postgres.desk_views import PostgresViewReading
from adapters.postgres.guarded import Guard
from adapters.postgres.overview import PostgresFigureReading
from adapters.postgres.queue import PostgresQueueReading
from adapters.postgres.staff import PostgresSessions
from adapters.postgres.supervision_views import PostgresSupervisionReading
from adapters.postgres.views import PostgresReading
from adapters.settings import Settings
from adapters.web.pages.services import OfficeServices, PageLimits, PageServices
from contracts.clocks import Words
from service.board import Board
from service.case_reading import CaseReading
from service.composition import Shelf
from service.corrections import Corrections
from service.desk_views import DeskViews
from service.domain.admission import Standards
from service.domain.rulebook import CompiledRuleBook
from service.domain.staff import Seat
from service.queue import Queue
from service.staff import Staff


def page_services(ground: Ground, use_cases: UseCases) -> PageServices:
    """Wire the pages to the use cases; raises ValueError for a door without a lock outside a sandbox."""
    registry, clock, clocks = ground.registry.now, ground.clock, ground.standards.clocks
    shelf = Shelf(lambda: ground.standards)

    def of_office(seat: Seat) -> OfficeServices:
        guard = Guard.of(seat.office)
        figures = PostgresFigureReading(ground.pool, guard)
        letters = PostgresSupervisionReading(ground.pool, ground.vault, clocks, guard)
        transfers = PostgresReading(ground.pool, ground.vault, clocks, guard)
        dockets = PostgresDocketReading(ground.pool, ground.vault, clocks, guard)
        return OfficeServices(
            review=replace(use_cases.review, reading=transfers),
            supervision=replace(use_cases.supervision.review, reading=letters),
            overview=replace(use_cases.overview, reading=figures),
            appraisal=replace(use_cases.appraisal, reading=figures),
            board=_board(ground, guard),
            case_reading=_case_reading(ground, dockets, shelf),
            corrections=Corrections(dockets, ground.uow, ground.vault, clock, new_id),
            acts=act_reading(ground, use_cases.desk, guard),
            bulk=bulk_of(ground, use_cases.desk, guard),
            queue=_queue(ground, guard),
            views=DeskViews(PostgresViewReading(ground.pool, guard), ground.uow, clock, new_id),
        )

    return PageServices(
        staff=Staff(ground.uow, registry, clock, new_id),
        sessions=PostgresSessions(ground.pool),
        of_office=of_office,
        registry_now=registry,
        clocks=clocks,
        now=clock.now,
        limits=page_limits(ground.settings),
        has_demo_door=ground.settings.demo_sign_in,
        platform=platform_services(ground, use_cases),
        desk=use_cases.desk,
        provider=provider_of(ground.settings, clock.now),
        offence_names=lambda: _offence_names(ground.rulebook.now()),
        calendars=lambda: ground.standards.calendars,
    )


def _queue(ground: Ground, guard: Guard) -> Queue:
    reading = PostgresQueueReading(ground.pool, ground.vault, guard)
    return Queue(reading, lambda: ground.standards.calendars, ground.clock, new_id)


@lru_cache(maxsize=2)
def _offence_names(book: CompiledRuleBook) -> Mapping[str, Words]:
    return {
        code: Words(zh=one.offence.name.zh, en=one.offence.name.en)
        for one in book.offences
        for code in (one.code, *one.offence.other_codes)
    }


def _board(ground: Ground, guard: Guard) -> Board:
    clocks, expected_every = ground.standards.clocks, ground.settings.register_expected_every
    reading = PostgresBoardReading(ground.pool, ground.vault, clocks, guard)
    return Board(
        *(reading, ground.registry.now, lambda: ground.standards, ground.clock, new_id),
        expected_every,
    )


def _case_reading(ground: Ground, dockets: PostgresDocketReading, shelf: Shelf) -> CaseReading:
    def standards() -> Standards:
        return ground.standards

    return CaseReading(
        *(dockets, ground.uow, shelf, ground.materials, ground.vault, ground.registry.now),
        *(standards, ground.platform_keys, asyncio.to_thread, ground.clock, new_id),
    )


def page_limits(settings: Settings) -> PageLimits:
    return PageLimits(
        idle=settings.session_idle,
        longest=settings.session_longest,
        public_url=settings.public_url,
        platform_name=settings.platform_name,
        sandbox=settings.sandbox,
    )
