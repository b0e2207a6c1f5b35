"""The whole chain on a real database: only the clock and the addressees' answers are the test's own."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from adapters.clock import new_id
from adapters.keys import AesVault, PlatformSigner, ThreadedVerifier
from adapters.metrics import PrometheusMeasure
from adapters.postgres.registry_admin import RegistryAdmin
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from contracts import calendar, clocks, jws
from contracts.document import parse
from contracts.facts import load_vocabulary
from contracts.jws import Typ, digest_of
from contracts.receipt import Receipt
from contracts.rulebook import load_rulebook
from service.acknowledgement import Acknowledgements
from service.composition import Composer
from service.correspondence import Correspondence
from service.delivery import Deliveries
from service.domain.admission import Standards
from service.domain.delivery import Answer, ClaimedDispatch, Patience
from service.domain.registry import Endpoint, EndpointKind, Office, OfficeKey, Registry
from service.domain.rulebook import compile_rulebook
from service.intake import Intake
from service.progress import Progress
from service.reporting import Reports
from service.watch import Watch
from tests.support.offices import MEMBERS, key_of, office
from tests.support.packets import NOW, SIGNED_AT, materials, packet, signed

STANDARDS = Standards(
    book=compile_rulebook(load_rulebook(), load_vocabulary()),
    clocks=clocks.load(),
    calendars=calendar.load(),
    deliver_within=timedelta(hours=24),
    give_up_after=timedelta(hours=72),
)
VERIFY = ThreadedVerifier(1)
PUSHED = tuple(member for member in MEMBERS if member.endpoint == "push")


@dataclass
class HeldClock:
    """A clock that moves only when the test moves it."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def advance(self, **span: float) -> None:
        self.at += timedelta(**span)


def acknowledge(dispatch: ClaimedDispatch, document: bytes, **changes: Any) -> bytes:
    """What a well-behaved addressee answers."""
    slug = next(member.slug for member in MEMBERS if member.code == dispatch.office_code)
    return signed(
        acknowledgement(str(dispatch.id), digest_of(document), slug, **changes),
        key_of(slug),
        typ=Typ.ACKNOWLEDGEMENT,
    )


def acknowledgement(dispatch_id: str, digest: str, slug: str, **changes: Any) -> dict[str, Any]:
    return {
        "document": "acknowledgement",
        "version": "1",
        "acknowledgement_id": f"ack-{dispatch_id}",
        "dispatch_id": dispatch_id,
        "dispatch_digest": digest,
        "office": office(slug).code,
        "result": "received",
        "acknowledged_at": SIGNED_AT.isoformat(),
    } | changes


def acknowledging(dispatch: ClaimedDispatch, document: bytes) -> Answer:
    return Answer(200, jws.MEDIA_TYPE, acknowledge(dispatch, document))


def silent(dispatch: ClaimedDispatch, document: bytes) -> Answer:
    return Answer(problem="timed out")


@dataclass
class Addressees:
    """Stands in for the courier and all whom it reaches; `answer` says how they behave."""

    answer: Callable[[ClaimedDispatch, bytes], Answer] = acknowledging
    sent: list[tuple[ClaimedDispatch, bytes]] = field(default_factory=list)

    async def send(self, endpoint: Endpoint, dispatch: ClaimedDispatch, document: bytes) -> Answer:
        self.sent.append((dispatch, document))
        return self.answer(dispatch, document)


