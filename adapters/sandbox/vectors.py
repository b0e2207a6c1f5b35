"""The good vectors of contracts/, posted to a running platform and followed to every addressee."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable
from time import monotonic
from typing import Any

import yaml

from adapters.client import LinkageClient, ProblemError, Receipted
from adapters.sandbox.inbox import Inbox, present
from adapters.sandbox.offices import SandboxOffice, agencies_of
from adapters.sandbox.reporter import report_of
from adapters.sandbox.sandbox import Rows, Sandbox
from adapters.sandbox.stubborn import until_answered
from contracts import jws
from contracts.document import parse
from contracts.jws import VerificationKey, digest_of
from contracts.office import Level, OfficeKind, Sector
from contracts.packet import TransferPacket
from contracts.report import ReportKind
from service.domain.registry import EndpointKind, Office, OfficeKey

_HELD = "held_below_threshold"
_ACKNOWLEDGED = "acknowledged"
_LOOK_EVERY = 0.2
_AT_ONCE = 8


@dataclass(frozen=True)
class GoodVector:
    """A packet that is accepted, the files it names, and the offices that must get it."""

    name: str
    raw: bytes
    agency: str
    files: tuple[bytes, ...]
    addressees: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def digest(self) -> str:
        return digest_of(self.raw)


@dataclass(frozen=True)
class Vectors:
    """The vectors with their offices; `keys` are all that are registered, those out of force too."""

    offices: list[SandboxOffice]
    keys: list[OfficeKey]
    good: list[GoodVector]


@dataclass
class Counts:
    """What became of the packets; every count but `dispatches` is of packets."""

    packets: int = 0
    receipts: int = 0
    deliveries: int = 0
    """Packets that every one of their addressees has in its books."""
    acknowledged: int = 0
    lost: int = 0
    """Receipted, and yet an addressee does not have it."""
    duplicated: int = 0
    """In some addressee's books twice, or sent again as other bytes."""
    seconds: float = 0.0
    dispatches: int = 0
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def load_vectors(now: datetime | None = None) -> Vectors:
    """Read contracts/vectors: registry, private keys, materials and good packets."""
    folder = resources.files("contracts") / "vectors"
    registry = yaml.safe_load((folder / "registry.yaml").read_text("utf-8"))["offices"]
    secrets = [_read_key(file) for file in (folder / "keys").iterdir()]
    private = {jws.key_id(key): key for key in secrets}
    keys = [_office_key(office["code"], row) for office in registry for row in office["keys"]]
    offices = [_office(row, keys, private, now or present()) for row in registry]
    return Vectors(offices, keys, _read_good(folder))


def rows_for(vectors: Vectors, sandbox: Sandbox) -> Rows:
    """Give what the registry must hold: the sandbox's own rows, with all registered keys."""
    return Rows(sandbox.rows.offices, vectors.keys, sandbox.rows.endpoints)


def vector_sandbox(vectors: Vectors, platform_key: VerificationKey) -> Sandbox:
    """Play every office of the vectors; they acknowledge and decide nothing, so that corrections may follow."""
    return Sandbox(vectors.offices, platform_key, pace=_LOOK_EVERY, decides=False)


async def post_vectors(
    vectors: Vectors, sandbox: Sandbox, base_url: str, *, within: float = 120.0
) -> Counts:
    """Upload, post, insist on what is held, and wait until every addressee has acknowledged.

    Ends after `within` seconds in any case; the counts then say what is missing.
    """
    started = monotonic()
    run = _Run(sandbox)
    await run.open(base_url, agencies_of(vectors.offices))
    try:
        async with asyncio.timeout(within):
            await run.post_all(vectors.good)
    except TimeoutError:
        run.problems.append(f"not done in {within:g} seconds")
    return run.count(vectors.good, monotonic() - started)


