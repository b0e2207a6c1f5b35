"""The use cases, each handed what it stands on."""

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from ipaddress import ip_network
from time import perf_counter

from typing_extensions import override

from adapters.clock import new_id
from adapters.endpoints.egress import Egress
from adapters.endpoints.push import HttpCourier, Manners
from adapters.main.desk import make_desk
from adapters.main.ground import Ground
from adapters.main.supervision import SupervisionCases, make_supervision
from adapters.postgres.overview import PostgresFigureReading
from adapters.settings import Settings
from adapters.web.pages.services import DeskCases
from service.acknowledgement import Acknowledgements
from service.acts import Deeds
from service.appraisal import Appraisal
from service.casework import Aside, Casework
from service.composition import Composer
from service.correspondence import Correspondence
from service.delivery import Deliveries
from service.detection import Detection
from service.domain.admission import Standards
from service.domain.delivery import Answer, Parcel, Patience
from service.domain.registry import Endpoint
from service.foresight import Foresight
from service.intake import Intake
from service.ledger import Ledger
from service.materials import MaterialIntake
from service.overview import Overview
from service.ports import Courier, Measure, Records
from service.progress import Progress
from service.queue_keeping import QueueKeeping
from service.register import Register
from service.reporting import Reports
from service.rescreening import Rescreening
from service.review import Review
from service.validation import Validation
from service.watch import Watch

_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@dataclass(frozen=True, slots=True)
class UseCases:
    """What the service does, ready to be called."""

    intake: Intake
    validation: Validation
    materials: MaterialIntake
    acknowledgements: Acknowledgements
    reports: Reports
    review: Review
    deliveries: Deliveries
    watch: Watch
    casework: Casework
    register: Register
    detection: Detection
    rescreening: Rescreening
    foresight: Foresight
    overview: Overview
    appraisal: Appraisal
    supervision: SupervisionCases
    queue_keeping: QueueKeeping
    desk: DeskCases


@dataclass(frozen=True, slots=True)
class TimedCourier(Courier):
    """Times every attempt of another courier."""

    courier: Courier
    measure: Measure

    @override
    async def send(self, endpoint: Endpoint, parcel: Parcel, document: bytes) -> Answer:
        started = perf_counter()
        answer = await self.courier.send(endpoint, parcel, document)
        self.measure.observe("delivery_seconds", perf_counter() - started)
        return answer


async def make_use_cases(ground: Ground, stack: AsyncExitStack) -> UseCases:
    manners = manners_of(ground.settings)
    http = await stack.enter_async_context(HttpCourier(ground.clock, manners))
    courier = TimedCourier(http, ground.measure)
    registry, measure, clock = ground.registry.now, ground.measure, ground.clock

    def standards() -> Standards:
        return ground.standards

    composer = Composer(registry, standards, ground.signer)
    progress = Progress(standards, new_id)
    casework = Casework(standards, registry, new_id, measure, _timed_aside(measure))
    figures = PostgresFigureReading(ground.pool)
    letters: Correspondence[Records] = Correspondence(
        ground.uow, registry, ground.verify_all, ground.signer, clock, new_id
    )
    acknowledgements = Acknowledgements(letters, progress, new_id, measure)
    reports = Reports(letters, progress, registry, standards, new_id, measure)
    supervision = make_supervision(ground, casework, courier, patience_of(ground.settings))
    queue_keeping = QueueKeeping(ground.uow, clock, asyncio.to_thread)
    deeds = Deeds(acknowledgements.acknowledge, reports.report, supervision.acts.supervise)
    return UseCases(
        intake=Intake(
            *(ground.uow, registry, standards, ground.verify_all, ground.signer),
            *(clock, new_id, measure),
        ),
        validation=Validation(ground.uow, registry, standards, ground.verify_all, clock, new_id),
        materials=MaterialIntake(
            *(ground.uow, ground.materials, clock, new_id, measure),
            limit=ground.settings.material_limit,
        ),
        acknowledgements=acknowledgements,
        reports=reports,
        review=Review(
            *(ground.reading, composer, ground.materials, ground.standards.clocks, clock, new_id)
        ),
        deliveries=_deliveries(ground, composer, courier, progress),
        watch=Watch(ground.uow, standards, clock, new_id, measure),
        casework=casework,
        register=Register(
            *(ground.uow, registry, casework, ground.verify_all, ground.vault, ground.signer),
            *(clock, new_id, measure, asyncio.to_thread, ground.rulebook.refresh),
        ),
        detection=Detection(ground.uow, casework, clock, ground.rulebook.refresh),
        rescreening=Rescreening(
            *(ground.uow, casework, clock, new_id, ground.settings.rescreening_lease),
            ground.rulebook.refresh,
        ),
        foresight=Foresight(ground.uow, casework, clock, asyncio.to_thread),
        overview=Overview(figures, registry, clock, ground.settings.register_expected_every),
        appraisal=Appraisal(figures, registry, clock),
        supervision=supervision,
        queue_keeping=queue_keeping,
        desk=make_desk(ground, deeds, composer, progress, queue_keeping.bring_up),
    )


def _timed_aside(measure: Measure) -> Aside[Ledger]:
    """Inspect in a thread: a large batch takes seconds, and whoever else asks is heard meanwhile."""

    async def aside(work: Callable[[], Ledger]) -> Ledger:
        started = perf_counter()
        ledger = await asyncio.to_thread(work)
        measure.observe("inspection_seconds", perf_counter() - started)
        return ledger

    return aside


def _deliveries(
    ground: Ground, composer: Composer, courier: Courier, progress: Progress
) -> Deliveries:
    settings = ground.settings
    return Deliveries(
        uow=ground.uow,
        registry=ground.registry.now,
        composer=composer,
        courier=courier,
        verify_all=ground.verify_all,
        progress=progress,
        clock=ground.clock,
        new_id=new_id,
        jitter=random.random,
        measure=ground.measure,
        lease=settings.delivery_lease,
        give_up_after=settings.give_up_after,
        patience=patience_of(settings),
    )


def patience_of(settings: Settings) -> Patience:
    return Patience(
        settings.endpoint_first_pause,
        settings.endpoint_longest_pause,
        settings.endpoint_breaker_after,
    )


def manners_of(settings: Settings) -> Manners:
    """A sandbox plays its offices on this machine, without TLS; nothing else opens that way."""
    return Manners(
        total=settings.endpoint_timeout,
        connect=settings.endpoint_connect_timeout,
        longest_answer=settings.endpoint_answer_limit,
        plain_http=settings.plain_http or settings.sandbox,
        ca_file=settings.endpoint_ca_file,
        egress=Egress(settings.allowed_networks + (_LOOPBACK if settings.sandbox else ())),
    )
