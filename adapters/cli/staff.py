"""`linkage staff`: who may come in at the pages, and as what."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from adapters.cli.app import new_app
from adapters.cli.output import (
    Json,
    StopError,
    guarded,
    local,
    say,
    say_json,
    say_table,
    wait_for,
    with_moments,
)
from adapters.main import staff as people
from adapters.settings import Settings, read_settings
from service.domain.staff import LiveSession, Person, Post, StaffRole

app = new_app(help="Enter people, say what each may do, and shut them out.")

Who = Annotated[UUID, typer.Argument(help="The person, as `linkage staff list` names each.")]
Office = Annotated[str, typer.Option(help="The office, by its code.")]
Roles = Annotated[list[StaffRole], typer.Option("--role", help="What for; may be given again.")]


@app.command()
@guarded
def add(
    *,
    issuer: Annotated[
        str | None,
        typer.Option(help="The identity provider; that of LINKAGE_OIDC_ISSUER without it."),
    ] = None,
    subject: Annotated[str, typer.Option(help="What the provider knows the person by (`sub`).")],
    name: Annotated[str, typer.Option(help="The name that pages show.")],
    office: Office,
    roles: Roles,
    as_json: Json = False,
) -> None:
    """Enter somebody with exactly these roles at an office.

    Who is entered already gets the new name, and may come in again if he was shut out; what he is at other offices stays.
    """
    settings = read_settings()
    provider = issuer or settings.oidc_issuer
    if provider is None:
        raise StopError(
            "which identity provider?", "give --issuer, or set LINKAGE_OIDC_ISSUER for good"
        )
    person = wait_for(_add(settings, provider, subject, name, Post(office, frozenset(roles))))
    if as_json:
        say_json({"id": person.id, "office": office, "roles": sorted(roles)})
        return
    say(f"{person.id} {person.name} may sign in, at {office} as {', '.join(sorted(roles))}")


async def _add(settings: Settings, issuer: str, subject: str, name: str, post: Post) -> Person:
    async with people(settings) as staff:
        return await staff.enter(issuer, subject, name, post.office_code, post.roles)


@app.command("list")
@guarded
def list_people(
    *,
    office: Annotated[str | None, typer.Option(help="Only people of this office.")] = None,
    as_json: Json = False,
) -> None:
    """List people, what each may do at which office, and when each signed in last."""
    rows = [
        (person, posts)
        for person, posts in wait_for(_list())
        if office is None or any(post.office_code == office for post in posts)
    ]
    if as_json:
        say_json([_told(person, posts) for person, posts in rows])
        return
    say_table(
        ("id", "name", "subject", "issuer", "offices", "signed in", "shut out"),
        [_row(person, posts) for person, posts in rows],
    )


async def _list() -> Sequence[tuple[Person, Sequence[Post]]]:
    async with people(read_settings()) as staff:
        return await staff.list_people()


def _row(person: Person, posts: Sequence[Post]) -> tuple[object, ...]:
    offices = "; ".join(f"{one.office_code} {', '.join(sorted(one.roles))}" for one in posts)
    times = local(person.last_signed_in_at), local(person.disabled_at)
    return person.id, person.name, person.subject, person.issuer, offices or None, *times


def _told(person: Person, posts: Sequence[Post]) -> dict[str, object]:
    offices = {post.office_code: sorted(post.roles) for post in posts}
    return with_moments(asdict(person)) | {"offices": offices}


@app.command()
@guarded
def roles(
    person: Who,
    *,
    office: Office,
    roles: Annotated[
        list[StaffRole] | None,
        typer.Option("--role", help="What for; none takes the post away."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Give somebody exactly these roles at an office; it holds from the next page that he opens."""
    given = frozenset(roles or ())
    found = wait_for(_give(person, office, given))
    if as_json:
        say_json({"id": person, "office": office, "roles": sorted(given)})
        return
    say(f"{found.name} is {', '.join(sorted(given)) or 'nothing any more'} at {office}")


async def _give(person: UUID, office: str, given: frozenset[StaffRole]) -> Person:
    async with people(read_settings()) as staff:
        return await staff.give_roles(person, office, given)


@app.command()
@guarded
def disable(person: Who, *, as_json: Json = False) -> None:
    """Shut somebody out at once, and end his sessions; `linkage staff add` lets him in again."""
    ended = wait_for(_disable(person))
    if as_json:
        say_json({"id": person, "ended": ended})
        return
    say(f"{person} is shut out, and {ended} sessions are ended")


async def _disable(person: UUID) -> int:
    async with people(read_settings()) as staff:
        return await staff.disable(person)


@app.command()
@guarded
def sessions(
    person: Annotated[UUID | None, typer.Argument(help="The person; everybody without it.")] = None,
    *,
    end: Annotated[bool, typer.Option("--end", help="End all of the person's.")] = False,
    as_json: Json = False,
) -> None:
    """Show who is signed in, or end somebody's sessions."""
    if end:
        _end(person, as_json=as_json)
        return
    found = wait_for(_sessions(person))
    if as_json:
        say_json([with_moments(asdict(one)) for one in found])
        return
    say_table(
        ("id", "name", "since", "last seen", "ends at the latest"),
        [
            (one.staff_id, one.name, local(one.began_at), local(one.seen_at), local(one.ends_at))
            for one in found
        ],
    )


def _end(person: UUID | None, *, as_json: bool) -> None:
    if person is None:
        raise StopError("whose sessions?", "name the person, as `linkage staff list` does")
    ended = wait_for(_end_sessions(person))
    if as_json:
        say_json({"id": person, "ended": ended})
        return
    say(f"{ended} sessions are ended")


async def _sessions(person: UUID | None) -> Sequence[LiveSession]:
    settings = read_settings()
    async with people(settings) as staff:
        return await staff.list_sessions(person, settings.session_idle)


async def _end_sessions(person: UUID) -> int:
    async with people(read_settings()) as staff:
        return await staff.end_sessions(person)
