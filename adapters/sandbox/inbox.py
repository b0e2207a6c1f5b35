"""An addressee's own case system: it proves what comes in, takes it once, and signs for it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.sandbox.magic import Script, script_of
from adapters.sandbox.offices import SandboxOffice
from contracts import jws
from contracts.acknowledgement import Acknowledgement, AckResult
from contracts.dispatch import Dispatch
from contracts.document import SchemaError, parse, write
from contracts.jws import SignatureError, SigningKey, Typ, VerificationKey, digest_of
from contracts.packet import TransferPacket
from service.domain.registry import OfficeKey

Now = Callable[[], datetime]


class UnprovenDispatchError(Exception):
    """A message that is not a dispatch of the platform to this office, or whose packet proves nothing."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A dispatch that is proved, and not yet taken."""

    dispatch: Dispatch
    packet: TransferPacket
    digest: str

    @property
    def script(self) -> Script:
        contact = self.packet.contact
        phone = contact.phone if contact else ""
        return script_of(self.packet.case.title, self.dispatch.addressee.role, phone)


@dataclass(frozen=True, slots=True)
class Taken:
    """A dispatch in the books: one `dispatch_id` is one case there, however often it arrives."""

    dispatch_id: str
    digest: str
    transfer_id: str
    packet_digest: str
    script: Script
    acknowledgement: bytes


def present() -> datetime:
    return datetime.now(UTC)


class Inbox:
    """What an office took, and what it saw that it did not take."""

    def __init__(
        self,
        office: SandboxOffice,
        platform_key: VerificationKey,
        agency_keys: Mapping[str, OfficeKey],
        now: Now = present,
    ) -> None:
        self.office = office
        self.taken: dict[str, Taken] = {}
        self.arrivals: Counter[str] = Counter()
        """How often each dispatch came, taken or not."""
        self.unproven: list[str] = []
        self.changed: list[str] = []
        """Dispatches that came again as other bytes under the same id, which must never happen."""
        self._platform_key = platform_key
        self._agency_keys = agency_keys
        self._now = now

    @property
    def doubled(self) -> list[str]:
        """Packets that stand in the books twice: they came as two dispatches, where no idempotency key helps."""
        entered = Counter(one.packet_digest for one in self.taken.values())
        return [digest for digest, times in entered.items() if times > 1]

    @property
    def packets(self) -> set[str]:
        return {one.packet_digest for one in self.taken.values()}

    def take(self, raw: bytes) -> Taken:
        """Prove a dispatch and enter it; raises UnprovenDispatchError."""
        return self.enter(self.prove(raw))

    def prove(self, raw: bytes) -> Arrival:
        """Believe nothing that is not proved; raises UnprovenDispatchError.

        1. The platform signed these bytes as a dispatch.
        2. It is for this office.
        3. The packet inside is the one it names.
        4. A key that we know signed the packet.
        5. The packet names the agency of that key.
        """
        try:
            payload = jws.verify(jws.open_envelope(raw), Typ.DISPATCH, self._platform_key)  # 1
            dispatch = parse(Dispatch, payload)
            self._check(
                dispatch.addressee.office == self.office.code, "it is for another office"
            )  # 2
            text = dispatch.packet.encode()
            self._check(digest_of(text) == dispatch.packet_digest, "it holds another packet")  # 3
            agency = self._agency_keys.get(dispatch.agency_key.kid)
            self._check(agency is not None, "the agency's key is unknown")
            assert agency is not None
            packet = parse(
                TransferPacket,
                jws.verify(jws.open_envelope(text), Typ.TRANSFER_PACKET, agency.key),  # 4
            )
            self._check(
                packet.agency.code == agency.office_code, "another agency's key signed"
            )  # 5
        except (SignatureError, SchemaError, UnprovenDispatchError) as error:
            self.unproven.append(str(error))
            raise UnprovenDispatchError(str(error)) from None
        self.arrivals[dispatch.dispatch_id] += 1
        return Arrival(dispatch, packet, digest_of(raw))

    def enter(self, arrival: Arrival) -> Taken:
        """Enter a proved dispatch into the books; what is there already stays as it is."""
        known = self.taken.get(arrival.dispatch.dispatch_id)
        if known is None:
            known = self.taken[arrival.dispatch.dispatch_id] = Taken(
                arrival.dispatch.dispatch_id,
                arrival.digest,
                arrival.dispatch.transfer_id,
                arrival.dispatch.packet_digest,
                arrival.script,
                self.sign(arrival),
            )
        elif known.digest != arrival.digest:
            self.changed.append(known.dispatch_id)
        return known

    def sign(self, arrival: Arrival, key: SigningKey | None = None, **changes: Any) -> bytes:  # noqa: ANN401 (the model checks them)
        """Sign an acknowledgement; `key` and `changes` make one that is wrong on purpose."""
        members = {
            "document": "acknowledgement",
            "version": "1",
            "acknowledgement_id": f"ack-{arrival.dispatch.dispatch_id}",
            "dispatch_id": arrival.dispatch.dispatch_id,
            "dispatch_digest": arrival.digest,
            "office": self.office.code,
            "result": AckResult.RECEIVED,
            "acknowledged_at": self._now(),
        }
        document = Acknowledgement.model_validate(members | changes)
        return jws.sign(write(document), Typ.ACKNOWLEDGEMENT, key or self.office.key, self._now())

    def refuse(self, arrival: Arrival) -> bytes:
        """Sign a no, with its reason."""
        return self.sign(arrival, result=AckResult.REFUSED, reason="不属于本单位管辖, 请另行转送")

    @staticmethod
    def _check(holds: bool, otherwise: str) -> None:  # noqa: FBT001 (reads as a sentence)
        if not holds:
            raise UnprovenDispatchError(otherwise)
