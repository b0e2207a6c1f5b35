"""`linkage supervise`: what an office does about a lead, and what an agency answers."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer
from pydantic import BaseModel
from pydantic_core import to_json

from adapters.cli.app import new_app
from adapters.cli.office import KeyFile, Office, Sender, Url, now, sender
from adapters.cli.output import Json, StopError, guarded, local, say, say_json, say_table, wait_for
from adapters.cli.send import letter_told
from adapters.client import LetterReceipted
from adapters.clock import new_id
from contracts import jws
from contracts.document import parse
from contracts.jws import Typ
from contracts.supervision import (
    OutcomeResult,
    ReplyResult,
    Supervision,
    SupervisionKind,
    SupervisionReply,
)
from contracts.supervision_views import SupervisionStanding, SupervisionView
from service.domain.working_days import SHANGHAI

app = new_app(help="Act on leads: letters to agencies, dismissals, outcomes; and reply to them.")

Text = Annotated[str, typer.Option(help="What is asked and why.")]
DocumentNumber = Annotated[str | None, typer.Option(help="文号.")]
LetterId = Annotated[
    str | None, typer.Option(help="Your own id of the letter; a new one is made without it.")
]
SupervisionId = Annotated[UUID, typer.Argument(help="The supervision, as its receipt names it.")]


@app.callback(invoke_without_command=True)
@guarded
def supervise(
    context: typer.Context,
    *,
    kind: Annotated[SupervisionKind | None, typer.Option(help="What is issued.")] = None,
    text: Annotated[str | None, typer.Option(help="What is asked and why.")] = None,
    lead: Annotated[UUID | None, typer.Option(help="The lead that it is about.")] = None,
    agency: Annotated[str | None, typer.Option(help="Or the agency, by its code,")] = None,
    case: Annotated[str | None, typer.Option(help="and the number of its case.")] = None,
    reply_by: Annotated[
        str | None, typer.Option(help="Until when: 2026-12-10 is the end of that day in China.")
    ] = None,
    document_number: DocumentNumber = None,
    letter_id: LetterId = None,
    url: Url = None,
    office: Office = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Act on leads: letters to agencies, dismissals, outcomes; and reply to them."""
    if context.invoked_subcommand is not None:
        return
    if kind is None or text is None or not kind.is_letter:
        raise StopError("which letter?", "give --kind of a letter and --text, or a command")
    who = sender(url, office, key_file)
    about = wait_for(_about(who, lead, agency, case))
    letter = {
        "kind": kind,
        "text": text,
        **about,
        "reply_by": read_reply_by(reply_by) if reply_by else None,
        "document_number": document_number,
    }
    _tell(wait_for(_send(who, _letter(who, letter_id, letter))), as_json=as_json)


@app.command()
@guarded
def dismiss(
    lead: Annotated[UUID, typer.Argument(help="The lead.")],
    *,
    reason: Annotated[str, typer.Option(help="Why it is put aside.")],
    letter_id: LetterId = None,
    url: Url = None,
    office: Office = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Put a lead aside; it opens again when its facts change."""
    who = sender(url, office, key_file)
    letter = {"kind": SupervisionKind.DISMISSAL, "lead_id": str(lead), "text": reason}
    _tell(wait_for(_send(who, _letter(who, letter_id, letter))), as_json=as_json)


@app.command()
@guarded
def outcome(
    supervision: SupervisionId,
    *,
    result: Annotated[OutcomeResult, typer.Option(help="How it ends.")],
    text: Text,
    letter_id: LetterId = None,
    url: Url = None,
    office: Office = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """End a supervision of your office."""
    who = sender(url, office, key_file)
    about = {"supervision_id": str(supervision), "result": result, "text": text}
    letter = {"kind": SupervisionKind.OUTCOME, **about}
    _tell(wait_for(_send(who, _letter(who, letter_id, letter))), as_json=as_json)


@app.command()
@guarded
def reply(
    supervision: SupervisionId,
    *,
    result: Annotated[ReplyResult, typer.Option(help="What was done.")],
    text: Annotated[str, typer.Option(help="The answer.")],
    document_number: DocumentNumber = None,
    reply_id: LetterId = None,
    url: Url = None,
    office: Office = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Answer a letter of supervision, as the agency that it is to."""
    who, at = sender(url, office, key_file), now()
    told = {
        "document": "supervision-reply",
        "version": "1",
        "reply_id": reply_id or str(new_id()),
        "supervision_id": str(supervision),
        "office": who.code,
        "result": result,
        "document_number": document_number,
        "replied_at": at,
        "text": text,
    }
    signed = _signed(SupervisionReply, Typ.SUPERVISION_REPLY, told, who, at)
    _tell(wait_for(_send_reply(who, signed)), as_json=as_json)


@app.command("list")
@guarded
def list_letters(
    *,
    state: Annotated[
        SupervisionStanding | None, typer.Option(help="Only letters that stand so.")
    ] = None,
    url: Url = None,
    office: Office = None,
    key_file: KeyFile = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line instead of text.")
    ] = False,
) -> None:
    """List the letters that concern your office, in the order of their issue."""
    found = wait_for(_list(sender(url, office, key_file), state))
    if as_json:
        for one in found:
            say_json(one.model_dump(mode="json"))
        return
    say_table(_COLUMNS, map(_cells, found))
    say(f"{len(found)} letters")


