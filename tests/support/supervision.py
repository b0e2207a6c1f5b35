"""Supervision on a real database: letters of the test offices about cases of the register, and what agencies answer."""

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from adapters.clock import new_id
from adapters.keys import PlatformSigner
from adapters.main.supervision import SupervisionCases
from adapters.metrics import PrometheusMeasure
from adapters.postgres.supervision_views import PostgresSupervisionReading
from contracts import jws
from contracts.document import parse
from contracts.jws import Typ, digest_of
from contracts.supervision import LetterReceipt
from service.correspondence import Correspondence
from service.domain.delivery import Answer, Patience
from service.domain.registry import Endpoint
from service.letters import Letters
from service.supervising import Supervising
from service.supervision import Supervisions
from service.supervision_delivery import LetterDeliveries
from service.supervision_ports import ClaimedLetter
from service.supervision_replies import SupervisionReplies
from service.supervision_review import SupervisionReview
from service.supervision_watch import SupervisionWatch
from tests.support.chain import VERIFY, Chain
from tests.support.offices import key_of, office
from tests.support.packets import signed
from tests.support.register import RegisterScene, case, sold

_numbers = itertools.count(1)
CASE = "示市监罚〔2026〕7号"


def taking(letter: ClaimedLetter, document: bytes) -> Answer:
    return Answer(200, "application/json", b'{"digest":"%b"}' % digest_of(document).encode())


def silent(letter: ClaimedLetter, document: bytes) -> Answer:
    return Answer(problem="timed out")


@dataclass
class Agencies:
    """Stands in for the endpoints of agencies; `answer` says how they behave."""

    answer: Any = taking
    sent: list[tuple[ClaimedLetter, bytes]] = field(default_factory=list)

    async def send(self, endpoint: Endpoint, parcel: ClaimedLetter, document: bytes) -> Answer:
        self.sent.append((parcel, document))
        return self.answer(parcel, document)


def supervision_of(
    chain: Chain,
    measure: PrometheusMeasure | None = None,
    agencies: Agencies | None = None,
    register: RegisterScene | None = None,
) -> SupervisionCases:
    """Wire supervision the way `main` does."""
    measure = measure or PrometheusMeasure()
    register = register or RegisterScene(chain, measure)
    standards, registry = (lambda: chain.standards), (lambda: chain.registry)
    signer = PlatformSigner(key_of("platform"))
    correspondence = Correspondence(chain.uow, registry, VERIFY, signer, chain.clock, new_id)
    letters, supervising = Letters(correspondence, new_id), Supervising(standards, new_id)
    reading = PostgresSupervisionReading(chain.pool, chain.vault, chain.standards.clocks)
    return SupervisionCases(
        acts=Supervisions(
            *(letters, register.casework, supervising, registry, new_id, measure),
            fetch_rulebook=register.fetch_rulebook,
        ),
        replies=SupervisionReplies(letters, supervising, measure),
        deliveries=LetterDeliveries(
            *(chain.uow, supervising, agencies or Agencies(), chain.clock, new_id, lambda: 0.5),
            *(timedelta(seconds=30), Patience()),
        ),
        watch=SupervisionWatch(chain.uow, supervising, registry, chain.clock, measure),
        review=SupervisionReview(reading, supervising, registry, chain.clock, new_id),
    )