class _Run:
    """One passage of the vectors."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.problems: list[str] = []
        self._sandbox = sandbox
        self._clients: dict[str, LinkageClient] = {}
        self._agencies: dict[str, SandboxOffice] = {}
        self._receipts: dict[str, Receipted] = {}
        self._done: dict[str, asyncio.Event] = {}
        self._acknowledged: set[str] = set()
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def open(self, base_url: str, agencies: Iterable[SandboxOffice]) -> None:
        await self._sandbox.connect(base_url)
        for agency in agencies:
            self._agencies[agency.code] = agency
            self._clients[agency.code] = await self._sandbox.client(base_url, agency)

    async def post_all(self, good: Sequence[GoodVector]) -> None:
        self._done = {vector.name: asyncio.Event() for vector in good}
        async with asyncio.TaskGroup() as group:
            for vector in good:
                group.create_task(self._follow(vector))

    async def _follow(self, vector: GoodVector) -> None:
        # A correction takes back what was not delivered yet, so its predecessor goes all the way first.
        for name in vector.after:
            await self._done[name].wait()
        try:
            async with self._room:
                await self._post(vector)
            await self._until_acknowledged(vector)
        except ProblemError as error:
            self.problems.append(f"{vector.name}: {error.code}")
        self._done[vector.name].set()

    async def _post(self, vector: GoodVector) -> None:
        client = self._clients[vector.agency]
        for file in vector.files:
            await until_answered(client.put_material, file)
        receipted = await until_answered(client.send_packet, vector.raw)
        self._receipts[vector.name] = receipted
        if receipted.receipt.status == _HELD:
            agency = self._agencies[vector.agency]
            insisted = report_of(agency, str(receipted.transfer_id), ReportKind.INSISTED)
            await until_answered(client.send_report, insisted)

    async def _until_acknowledged(self, vector: GoodVector) -> None:
        while not await self._is_acknowledged(vector):  # noqa: ASYNC110 (the platform works elsewhere)
            await asyncio.sleep(_LOOK_EVERY)
        self._acknowledged.add(vector.name)

    async def _is_acknowledged(self, vector: GoodVector) -> bool:
        transfer_id = self._receipts[vector.name].transfer_id
        view = await until_answered(self._clients[vector.agency].transfer, transfer_id)
        signed = {one.office for one in view.dispatches if one.status == _ACKNOWLEDGED}
        return signed == set(vector.addressees)

    def count(self, good: Sequence[GoodVector], seconds: float) -> Counts:
        inboxes = self._sandbox.inboxes
        delivered = {vector.name for vector in good if _is_delivered(vector, inboxes)}
        doubled = {digest for inbox in inboxes.values() for digest in _doubled(inbox)}
        return Counts(
            packets=len(good),
            receipts=len(self._receipts),
            deliveries=len(delivered),
            acknowledged=len(self._acknowledged & delivered),
            lost=len(self._receipts.keys() - delivered),
            duplicated=sum(vector.digest in doubled for vector in good),
            seconds=round(seconds, 3),
            dispatches=sum(len(inbox.taken) for inbox in inboxes.values()),
            problems=[*self.problems, *(text for one in inboxes.values() for text in one.unproven)],
        )


def _is_delivered(vector: GoodVector, inboxes: Mapping[str, Inbox]) -> bool:
    return all(vector.digest in inboxes[code].packets for code in vector.addressees)


def _doubled(inbox: Inbox) -> list[str]:
    changed = [inbox.taken[dispatch_id].packet_digest for dispatch_id in inbox.changed]
    return [*inbox.doubled, *changed]


def _read_key(file: Traversable) -> jws.SigningKey:
    return jws.import_key(json.loads(file.read_text("utf-8")))


def _office_key(code: str, row: Mapping[str, Any]) -> OfficeKey:
    return OfficeKey(
        kid=row["jwk"]["kid"],
        office_code=code,
        key=jws.import_key(row["jwk"]),
        valid_from=datetime.fromisoformat(row["valid_from"]),
        valid_until=_moment(row["valid_until"]),
        revoked_at=_moment(row["revoked_at"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _office(
    row: Mapping[str, Any],
    keys: Iterable[OfficeKey],
    private: Mapping[str, jws.SigningKey],
    now: datetime,
) -> SandboxOffice:
    kid = next(key.kid for key in keys if key.office_code == row["code"] and _is_good(key, now))
    causes = row.get("causes")
    office = Office(
        row["code"],
        row["name"],
        OfficeKind(row["kind"]),
        row["division"],
        Level(row["level"]),
        Sector(row["sector"]) if row.get("sector") else None,
        None if causes is None else frozenset(causes),
    )
    endpoint = row.get("endpoint", {}).get("kind", EndpointKind.MAILBOX)
    return SandboxOffice(office, private[kid], EndpointKind(endpoint))


def _is_good(key: OfficeKey, now: datetime) -> bool:
    is_over = key.valid_until is not None and key.valid_until <= now
    return key.valid_from <= now and not is_over and key.revoked_at is None


def _read_good(folder: Traversable) -> list[GoodVector]:
    good = folder / "good"
    names = sorted(
        file.name.removesuffix(".expected.json")
        for file in good.iterdir()
        if file.name.endswith(".expected.json")
    )
    return [_read_vector(folder, name) for name in names]


def _read_vector(folder: Traversable, name: str) -> GoodVector:
    raw = (folder / "good" / f"{name}.json").read_bytes()
    expected = json.loads((folder / "good" / f"{name}.expected.json").read_text("utf-8"))
    packet = parse(TransferPacket, jws.open_envelope(raw).payload)
    digests = sorted({material.digest.removeprefix("sha-256:") for material in packet.materials})
    return GoodVector(
        name=name,
        raw=raw,
        agency=packet.agency.code,
        files=tuple((folder / "materials" / digest).read_bytes() for digest in digests),
        addressees=tuple(one["office"] for one in expected["addressees"]),
        after=tuple(expected["after"]),
    )
