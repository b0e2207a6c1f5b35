"""`linkage send`."""

import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from adapters.cli.office import KeyFile, Office, PlatformKey, Sender, Url, platform_key_of, sender
from adapters.cli.output import Json, StopError, say, say_json, wait_for
from adapters.client import LetterReceipted, LinkageClient, Receipted, RecordsReceipted
from contracts.document import parse
from contracts.jws import Typ, VerificationKey, open_envelope
from contracts.packet import Material, TransferPacket
from contracts.receipt import Receipt
from contracts.supervision import LetterReceipt


def send(
    file: Annotated[Path, typer.Argument(help="The signed document.")],
    *,
    materials: Annotated[
        Path | None,
        typer.Option(help="Folder of the files that the packet names; found by content."),
    ] = None,
    receipt: Annotated[Path | None, typer.Option(help="File to keep the receipt in.")] = None,
    platform_key: PlatformKey = None,
    registry: Annotated[
        Path | None, typer.Option(help="Registry file that has the platform's key.")
    ] = None,
    url: Url = None,
    office: Office = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Send a signed document, and the materials that a packet names.

    Without an answer the very same bytes are sent again; the platform then gives the same receipt.
    """
    document = file.read_bytes()
    typ = _typ(document)
    named = _materials(document, typ, materials)
    proof = platform_key_of(platform_key, registry)
    answer = wait_for(_send(sender(url, office, key_file), document, typ, named, proof))
    if receipt is not None:
        receipt.write_bytes(answer.raw)
    if as_json:
        say_json({"repeated": answer.repeated, **answer.receipt.model_dump(mode="json")})
    else:
        _tell(answer)
        if proof is None:
            say("The receipt's signature was not looked at: give --platform-key or --registry.")


def _typ(document: bytes) -> Typ:
    found = open_envelope(document).header.typ
    if found not in _SENDING:
        raise StopError(f"a {found} is not sent to the platform", f"it takes {', '.join(_SENDING)}")
    return Typ(found)


AnyReceipted = Receipted | RecordsReceipted | LetterReceipted
_Send = Callable[[LinkageClient, bytes], Awaitable[AnyReceipted]]
_SENDING: Mapping[Typ, _Send] = {
    Typ.TRANSFER_PACKET: LinkageClient.send_packet,
    Typ.ACKNOWLEDGEMENT: LinkageClient.send_acknowledgement,
    Typ.REPORT: LinkageClient.send_report,
    Typ.CASE_RECORDS: LinkageClient.send_records,
    Typ.SUPERVISION: LinkageClient.send_supervision,
    Typ.SUPERVISION_REPLY: LinkageClient.send_supervision_reply,
}


def _materials(document: bytes, typ: Typ, folder: Path | None) -> Sequence[Path]:
    if folder is None or typ is not Typ.TRANSFER_PACKET:
        return []
    packet = parse(TransferPacket, open_envelope(document).payload)
    held = {_digest(path): path for path in sorted(folder.rglob("*")) if path.is_file()}
    _check_all_there(packet.materials, held, folder)
    return [held[digest] for digest in dict.fromkeys(one.digest for one in packet.materials)]


def _check_all_there(named: Sequence[Material], held: Mapping[str, Path], folder: Path) -> None:
    missing = [
        f"/materials/{number}: no file in {folder} has the digest {one.digest}"
        for number, one in enumerate(named)
        if one.digest not in held
    ]
    if missing:
        raise StopError("\n".join(missing), "nothing was sent; has a file changed since signing?")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha-256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


async def _send(
    who: Sender,
    document: bytes,
    typ: Typ,
    materials: Sequence[Path],
    platform_key: VerificationKey | None,
) -> AnyReceipted:
    bar = Console(stderr=True)
    async with who.client(platform_key) as client:
        for path in track(
            materials, "materials", console=bar, disable=not bar.is_terminal or not materials
        ):
            await client.put_material(path)
        return await _SENDING[typ](client, document)


def _tell(answer: AnyReceipted) -> None:
    if isinstance(answer, RecordsReceipted):
        _tell_records(answer)
        return
    if isinstance(answer, LetterReceipted):
        say(f"{letter_told(answer.receipt)}{_repeated(answer)}")
        return
    receipt = answer.receipt
    say(f"transfer {receipt.transfer_id}: {receipt.status}{_repeated(answer)}")
    for line in _lines(receipt):
        say(f"  {line}")


def letter_told(receipt: LetterReceipt) -> str:
    """Say what a letter came to: where the supervision stands, else the lead."""
    if receipt.supervision_id is not None:
        return f"supervision {receipt.supervision_id}: {receipt.status}"
    return f"lead {receipt.lead_id}: {receipt.status}"


def _tell_records(answer: RecordsReceipted) -> None:
    results = answer.receipt.results
    counts = Counter(one.result.value for one in results)
    told = ", ".join(f"{count} {name}" for name, count in counts.most_common()) or "no records"
    say(f"batch {answer.receipt.of.id}: {told}{_repeated(answer)}")
    for one in results:
        for fault in one.errors:
            say(f"  refused {fault.pointer} {fault.code}: {fault.detail}")


def _repeated(answer: AnyReceipted) -> str:
    return " (these bytes came before: the same receipt)" if answer.repeated else ""


def _lines(receipt: Receipt) -> Sequence[str]:
    findings = receipt.screening.findings if receipt.screening else []
    return [
        *(f"{one.offence_code} {one.offence}: {one.conclusion}" for one in findings),
        *(f"flag {flag.code} {flag.pointer}: {flag.zh} / {flag.en}" for flag in receipt.flags),
        *(f"to {one.name or 'nobody yet'} ({one.kind}, {one.role})" for one in receipt.addressees),
    ]
