"""Materials travel first, by digest: stored, noted, found again by the agency that brought them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from contracts.answers import MaterialView
from service.domain.errors import Refusal
from service.domain.journal import Action, JournalEntry
from service.ports import Clock, MaterialStore, Measure, NewId, UnitOfWork


@dataclass(frozen=True, slots=True)
class MaterialIntake:
    """Takes files in before the packet that names them."""

    uow: UnitOfWork
    store: MaterialStore
    clock: Clock
    new_id: NewId
    measure: Measure
    limit: int

    async def add(
        self, agency_code: str, digest: str, chunks: AsyncIterator[bytes]
    ) -> MaterialView:
        """Store a stream under its digest; idempotent. Raises Refusal `digest_mismatch`, `too_large`, `storage_full`.

        The file is on disk before the row says so: a crash in between leaves a file that the repeat finds.
        """
        try:
            size = await self.store.store(agency_code, digest, chunks, self.limit)
        except Refusal:
            self.measure.count("materials", outcome="refused")
            raise
        now = self.clock.now()
        async with self.uow.begin() as records:
            await records.materials.add(agency_code, digest, size, now)
            await records.journal.append([self._line(self.new_id(), agency_code, digest, size)])
        self.measure.count("materials", outcome="stored")
        return MaterialView(digest=digest, size=size, stored_at=now)

    async def find(self, agency_code: str, digest: str) -> MaterialView:
        """Give what is held under a digest; raises Refusal `not_found`.

        What the row promises and the disk has lost is not held: its agency is let to bring it once more.
        """
        async with self.uow.begin() as records:
            found = await records.materials.find(agency_code, digest)
        if found is None or not await self.store.holds(agency_code, digest):
            raise Refusal("not_found", "no such material of your office")
        size, stored_at = found
        return MaterialView(digest=digest, size=size, stored_at=stored_at)

    def _line(self, line_id: UUID, agency_code: str, digest: str, size: int) -> JournalEntry:
        return JournalEntry(
            id=line_id,
            at=self.clock.now(),
            action=Action.MATERIAL_STORED,
            actor=agency_code,
            agency_code=agency_code,
            data={"digest": digest, "size": size},
        )
