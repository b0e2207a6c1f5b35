"""The peer: AS4 by the PyPI package `as4`, in its fastest lawful configuration. Runs under `.venv-as4`.

Signed message in, verified, signed receipt out. Nothing is stored, no duplicate is looked for, certificates are pinned
instead of chained, the keys are the smallest that Peppol allows (RSA 2048), and a process for every core does the work
behind one listener. Encryption stays: the package cannot verify a signed attachment that is not encrypted.
"""

import argparse
import asyncio
import http.client
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from as4 import (  # type: ignore[import-not-found]
    AS4LocalPrivateKey,
    SecurityPolicy,
    pinned_certificates,
)
from as4.peppol import (  # type: ignore[import-not-found]
    PeppolAS4Profile,
    build_peppol_message,
    create_peppol_external_party,
    create_peppol_internal_party,
    parse_peppol_message,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.bench.bodies import write_bodies
from tests.bench.processes import announce, say

CONTENT_TYPE = (
    'multipart/related; type="application/soap+xml"; boundary="as4-bench-as4-bench-as4-bench-ab"'
)
_BOUNDARY = b"as4-bench-as4-bench-as4-bench-ab"
_PAYLOAD_BYTES = 4096
_DIFFERENT_MESSAGES = 50


@dataclass(frozen=True, slots=True)
class Party:
    """One side: its name, RSA key and self-signed certificate, as files in a folder."""

    name: str
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def as_internal(self) -> Any:
        return create_peppol_internal_party(
            self.name, self.certificate, AS4LocalPrivateKey(self.key)
        )

    @property
    def as_external(self) -> Any:
        return create_peppol_external_party(self.name, self.certificate)

    @classmethod
    def create(cls, folder: Path, name: str) -> None:
        key = rsa.generate_private_key(65537, 2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        certificate = _self_signed(name, key).public_bytes(serialization.Encoding.PEM)
        (folder / f"{name}.pem").write_bytes(pem + certificate)

    @classmethod
    def load(cls, folder: Path, name: str) -> "Party":
        pem = (folder / f"{name}.pem").read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return cls(name, key, x509.load_pem_x509_certificate(pem))


def _self_signed(name: str, key: rsa.RSAPrivateKey) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        subject, subject, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=30)
    )
    return builder.sign(key, hashes.SHA256())


class Receiver:
    """Verifies a message and signs its receipt; one in each worker process."""

    def __init__(self, folder: Path) -> None:
        sender = Party.load(folder, "sender")
        self.party = Party.load(folder, "receiver").as_internal
        self.policy = SecurityPolicy(signer_resolver=pinned_certificates(sender.certificate))

    def receive(self, content_type: str, body: bytes) -> tuple[int, bytes]:
        exchange = parse_peppol_message(
            {"Content-Type": content_type}, body, self.party, security_policy=self.policy
        )
        _, signal = exchange.build_signal()
        return (200 if exchange.successful else 400), signal


_receiver: Receiver


def _prepare_worker(folder: Path) -> None:
    global _receiver  # noqa: PLW0603  (the only way to give a pool's process its state)
    _receiver = Receiver(folder)


def _receive_in_worker(content_type: str, body: bytes) -> tuple[int, bytes]:
    return _receiver.receive(content_type, body)


async def _serve(folder: Path, processes: int) -> None:
    with ProcessPoolExecutor(processes, initializer=_prepare_worker, initargs=(folder,)) as workers:

        async def receive(request: web.BaseRequest) -> web.StreamResponse:
            status, signal = await asyncio.get_running_loop().run_in_executor(
                workers, _receive_in_worker, request.headers["Content-Type"], await request.read()
            )
            return web.Response(body=signal, status=status, content_type="application/soap+xml")

        runner = web.ServerRunner(web.Server(receive, access_log=None))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        announce(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        await asyncio.Event().wait()


def _build(sender: Party, receiver: Party) -> Any:
    return build_peppol_message(
        _payload(),
        local_party=sender.as_internal,
        remote_party=receiver.as_external,
        sender="9932:9999999999",
        recipient="9932:1111111111",
        sender_country_id="GB",
        document_type_identifier_scheme="busdox-docid-qns",
        document_type_identifier_value="urn:linkage:bench::TransferPacket##transfer::1",
        process_identifier="urn:linkage:transfer",
    )


def _payload() -> bytes:
    head, tail = b'<TransferPacket xmlns="urn:linkage:bench">', b"</TransferPacket>"
    filler = os.urandom(_PAYLOAD_BYTES // 2).hex().encode()
    return head + filler[: _PAYLOAD_BYTES - len(head) - len(tail)] + tail


def _with_fixed_boundary(message: Any) -> bytes:
    body, boundary = message.get_request_data()
    return bytes(body).replace(boundary.encode(), _BOUNDARY)


def _write(folder: Path, count: int) -> None:
    """Make the keys and `count` signed messages; the fixed boundary lets the load generator send one Content-Type."""
    for name in ("sender", "receiver"):
        Party.create(folder, name)
    sender, receiver = (Party.load(folder, name) for name in ("sender", "receiver"))
    messages = (_with_fixed_boundary(_build(sender, receiver)) for _ in range(count))
    write_bodies(folder / "bodies", messages)


class Sender:
    """Sends messages that are ready and verifies each receipt, one after the other, on one connection."""

    def __init__(self, folder: Path, url: str) -> None:
        sender, receiver = (Party.load(folder, name) for name in ("sender", "receiver"))
        self.trusted = receiver.certificate
        built = [_build(sender, receiver) for _ in range(_DIFFERENT_MESSAGES)]
        self.ready = [(_with_fixed_boundary(m), m.message_id, m.signed_references) for m in built]
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc)

    def exchanges(self, seconds: float) -> Iterator[None]:
        ends_at = time.perf_counter() + seconds
        for body, message_id, references in cycle(self.ready):
            if time.perf_counter() >= ends_at:
                return
            self.connection.request("POST", "/", body, {"Content-Type": CONTENT_TYPE})
            receipt = PeppolAS4Profile.parse_receipt(
                self.connection.getresponse().read(), self.trusted
            )
            receipt.verify_non_repudiation(references)
            if receipt.error or receipt.original_message_id != message_id:
                raise ValueError("the receipt is not for the message that was sent")
            yield


def _send(folder: Path, url: str, seconds: float) -> int:
    return sum(1 for _ in Sender(folder, url).exchanges(seconds))


def _send_from_processes(folder: Path, url: str, processes: int, seconds: float) -> None:
    with ProcessPoolExecutor(processes) as pool:
        running = [pool.submit(_send, folder, url, seconds) for _ in range(processes)]
        exchanged = sum(one.result() for one in running)
    say({"verified_per_second": exchanged / seconds})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("write", "serve", "send"):
        command = commands.add_parser(name)
        command.add_argument("folder", type=Path)
        command.add_argument("--processes", type=int, default=os.cpu_count())
        command.add_argument("--count", type=int, default=300)
        command.add_argument("--seconds", type=float, default=5)
        command.add_argument("--url")
    asked = parser.parse_args()
    if asked.command == "write":
        _write(asked.folder, asked.count)
    elif asked.command == "serve":
        asyncio.run(_serve(asked.folder, asked.processes))
    else:
        _send_from_processes(asked.folder, asked.url, asked.processes, asked.seconds)


if __name__ == "__main__":
    main()
