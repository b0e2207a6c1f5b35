"""The use cases of supervision, each handed what it stands on."""

import random
from dataclasses import dataclass

from adapters.clock import new_id
from adapters.main.ground import Ground
from adapters.postgres.supervision_views import PostgresSupervisionReading
from service.casework import Casework
from service.correspondence import Correspondence
from service.domain.admission import Standards
from service.domain.delivery import Patience
from service.letters import Letters
from service.ports import Courier
from service.supervising import Supervising
from service.supervision import Supervisions
from service.supervision_delivery import LetterDeliveries
from service.supervision_ports import SupervisionRecords
from service.supervision_replies import SupervisionReplies
from service.supervision_review import SupervisionReview
from service.supervision_watch import SupervisionWatch


@dataclass(frozen=True, slots=True)
class SupervisionCases:
    """What is done about leads, ready to be called."""

    acts: Supervisions
    replies: SupervisionReplies
    deliveries: LetterDeliveries
    watch: SupervisionWatch
    review: SupervisionReview


def make_supervision(
    ground: Ground, casework: Casework, courier: Courier, patience: Patience
) -> SupervisionCases:
    registry, measure, clock = ground.registry.now, ground.measure, ground.clock

    def standards() -> Standards:
        return ground.standards

    correspondence: Correspondence[SupervisionRecords] = Correspondence(
        ground.uow, registry, ground.verify_all, ground.signer, clock, new_id
    )
    letters = Letters(correspondence, new_id)
    supervising = Supervising(standards, new_id)
    clocks = ground.standards.clocks
    reading = PostgresSupervisionReading(ground.pool, ground.vault, clocks)
    return SupervisionCases(
        acts=Supervisions(
            *(letters, casework, supervising, registry, new_id, measure, ground.rulebook.refresh)
        ),
        replies=SupervisionReplies(letters, supervising, measure),
        deliveries=LetterDeliveries(
            uow=ground.uow,
            supervising=supervising,
            courier=courier,
            clock=clock,
            new_id=new_id,
            jitter=random.random,
            lease=ground.settings.delivery_lease,
            patience=patience,
        ),
        watch=SupervisionWatch(ground.uow, supervising, registry, clock, measure),
        review=SupervisionReview(reading, supervising, registry, clock, new_id),
    )
