"""The chain with real HTTP endpoints that fail on demand: a police office and a procuratorate of one county."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import pytest

from adapters.endpoints.push import HttpCourier
from contracts.jws import Typ
from contracts.receipt import Receipt
from service.domain.delivery import Settlement
from service.domain.errors import Refusal
from tests.support.addressee import FaultyAddressee
from tests.support.chain import Chain, HeldClock, acknowledgement, receipt_in
from tests.support.invariants import Found, check_invariants
from tests.support.offices import key_of, office
from tests.support.packets import packet, signed
from tests.support.sending import QUICK


@dataclass
class Scene:
    """One county: what the tests post, what is delivered, and who has it in the end."""

    chain: Chain
    police: FaultyAddressee
    procuratorate: FaultyAddressee
    receipts: set[bytes] = field(default_factory=set)
    background: list[asyncio.Task[None]] = field(default_factory=list)
    """Work that a test left running; the books are compared when it is done."""

    async def post(self, number: int = 1, **changes: object) -> Receipt:
        """Post a packet that must be accepted, and keep its receipt."""
        return await self.post_raw(signed(packet(number, **changes), key_of("market")))

    async def post_raw(self, raw: bytes) -> Receipt:
        [answered] = await self.chain.post(raw)
        if isinstance(answered, Exception):
            raise answered
        self.receipts.add(answered.receipt)
        return receipt_in(answered.receipt)

    async def deliver(self, *, after: float = 0.1) -> list[Settlement]:
        """Attempt once what is due `after` so many seconds, and settle it."""
        self.chain.clock.advance(seconds=after)
        claimed = await self.chain.deliveries.claim(100)
        settlements = [await self.chain.deliveries.attempt(*one) for one in claimed]
        await self.chain.deliveries.settle(settlements)
        return settlements

    async def deliver_until_quiet(self, rounds: int = 20) -> None:
        """Go on for so long that every pause is over, until nothing is due any more."""
        for _ in range(rounds):
            if not await self.deliver(after=1200) and not await self._waiting():
                return
        raise AssertionError("there is always something to deliver")

    async def dispatch_to(self, addressee: FaultyAddressee, number: int = 1) -> asyncpg.Record:
        """Give the row of an office's dispatch of a packet."""
        row = await self.chain.pool.fetchrow(
            """SELECT d.* FROM dispatches d JOIN transfers t ON t.id = d.transfer_id
                WHERE d.office_code = $1 AND t.packet_id = $2""",
            addressee.code,
            f"packet-{number}",
        )
        assert row is not None
        return row

    async def revoke(self, kid: str) -> None:
        await self.chain.pool.execute(
            "UPDATE office_keys SET revoked_at = $2 WHERE kid = $1", kid, self.chain.clock.now()
        )
        await self.chain.pool.execute("UPDATE registry_version SET version = version + 1")

    async def reach_at(self, slug: str, url: str) -> None:
        await self.chain.pool.execute(
            "UPDATE endpoints SET url = $2 WHERE office_code = $1", office(slug).code, url
        )

    async def check(self, *, is_at_rest: bool = False) -> Found:
        return await check_invariants(
            self.chain.pool,
            self.chain.vault,
            [self.police.inbox, self.procuratorate.inbox],
            self.receipts,
            is_at_rest=is_at_rest,
        )

    async def _waiting(self) -> int:
        return await self.chain.pool.fetchval(
            """SELECT count(*) FROM dispatches d JOIN endpoints e USING (office_code)
                WHERE d.status = 'waiting' AND e.kind = 'push'"""
        )


@asynccontextmanager
async def open_scene(pool: asyncpg.Pool, *, checks: bool = True) -> AsyncIterator[Scene]:
    """Start the two endpoints, register them, and compare all the books at the end, unless told not to."""
    clock = HeldClock()
    async with (
        HttpCourier(clock, QUICK) as courier,
        FaultyAddressee("county-police", now=clock.now) as police,
        FaultyAddressee("county-procuratorate", now=clock.now) as procuratorate,
    ):
        chain = await Chain(pool, clock, courier).open()
        scene = Scene(chain, police, procuratorate)
        await scene.reach_at("county-police", police.url)
        await scene.reach_at("county-procuratorate", procuratorate.url)
        yield scene
        await asyncio.gather(*scene.background)
        if checks:
            await scene.check()


def outcomes(settlements: list[Settlement]) -> dict[str, str]:
    return {one.dispatch.office_code: one.outcome.value for one in settlements}


def posted(
    dispatch: asyncpg.Record, slug: str, *, key: str | None = None, **changes: object
) -> bytes:
    """Sign an acknowledgement as an office posts it."""
    document = acknowledgement(str(dispatch["id"]), dispatch["digest"], slug, **changes)
    return signed(document, key_of(key or slug), typ=Typ.ACKNOWLEDGEMENT)


def unsigned(raw: bytes) -> bytes:
    members = json.loads(raw)
    return json.dumps(members | {"signature": "A" * len(members["signature"])}).encode()


async def refusal_of(work: Awaitable[object]) -> str:
    with pytest.raises(Refusal) as caught:
        await work
    return caught.value.code
