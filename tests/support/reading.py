"""Readers of a chain's transfers."""

from uuid import UUID

from service.domain.access import Reader
from tests.support.chain import Chain
from tests.support.offices import office


def reader(slug: str) -> Reader:
    member = office(slug)
    return Reader(member.code, member.kind, member.kid)


async def sent(chain: Chain, number: int = 1, agency: str = "market", **changes: object) -> UUID:
    """Send a packet that must be accepted, and give the transfer's id."""
    return UUID((await chain.send(number, agency, **changes)).transfer_id)