@dataclass
class SupervisionScene:
    """Supervisors and agencies of one city beside the register and the chain."""

    chain: Chain
    measure: PrometheusMeasure = field(default_factory=PrometheusMeasure)
    agencies: Agencies = field(default_factory=Agencies)

    def __post_init__(self) -> None:
        self.register = RegisterScene(self.chain, self.measure)
        self.cases = supervision_of(self.chain, self.measure, self.agencies, self.register)

    @property
    def pool(self) -> asyncpg.Pool:
        return self.chain.pool

    async def suspected(self, agency: str = "market", **changes: Any) -> asyncpg.Record:
        """Bring a case that was penalised instead of transferred, and give its lead."""
        self.record = case(**{"facts": sold(90_000), "case_number": CASE, **changes})
        await self.register.take(self.record, agency=agency)
        leads = await self.register.leads()
        return leads[self.record["case_number"], "X2"]

    async def lead(self, lead_id: UUID) -> asyncpg.Record:
        return await self.pool.fetchrow("SELECT * FROM leads WHERE id = $1", lead_id)

    async def issue(self, slug: str = "county-procuratorate", **changes: Any) -> LetterReceipt:
        """Post a letter that must be taken, and give what its receipt says."""
        answered = await self.cases.acts.supervise(self.letter(slug, **changes))
        return receipt_in(answered.receipt)

    def letter(self, slug: str = "county-procuratorate", **changes: Any) -> bytes:
        """Sign a letter of an office; None takes a member away."""
        at = self.chain.clock.now()
        document = {
            "document": "supervision",
            "version": "1",
            "letter_id": f"letter-{next(_numbers)}",
            "office": office(slug).code,
            "kind": "transfer_opinion",
            "agency": office("market").code,
            "case_number": CASE,
            "issued_at": at.isoformat(),
            "text": "请依法移送。",
        } | changes
        told = {name: value for name, value in document.items() if value is not None}
        return signed(told, key_of(slug), typ=Typ.SUPERVISION, at=at)

    async def dismiss(self, lead_id: UUID, slug: str = "county-procuratorate") -> LetterReceipt:
        return await self.issue(
            slug, kind="dismissal", lead_id=str(lead_id), agency=None, case_number=None
        )

    async def close(
        self, supervision_id: str | None, result: str, slug: str = "county-procuratorate"
    ) -> LetterReceipt:
        return await self.issue(
            slug,
            kind="outcome",
            supervision_id=supervision_id,
            result=result,
            agency=None,
            case_number=None,
        )

    async def reply(
        self,
        supervision_id: str | None,
        result: str = "explained",
        slug: str = "market",
        **changes: Any,
    ) -> LetterReceipt:
        answered = await self.cases.replies.reply(
            self.answer(supervision_id, result, slug, **changes)
        )
        return receipt_in(answered.receipt)

    def answer(
        self,
        supervision_id: str | None,
        result: str = "explained",
        slug: str = "market",
        **changes: Any,
    ) -> bytes:
        at = self.chain.clock.now()
        document = {
            "document": "supervision-reply",
            "version": "1",
            "reply_id": f"reply-{next(_numbers)}",
            "supervision_id": supervision_id,
            "office": office(slug).code,
            "result": result,
            "replied_at": at.isoformat(),
            "text": "已收悉。",
        } | changes
        return signed(document, key_of(slug), typ=Typ.SUPERVISION_REPLY, at=at)

    async def row(self, supervision_id: str | None) -> asyncpg.Record:
        row = await self.pool.fetchrow(
            "SELECT * FROM supervisions WHERE id = $1", UUID(supervision_id or "")
        )
        assert row is not None
        return row

    async def reach(self, slug: str = "market") -> None:
        """Give an agency an endpoint that is called."""
        await self.pool.execute(
            "INSERT INTO endpoints (office_code, kind, url) VALUES ($1, 'push', $2)",
            *(office(slug).code, f"http://{slug}.example/"),
        )

    async def actions(self, supervision_id: str | None) -> list[str]:
        """Name what happened to a letter, in order."""
        rows = await self.pool.fetch(
            "SELECT action FROM journal WHERE subject_id = $1 ORDER BY recorded_in, id",
            UUID(supervision_id or ""),
        )
        return [row["action"] for row in rows]

    async def tallies(self, *names: str) -> dict[str, int]:
        """Sum figures by name; those that are nought are left out."""
        rows = await self.pool.fetch(
            "SELECT name, sum(count)::int AS count FROM tallies WHERE name = ANY ($1::text[])"
            " GROUP BY name HAVING sum(count) <> 0",
            list(names),
        )
        return {row["name"]: row["count"] for row in rows}


def receipt_in(raw: bytes) -> LetterReceipt:
    """Verify a receipt by the platform's key and read it."""
    envelope = jws.open_envelope(raw)
    return parse(LetterReceipt, jws.verify(envelope, Typ.RECEIPT, key_of("platform")))
