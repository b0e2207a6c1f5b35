"""`linkage sign`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel
from pydantic_core import from_json

from adapters.cli.office import KeyFile, now, signing_key
from adapters.cli.output import StopError
from contracts import jws
from contracts.acknowledgement import Acknowledgement
from contracts.case_record import CaseRecords
from contracts.document import parse
from contracts.jws import Typ
from contracts.packet import TransferPacket
from contracts.report import Report
from contracts.supervision import Supervision, SupervisionReply

_MODELS: Mapping[Typ, type[BaseModel]] = {
    Typ.TRANSFER_PACKET: TransferPacket,
    Typ.ACKNOWLEDGEMENT: Acknowledgement,
    Typ.REPORT: Report,
    Typ.CASE_RECORDS: CaseRecords,
    Typ.SUPERVISION: Supervision,
    Typ.SUPERVISION_REPLY: SupervisionReply,
}


def sign(
    file: Annotated[Path, typer.Argument(help="The document as JSON.")],
    *,
    key_file: KeyFile = None,
    typ: Annotated[
        Typ | None, typer.Option(help="Kind of document; its member `document` says it otherwise.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File for the signed document; standard output otherwise.")
    ] = None,
    check: Annotated[
        bool, typer.Option(help="Look at the shape of the document before signing it.")
    ] = True,
) -> None:
    """Sign a document: a packet, an acknowledgement, a report, case records, a letter.

    The bytes of the file are signed as they are. Keep the signed file: a repeat must be the very same
    bytes, and an ES256 signature is another one each time.
    """
    payload = file.read_bytes()
    kind = typ or _kind(payload)
    if check and kind in _MODELS:
        parse(_MODELS[kind], payload)
    signed = jws.sign(payload, kind, signing_key(key_file), now())
    if out is None:
        sys.stdout.buffer.write(signed)
        return
    try:
        with out.open("xb") as place:
            place.write(signed)
    except FileExistsError:
        raise StopError(
            f"{out} exists", "send what is in it, or choose another name for what is new"
        ) from None


def _kind(payload: bytes) -> Typ:
    try:
        content = from_json(payload)
    except ValueError as error:
        raise StopError(f"this is not JSON: {error}") from None
    name = content.get("document") if isinstance(content, dict) else None
    try:
        return Typ(f"{name}+jws")
    except ValueError:
        kinds = ", ".join(typ.removesuffix("+jws") for typ in Typ)
        raise StopError(
            f"the member `document` is {name!r}", f"it is one of {kinds}, or give --typ"
        ) from None
