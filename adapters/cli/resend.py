"""`linkage resend`."""

from typing import Annotated
from uuid import UUID

import typer

from adapters.cli.output import Json, say, say_json, wait_for
from adapters.main import deliveries, letters
from adapters.settings import read_settings
from service.domain.errors import Refusal


def resend(
    dispatch_id: Annotated[
        UUID, typer.Argument(help="The dispatch or the letter, as `linkage doctor` names it.")
    ],
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="CODE",
            help="Send the dispatch to this office of the same kind instead of its own.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Put a dispatch or a letter that is stuck back into the queue.

    See first that its office has an endpoint that works: `linkage registry show`. With --to, its office's dispatch is
    recalled and another office gets one in its place.
    """
    if to is not None:
        new = wait_for(_reroute(dispatch_id, to))
        told = {"rerouted": str(dispatch_id), "to": to, "dispatch": str(new)}
        say_json(told) if as_json else say(f"{new} waits to be sent to {to}")
        return
    wait_for(_resend(dispatch_id))
    if as_json:
        say_json({"resent": str(dispatch_id)})
        return
    say(f"{dispatch_id} waits to be sent")


async def _reroute(dispatch_id: UUID, office_code: str) -> UUID:
    async with deliveries(read_settings()) as use_case:
        return await use_case.reroute(dispatch_id, office_code)


async def _resend(dispatch_id: UUID) -> None:
    settings = read_settings()
    try:
        async with deliveries(settings) as use_case:
            await use_case.resend(dispatch_id)
    except Refusal as refusal:
        if refusal.code != "not_found":
            raise
        async with letters(settings) as use_case_of_letters:
            await use_case_of_letters.resend(dispatch_id)
