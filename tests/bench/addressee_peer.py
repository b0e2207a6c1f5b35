"""The sandbox's addressees, every one that can be called, in one process: each proves a dispatch and signs for it at once."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import uvloop

from adapters.sandbox.addressee import Addressee
from adapters.sandbox.inbox import Inbox
from adapters.sandbox.offices import SandboxOffice
from contracts.office import OfficeKind
from service.domain.registry import EndpointKind, Office, OfficeKey
from tests.bench.processes import announce
from tests.support.offices import MEMBERS, PLATFORM_CODE, Member, key_of

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _sandbox_office(member: Member) -> SandboxOffice:
    office = Office(
        member.code, member.name, member.kind, member.division, member.level, member.sector
    )
    return SandboxOffice(office, key_of(member.slug), EndpointKind(member.endpoint))


def _agency_keys() -> dict[str, OfficeKey]:
    agencies = [member for member in MEMBERS if member.kind is OfficeKind.AGENCY]
    return {
        member.kid: OfficeKey(member.kid, member.code, key_of(member.slug), _LONG_AGO)
        for member in agencies
    }


async def _serve() -> None:
    agency_keys = _agency_keys()
    called = [
        member
        for member in MEMBERS
        if member.kind is not OfficeKind.AGENCY and member.endpoint == EndpointKind.PUSH
    ]
    async with AsyncExitStack() as stack:
        urls = {}
        for member in called:
            inbox = Inbox(_sandbox_office(member), key_of(PLATFORM_CODE), agency_keys)
            urls[member.slug] = (await stack.enter_async_context(Addressee(inbox))).url
        announce(next(iter(urls.values())), urls=urls)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_serve())
