"""The use cases of desks, each handed what it stands on."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

from adapters.clock import new_id
from adapters.main.ground import Ground
from adapters.postgres.desk_keys import PostgresDeskSigner
from adapters.postgres.desk_reading import PostgresDeskReading
from adapters.postgres.guarded import Guard
from adapters.web.pages.services import DeskCases
from contracts.facts import load_vocabulary
from service.act_reading import ActReading
from service.acts import Acts, Deeds
from service.bulk import Bulk
from service.claiming import Claiming
from service.claims import Claims
from service.composition import Composer
from service.domain.admission import Standards
from service.progress import Progress
from service.taking import Taking

_BULK_WITHIN = timedelta(seconds=20)
"""How long one click of a bulk action works before it shows how far it got."""

BringUp = Callable[[Sequence[UUID]], Awaitable[object]]


def make_desk(
    ground: Ground, deeds: Deeds, composer: Composer, progress: Progress, bring_up: BringUp
) -> DeskCases:
    registry, clock = ground.registry.now, ground.clock

    def standards() -> Standards:
        return ground.standards

    async def shown(transfer_ids: Sequence[UUID]) -> None:
        # What was decided is committed; the queue's own round makes good what fails here.
        try:
            await bring_up(transfer_ids)
        except Exception as error:  # whatever it is, nothing of the decision may hang on it
            ground.log.warning("queue.behind", exc_info=error)

    signer = PostgresDeskSigner(ground.pool, ground.vault, registry, clock)
    claiming = Claiming(new_id, ground.settings.claim_lease)
    return DeskCases(
        taking=Taking(ground.uow, composer, progress, signer, registry, clock, new_id, shown),
        claims=Claims(ground.uow, claiming, clock),
        acts=Acts(
            *(ground.uow, claiming, signer, deeds, registry, standards, load_vocabulary()),
            *(clock, new_id, shown),
        ),
    )


def act_reading(ground: Ground, desk: DeskCases, guard: Guard) -> ActReading:
    """Give the readings of one office's pages."""
    acts = desk.acts
    reading = PostgresDeskReading(ground.pool, ground.vault, ground.standards.clocks, guard)
    return ActReading(
        *(reading, acts.claiming, acts.signer, acts.registry, acts.standards),
        *(acts.vocabulary, acts.clock),
    )


def bulk_of(ground: Ground, desk: DeskCases, guard: Guard) -> Bulk:
    """Give the bulk actions of one office's pages; they read under its guard and act through the same acts."""
    reading = PostgresDeskReading(ground.pool, ground.vault, ground.standards.clocks, guard)
    return Bulk(
        *(ground.uow, reading, desk.acts, desk.claims, ground.clock, new_id),
        within=_BULK_WITHIN,
    )