@dataclass
class Chain:
    pool: asyncpg.Pool
    clock: HeldClock = field(default_factory=HeldClock)
    addressees: Addressees = field(default_factory=Addressees)
    registry: Registry = field(default_factory=lambda: Registry(0, {}, {}))
    standards: Standards = STANDARDS

    def __post_init__(self) -> None:
        vault = AesVault({1: b"v" * 32})
        uow = PostgresUnitOfWork(self.pool, vault, self.standards.clocks)
        signer = PlatformSigner(key_of("platform"))
        measure = PrometheusMeasure()
        registry, standards = (lambda: self.registry), (lambda: self.standards)
        self.uow, self.vault = uow, vault
        progress = Progress(standards, new_id)
        letters = Correspondence(uow, registry, VERIFY, signer, self.clock, new_id)
        self.intake = Intake(uow, registry, standards, VERIFY, signer, self.clock, new_id, measure)
        self.deliveries = Deliveries(
            uow=uow,
            registry=registry,
            composer=Composer(registry, standards, signer),
            courier=self.addressees,
            verify_all=VERIFY,
            progress=progress,
            clock=self.clock,
            new_id=new_id,
            jitter=lambda: 0.5,
            measure=measure,
            lease=timedelta(seconds=30),
            give_up_after=standards().give_up_after,
            patience=Patience(),
        )
        self.acknowledgements = Acknowledgements(letters, progress, new_id, measure)
        self.reports = Reports(letters, progress, registry, standards, new_id, measure)
        self.watch = Watch(uow, standards, self.clock, new_id, measure)

    async def open(self) -> "Chain":
        """Fill the registry with the test offices, all reachable, and upload the usual materials."""
        async with self.pool.acquire() as connection:
            await RegistryAdmin(connection, new_id).load(
                _offices(), _keys(), _endpoints(), NOW - timedelta(days=30)
            )
        await self.reload()
        for member in MEMBERS:
            await self.upload(member.slug)
        return self

    async def reload(self) -> None:
        async with self.uow.begin() as records:
            self.registry = await records.registries.load()

    async def upload(self, slug: str) -> None:
        async with self.uow.begin() as records:
            for one in materials():
                await records.materials.add(office(slug).code, one["digest"], one["size"], NOW)

    async def post(self, *raws: bytes) -> list[Any]:
        return await self.intake.receive(raws)

    async def send(self, number: int = 1, agency: str = "market", **changes: Any) -> Receipt:
        """Post one packet that must be accepted."""
        if "facts" in changes:
            changes = {"evidence": {}} | changes
        document = packet(number, agency=agency, **changes)
        [result] = await self.post(signed(document, key_of(agency), at=self.clock.now()))
        if isinstance(result, Exception):
            raise result
        return receipt_in(result.receipt)

    async def deliver(self, limit: int = 100) -> int:
        """Attempt what is due once, and settle it."""
        claimed = await self.deliveries.claim(limit)
        settlements = [await self.deliveries.attempt(*one) for one in claimed]
        await self.deliveries.settle(settlements)
        return len(claimed)

    async def report(self, transfer_id: str, slug: str, kind: str, **changes: Any) -> Receipt:
        answered = await self.reports.report(report(transfer_id, slug, kind, **changes))
        return receipt_in(answered.receipt)

    async def status(self, transfer_id: str) -> str:
        return await self.pool.fetchval("SELECT status FROM transfers WHERE id = $1", transfer_id)

    async def journal(self, *actions: str) -> list[asyncpg.Record]:
        return await self.pool.fetch(
            "SELECT * FROM journal WHERE cardinality($1::text[]) = 0 OR action = ANY ($1::text[]) ORDER BY recorded_in, id",
            list(actions),
        )

    async def count(self, table: str) -> int:
        return await self.pool.fetchval(f"SELECT count(*) FROM {table}")


_numbers = itertools.count(1)


def report(transfer_id: str, slug: str, kind: str, **changes: Any) -> bytes:
    """Sign a report; one that must say why says so."""
    at = changes.pop("signed_at", SIGNED_AT)
    document = {
        "document": "report",
        "version": "1",
        "report_id": f"report-{next(_numbers)}",
        "transfer_id": transfer_id,
        "office": office(slug).code,
        "kind": kind,
        "happened_at": SIGNED_AT.isoformat(),
        "reason": "测试",
    } | changes
    return signed(document, key_of(slug), typ=Typ.REPORT, at=at)


def receipt_in(raw: bytes) -> Receipt:
    """Verify a receipt by the platform's key and read it."""
    envelope = jws.open_envelope(raw)
    return parse(Receipt, jws.verify(envelope, Typ.RECEIPT, key_of("platform")))


def _offices() -> list[Office]:
    return [
        Office(
            member.code,
            member.name,
            member.kind,
            member.division,
            member.level,
            member.sector,
            frozenset(member.causes) if member.causes else None,
        )
        for member in MEMBERS
    ]


def _keys() -> list[OfficeKey]:
    since = NOW - timedelta(days=300)
    return [OfficeKey(member.kid, member.code, key_of(member.slug), since) for member in MEMBERS]


def _endpoints() -> list[Endpoint]:
    return [
        Endpoint(member.code, EndpointKind.PUSH, f"http://{member.slug}.example/", 100, 1000.0)
        for member in PUSHED
    ] + [
        Endpoint(member.code, EndpointKind.MAILBOX)
        for member in MEMBERS
        if member.endpoint == "mailbox" and "agency" not in member.kind
    ]
