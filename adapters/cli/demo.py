"""`linkage demo`: the service with simulated offices around it."""

import asyncio
import signal
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, NamedTuple, TypeVar

import typer
import uvloop

from adapters import logs
from adapters.cli.demo_home import DemoHome, free_or_any
from adapters.cli.demo_stage import (
    desks_of,
    play_past,
    register,
    seat_people,
    stage_offices,
)
from adapters.cli.output import FAILED, Json, say, say_json
from adapters.main import Running, build, database_url
from adapters.postgres import local
from adapters.postgres.migrate import migrate
from adapters.sandbox.behaviours import moody
from adapters.sandbox.offices import SandboxOffice, agencies_of
from adapters.sandbox.people import DemoPerson
from adapters.sandbox.sandbox import Sandbox
from adapters.sandbox.vectors import (
    Counts,
    load_vectors,
    post_vectors,
    rows_for,
    vector_sandbox,
)
from adapters.settings import Settings
from contracts.office import OfficeKind

R = TypeVar("R")

_HOME = Path(".local/demo")
_TELL_EVERY = 10.0
_SUPERVISE_EVERY = 5.0
_POLICE_EVERY = 90.0
"""Between the steps of a police office: time enough for a desk to read a case before it is filed."""
_FINISH_WITHIN = 10.0
_REGISTER = 600
_TOLD = (
    *("packets", "receipts", "deliveries", "acknowledged", "lost", "duplicated", "seconds"),
    "dispatches",  # one for each addressee of each packet
)


class Course(NamedTuple):
    """How a demonstration goes on, and where."""

    pace: float
    past: int
    port: int


def demo(
    *,
    once: Annotated[
        bool,
        typer.Option("--once", help="Send every good vector through the chain, count, and end."),
    ] = False,
    pace: Annotated[
        float, typer.Option(min=0.01, help="Seconds between an agency's cases.")
    ] = 15.0,
    past: Annotated[
        int, typer.Option(min=0, help="Cases of the weeks before, made up when a home is new.")
    ] = 150,
    port: Annotated[
        int, typer.Option(help="Port of the page and the API; a free one if taken.")
    ] = 8080,
    within: Annotated[
        float, typer.Option(help="With --once: give up after so many seconds.")
    ] = 180.0,
    home: Annotated[Path, typer.Option(help="Folder of its keys and its database.")] = _HOME,
    as_json: Json = False,
) -> None:
    """Run the service with simulated offices around it, on a database of its own.

    With --once on one that is thrown away; the last line then counts, and the exit code is 0 only if
    every packet reached every addressee once. Nothing here touches LINKAGE_DATABASE_URL.
    """
    if once:
        with TemporaryDirectory(prefix="linkage-demo-") as folder, local.serve(fast=True) as server:
            counts = _run(_pass_once(DemoHome(Path(folder)), server.url(), within))
        _tell_counts(counts, as_json=as_json)
        raise typer.Exit(0 if is_complete(counts) else FAILED)
    kept = DemoHome(home)
    with local.serve(keep=kept.database) as server:
        _run(_go_on(kept, server.url(), Course(pace, past, port), as_json=as_json))


def _run(work: Coroutine[Any, Any, R]) -> R:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def _pass_once(home: DemoHome, url: str, within: float) -> Counts:
    settings = await _prepare(home, url, port=0)
    vectors = load_vectors()
    async with (
        build(settings) as running,
        vector_sandbox(vectors, home.platform_key()) as sandbox,
    ):
        await register(running, rows_for(vectors, sandbox))
        return await post_vectors(vectors, sandbox, running.url, within=within)


async def _prepare(home: DemoHome, url: str, port: int) -> Settings:
    # Port 0 is whatever is free: nobody knows it beforehand, and pages then go by the host that they are asked at.
    known = {"public_url": f"http://127.0.0.1:{port}"} if port else {}
    settings = home.settings(url, port=port, **known)
    logs.configure(settings.log_level, settings.log_format)
    await migrate(url)
    return settings


def is_complete(counts: Counts) -> bool:
    all_there = counts.packets == counts.receipts == counts.deliveries == counts.acknowledged
    return all_there and not counts.lost and not counts.duplicated


def _tell_counts(counts: Counts, *, as_json: bool) -> None:
    for problem in counts.problems:
        typer.echo(f"problem: {problem}", err=True)
    told = {name: counts.as_dict()[name] for name in _TOLD}
    if as_json:
        say_json(told)
        return
    for name, value in told.items():
        say(f"{name:>12}  {value}")


