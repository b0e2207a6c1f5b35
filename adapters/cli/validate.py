"""`linkage validate`."""

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.office import KeyFile, Office, Sender, Url, sender
from adapters.cli.output import FAILED, Json, say, say_json, wait_for
from contracts.answers import ValidationAnswer


def validate(
    file: Annotated[Path, typer.Argument(help="The signed packet.")],
    *,
    url: Url = None,
    office: Office = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Ask the platform what it would do with a packet; nothing is stored.

    The exit code is 0 when it would be accepted.
    """
    answer = wait_for(_ask(sender(url, office, key_file), file.read_bytes()))
    if as_json:
        say_json(answer.model_dump(mode="json"))
    else:
        _tell(answer)
    raise typer.Exit(0 if answer.accepted else FAILED)


async def _ask(who: Sender, packet: bytes) -> ValidationAnswer:
    async with who.client() as client:
        return await client.validate(packet)


def _tell(answer: ValidationAnswer) -> None:
    if not answer.accepted:
        say(f"refused: {answer.problem}{f' ({answer.detail})' if answer.detail else ''}")
        for fault in answer.errors:
            say(f"  {fault.pointer}: {fault.detail}")
        return
    say(f"accepted, would be {answer.status}")
    for flag in answer.flags:
        say(f"  flag {flag.code} {flag.pointer}: {flag.zh} / {flag.en}")
    for addressee in answer.addressees:
        say(f"  to {addressee.name or 'nobody yet'} ({addressee.kind}, {addressee.role})")
