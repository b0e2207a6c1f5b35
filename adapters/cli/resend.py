"""`linkage resend`."""

from typing import Annotated
from uuid import UUID

import typer

from adapters.cli.output import Json, say, say_json, wait_for
from adapters.main import deliveries
from adapters.settings import read_settings


def resend(
    dispatch_id: Annotated[
        UUID, typer.Argument(help="The dispatch, as `linkage doctor` names it.")
    ],
    *,
    as_json: Json = False,
) -> None:
    """Put a dispatch that is stuck back into the queue.

    See first that its office has an endpoint that works: `linkage registry show`.
    """
    wait_for(_resend(dispatch_id))
    if as_json:
        say_json({"resent": str(dispatch_id)})
        return
    say(f"{dispatch_id} waits to be sent")


async def _resend(dispatch_id: UUID) -> None:
    async with deliveries(read_settings()) as use_case:
        await use_case.resend(dispatch_id)