async def _go_on(home: DemoHome, url: str, course: Course, *, as_json: bool) -> None:
    settings = await _prepare(home, url, free_or_any(course.port))
    stop, offices = _stop_on_signal(), stage_offices(home)
    if course.past and not as_json:
        typer.echo("making up the weeks before, which takes some seconds the first time", err=True)
    made = await play_past(home, settings, offices, course.past)
    async with build(settings) as running, _demo_sandbox(home, offices) as sandbox:
        await register(running, sandbox.rows)
        people = await seat_people(running.ground, [one.office for one in offices])
        await sandbox.connect(running.url)
        now = datetime.now(UTC)
        run = now.strftime("%Y%m%d%H%M%S")
        fed = await sandbox.feed_registers(running.url, _REGISTER, now)
        await sandbox.hand_over(
            running.url,
            pace=course.pace,
            seed=now.toordinal(),
            run=run,
            keeps_register=True,
        )
        await sandbox.supervise(running.url, pace=_SUPERVISE_EVERY, seed=1)
        counts = {"past": made, "register": fed}
        _tell_where(running, home, sandbox, people, counts, as_json=as_json)
        while not await _stopped(stop):
            sandbox.check()
            _tell_state(sandbox, as_json=as_json)
        if not await sandbox.stop_handing_over(_FINISH_WITHIN):
            typer.echo("an agency had no answer for its last case; it is not finished", err=True)
    if not as_json:
        say("stopped")


def _stop_on_signal() -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _stopped(stop: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(_TELL_EVERY):
            await stop.wait()
    except TimeoutError:
        return False
    return True


def _demo_sandbox(home: DemoHome, offices: Sequence[SandboxOffice]) -> Sandbox:
    """Two agencies, a police office that takes its time and loses answers, and desks at which people sit."""
    police = next(one for one in offices if one.office.kind is OfficeKind.PUBLIC_SECURITY)
    return Sandbox(
        *(offices, home.platform_key()),
        tempers={police.code: moody(1)},
        desks=desks_of(offices),
        pace=_POLICE_EVERY,
    )


def _tell_where(
    running: Running,
    home: DemoHome,
    sandbox: Sandbox,
    people: Sequence[DemoPerson],
    counts: Mapping[str, int],
    *,
    as_json: bool,
) -> None:
    agency, database = agencies_of(sandbox.offices)[0], database_url(running.ground.settings)
    places = {
        "page": f"{running.url}/",
        "api": f"{running.url}/v1/openapi.yaml",
        "problems": f"{running.url}/v1/problems",
        "metrics": f"{running.url}/metrics",
        "keys": str(home.keys),
        "database": database,
    }
    if as_json:
        named = [{"name": one.name, "subject": one.subject} for one in people]
        say_json({**places, **counts, "people": named})
        return
    say(
        "行刑衔接 demonstration: two agencies hand over cases, the police answer, and people work at desks."
    )
    for name, place in places.items():
        say(f"  {name:<9} {place}")
    _tell_who(sandbox, people)
    say("As the operator, who keeps the registry of offices:")
    say(f"  export LINKAGE_DATABASE_URL='{database}' LINKAGE_PUBLIC_URL={running.url}")
    say(f"  export LINKAGE_VAULT_KEY_FILE={home.keys / 'vault.key'}")
    say(f"  export LINKAGE_PLATFORM_KEY_FILE={home.keys / 'platform.jwk'}")
    say("  .venv/bin/linkage registry show")
    say("As one of the agencies:")
    say(f"  export LINKAGE_PUBLIC_URL={running.url} LINKAGE_OFFICE_CODE={agency.code}")
    say(f"  export LINKAGE_OFFICE_KEY_FILE={home.keys / agency.code}.jwk")
    say(
        '  curl -H "Authorization: Bearer $(.venv/bin/linkage token)" $LINKAGE_PUBLIC_URL/v1/events'
    )
    say(
        f"The agencies fed {counts['register']} cases of their own registers. What should have been transferred:"
    )
    say("  .venv/bin/linkage overview")
    say("  .venv/bin/linkage leads")
    say("Stop with Ctrl-C. What was stored is there again at the next start.")


def _tell_who(sandbox: Sandbox, people: Sequence[DemoPerson]) -> None:
    say("At the page anybody of these may sign in, without a password:")
    for office in sandbox.offices:
        there = [one for one in people if one.office_code == office.code]
        if there:
            said = ", ".join(f"{one.name} ({'/'.join(sorted(one.roles))})" for one in there)
            say(f"  {office.office.name}: {said}")


def _tell_state(sandbox: Sandbox, *, as_json: bool) -> None:
    ledgers = [agency.ledger for agency in sandbox.agencies]
    state = {
        "sent": sum(ledger.sent for ledger in ledgers),
        "receipts": sum(len(ledger.receipts) for ledger in ledgers),
        "taken": sum(len(inbox.taken) for inbox in sandbox.inboxes.values()),
    }
    if as_json:
        say_json(state)
        return
    say("  " + ", ".join(f"{name} {count}" for name, count in state.items()))