def read_reply_by(text: str) -> datetime:
    """Read a moment, or a day, which lasts until its end in China; raises StopError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise StopError(
            f"{text} is no date", "write 2026-12-10, or a moment with its zone"
        ) from None
    if moment.tzinfo is not None:
        return moment
    if len(text) > len("2026-12-10"):
        raise StopError(f"{text} has no zone", "write 2026-12-10T17:00:00+08:00")
    return moment.replace(tzinfo=SHANGHAI) + timedelta(days=1)


async def _about(
    who: Sender, lead: UUID | None, agency: str | None, case: str | None
) -> dict[str, str | None]:
    """Say what a letter is about; a lead knows its agency and its case."""
    if lead is not None:
        async with who.supervising() as client:
            found = await client.lead(lead)
        return {
            "lead_id": str(lead),
            "agency": found.agency,
            "case_number": found.case_number,
        }
    if agency is None or case is None:
        raise StopError("about what?", "give --lead, or --agency and --case")
    return {"agency": agency, "case_number": case}


def _letter(who: Sender, letter_id: str | None, members: Mapping[str, object]) -> bytes:
    at = now()
    own = {"letter_id": letter_id or str(new_id()), "office": who.code, "issued_at": at}
    told = {"document": "supervision", "version": "1", **own, **members}
    return _signed(Supervision, Typ.SUPERVISION, told, who, at)


def _signed(
    model: type[BaseModel], typ: Typ, members: Mapping[str, object], who: Sender, at: datetime
) -> bytes:
    """Write, look at and sign a document; raises SchemaError for what the platform would refuse."""
    payload = to_json({name: one for name, one in members.items() if one is not None})
    parse(model, payload)
    return jws.sign(payload, typ, who.key, at)


async def _send(who: Sender, letter: bytes) -> LetterReceipted:
    async with who.supervising() as client:
        return await client.send_supervision(letter)


async def _send_reply(who: Sender, letter: bytes) -> LetterReceipted:
    async with who.supervising() as client:
        return await client.send_supervision_reply(letter)


async def _list(who: Sender, state: SupervisionStanding | None) -> list[SupervisionView]:
    async with who.supervising() as client:
        return [one async for one in client.every_supervision(state)]


def _tell(answer: LetterReceipted, *, as_json: bool) -> None:
    if as_json:
        say_json({"repeated": answer.repeated, **answer.receipt.model_dump(mode="json")})
    else:
        say(letter_told(answer.receipt))


_COLUMNS = ("supervision", "kind", "agency", "case", "standing", "due", "reply", "outcome")


def _cells(one: SupervisionView) -> tuple[object, ...]:
    due = local(one.clock.due_at) if one.clock else None
    return (
        *(one.supervision_id, one.title_zh, one.agency, one.case_number, one.standing, due),
        *(one.reply, one.outcome),
    )
