"""Validation: the whole check of a packet and the same explanation as a real transfer, with nothing stored."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from contracts.answers import ValidationAnswer
from contracts.jws import Typ
from contracts.packet import TransferPacket
from service.composition import explainer_of
from service.domain.admission import (
    Admission,
    Standards,
    addressed,
    admit,
    missing_materials,
    predecessor,
    read_packet,
)
from service.domain.assessment import assess
from service.domain.errors import Refusal
from service.domain.registry import Registry
from service.domain.working_days import SHANGHAI
from service.ports import Clock, NewId, Records, UnitOfWork, VerifyAll


@dataclass(frozen=True, slots=True)
class Validation:
    """Says what would become of a packet if it were sent now."""

    uow: UnitOfWork
    registry: Callable[[], Registry]
    standards: Callable[[], Standards]
    verify_all: VerifyAll
    clock: Clock
    new_id: NewId

    async def validate(self, raw: bytes) -> ValidationAnswer:
        """Check a packet as intake would; what would be refused is told, not raised."""
        now = self.clock.now()
        try:
            return await self._check(raw, now)
        except Refusal as refusal:
            return ValidationAnswer(
                accepted=False,
                problem=refusal.code,
                detail=refusal.detail,
                errors=list(refusal.faults),
            )

    async def _check(self, raw: bytes, now: datetime) -> ValidationAnswer:
        registry = self.registry()
        [verified] = await self.verify_all([raw], Typ.TRANSFER_PACKET, registry, now)
        if isinstance(verified, Refusal):
            raise verified
        envelope, key = verified
        packet = read_packet(envelope.payload, key.office_code)
        async with self.uow.begin() as records:
            await _check_against_what_is_stored(records, packet, envelope.digest)
        admission = admit(envelope, packet, registry, self.standards(), now, self.new_id)
        return self._answer(admission)

    def _answer(self, admission: Admission) -> ValidationAnswer:
        book = self.standards().book
        on = admission.received_at.astimezone(SHANGHAI).date()
        screening = assess(admission.packet, book, on, explain=True)
        return ValidationAnswer(
            accepted=True,
            status=admission.status.value,
            flags=admission.flags,
            screening=explainer_of(book).as_json(screening),
            addressees=[addressed(dispatch.destination) for dispatch in admission.dispatches],
        )


async def _check_against_what_is_stored(
    records: Records, packet: TransferPacket, digest: str
) -> None:
    agency = packet.agency.code
    named = sorted({(agency, material.digest) for material in packet.materials})
    missing = await records.materials.missing(named) if named else set()
    if faults := missing_materials(packet, missing):
        raise Refusal("material_not_uploaded", faults=faults)
    same = await records.transfers.find_packet(agency, packet.packet_id)
    if same is None:
        await _check_room(records, packet)
    elif same.packet_digest != digest:
        raise Refusal("packet_id_reused", f"packet_id {packet.packet_id}")


async def _check_room(records: Records, packet: TransferPacket) -> None:
    agency = packet.agency.code
    if packet.supersedes is not None:
        predecessor(packet, await records.transfers.find_packet(agency, packet.supersedes))
    elif await records.transfers.find_current(agency, packet.case.case_number):
        raise Refusal("case_already_transferred", f"case {packet.case.case_number}")
