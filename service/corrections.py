"""Corrections: what an office lays over a field of a packet, which itself is never changed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic_core import from_json, to_json

from contracts.document import Fault
from contracts.jws import open_envelope
from service.docket_ports import CorrectionUnitOfWork, DocketReading
from service.domain.docket import CorrectionRow, TransferRow, correction_context
from service.domain.errors import Refusal
from service.domain.journal import Action, JournalEntry
from service.domain.pointers import find_leaf
from service.domain.staff import Seat
from service.domain.typed_texts import fault_of
from service.ports import Clock, NewId, Vault

LONGEST_VALUE = 2000
LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Corrections:
    """Takes what somebody at a desk knows better, with the reason; the packet's own value stays beside it."""

    reading: DocketReading
    uow: CorrectionUnitOfWork
    vault: Vault
    clock: Clock
    new_id: NewId

    async def add(
        self, seat: Seat, transfer_id: UUID, pointer: str, value: str, reason: str
    ) -> None:
        """Lay a value over a field; what its latest correction says already is stored no second time.

        Raises Refusal `not_found`, `not_permitted` to an office that only supervises, `schema` for a field
        that the packet does not have, and for a text that is empty or too long.
        """
        transfer = await self._transfer(seat, transfer_id, pointer)
        check_texts(value, reason)
        said = {"value": value.strip(), "reason": reason.strip()}
        now, correction_id = self.clock.now(), self.new_id()
        sealed = self.vault.seal(to_json(said), correction_context(transfer_id, correction_id))
        row = CorrectionRow(correction_id, pointer, seat.staff_id, now, sealed)
        async with self.uow.begin() as records:
            latest = await records.corrections.latest(transfer_id, seat.office.code, pointer)
            if latest is not None and self._said(transfer_id, latest) == said:
                return
            await records.corrections.add(transfer_id, seat.office.code, row)
            await records.journal.append([self._line(seat, transfer, pointer, now)])

    def _said(self, transfer_id: UUID, row: CorrectionRow) -> object:
        return from_json(self.vault.open(row.sealed, correction_context(transfer_id, row.id)))

    async def _transfer(self, seat: Seat, transfer_id: UUID, pointer: str) -> TransferRow:
        async with self.reading.begin() as reads:
            transfer = await reads.dockets.find(transfer_id, seat)
            if transfer is None:
                raise Refusal("not_found", "no such transfer of your office")
            if not transfer.is_party:
                raise Refusal("not_permitted", "the case was not transferred to your office")
            documents = await reads.dockets.documents(transfer_id, ("packet",))
        try:
            find_leaf(from_json(open_envelope(documents[0].content or b"").payload), pointer)
        except LookupError:
            fault = Fault(pointer="/pointer", code="no_such_field", detail="no field of the packet")
            raise Refusal("schema", faults=[fault]) from None
        return transfer

    def _line(self, seat: Seat, transfer: TransferRow, pointer: str, now: datetime) -> JournalEntry:
        """Note the field and nothing of it. Without the agency: it is the office's own remark."""
        return JournalEntry(
            id=self.new_id(),
            at=now,
            action=Action.DESK_CORRECTED,
            actor=seat.office.code,
            transfer_id=transfer.id,
            data={"kid": seat.reader.kid, "pointer": pointer},
        )


def check_texts(value: str, reason: str) -> None:
    """Refuse a value or reason that is empty, overlong, or has signs that no act may have; raises Refusal `schema`."""
    given = (("value", value, LONGEST_VALUE), ("reason", reason, LONGEST_REASON))
    faults = [
        Fault(pointer=f"/{name}", code=code, detail=f"a text of at most {longest} characters")
        for name, text, longest in given
        if (code := fault_of(text, longest))
    ]
    if faults:
        raise Refusal("schema", faults=faults)
