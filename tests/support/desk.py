"""Desks on a real database: people of the test offices, keys of their desks, and faults between the steps of an act."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from adapters.clock import new_id
from adapters.keys import PlatformSigner
from adapters.postgres.desk_keys import Enrolled, PostgresDeskSigner, enrol
from adapters.postgres.desk_reading import PostgresDeskReading
from adapters.postgres.guarded import Guard
from contracts.facts import load_vocabulary
from service.act_reading import ActReading
from service.acts import Acts, Deeds, Drafting
from service.bulk import Bulk
from service.claiming import Claiming
from service.claims import Claims
from service.composition import Composer
from service.domain.acting import Act
from service.domain.claims import Subject
from service.domain.staff import Seat, StaffRole
from service.progress import Progress
from service.staff import Staff
from service.taking import Taking
from tests.support.chain import Chain
from tests.support.offices import key_of, office
from tests.support.supervision import SupervisionScene

LEASE = timedelta(minutes=30)


class LostError(Exception):
    """The process ended here."""


@dataclass
class Faults:
    """What goes wrong with the next call of a use case; each happens once."""

    before: list[Exception] = field(default_factory=list)
    """Raised before anything is done."""
    after: list[Exception] = field(default_factory=list)
    """Raised when all is committed: the answer is lost."""
    calls: list[bytes] = field(default_factory=list)

    def around(
        self, deed: Callable[[bytes, int | None], Awaitable[Any]]
    ) -> Callable[[bytes, int | None], Awaitable[Any]]:
        async def call(raw: bytes, seen_move: int | None) -> Any:
            self.calls.append(raw)
            if self.before:
                raise self.before.pop()
            answered = await deed(raw, seen_move)
            if self.after:
                raise self.after.pop()
            return answered

        return call


@dataclass
class DeskScene:
    """People at the desks of a chain."""

    chain: Chain

    def __post_init__(self) -> None:
        chain = self.chain
        self.supervision = SupervisionScene(chain)
        self.faults = Faults()
        self.brought_up: list[UUID] = []
        registry, standards = (lambda: chain.registry), (lambda: chain.standards)
        self.staff = Staff(chain.uow, registry, chain.clock, new_id)
        self.signer = PostgresDeskSigner(chain.pool, chain.vault, registry, chain.clock)
        claiming = Claiming(new_id, LEASE)
        composer = Composer(registry, standards, PlatformSigner(key_of("platform")))
        around = self.faults.around
        self.taking = Taking(
            *(chain.uow, composer, Progress(standards, new_id), self.signer, registry),
            *(chain.clock, new_id, self._bring_up),
        )
        self.claims = Claims(chain.uow, claiming, chain.clock)
        self.acts = Acts(
            uow=chain.uow,
            claiming=claiming,
            signer=self.signer,
            deeds=Deeds(
                around(chain.acknowledgements.acknowledge),
                around(chain.reports.report),
                around(self.supervision.cases.acts.supervise),
            ),
            registry=registry,
            standards=standards,
            vocabulary=load_vocabulary(),
            clock=chain.clock,
            new_id=new_id,
            bring_up=self._bring_up,
        )

    async def _bring_up(self, transfer_ids: Any) -> None:
        self.brought_up += transfer_ids

    async def enrol(self, slug: str, *, mailbox: bool = True) -> Enrolled:
        """Give an office a desk: a key, and no system that is called."""
        code = office(slug).code
        async with self.chain.pool.acquire() as connection:
            now = self.chain.clock.now()
            enrolled = await enrol(connection, self.chain.vault, code, new_id, now)
            if mailbox:
                await connection.execute(
                    "UPDATE endpoints SET kind = 'mailbox', url = NULL WHERE office_code = $1", code
                )
        await self.chain.reload()
        return enrolled

    async def revoke_keys(self) -> None:
        """Revoke the keys of all desks, as the service sees them from now on."""
        await self.chain.pool.execute(
            "UPDATE office_keys SET revoked_at = now() WHERE starts_with(kid, 'desk-')"
        )
        await self.chain.pool.execute("UPDATE registry_version SET version = version + 1")

    async def seat(self, slug: str, name: str = "lin", *roles: StaffRole) -> Seat:
        """Enter somebody at an office and let him sit down there."""
        held = frozenset(roles or {StaffRole.REVIEWER})
        person = await self.staff.enter("test", f"{name}@{slug}", name, office(slug).code, held)
        seat = await self.staff.seat(person.id, office(slug).code)
        assert seat is not None
        return seat

    def reading(self, seat: Seat) -> ActReading:
        """Give the readings of a seat's pages, under its guard."""
        chain, acts = self.chain, self.acts
        guarded = PostgresDeskReading(
            chain.pool, chain.vault, chain.standards.clocks, Guard.of(seat.office)
        )
        return ActReading(
            *(guarded, acts.claiming, acts.signer, acts.registry, acts.standards),
            *(acts.vocabulary, acts.clock),
        )

    async def kinds(self, seat: Seat, transfer_id: UUID) -> set[str]:
        """What a seat is offered on a transfer."""
        offered = await self.reading(seat).offered(seat, Subject.TRANSFER, transfer_id)
        return set(offered.kinds)

    def bulk(self, seat: Seat, within: float = 20) -> Bulk:
        chain = self.chain
        guarded = PostgresDeskReading(
            chain.pool, chain.vault, chain.standards.clocks, Guard.of(seat.office)
        )
        return Bulk(
            *(chain.uow, guarded, self.acts, self.claims, chain.clock, new_id),
            within=timedelta(seconds=within),
        )

    async def taken(self, seat: Seat, number: int = 1, **changes: Any) -> UUID:
        """Bring a transfer to a seat's office, and open it there."""
        transfer_id = UUID((await self.chain.send(number, **changes)).transfer_id)
        await self.taking.take(seat, transfer_id)
        return transfer_id

    async def move(self, transfer_id: UUID) -> int:
        return await self.chain.pool.fetchval(
            "SELECT move FROM transfers WHERE id = $1", transfer_id
        )

    async def draft(
        self,
        seat: Seat,
        subject_id: UUID,
        kind: str,
        *,
        subject: Subject = Subject.TRANSFER,
        seen_move: int | None = None,
        over: str | None = None,
        **given: Any,
    ) -> Act:
        """Draft an act on what is seen now."""
        if seen_move is None:
            seen_move = (await self.reading(seat).offered(seat, subject, subject_id)).move
        pairs = [
            (name, value)
            for name, values in given.items()
            for value in (values if isinstance(values, list) else [values])
        ]
        drafting = Drafting(subject, subject_id, kind, pairs, seen_move, over)
        return await self.acts.draft(seat, drafting)

    async def act(self, seat: Seat, subject_id: UUID, kind: str, **given: Any) -> Act:
        """Draft and confirm an act that must take effect."""
        drafted = await self.draft(seat, subject_id, kind, **given)
        done = await self.acts.confirm(seat, drafted.id)
        assert done.is_done, done.outcome
        return done

    async def row(self, act_id: UUID) -> Any:
        return await self.chain.pool.fetchrow("SELECT * FROM desk_acts WHERE id = $1", act_id)
