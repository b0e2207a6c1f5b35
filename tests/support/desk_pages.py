"""Offices at desks of a running service, for the tests of the pages of acts."""

import re
from html import unescape

from adapters.clock import new_id
from adapters.main import Running
from adapters.postgres.desk_keys import enrol
from tests.support.offices import office
from tests.support.pages import Seen, Visitor

PROSECUTOR, COLLEAGUE, AUDITOR, OFFICER = "lin2", "zhou2", "xu2", "qin2"
"""Of the county: the city's people have the plain names."""


async def enrol_desk(running: Running, *slugs: str) -> None:
    """Give offices a desk: a key, and no system that is called."""
    ground = running.ground
    async with ground.pool.acquire() as connection:
        for slug in slugs:
            code = office(slug).code
            # Before the key, which makes another version of the registry: the service may look at any moment.
            await connection.execute(
                "UPDATE endpoints SET kind = 'mailbox', url = NULL WHERE office_code = $1", code
            )
            await enrol(connection, ground.vault, code, new_id, ground.clock.now())
    await ground.registry.refresh()


async def sign_in(visitor: Visitor, person: str) -> Visitor:
    seen = await visitor.post("/sign-in/demo", person=person, next="/account")
    assert seen.status == 200, seen.words
    return visitor


def move_in(seen: Seen) -> str:
    """Read what a decision on this page would be said to rest on."""
    found = re.search(r'name="seen_move" value="([0-9]+)"', seen.text)
    assert found, seen.words
    return found[1]


def link_to(seen: Seen, pattern: str) -> str:
    """Find an address on a page, of a link or of a form."""
    found = re.search(rf'(?:href|action)="({pattern})"', seen.text)
    assert found, f"no {pattern} in {seen.words}"
    return unescape(found[1])


async def draft(visitor: Visitor, path: str, kind: str, **fields: str) -> Seen:
    """Fill in a form of a matter's page, as it stands there, and send it."""
    move = move_in(await visitor.get(path))
    return await visitor.post(f"{path}/acts", kind=kind, seen_move=move, **fields)


async def decide(visitor: Visitor, path: str, kind: str, **fields: str) -> Seen:
    """Fill in, check and confirm; gives the page on which one ends."""
    check = await draft(visitor, path, kind, **fields)
    assert check.status == 200, check.words
    return await visitor.post(link_to(check, "/desk/acts/[0-9a-f-]+/confirm"))
